"""A file in the making: joined under a temporary name, checked as it grows, put in place whole."""

import asyncio
import errno
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from personadesk.domain.chat import FetchProgress
from personadesk.domain.errors import FetchFailed
from personadesk.providers.model_files import CHUNK_BYTES
from personadesk.providers.partial_file import PartialFile
from personadesk.services.weights_ports import WantedFile

_STAGING_PREFIX = ".fetch-"
_STALE_S = 86_400

Progress = Callable[[FetchProgress], None]


class Assembly:
    """Collects a file's bytes and hashes them on the way. Each call runs in a thread of its own.

    In `staging`, or in `partial`, where what came stays when the fetch ends early.
    """

    def __init__(
        self, wanted: WantedFile, staging: Path, progress: Progress, step: str, partial: PartialFile | None = None
    ) -> None:
        self._wanted = wanted
        self._partial = partial
        self._path = partial.path if partial is not None else staging / "joined"
        self._progress = progress
        self._step = step
        self._digest = hashlib.sha256()
        self._written = 0
        with disk_errors():
            self._file = self._path.open("r+b" if partial is not None and self._path.exists() else "w+b")

    def __enter__(self) -> "Assembly":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What was to stay has been synced and closed; the rest of an unfinished file may find the disk full again.
        with suppress(OSError):
            self._file.close()

    @property
    def written(self) -> int:
        return self._written

    async def add(self, chunk: bytes) -> None:
        """Append. Raises FetchFailed where more comes than the file is large."""
        if self._written + len(chunk) > self._wanted.size_bytes:
            raise wrong_file()
        await asyncio.to_thread(self._add, chunk)
        self._progress(FetchProgress(self._step, self._written, self._wanted.size_bytes))

    async def take_up(self, size_bytes: int) -> None:
        """Go on behind the first bytes of what came before; those behind them are dropped. Call it first."""
        await asyncio.to_thread(self._take_up, min(size_bytes, self._wanted.size_bytes))
        self._progress(FetchProgress(self._step, self._written, self._wanted.size_bytes))

    async def flush(self) -> None:
        """Give what was added to the system, so that it can be noted."""
        await asyncio.to_thread(self._flush)

    def start_again(self) -> None:
        """Forget what came: the sender can't go on where it stopped."""
        self._file.seek(0)
        self._file.truncate()
        self._digest = hashlib.sha256()
        self._written = 0

    async def put_in_place(self, target: Path) -> Path:
        """Check size and SHA-256, sync, and rename. Raises FetchFailed where it is another file."""
        if self._written != self._wanted.size_bytes or self._digest.hexdigest() != self._wanted.sha256:
            if self._partial is not None:
                self._partial.discard()
            raise wrong_file()
        await asyncio.to_thread(self._settle, target)
        if self._partial is not None:
            self._partial.is_done()
        return target

    def _take_up(self, size_bytes: int) -> None:
        with disk_errors():
            while self._written < size_bytes:
                chunk = self._file.read(min(CHUNK_BYTES, size_bytes - self._written))
                if not chunk:
                    break
                self._digest.update(chunk)
                self._written += len(chunk)
            self._file.seek(self._written)
            self._file.truncate()

    def _flush(self) -> None:
        with disk_errors():
            self._file.flush()

    def _add(self, chunk: bytes) -> None:
        with disk_errors():
            self._file.write(chunk)
        self._digest.update(chunk)
        self._written += len(chunk)

    def _settle(self, target: Path) -> None:
        with disk_errors():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._path.replace(target)
            if os.name == "posix":
                directory = os.open(target.parent, os.O_RDONLY)
                try:
                    os.fsync(directory)
                finally:
                    os.close(directory)


@contextmanager
def staging_directory(models_dir: Path) -> Iterator[Path]:
    """A directory beside the models that is gone afterwards, also those a killed program left a day ago."""
    with disk_errors():
        models_dir.mkdir(parents=True, exist_ok=True)
        for old in models_dir.glob(f"{_STAGING_PREFIX}*"):
            if time.time() - old.stat().st_mtime > _STALE_S:
                shutil.rmtree(old, ignore_errors=True)
        staging = Path(tempfile.mkdtemp(prefix=_STAGING_PREFIX, dir=models_dir))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Say in words what the disk refused."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise FetchFailed("The disk is full.", "Make room, then try again.") from error
        raise FetchFailed(
            "The models' folder can't be written.", "Check the folder's permissions, then try again."
        ) from error


class WrongFile(FetchFailed):
    """Another content than the one whose SHA-256 is known."""


def wrong_file() -> WrongFile:
    return WrongFile("What came is another file: its checksum is not the right one.", "Try again later.")
