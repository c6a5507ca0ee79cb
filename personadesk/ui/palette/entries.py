"""What the palette lists: personas, things to do, and what was found of what was said."""

from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from personadesk.domain.conversation import SearchHit
from personadesk.domain.persona import PersonaSummary
from personadesk.domain.search import FoundConversation, FoundMemory
from personadesk.ui.palette.command import Command
from personadesk.ui.widgets.preview import preview

AnyIndex = QModelIndex | QPersistentModelIndex
MATCH_START = "\ue000"
MATCH_END = "\ue001"


@dataclass(frozen=True, slots=True)
class Heading:
    """A line above what follows; it can't be chosen."""

    name: str


@dataclass(frozen=True, slots=True)
class MessageEntry:
    """`who` said it, `when` as it is shown."""

    hit: SearchHit
    summary: PersonaSummary
    who: str
    when: str

    @property
    def snippet(self) -> str:
        """What it says near the match, without markup and spoilers. Matches stand between U+E000 and U+E001."""
        return preview(self.hit.snippet)


@dataclass(frozen=True, slots=True)
class ConversationEntry:
    found: FoundConversation
    summary: PersonaSummary
    when: str


@dataclass(frozen=True, slots=True)
class MemoryEntry:
    found: FoundMemory
    summary: PersonaSummary


Entry = PersonaSummary | Command | Heading | MessageEntry | ConversationEntry | MemoryEntry


class EntryRole(IntEnum):
    ENTRY = Qt.ItemDataRole.UserRole


class EntryModel(QAbstractListModel):
    """Headings are rows that can't be chosen."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []

    def fill(self, entries: list[Entry]) -> None:
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def entry(self, row: int) -> Entry | None:
        return self.entries[row] if 0 <= row < len(self.entries) else None

    def choosable(self) -> list[int]:
        """The rows that can be chosen."""
        return [row for row, entry in enumerate(self.entries) if not isinstance(entry, Heading)]

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.entries)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if isinstance(self.entry(index.row()), Heading):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entry(index.row())
        if entry is None:
            return None
        if role == EntryRole.ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return first_line(entry)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            more = second_line(entry)
            return f"{first_line(entry)}. {more}" if more else first_line(entry)
        return None


def first_line(entry: Entry) -> str:
    match entry:
        case Command() | Heading():
            return entry.name
        case MessageEntry():
            return f"{entry.who} · {entry.when}"
        case ConversationEntry():
            return entry.found.title
        case MemoryEntry():
            return entry.summary.shown_name
        case _:
            return entry.shown_name


def second_line(entry: Entry) -> str:
    """Without marks."""
    match entry:
        case MessageEntry():
            return entry.snippet.replace(MATCH_START, "").replace(MATCH_END, "")
        case ConversationEntry():
            return f"{entry.summary.shown_name} · {entry.when}"
        case MemoryEntry():
            return " ".join(entry.found.text.split())
        case Command():
            return entry.where
        case PersonaSummary():
            return entry.tagline or " ".join(entry.description[:120].split())
        case _:
            return ""
