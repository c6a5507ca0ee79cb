"""Where things are: the user's data, and what ships with the program."""

import os
from dataclasses import dataclass
from pathlib import Path

DATA_DIR_VARIABLE = "PERSONADESK_DATA_DIR"


@dataclass(frozen=True, slots=True)
class Paths:
    """Folders. Only `data_dir` and what is below it is ever written to."""

    data_dir: Path
    resources: Path

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @property
    def log_dir(self) -> Path:
        return self.data_dir / "logs"

    @property
    def thumbnails_dir(self) -> Path:
        """A cache: safe to delete."""
        return self.data_dir / "cache" / "thumbnails"

    @property
    def speech_dir(self) -> Path:
        """What was said aloud, a cache: safe to delete."""
        return self.data_dir / "cache" / "speech"

    @property
    def window_file(self) -> Path:
        """What the window needs before the store is open: its size and its theme."""
        return self.data_dir / "window.json"

    @property
    def lock_file(self) -> Path:
        return self.data_dir / "window.lock"


def find_paths(data_dir: str | None = None) -> Paths:
    """The data directory is `data_dir`, else PERSONADESK_DATA_DIR, else platformdirs' user data folder."""
    chosen = data_dir or os.environ.get(DATA_DIR_VARIABLE) or _default_data_dir()
    return Paths(data_dir=Path(chosen).expanduser().absolute(), resources=find_resources())


def find_resources() -> Path:
    """The `resources` folder: inside an installed package, beside the package in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"


def _default_data_dir() -> str:
    from platformdirs import user_data_dir

    return user_data_dir("PersonaDesk", appauthor=False)
