"""Files named by the SHA-256 of their content, under assets/ab/cdef…"""

import os
import re
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import NamedTemporaryFile

from personadesk.domain.errors import NotFound
from personadesk.storage.faults import file_error
from personadesk.storage.places import ASSETS_NAME

_SHA256 = re.compile(r"[0-9a-f]{64}")


class AssetFiles:
    """The files alone. Safe from any thread; imports nothing heavy."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._root = data_dir / ASSETS_NAME

    def path(self, sha256: str) -> Path:
        """Return where a file is. Raises NotFound where there is none, and for what is not a SHA-256."""
        if _SHA256.fullmatch(sha256):
            place = self.place(sha256)
            if place.is_file():
                return place
        raise NotFound("This file is not in the library any more.", "Choose it again.")

    def place(self, sha256: str) -> Path:
        """Return where the file of that content belongs, whether it is there or not."""
        return self._root / sha256[:2] / sha256[2:]

    def keep(self, files: Mapping[str, bytes]) -> None:
        """Have the disk hold these contents by their SHA-256, all or an error. Raises StoreUnavailable.

        Written under temporary names, synced, then renamed: under its own name a file is whole. All are written
        before the first is synced: the disk then takes them as one.
        """
        places = {self.place(sha256): content for sha256, content in files.items()}
        try:
            self._write({place: content for place, content in places.items() if not _holds(place, len(content))})
        except OSError as error:
            raise file_error(error, self._data_dir) from error

    def _write(self, files: Mapping[Path, bytes]) -> None:
        self._make_folders({place.parent for place in files})
        half: dict[Path, Path] = {}
        try:
            with ExitStack() as open_files:
                written = []
                for place, content in files.items():
                    file = open_files.enter_context(NamedTemporaryFile(dir=place.parent, prefix=".new-", delete=False))
                    half[place] = Path(file.name)
                    file.write(content)
                    file.flush()
                    written.append(file)
                for file in written:
                    os.fsync(file.fileno())
            for place, path in half.items():
                path.replace(place)
        except OSError:
            for path in half.values():
                path.unlink(missing_ok=True)
            raise
        for folder in {place.parent for place in files}:
            sync_folder(folder)

    def _make_folders(self, folders: Collection[Path]) -> None:
        for folder in (self._root, *folders) if folders else ():
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
                sync_folder(folder.parent)


def _holds(place: Path, size: int) -> bool:
    return place.is_file() and place.stat().st_size == size


def sync_folder(folder: Path) -> None:
    """Have the disk hold a folder's entries. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
