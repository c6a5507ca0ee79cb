"""What a migration and the memories need from the store and the disk. All of it blocks; none of it is for the GUI."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from personadesk.domain.ids import MemoryId, PersonaId, PersonId, RunId
from personadesk.domain.incoming import Incoming
from personadesk.domain.memory import Acquaintance, Memory, MemoryKind
from personadesk.domain.migration import Found, PlanRow, Progress, Run, SourceKind, UndoPreview
from personadesk.domain.persona import PersonaCard
from personadesk.domain.ready_profile import ProfileHead, ReadyProfile

Tell = Callable[[Progress], None]
Cancelled = Callable[[], bool]
ProfileFile = tuple[str, bytes]
"""A file's name and content."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that a run which is not undone has brought in. `persona_id` is None for what belongs to nobody."""

    path: str
    sha256: bytes
    persona_id: PersonaId | None
    person_key: str


class MemoryStore(Protocol):
    """One persona's memories (`Store.memories(persona_id)`); another's ids raise NotFound."""

    def memories(self, person_id: PersonId | None = None) -> list[Memory]:
        """Those about a person and those about nobody, not the forgotten: pinned, then newest first."""
        ...

    def likeliest(self, person_id: PersonId, most: int) -> list[Memory]:
        """Of those, in no order, the `most` that are pinned or newest, and the `most` that were observed oftenest."""
        ...

    def forgotten(self, person_id: PersonId | None = None) -> list[Memory]: ...
    def get(self, memory_id: MemoryId) -> Memory: ...
    def add(self, text: str, *, person_id: PersonId | None, kind: MemoryKind = MemoryKind.FACT) -> Memory: ...
    def edit(self, memory_id: MemoryId, text: str) -> Memory: ...
    def set_pinned(self, memory_id: MemoryId, pinned: bool) -> Memory: ...
    def forget(self, memory_id: MemoryId) -> None: ...
    def restore(self, memory_id: MemoryId) -> Memory: ...
    def acquaintance(self, person_id: PersonId) -> Acquaintance | None: ...


class RunWriter(Protocol):
    """Writes one run, inside one `Database.write`. The store is told everything a later undo must know."""

    @property
    def run_id(self) -> RunId: ...
    def many_files(self) -> AbstractContextManager[None]:
        """Files within it are stored while the next ones are told, by a thread of its own."""
        ...

    def file(self) -> AbstractContextManager[None]:
        """A savepoint: what is written within is taken back if it raises, and the exception goes on."""
        ...

    def keep_file(
        self, row: PlanRow, content: bytes | None, persona_id: PersonaId | None, person_id: PersonId | None
    ) -> int:
        """List a file; `content` is kept byte for byte. Returns its id for the calls below."""
        ...

    def person(self, key: str, name: str, *, is_you: bool = False) -> PersonId:
        """The person of that key, made where there is none; `is_you` makes the key stand for You."""
        ...

    def persona(
        self, file_id: int | None, card: PersonaCard, avatar: bytes = b"", media_type: str = "", sample: bytes = b""
    ) -> PersonaId:
        """Make a persona, under the next free name where the card's is taken. `sample` is what its voice names."""
        ...

    def bring(
        self,
        file_id: int,
        incoming: Incoming | ReadyProfile,
        persona_id: PersonaId | None,
        person_id: PersonId | None,
    ) -> int:
        """Store a profile, chat, memories or lorebook; returns how many memories, messages or entries are new.

        A memory that this persona has already (same person, kind and text but for case and spacing) is not
        doubled: it is observed once more. A profile is merged with what other files say of the same person:
        the larger counter, the earlier first-met, the newer scalar.
        """
        ...

    def list_file(self, row: PlanRow) -> None:
        """Have the run list a file as this row says, which is mostly the one that it was kept under. A file that
        came to nothing, or was not kept, is listed all the same."""
        ...

    def finish(self, rows: Sequence[PlanRow], backup: Path | None, database_backup: Path | None) -> int:
        """List further rows, and end the run. Returns how many personas it made that nothing came for, after all:
        they are gone."""
        ...

    def stored(self) -> Iterator[tuple[str, bytes]]:
        """Path and bytes of every file that this run has brought, read back out of the store, as they came."""
        ...


class Imports(Protocol):
    """`Store.imports`."""

    def known(self) -> Iterator[KnownFile]: ...
    def original(self, persona_id: PersonaId, person_key: str) -> bytes | None:
        """The newest bytes brought in for that persona and person."""
        ...

    def originals(self) -> Iterator[tuple[str, bytes]]:
        """Path and bytes of every file of the runs that are not undone, the newest of each path."""
        ...

    def person_keys(self) -> Mapping[str, PersonId]: ...
    def begin(self, *, uuid: str, source: Path, kind: SourceKind) -> RunWriter: ...
    def runs(self) -> list[Run]:
        """Newest first, the undone ones too."""
        ...

    def rows(self, run_id: RunId) -> list[PlanRow]: ...
    def preview_undo(self, run_id: RunId) -> UndoPreview: ...
    def undo(self, run_id: RunId) -> UndoPreview:
        """Take away what the run brought and nobody changed or used since; runs may be undone in any order."""
        ...


class Entry(NamedTuple):
    """Something in a folder. `kind` is file, folder, link, special or unreadable. `path` is relative, "/" between.

    Time and mode are a folder's; of the others only the kind is looked at.
    """

    path: str
    kind: str
    mtime_ns: int = 0
    mode: int = 0


class SourceFolder(Protocol):
    """One folder that is being read. Everything raises UserFacingError for what can't be read."""

    def walk(self, trees: Sequence[str]) -> Iterator[Entry]:
        """Everything below the trees, folders before what is in them, in the order of the paths."""
        ...

    def read(self, path: str, limit: int | None = None) -> tuple[bytes | None, bytes, int]:
        """Return content (None beyond `limit` bytes), SHA-256 digest and size.

        Raises UserFacingError for what is no regular file, or changed while it was read, too.
        """
        ...

    def size(self, path: str) -> int: ...


class SourceFiles(Protocol):
    """Reads other programs' folders: never follows a link, opens nothing but regular files, writes nothing."""

    def opened(self, base: Path) -> AbstractContextManager[SourceFolder]: ...
    def read(self, base: Path, path: str, limit: int | None = None) -> tuple[bytes | None, bytes, int]:
        """`SourceFolder.read` for a single file."""
        ...

    def head(self, base: Path, path: str, count: int) -> bytes: ...
    def free_bytes(self, folder: Path) -> int: ...


class BackupReader(Protocol):
    """A verified archive. `base` is the folder its paths were relative to when it was made."""

    @property
    def path(self) -> Path: ...
    @property
    def base(self) -> Path: ...
    def read(self, path: str) -> tuple[bytes, bytes]:
        """A file's bytes as they were backed up, and their SHA-256; raises UserFacingError if it is not in there."""
        ...

    def changed_at(self, path: str) -> datetime | None:
        """When a file was last written before it was backed up, aware UTC; None for one that is not in there."""
        ...

    def restore(self, base: Path, *, only: frozenset[str] | None = None) -> tuple[int, tuple[str, ...]]:
        """Give files their old content, mode and time back, and touch nothing else; what differs is set aside
        first. Returns how many were written, and sentences on what could not be."""
        ...

    def close(self) -> None: ...


class Backups(Protocol):
    def name(self, folder: Path, now: datetime) -> Path:
        """A free path profiles_backup_YYYYMMDD_HHMMSS.tar in `folder`."""
        ...

    def make(self, found: Found, target: Path, *, tell: Tell, cancelled: Cancelled) -> BackupReader:
        """Archive the trees, write the manifest last, sync, read everything back and compare, then give the
        archive its name. Raises UserFacingError (Stopped where cancelled) and leaves nothing behind."""
        ...

    def open(self, path: Path) -> BackupReader:
        """Raises UserFacingError where the archive or its manifest is not whole."""
        ...


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run without an end in the journal. `steps` are (step, details) in their order."""

    uuid: str
    steps: tuple[tuple[str, Mapping[str, str]], ...] = field(default=())


class Journal(Protocol):
    """One file a run, a synced line a step."""

    def begin(self, uuid: str, details: Mapping[str, str]) -> None: ...
    def note(self, uuid: str, step: str, details: Mapping[str, str]) -> None: ...
    def end(self, uuid: str) -> None: ...
    def unfinished(self) -> list[OpenRun]: ...
    def moves(self, uuid: str) -> list[tuple[str, str]]:
        """The moves of a run that were made or are due: from, to."""
        ...

    def lock(self, source: Path) -> AbstractContextManager[None]:
        """Keep other runs out, of this data folder and of that source; raises UserFacingError where one is on."""
        ...


class ForeignDatabases(Protocol):
    """Other programs' SQLite files, opened read-only and immutable."""

    def sniff(self, base: Path, path: str) -> SourceKind | None: ...
    def bring(self, base: Path, path: str, kind: SourceKind) -> Iterator[tuple[str, Incoming]]:
        """What is in it, each with the name of the persona it belongs to ("" for none)."""
        ...


class ProfileReader(Protocol):
    """Reads profiles beside its caller, one order after the other. None for a file that is no profile or can't be
    read: whoever wants to know why reads it again."""

    def heads(self, files: Sequence[ProfileFile]) -> Future[list[ProfileHead | None]]: ...
    def ready(self, files: Sequence[ProfileFile]) -> Future[list[ReadyProfile | None]]: ...


class ProfileReaders(Protocol):
    def started(self) -> AbstractContextManager[ProfileReader]:
        """Returns at once. What it is doing at the end of the context is given up."""
        ...


class PictureFitter(Protocol):
    def fit(self, content: bytes) -> tuple[bytes, str] | None:
        """A stranger's picture as it may be stored and shown, with its media type; None for one that can't be.

        Blocks. Raises UserFacingError where nothing can be read at the moment.
        """
        ...


class PictureFitters(Protocol):
    def started(self) -> AbstractContextManager[PictureFitter]:
        """Returns at once."""
        ...


class FolderMoves(Protocol):
    """Moves files within one folder. Copy, sync, compare, then remove: at any moment one of both is whole."""

    def move(self, base: Path, path: str, to: str) -> None:
        """Also finishes a move that was cut short. Raises UserFacingError where something else stands at `to`."""
        ...

    def is_taken(self, base: Path, to: str) -> bool: ...

    def take_back(self, base: Path, path: str, to: str) -> bool:
        """Undo a move unless the file at `to` was changed or `path` is taken; tells whether it was undone."""
        ...

    def discard(self, path: Path, *, finished: bool = True) -> None:
        """Remove an archive of ours where there is one; unless `finished`, only what it was written under."""
        ...


class StoreBackup(Protocol):
    def __call__(self, label: str) -> Path:
        """Copy the database to the backups folder and check the copy. Blocks. Raises a StoreError."""
        ...
