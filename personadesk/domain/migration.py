"""Migration: what was found, what will happen to it, and what has happened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from personadesk.domain.ids import PersonaId, RunId


class SourceKind(StrEnum):
    PROFILES = "profiles"
    MYBELLA = "mybella"
    MEMU = "memu"
    SILLYTAVERN = "sillytavern"
    CARDS = "cards"
    ARCHIVE = "archive"


class Part(StrEnum):
    """What a file is."""

    PROFILE = "profile"
    CARD = "card"
    CHAT = "chat"
    SUMMARY = "summary"
    LOREBOOK = "lorebook"
    MEMORIES = "memories"
    YOU = "you"
    OTHER = "other"


class Verdict(StrEnum):
    """What will happen to a file, or has happened."""

    IMPORT = "import"
    MERGE = "merge"
    UPDATE = "update"
    HERE = "here"
    """Already imported, with the same content."""
    SKIP = "skip"
    """The user left it out."""
    ATTENTION = "attention"
    """Can't be read: it is in the backup and not imported."""
    NOT_OURS = "not_ours"


BROUGHT = (Verdict.IMPORT, Verdict.MERGE, Verdict.UPDATE)
"""What a run brings in."""


@dataclass(frozen=True, slots=True)
class Found:
    """A source. `base` is an absolute folder; `trees` are the files and folders below it that belong to the
    source, relative to it, the main one first ("." for all of it). The others lie beside it and are
    offered too. `sentence` says what it seems to be."""

    kind: SourceKind
    base: Path
    trees: tuple[str, ...]
    sentence: str = ""

    @property
    def main(self) -> Path:
        return self.base / self.trees[0]


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One file. `path` is relative to the source's base, bytes that are no UTF-8 as surrogates.

    `group` is a PlanGroup's key. `count` is how many memories, messages or entries it holds, -1 where
    nobody knows. `reason` says why in words, and the merge or the difference where there is one.
    """

    path: str
    part: Part
    verdict: Verdict
    group: str = ""
    person_key: str = ""
    count: int = -1
    size: int = 0
    sha256: bytes = field(default=b"", repr=False)
    reason: str = ""


class Rows(Sequence[PlanRow]):
    """Rows that can be counted without being made."""

    def count_of(self, *verdicts: Verdict) -> int:
        return _counted(self, verdicts)


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """Files that go to one persona. `key` is the folder's name as the source spells it, "" for the files
    without one. `persona_id` is a persona that is here already; None where one named `name` is made,
    from the card at `card_path` where there is one ("" if not)."""

    key: str
    name: str
    persona_id: PersonaId | None = None
    card_path: str = ""


@dataclass(frozen=True, slots=True)
class PlanPerson:
    """Someone the files know. `profiles` counts those about them."""

    key: str
    name: str
    profiles: int
    interactions: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user chose. `personas` maps a group's key to a persona that is here; `leave_out` names trees
    beside the main one, or the group keys, that stay out; `you` is the person key of the user, None to
    let the plan choose, "" for none of them."""

    personas: tuple[tuple[str, PersonaId], ...] = ()
    leave_out: frozenset[str] = frozenset()
    you: str | None = None
    backup_folder: Path | None = None
    reorganize: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A dry run's result: a value. `rows` are in the order of their paths. Sizes are bytes.

    `runs_here` are the runs that were here and not undone when it was made."""

    found: Found
    choices: Choices
    rows: Sequence[PlanRow]
    groups: tuple[PlanGroup, ...]
    people: Sequence[PlanPerson]
    you: str
    backup_path: Path
    total_bytes: int
    needed_bytes: int
    free_bytes: int
    made_at: datetime
    runs_here: frozenset[RunId] = frozenset()

    def count(self, *verdicts: Verdict) -> int:
        return self.rows.count_of(*verdicts) if isinstance(self.rows, Rows) else _counted(self.rows, verdicts)

    @property
    def to_import(self) -> int:
        return self.count(Verdict.IMPORT, Verdict.MERGE, Verdict.UPDATE)


class Stage(StrEnum):
    LOOK = "look"
    BACK_UP = "back_up"
    CHECK_BACKUP = "check_backup"
    IMPORT = "import"
    VERIFY = "verify"
    REORGANIZE = "reorganize"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` files; `total` is 0 where nobody knows yet."""

    stage: Stage
    done: int
    total: int
    path: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a run did. `rows` are the plan's with what really happened. `backup` is the verified archive."""

    run_id: RunId
    uuid: str
    source: Path
    kind: SourceKind
    started_at: datetime
    finished_at: datetime
    backup: Path | None
    database_backup: Path | None
    rows: Sequence[PlanRow]
    personas_made: int
    memories: int
    messages: int
    moved: int = 0

    def count(self, *verdicts: Verdict) -> int:
        return self.rows.count_of(*verdicts) if isinstance(self.rows, Rows) else _counted(self.rows, verdicts)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the store lists it. `undone_at` is None while what it brought is here."""

    id: RunId
    uuid: str
    source: Path
    kind: SourceKind
    started_at: datetime
    backup: Path | None
    files: int
    imported: int
    attention: int
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What an undo takes away, and in sentences what stays because it was changed or used since."""

    run_id: RunId
    personas: int
    memories: int
    conversations: int
    lorebooks: int
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UndoResult:
    preview: UndoPreview
    restored: int = 0
    left: tuple[str, ...] = ()


def _counted(rows: Sequence[PlanRow], verdicts: tuple[Verdict, ...]) -> int:
    return sum(row.verdict in verdicts for row in rows)
