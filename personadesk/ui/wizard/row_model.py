"""The plan's files as a table's rows: found by words, by what happens to them, in any column's order."""

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from html import escape
from pathlib import Path
from unicodedata import category

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from personadesk.domain.migration import Part, PlanRow, Verdict
from personadesk.domain.plan_columns import PlanRows, in_columns

AnyIndex = QModelIndex | QPersistentModelIndex
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that let a name show other than it is."""
LONGEST_HINT = 1200
"""Characters of a reason that a tooltip shows."""


class Column(IntEnum):
    FILE = 0
    PERSONA = 1
    COUNT = 2
    HAPPENS = 3


class Filter(IntEnum):
    ALL = 0
    IMPORT = 1
    MERGE = 2
    HERE = 3
    ATTENTION = 4


VERDICTS: Mapping[Filter, frozenset[Verdict]] = {
    Filter.ALL: frozenset(Verdict),
    Filter.IMPORT: frozenset({Verdict.IMPORT}),
    Filter.MERGE: frozenset({Verdict.MERGE, Verdict.UPDATE}),
    Filter.HERE: frozenset({Verdict.HERE}),
    Filter.ATTENTION: frozenset({Verdict.ATTENTION}),
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("RowModel", text)


def verdict_word(verdict: Verdict) -> str:
    return {
        Verdict.IMPORT: _tr("import"),
        Verdict.MERGE: _tr("merge"),
        Verdict.UPDATE: _tr("update"),
        Verdict.HERE: _tr("already here"),
        Verdict.SKIP: _tr("left out"),
        Verdict.ATTENTION: _tr("needs attention"),
        Verdict.NOT_OURS: _tr("not ours"),
    }[verdict]


def plain(text: str) -> str:
    """A stranger's text fit for a label: no lone surrogate, no control and no direction override."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if category(letter) in ("Cc", "Cs") or letter in DIRECTIONS else letter
        for letter in text
    )


def short_path(path: Path) -> str:
    """A path as a person would write it, with ~ for home."""
    shown = plain(str(path))
    home = plain(str(Path.home()))
    return "~" + shown[len(home) :] if shown == home or shown.startswith(home + "/") else shown


def what_happens(row: PlanRow) -> str:
    """A row's verdict and its reason on one line."""
    reason = plain(" ".join(row.reason.split()))
    if row.verdict is Verdict.ATTENTION:
        return reason or verdict_word(row.verdict)
    word = verdict_word(row.verdict)
    return f"{word} · {reason}" if reason else word


class RowModel(QAbstractTableModel):
    """Holds the rows as they are; what is shown is a list of their numbers."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = PlanRows()
        self._names: Mapping[str, str] = {}
        self._below = ""
        self._keys: list[str] | None = None
        self._shown: list[int] = []
        self._query = ""
        self._filter = Filter.ALL
        self._order: tuple[Column, Qt.SortOrder] = (Column.FILE, Qt.SortOrder.AscendingOrder)
        self._locale = QLocale()

    def fill(self, rows: Sequence[PlanRow], names: Mapping[str, str], below: str = "") -> None:
        """Show other rows. `names` says which persona a group goes to; paths are shown from `below` on."""
        self._rows, self._names, self._keys, self._below = in_columns(rows), names, None, below
        self._arrange()

    def show_only(self, chosen: Filter, query: str) -> None:
        """Show those of a kind whose file, persona or reason holds all the words."""
        self._filter, self._query = chosen, query.casefold().strip()
        self._arrange()

    def row(self, index: AnyIndex) -> PlanRow | None:
        at = index.row()
        return self._rows[self._shown[at]] if index.isValid() and 0 <= at < len(self._shown) else None

    def groups_between(self, first: int, last: int) -> set[str]:
        return {self._rows.group(number) for number in self._shown[first : last + 1]}

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (_tr("File"), _tr("Persona"), _tr("Memories"), _tr("What happens"))[section]
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row(index)
        if row is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(row, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            whole = self._text(row, Column(index.column()))
            # Escaped and marked as rich: Qt would guess, and a file may be named like markup.
            return f"<qt>{escape(whole[:LONGEST_HINT])}</qt>"
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = (Column(column), order)
        self._arrange()

    # -- inside

    def _text(self, row: PlanRow, column: Column) -> str:
        if column is Column.FILE:
            return plain(row.path.removeprefix(self._below))
        if column is Column.PERSONA:
            return self._whose(row.part, row.verdict, row.group)
        if column is Column.COUNT:
            return self._locale.toString(row.count) if row.count >= 0 else "\N{EN DASH}"
        return what_happens(row)

    def _whose(self, part: Part, verdict: Verdict, group: str) -> str:
        if part is Part.LOREBOOK and not group:
            return _tr("Lorebook shelf")
        return "\N{EN DASH}" if verdict is Verdict.NOT_OURS else self._names.get(group, "\N{EN DASH}")

    def _sort_key(self, column: Column) -> Callable[[int], object]:
        rows = self._rows
        if column is Column.PERSONA:
            return lambda number: self._whose(rows.part(number), rows.verdict(number), rows.group(number)).casefold()
        if column is Column.COUNT:
            return lambda number: rows[number].count
        if column is Column.HAPPENS:
            return lambda number: (rows[number].verdict.value, rows[number].reason)
        return rows.path

    def _search_keys(self) -> list[str]:
        if self._keys is None:
            self._keys = [
                f"{row.path}\n{self._names.get(row.group, '')}\n{row.reason}\n{row.person_key}".casefold()
                for row in self._rows
            ]
        return self._keys

    def _arrange(self) -> None:
        self.beginResetModel()
        numbers: list[int] = list(range(len(self._rows)))
        if self._filter is not Filter.ALL:
            wanted = VERDICTS[self._filter]
            numbers = [number for number in numbers if self._rows.verdict(number) in wanted]
        if self._query:
            keys = self._search_keys()
            for word in self._query.split():
                numbers = [number for number in numbers if word in keys[number]]
        column, order = self._order
        backwards = order is Qt.SortOrder.DescendingOrder
        # The plan's rows come in the order of their paths.
        if column is Column.FILE and backwards:
            numbers.reverse()
        elif column is not Column.FILE:
            numbers.sort(key=self._sort_key(column), reverse=backwards)  # type: ignore[arg-type]
        self._shown = numbers
        self.endResetModel()
