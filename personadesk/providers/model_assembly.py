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
from personadesk.services.weights_ports import WantedFile

_STAGING_PREFIX = ".fetch-"
_STALE_S = 86_400

Progress = Callable[[FetchProgress], None]


class Assembly:
    """Collects a file's bytes in `staging` and hashes them on the way. Each call runs in a thread of its own."""

    def __init__(self, wanted: WantedFile, staging: Path, progress: Progress, step: str) -> None:
        self._wanted = wanted
        self._path = staging / "joined"
        self._progress = progress
        self._step = step
        self._digest = hashlib.sha256()
        self._written = 0
        with disk_errors():
            self._file = self._path.open("wb")

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

    def start_again(self) -> None:
        """Forget what came: the sender can't go on where it stopped."""
        self._file.seek(0)
        self._file.truncate()
        self._digest = hashlib.sha256()
        self._written = 0

    async def put_in_place(self, target: Path) -> Path:
        """Check size and SHA-256, sync, and rename. Raises FetchFailed where it is another file."""
        if self._written != self._wanted.size_bytes or self._digest.hexdigest() != self._wanted.sha256:
            raise wrong_file()
        await asyncio.to_thread(self._settle, target)
        return target

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
