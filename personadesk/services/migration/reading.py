"""Files of a source, and profiles that another process reads some files ahead of whoever wants them."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Generic, NamedTuple, TypeVar

from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.domain.migration import Found, PlanRow
from personadesk.formats.legacy_profile import PROFILE_LIMIT_BYTES
from personadesk.services.migration.sorting import ARCHIVE_ENDING, CACHE, CARD_ENDINGS, inside_path, may_be_profile
from personadesk.services.migration_ports import BackupReader, ProfileFile, SourceFolder

CARD_LIMIT_BYTES = 64 * 1024 * 1024
ARCHIVE_LIMIT_BYTES = 256 * 1024 * 1024
LOG_LIMIT_BYTES = 64 * 1024 * 1024

FROM_FILES = 1_000
"""With fewer of them, starting a process takes longer than it saves."""
LIMIT_BYTES = 256 * 1024
"""A larger file is read here: one at a time is in memory then."""
_TOGETHER = 64
_ASKED = 8
"""How many orders the other process has at most, so that it never waits for one."""
_AHEAD = 16
_JOINED = 1_000

Item = TypeVar("Item")
Said = TypeVar("Said")


class SeenFile(NamedTuple):
    """A file that was read, or the problem with it. `content` is None beyond the limit of its kind, too."""

    path: str
    content: bytes | None
    digest: bytes
    size: int
    problem: UserFacingError | None = None


def see(folder: SourceFolder, path: str) -> SeenFile:
    name = path.rpartition("/")[2]
    try:
        if name == CACHE:
            return SeenFile(path, None, b"", folder.size(path))
        return SeenFile(path, *folder.read(path, _limit_of(name)))
    except UserFacingError as problem:
        return SeenFile(path, None, b"", 0, problem)


def profile_file(found: Found, seen: SeenFile) -> ProfileFile | None:
    """What another process may read of a file, None for nothing."""
    if seen.content is None or seen.size > LIMIT_BYTES or not may_be_profile(found.kind, inside_path(found, seen.path)):
        return None
    return seen.path.rpartition("/")[2], seen.content


class WaitingFile(NamedTuple):
    """A plan's row by its number, with its file's bytes out of the backup where another process may read them."""

    number: int
    row: PlanRow
    content: bytes | None
    digest: bytes = b""

    def named(self) -> ProfileFile | None:
        return None if self.content is None else (self.row.path.rpartition("/")[2], self.content)


def from_backup(archive: BackupReader, path: str) -> tuple[bytes, bytes]:
    """A file's bytes and their SHA-256. Raises NotFound for one that is not in there, and UserFacingError where the
    archive is no longer what was compared: without a good backup nothing is imported."""
    try:
        return archive.read(path)
    except NotFound:
        raise
    except UserFacingError as bad:
        raise UserFacingError(
            f"The backup {archive.path.name} was good when it was made and is not any more, so nothing was imported.",
            "Choose another place for the backup; this disk may be failing.",
        ) from bad


class Names:
    """Paths in half of the space that a list of them takes: no file's name holds a NUL."""

    def __init__(self) -> None:
        self._joined: list[str] = []
        self._last: list[str] = []
        self._count = 0

    def add(self, path: str) -> None:
        self._last.append(path)
        self._count += 1
        if len(self._last) >= _JOINED:
            self._joined.append("\0".join(self._last))
            self._last.clear()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        for joined in self._joined:
            yield from joined.split("\0")
        yield from self._last


class ReadAhead(Generic[Item, Said]):
    """`file_of` gives what is to be read of an item, None for nothing. `ask` has the other process read, `here`
    reads one in this one. Both give None for what the caller has to look into itself."""

    def __init__(
        self,
        file_of: Callable[[Item], ProfileFile | None],
        ask: Callable[[list[ProfileFile]], Future[list[Said | None]]],
        here: Callable[[bytes, str], Said | None],
    ) -> None:
        self._file_of = file_of
        self._ask = ask
        self._here = here
        self._waiting: deque[tuple[list[Item], list[int], Future[list[Said | None]]]] = deque()

    def read(self, items: Iterable[Item]) -> Iterator[tuple[Item, Said | None]]:
        """Every item in its order, with what was read of it."""
        together: list[Item] = []
        numbers: list[int] = []
        files: list[ProfileFile] = []
        size = 0
        for item in items:
            file = self._file_of(item)
            if file is not None:
                numbers.append(len(together))
                files.append(file)
                size += len(file[1])
            together.append(item)
            if len(together) >= _TOGETHER or size >= LIMIT_BYTES:
                self._start(together, numbers, files)
                together, numbers, files, size = [], [], [], 0
                while self._waiting and (len(self._waiting) > _AHEAD or self._waiting[0][2].done()):
                    yield from self._next()
        self._start(together, numbers, files)
        while self._waiting:
            yield from self._next()

    def _start(self, items: list[Item], numbers: list[int], files: list[ProfileFile]) -> None:
        """`files` are those of the items with these numbers."""
        if sum(not said.done() for _, _, said in self._waiting) < _ASKED:
            said = self._ask(files)
        else:  # this process would only wait for the other one
            said = Future()
            said.set_result([self._here(content, name) for name, content in files])
        self._waiting.append((items, numbers, said))

    def _next(self) -> Iterator[tuple[Item, Said | None]]:
        items, numbers, future = self._waiting.popleft()
        said: list[Said | None] = [None] * len(items)
        for number, reading in zip(numbers, future.result(), strict=True):
            said[number] = reading
        return zip(items, said, strict=True)


def _limit_of(name: str) -> int:
    lowered = name.lower()
    if lowered.endswith(ARCHIVE_ENDING):
        return ARCHIVE_LIMIT_BYTES
    if lowered.endswith(CARD_ENDINGS):
        return CARD_LIMIT_BYTES
    return LOG_LIMIT_BYTES if lowered.endswith(".jsonl") else PROFILE_LIMIT_BYTES
