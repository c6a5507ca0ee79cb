"""A book's entries as a table's rows: found by words, in any column's order, dragged to where they belong."""

import json
from collections.abc import Callable, Collection, Sequence
from enum import IntEnum
from html import escape

from PySide6.QtCore import (
    QAbstractTableModel,
    QByteArray,
    QCoreApplication,
    QLocale,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from personadesk.domain.lorebook import LoreEntry
from personadesk.services.lorebooks import rough_tokens
from personadesk.ui.library.search_text import search_key
from personadesk.ui.lorebook.words import EN_DASH, logic_word, position_word
from personadesk.ui.wizard.row_model import plain

AnyIndex = QModelIndex | QPersistentModelIndex
ENTRIES_FORMAT = "application/x-personadesk-lore-entries"
LONGEST_CELL = 200
LONGEST_HINT = 900
_NO_PARENT = QModelIndex()


class Column(IntEnum):
    ENABLED = 0
    NAME = 1
    KEYS = 2
    SECONDARY = 3
    LOGIC = 4
    ORDER = 5
    POSITION = 6
    DEPTH = 7
    CHANCE = 8
    CONSTANT = 9
    TOKENS = 10


NUMBERS = frozenset({Column.ORDER, Column.DEPTH, Column.CHANCE, Column.TOKENS})


def _tr(text: str) -> str:
    return QCoreApplication.translate("Lorebook", text)


def column_name(column: Column) -> str:
    return {
        Column.ENABLED: _tr("On"),
        Column.NAME: _tr("Entry"),
        Column.KEYS: _tr("Keys"),
        Column.SECONDARY: _tr("Secondary keys"),
        Column.LOGIC: _tr("Logic"),
        Column.ORDER: _tr("Order"),
        Column.POSITION: _tr("Position"),
        Column.DEPTH: _tr("Depth"),
        Column.CHANCE: _tr("Chance"),
        Column.CONSTANT: _tr("Always"),
        Column.TOKENS: _tr("Tokens"),
    }[column]


class EntryModel(QAbstractTableModel):
    """Holds the entries as they are; what is shown is a list of their numbers."""

    move_wanted = Signal(object, object)  # uids, the uid they go before or None
    toggle_wanted = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[LoreEntry] = []
        self._shown: list[int] = []
        self._keys: dict[str, str] = {}
        self._tokens: dict[str, int] = {}
        self._query = ""
        self._order = (Column.ORDER, Qt.SortOrder.AscendingOrder)
        self._locale = QLocale()

    @property
    def total(self) -> int:
        return len(self._entries)

    @property
    def tokens(self) -> int:
        """About how many tokens all enabled entries have together."""
        return sum(self._tokens_of(entry) for entry in self._entries if entry.enabled)

    @property
    def in_prompt_order(self) -> bool:
        return self._order == (Column.ORDER, Qt.SortOrder.AscendingOrder)

    def fill(self, entries: Sequence[LoreEntry]) -> None:
        """Show other entries."""
        self.beginResetModel()
        self._entries = list(entries)
        self._keys.clear()
        self._tokens.clear()
        self._arrange()
        self.endResetModel()

    def replace(self, entry: LoreEntry) -> None:
        """Show one entry's new values where it stands, until the rows are arranged again."""
        row = self.row_of(entry.uid)
        number = next((at for at, old in enumerate(self._entries) if old.uid == entry.uid), -1)
        if number < 0:
            return
        self._entries[number] = entry
        self._keys.pop(entry.uid, None)
        self._tokens.pop(entry.uid, None)
        if row >= 0:
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(Column) - 1))

    def search(self, query: str) -> None:
        """Show those whose keys, content or comment hold all the words."""
        self.beginResetModel()
        self._query = query
        self._arrange()
        self.endResetModel()

    def entry(self, row: int) -> LoreEntry | None:
        return self._entries[self._shown[row]] if 0 <= row < len(self._shown) else None

    def row_of(self, uid: str) -> int:
        return next((row for row, number in enumerate(self._shown) if self._entries[number].uid == uid), -1)

    def rows_of(self, uids: Collection[str]) -> list[int]:
        wanted = frozenset(uids)
        return [row for row, number in enumerate(self._shown) if self._entries[number].uid in wanted]

    # -- Qt

    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return column_name(Column(section))
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled if self.in_prompt_order else Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
        if index.column() == Column.ENABLED:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags | Qt.ItemFlag.ItemIsDragEnabled if self.in_prompt_order else flags

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entry(index.row())
        if entry is None:
            return None
        column = Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(entry, column)
        if role == Qt.ItemDataRole.CheckStateRole and column is Column.ENABLED:
            return Qt.CheckState.Checked if entry.enabled else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if column is Column.ENABLED:
                return _tr("On") if entry.enabled else _tr("Off")
            return f"{column_name(column)}: {self._text(entry, column)}"
        if role == Qt.ItemDataRole.ToolTipRole and column in (Column.NAME, Column.KEYS, Column.SECONDARY):
            whole = entry.content if column is Column.NAME else self._text(entry, column)
            # Marked as rich and escaped: Qt would guess, and an entry may be written like markup.
            return f"<qt>{escape(plain(whole[:LONGEST_HINT]))}</qt>" if whole else None
        return None

    def setData(self, index: AnyIndex, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """A check box that was used, also by an assistive program."""
        entry = self.entry(index.row())
        if entry is None or role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.toggle_wanted.emit(entry.uid)
        return True

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.beginResetModel()
        self._order = (Column(column), order)
        self._arrange()
        self.endResetModel()

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [ENTRIES_FORMAT]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        rows = sorted({index.row() for index in indexes})
        uids = [entry.uid for entry in map(self.entry, rows) if entry is not None]
        carried = QMimeData()
        carried.setData(ENTRIES_FORMAT, QByteArray(json.dumps(uids).encode()))
        return carried

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, _column: int, parent: AnyIndex) -> bool:
        if action is not Qt.DropAction.MoveAction or not data.hasFormat(ENTRIES_FORMAT):
            return False
        uids = frozenset(json.loads(bytes(data.data(ENTRIES_FORMAT).data())))
        if row < 0:
            row = parent.row() if parent.isValid() else len(self._shown)
        self.move_wanted.emit(uids, self._uid_at(row, uids))
        # Nothing for the view to remove: the rows are where they go already.
        return False

    # -- inside

    def _uid_at(self, row: int, moving: Collection[str]) -> str | None:
        """Before which entry rows land that are dropped at `row`; below the last one that is shown, behind it."""
        entry = self.entry(row)
        if entry is not None:
            return entry.uid
        last = self.entry(len(self._shown) - 1)
        arranged = sorted(self._entries, key=lambda item: item.order)
        place = next((at for at, item in enumerate(arranged) if last is not None and item.uid == last.uid), -1)
        return next((item.uid for item in arranged[place + 1 :] if item.uid not in moving), None)

    def _text(self, entry: LoreEntry, column: Column) -> str:
        if column is Column.ENABLED:
            return ""
        if column is Column.NAME:
            named = entry.name or entry.comment or entry.content[:LONGEST_CELL]
            return plain(" ".join(named.split())) or EN_DASH
        if column is Column.KEYS:
            return plain(_joined(entry.keys)) or EN_DASH
        if column is Column.SECONDARY:
            return plain(_joined(entry.secondary_keys)) if entry.selective and entry.secondary_keys else EN_DASH
        if column is Column.LOGIC:
            return logic_word(entry.logic) if entry.selective and entry.secondary_keys else EN_DASH
        if column is Column.POSITION:
            return position_word(entry.position)
        if column is Column.CONSTANT:
            return _tr("Always") if entry.constant else EN_DASH
        number = self._number(entry, column)
        if number is None:
            return EN_DASH
        shown = self._locale.toString(number)
        return f"{shown} %" if column is Column.CHANCE else shown

    def _number(self, entry: LoreEntry, column: Column) -> int | None:
        if column is Column.ORDER:
            return entry.order
        if column is Column.DEPTH:
            return entry.depth if position_has_depth(entry) else None
        if column is Column.CHANCE:
            return entry.probability if entry.use_probability else 100
        return self._tokens_of(entry)

    def _tokens_of(self, entry: LoreEntry) -> int:
        if entry.uid not in self._tokens:
            self._tokens[entry.uid] = rough_tokens(entry.content)
        return self._tokens[entry.uid]

    def _search_key(self, entry: LoreEntry) -> str:
        if entry.uid not in self._keys:
            words = (*entry.keys, *entry.secondary_keys, entry.name, entry.comment, entry.content, entry.group)
            self._keys[entry.uid] = search_key("\n".join(words))
        return self._keys[entry.uid]

    def _sort_key(self, column: Column) -> Callable[[LoreEntry], tuple[object, ...]]:
        if column is Column.ENABLED:
            return lambda entry: (not entry.enabled,)
        if column is Column.CONSTANT:
            return lambda entry: (not entry.constant,)
        if column is Column.POSITION:
            return lambda entry: (entry.position,)
        if column in NUMBERS:
            return lambda entry: (-1 if (number := self._number(entry, column)) is None else number,)
        if column is Column.KEYS:
            return lambda entry: (not entry.keys, _joined(entry.keys).casefold())
        return lambda entry: _words_last(self._text(entry, column))

    def _arrange(self) -> None:
        words = search_key(self._query).split()
        chosen = [
            number
            for number, entry in enumerate(self._entries)
            if not words or all(word in self._search_key(entry) for word in words)
        ]
        column, order = self._order
        key = self._sort_key(column)
        chosen.sort(
            key=lambda number: key(self._entries[number]),
            reverse=order is Qt.SortOrder.DescendingOrder,
        )
        self._shown = chosen


def position_has_depth(entry: LoreEntry) -> bool:
    return entry.position is entry.position.AT_DEPTH


def _words_last(text: str) -> tuple[bool, str]:
    return text == EN_DASH, text.casefold()


def _joined(keys: Sequence[str]) -> str:
    shown = ", ".join(keys[:12])
    return " ".join(shown[:LONGEST_CELL].split())
