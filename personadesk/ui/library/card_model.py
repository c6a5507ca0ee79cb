"""The library's list: filtered, sorted and in sections. Ids only; summaries stay in the roster."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from unicodedata import normalize

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import Origin, PersonaSummary
from personadesk.ui.roster import Roster

AnyIndex = QModelIndex | QPersistentModelIndex


class SortOrder(StrEnum):
    RECENT = "recent"
    NAME = "name"
    CREATED = "created"
    MOST_TALKED = "most_talked"


ALL, FAVOURITES, TRASH = "", "\x00favourites", "\x00trash"
"""Filters that are not tags: no tag can begin with NUL."""


@dataclass(frozen=True, slots=True)
class Section:
    """A run of rows under one heading, "" for none."""

    title: str
    first_row: int
    rows: int


def search_key(text: str) -> str:
    """Text as it is searched: NFKD without marks, so that "Zoe" finds "Zoë", and without capitals."""
    if text.isascii():
        return text.lower()
    decomposed = normalize("NFKD", text)
    return "".join(character for character in decomposed if not 0x300 <= ord(character) < 0x370).casefold()


def haystack(summary: PersonaSummary) -> str:
    """Everything of a persona that a search looks through, as it is searched."""
    parts = (summary.name, summary.shown_name, summary.tagline, summary.description)
    return search_key(" ".join((*parts, *summary.traits, *summary.tags)))


class CardModel(QAbstractListModel):
    """Rows of persona ids in the order they are shown."""

    SummaryRole = Qt.ItemDataRole.UserRole + 1

    def __init__(self, roster: Roster, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._roster = roster
        self._rows: list[PersonaId] = []
        self._row_of: dict[PersonaId, int] = {}
        self._sections: tuple[Section, ...] = ()
        self._haystacks: dict[PersonaId, tuple[PersonaSummary, str]] = {}
        self.query = ""
        self.filter = ALL
        self.order = SortOrder.RECENT
        self.hidden: PersonaId | None = None
        roster.reset.connect(self.rebuild)
        roster.persona_changed.connect(self._refresh_persona)

    @property
    def sections(self) -> tuple[Section, ...]:
        return self._sections

    @property
    def in_trash(self) -> bool:
        return self.filter == TRASH

    def summary(self, row: int) -> PersonaSummary | None:
        if not 0 <= row < len(self._rows):
            return None
        if self.in_trash:
            return next((item for _, item in self._roster.trashed if item.id == self._rows[row]), None)
        return self._roster.personas.get(self._rows[row])

    def row_of(self, persona_id: PersonaId) -> int:
        return self._row_of.get(persona_id, -1)

    def show(
        self,
        *,
        query: str | None = None,
        chosen: str | None = None,
        order: SortOrder | None = None,
        hidden: PersonaId | None = None,
    ) -> None:
        """Set what is shown; `hidden` is the persona the hero card shows already."""
        self.query = self.query if query is None else query
        self.filter = self.filter if chosen is None else chosen
        self.order = self.order if order is None else order
        self.hidden = hidden
        self.rebuild()

    def rebuild(self) -> None:
        self.beginResetModel()
        words = search_key(self.query).split()
        if self.in_trash:
            shown = [item for _, item in self._roster.trashed if all(word in haystack(item) for word in words)]
            self._set_sections([("", shown)])
        else:
            found = [item for item in self._roster.personas.values() if self._passes(item, words)]
            found.sort(key=self._sort_key())
            built_in = [item for item in found if item.origin is Origin.BUILT_IN]
            custom = [item for item in found if item.origin is not Origin.BUILT_IN]
            if words or self.filter != ALL:
                self._set_sections([("", found)])
            else:
                self._set_sections([(self.tr("Built-in"), built_in), (self.tr("Your personas"), custom)])
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        summary = self.summary(index.row()) if index.isValid() else None
        if summary is None:
            return None
        if role == self.SummaryRole:
            return summary
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return summary.shown_name
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            kind = self.tr("Built-in persona") if summary.origin is Origin.BUILT_IN else self.tr("Custom persona")
            return f"{kind}. {summary.tagline or summary.description}"
        return None

    def _passes(self, summary: PersonaSummary, words: list[str]) -> bool:
        if self.filter == FAVOURITES and not summary.favourite:
            return False
        if self.filter not in (ALL, FAVOURITES) and self.filter not in summary.tags:
            return False
        if not words:
            return summary.id != self.hidden
        cached = self._haystacks.get(summary.id)
        if cached is None or cached[0] is not summary:
            cached = (summary, haystack(summary))
            self._haystacks[summary.id] = cached
        return all(word in cached[1] for word in words)

    def _sort_key(self) -> Callable[[PersonaSummary], tuple[object, ...]]:
        if self.order is SortOrder.NAME:
            return lambda item: (search_key(item.shown_name), item.id)
        if self.order is SortOrder.CREATED:
            return lambda item: (-item.created_at.timestamp(), -item.id)
        if self.order is SortOrder.MOST_TALKED:
            return lambda item: (-item.message_count, item.id)
        return lambda item: (-(item.last_message_at.timestamp() if item.last_message_at else 0.0), item.id)

    def _set_sections(self, groups: list[tuple[str, list[PersonaSummary]]]) -> None:
        rows: list[PersonaId] = []
        sections = []
        for title, members in groups:
            if members:
                sections.append(Section(title, len(rows), len(members)))
                rows.extend(item.id for item in members)
        self._rows = rows
        self._row_of = {persona_id: row for row, persona_id in enumerate(rows)}
        self._sections = tuple(sections)

    def _refresh_persona(self, persona_id: PersonaId) -> None:
        row = self.row_of(persona_id)
        if row >= 0:
            index = self.index(row)
            self.dataChanged.emit(index, index)
