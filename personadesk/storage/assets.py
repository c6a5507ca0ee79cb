"""Files named by the SHA-256 of their content, under assets/ab/cdef…"""

import hashlib
import os
import re
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

    def keep(self, content: bytes) -> str:
        """Have the disk hold `content` and return its SHA-256. Raises StoreUnavailable.

        Written under a temporary name, synced, then renamed: under its own name a file is whole.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        place = self.place(sha256)
        try:
            if place.is_file() and place.stat().st_size == len(content):
                return sha256
            self._write(place, content)
        except OSError as error:
            raise file_error(error, self._data_dir) from error
        return sha256

    def _write(self, place: Path, content: bytes) -> None:
        for folder in (self._root, place.parent):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
                sync_folder(folder.parent)
        with NamedTemporaryFile(dir=place.parent, prefix=".new-", delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                file.close()
                Path(file.name).replace(place)
            except OSError:
                Path(file.name).unlink(missing_ok=True)
                raise
        sync_folder(place.parent)


def sync_folder(folder: Path) -> None:
    """Have the disk hold a folder's entries. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
