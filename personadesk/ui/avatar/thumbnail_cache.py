"""Thumbnails on disk as raw pixels, so that a library of thousands is scrolled without decoding.

A file is named by its picture's SHA-256 and its side in device pixels, which is its size on screen
times the device-pixel ratio. Everything in here can be deleted at any time.
"""

import contextlib
import logging
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from zlib import crc32

log = logging.getLogger(__name__)

MAGIC = b"PDTHUMB1"
BYTES_PER_PIXEL = 4
LARGEST_SIDE = 512
LIMIT_BYTES = 256_000_000
KEPT_SHARE = 0.8
"""How much of the limit is left after the oldest files made room."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE = re.compile(r"([0-9a-f]{62})-\d+")


class ThumbnailCache:
    """Reads and writes of one worker thread. Nothing in here raises: a cache that can't be used is no cache."""

    def __init__(self, folder: Path, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._used = 0

    def read(self, sha256: str, side: int) -> bytes | None:
        """The pixels (a square of `side`, 4 bytes each, row by row); None where there are none, or damaged ones."""
        place = self._place(sha256, side)
        if place is None:
            return None
        try:
            content = place.read_bytes()
        except OSError:
            return None
        pixels = content[len(MAGIC) + 4 :]
        head = MAGIC + crc32(pixels).to_bytes(4, "big")
        if not content.startswith(head) or len(pixels) != side * side * BYTES_PER_PIXEL:
            self._drop(place, len(content))
            return None
        return pixels

    def write(self, sha256: str, side: int, pixels: bytes) -> None:
        """Keep the pixels, whole or not at all."""
        place = self._place(sha256, side)
        if place is None:
            return
        new = place.with_suffix(".new")
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with new.open("wb") as file:
                self._used += file.write(MAGIC + crc32(pixels).to_bytes(4, "big") + pixels)
            new.replace(place)
        except OSError as problem:
            log.info("a thumbnail could not be kept: %s", problem.strerror)
            self._drop(new, 0)
        if self._used > self._limit:
            self._make_room()

    def sweep(self, is_wanted: Callable[[str], bool]) -> Iterator[None]:
        """Count what is there, and delete what is no one's any more; `is_wanted` is asked with a SHA-256.

        A picture that was deleted for good leaves nothing behind here. One step goes through one folder.
        """
        used = 0
        for number in range(256):
            for entry in self._entries(f"{number:02x}"):
                found = _FILE.fullmatch(entry.name)
                if found is None or not is_wanted(f"{number:02x}{found[1]}"):
                    self._drop(Path(entry.path), 0)
                else:
                    with contextlib.suppress(OSError):
                        used += entry.stat().st_size
            yield
        self._used = used
        if used > self._limit:
            self._make_room()

    def _place(self, sha256: str, side: int) -> Path | None:
        if not 0 < side <= LARGEST_SIDE or not _SHA256.fullmatch(sha256):
            return None
        return self._folder / sha256[:2] / f"{sha256[2:]}-{side}"

    def _entries(self, name: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._folder / name) as found:
                return list(found)
        except OSError:
            return []

    def _make_room(self) -> None:
        """Delete the oldest until a part of the limit is left."""
        files = []
        for number in range(256):
            for entry in self._entries(f"{number:02x}"):
                with contextlib.suppress(OSError):
                    state = entry.stat()
                    files.append((state.st_mtime_ns, state.st_size, entry.path))
        self._used = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if self._used <= self._limit * KEPT_SHARE:
                break
            self._drop(Path(path), size)

    def _drop(self, place: Path, size: int) -> None:
        with contextlib.suppress(OSError):
            place.unlink()
            self._used -= size
