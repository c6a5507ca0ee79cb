"""What the window needs before the store is open, in a small file of its own."""

import json
import logging
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

FARTHEST_PX = 32_767
MOST_KEPT_MB = 100_000


@dataclass(frozen=True, slots=True)
class WindowState:
    """Sizes in logical pixels. `persona` is the id of the persona on screen, 0 for the library.

    `import_offered` says that the first start has looked for what other programs left.
    `volume` is of voices, in percent. `speak_replies` says that replies on screen are spoken by themselves.
    `sound_output` is a device's id, "" for the system's. `kept_speech_mb` is how much of what was said may be kept.
    """

    width: int = 1280
    height: int = 800
    x: int | None = None
    y: int | None = None
    maximized: bool = False
    theme: str = "system"
    sort: str = "recent"
    persona: int = 0
    import_offered: bool = False
    volume: int = 100
    speak_replies: bool = False
    sound_output: str = ""
    kept_speech_mb: int = 200


class WindowStateFile:
    """Reads forgivingly, writes atomically. Losing it costs a window its place, no more."""

    def __init__(self, path: Path | None) -> None:
        """With None nothing is read and nothing is kept: for a window nobody chose the place of."""
        self._path = path
        self.state = WindowState() if path is None else self._read(path)
        self._written = self.state

    @property
    def is_kept(self) -> bool:
        """Whether the next start knows of it."""
        return self._path is not None

    def note(self, **changes: Any) -> None:
        """Take a change up without writing it: the next `change` does. For what changes with every click."""
        self.state = replace(self.state, **changes)

    def change(self, **changes: Any) -> None:
        """Take a change up and write it, with all that was noted."""
        self.note(**changes)
        if self._path is None or self.state == self._written:
            return
        self._written = self.state
        pending = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            pending.write_text(json.dumps(asdict(self.state)), encoding="utf-8")
            pending.replace(self._path)
        except OSError as error:
            log.info("the window's state could not be kept: %s", type(error).__name__)

    @staticmethod
    def _read(path: Path) -> WindowState:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return WindowState()
        if not isinstance(data, dict):
            return WindowState()
        known = asdict(WindowState())
        return WindowState(**{key: value for key, value in data.items() if key in known and _is_sound(key, value)})


def _is_sound(key: str, value: object) -> bool:
    """Whether a value read from the file can be used: Qt's sizes and places are 32-bit, and X's are 16."""
    if key in ("x", "y"):
        return value is None or (type(value) is int and abs(value) <= FARTHEST_PX)
    if key in ("width", "height"):
        return type(value) is int and 0 <= value <= FARTHEST_PX
    if key == "persona":
        return type(value) is int and value >= 0
    if key == "kept_speech_mb":
        return type(value) is int and 1 <= value <= MOST_KEPT_MB
    if key == "volume":
        return type(value) is int and 0 <= value <= 100
    return isinstance(value, bool if key in ("maximized", "import_offered", "speak_replies") else str)
