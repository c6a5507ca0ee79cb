"""The switcher's rows: pinned personas, recent ones, and those not met yet."""

from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.ui.roster import Roster
from personadesk.ui.widgets.preview import preview

MOST_RECENT = 40
FILL_UP_TO = 12
"""While few have been met, others are listed too: a new user sees whom to talk to."""

AnyIndex = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Heading:
    title: str


class SwitcherModel(QAbstractListModel):
    """Rows are a Heading or a persona's id."""

    def __init__(self, roster: Roster, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._roster = roster
        self._rows: list[Heading | PersonaId] = []
        roster.reset.connect(self.rebuild)
        roster.persona_changed.connect(self._persona_changed)

    def rebuild(self) -> None:
        rows = self._arranged()
        if rows == self._rows:
            self._touch_all()
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def summary(self, row: int) -> PersonaSummary | None:
        found = self._rows[row] if 0 <= row < len(self._rows) else None
        return None if found is None or isinstance(found, Heading) else self._roster.personas.get(found)

    def heading(self, row: int) -> str:
        found = self._rows[row] if 0 <= row < len(self._rows) else None
        return found.title if isinstance(found, Heading) else ""

    def row_of(self, persona_id: PersonaId) -> int:
        return self._rows.index(persona_id) if persona_id in self._rows else -1

    def personas(self) -> list[PersonaId]:
        """In the order shown: Ctrl+1 is the first."""
        return [row for row in self._rows if not isinstance(row, Heading)]

    def is_replying(self, persona_id: PersonaId) -> bool:
        return persona_id in self._roster.replying

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if self.heading(index.row()):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleDescriptionRole,
        ):
            return None
        summary = self.summary(index.row())
        if summary is None:
            return self.heading(index.row()) if role != Qt.ItemDataRole.ToolTipRole else None
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return self._state_in_words(summary)
        if role == Qt.ItemDataRole.ToolTipRole:
            # A tooltip takes what looks like markup for markup: here it always is, and the name is not.
            from html import escape

            return f"<span>{escape(summary.shown_name)}</span>"
        return summary.shown_name

    def _state_in_words(self, summary: PersonaSummary) -> str:
        parts = []
        if self.is_replying(summary.id):
            parts.append(self.tr("is writing"))
        if summary.unread:
            parts.append(self.tr("a new reply") if summary.unread == 1 else self.tr("%s new replies") % summary.unread)
        if summary.last_text:
            parts.append(preview(summary.last_text))
        return ", ".join(parts)

    def _arranged(self) -> list[Heading | PersonaId]:
        everyone = self._roster.personas.values()
        pinned = sorted((item for item in everyone if item.pin_position is not None), key=_pin_key)
        rest = [item for item in everyone if item.pin_position is None]
        met = sorted((item for item in rest if item.last_message_at), key=_recent_key)[:MOST_RECENT]
        room = FILL_UP_TO - len(pinned) - len(met)
        others = sorted((item for item in rest if not item.last_message_at), key=lambda item: item.id)[: max(room, 0)]
        rows: list[Heading | PersonaId] = []
        for title, group in (
            (self.tr("Pinned"), pinned),
            (self.tr("Recent"), met),
            (self.tr("Waiting to meet you"), others),
        ):
            if group:
                rows.append(Heading(title))
                rows.extend(item.id for item in group)
        return rows

    def _persona_changed(self, persona_id: PersonaId) -> None:
        if self._arranged() != self._rows:
            self.rebuild()
            return
        row = self.row_of(persona_id)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))

    def _touch_all(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))


def _pin_key(summary: PersonaSummary) -> int:
    return summary.pin_position or 0


def _recent_key(summary: PersonaSummary) -> float:
    return -summary.last_message_at.timestamp() if summary.last_message_at else 0.0
