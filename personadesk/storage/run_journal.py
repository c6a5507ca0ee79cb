"""The journal of migrations: one file a run, a synced line a step, so that a killed run can be told."""

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from personadesk.domain.errors import UserFacingError
from personadesk.services.migration_ports import OpenRun
from personadesk.storage.faults import file_error

FOLDER_NAME = "migrations"
LOCK_NAME = "lock"

BEGIN = "begin"
END = "end"
MOVE = "move"
"""A step whose details are "from" and "to"."""
STAYS = "stays"
"""The move "from" there did not happen."""

_CLOEXEC = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_UUID = re.compile(r"[0-9A-Za-z-]{1,64}")

_Steps = list[tuple[str, Mapping[str, str]]]


class RunJournal:
    """Journal in the data directory; its folder is made by the first run, not before."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._folder = data_dir / FOLDER_NAME

    def begin(self, uuid: str, details: Mapping[str, str]) -> None:
        self._make_folder()
        self._append(uuid, BEGIN, details)

    def note(self, uuid: str, step: str, details: Mapping[str, str]) -> None:
        self._append(uuid, step, details)

    def end(self, uuid: str) -> None:
        self._append(uuid, END, {})

    def unfinished(self) -> list[OpenRun]:
        """Oldest first. A run that was killed before its first line was whole has no steps."""
        with contextlib.suppress(FileNotFoundError):
            paths = [path for path in self._folder.iterdir() if path.suffix == ".jsonl"]
            paths.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
            runs = [OpenRun(path.stem, tuple(_steps(path))) for path in paths]
            return [run for run in runs if not any(step == END for step, _ in run.steps)]
        return []

    def moves(self, uuid: str) -> list[tuple[str, str]]:
        path = self._path(uuid)
        if not path.exists():
            return []
        moves: dict[str, str] = {}
        for step, details in _steps(path):
            if step == MOVE and "from" in details and "to" in details:
                moves[details["from"]] = details["to"]
            elif step == STAYS:
                moves.pop(details.get("from", ""), None)
        return list(moves.items())

    @contextlib.contextmanager
    def lock(self, source: Path) -> Iterator[None]:
        self._make_folder()
        with contextlib.ExitStack() as held:
            try:
                own = os.open(self._folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | _CLOEXEC | _BINARY, 0o600)
            except OSError as error:
                raise file_error(error, self._data_dir) from error
            held.callback(os.close, own)
            if not _taken(own):
                raise _busy("Another migration is running.")
            # The folder itself is locked: not a byte is written there. One that is gone needs no lock.
            if os.name != "nt":
                with contextlib.suppress(OSError):
                    theirs = os.open(source, os.O_RDONLY | os.O_NONBLOCK | _CLOEXEC)
                    held.callback(os.close, theirs)
                    if not _taken(theirs):
                        raise _busy(f"Another migration is reading {source}.")
            yield

    def _path(self, uuid: str) -> Path:
        if not _UUID.fullmatch(uuid):
            raise ValueError("not a run's uuid")
        return self._folder / f"{uuid}.jsonl"

    def _make_folder(self) -> None:
        try:
            if not self._folder.is_dir():
                self._folder.mkdir(parents=True, mode=0o700, exist_ok=True)
                _sync_folder(self._data_dir)
        except OSError as error:
            raise file_error(error, self._data_dir) from error

    def _append(self, uuid: str, step: str, details: Mapping[str, str]) -> None:
        line = json.dumps({"step": step, "details": dict(details)}).encode() + b"\n"
        flags = os.O_RDWR | os.O_APPEND | _CLOEXEC | _BINARY | (os.O_CREAT if step == BEGIN else 0)
        try:
            file = os.open(self._path(uuid), flags, 0o600)
            try:
                _append_line(file, line)
            finally:
                os.close(file)
            if step == BEGIN:
                _sync_folder(self._folder)
        except OSError as error:
            raise file_error(error, self._data_dir) from error


def _append_line(file: int, line: bytes) -> None:
    size = os.lseek(file, 0, os.SEEK_END)
    if size:
        os.lseek(file, size - 1, os.SEEK_SET)
        if os.read(file, 1) != b"\n":
            # What a kill left half-written stays a line of its own.
            line = b"\n" + line
    try:
        rest = memoryview(line)
        while rest:
            rest = rest[os.write(file, rest) :]
        os.fsync(file)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(file, size)
        raise


def _steps(path: Path) -> _Steps:
    """The whole lines of a journal."""
    steps: _Steps = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            step = json.loads(line)
            steps.append((str(step["step"]), {str(key): str(value) for key, value in step["details"].items()}))
    return steps


def _busy(sentence: str) -> UserFacingError:
    return UserFacingError(sentence, "Wait until it has ended, then try again.")


if os.name == "nt":

    def _taken(file: int) -> bool:
        import msvcrt

        with contextlib.suppress(OSError):
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            return True
        return False

    def _sync_folder(folder: Path) -> None:
        """Windows syncs names by itself."""

else:

    def _taken(file: int) -> bool:
        """Lock an open file; where the file system knows no locks, there is nothing to wait for."""
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def _sync_folder(folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY | _CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
