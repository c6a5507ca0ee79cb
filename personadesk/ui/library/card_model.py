"""The library's list: filtered, sorted and in sections. Ids only; summaries stay in the roster."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress, filterfalse, repeat
from operator import contains

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import Origin, PersonaSummary
from personadesk.ui.library.card_order import CardOrders, SortOrder
from personadesk.ui.library.search_text import SearchTexts, search_key, search_text
from personadesk.ui.library.tag_book import TagBook
from personadesk.ui.roster import Roster

AnyIndex = QModelIndex | QPersistentModelIndex

ALL, FAVOURITES, TRASH = "", "\x00favourites", "\x00trash"
"""Names of filters that are not tags: no tag can begin with NUL."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is shown: those with every one of `tags`, in `folder` (a tag as well, "" for none)."""

    tags: tuple[str, ...] = ()
    favourites: bool = False
    trash: bool = False
    folder: str = ""

    @property
    def plain(self) -> bool:
        """Whether nobody is left out."""
        return self == Choice()

    @property
    def filters(self) -> frozenset[str]:
        """The names of the chips that stand for it."""
        named = {*self.tags, *((FAVOURITES,) if self.favourites else ()), *((TRASH,) if self.trash else ())}
        return frozenset(named or {ALL})

    def only(self, name: str) -> "Choice":
        """That filter alone, in the same folder; the trash has none."""
        if name == TRASH:
            return Choice(trash=True)
        inside = Choice(folder=self.folder)
        if name == ALL:
            return inside
        return replace(inside, favourites=True) if name == FAVOURITES else replace(inside, tags=(name,))

    def with_or_without(self, name: str) -> "Choice":
        """That filter added to the others, or taken away again."""
        if name in (ALL, TRASH) or self.trash:
            return self.only(name)
        if name == FAVOURITES:
            return replace(self, favourites=not self.favourites)
        tags = tuple(tag for tag in self.tags if tag != name)
        return replace(self, tags=tags if name in self.tags else (*tags, name))

    def renamed(self, tag: str, new: str) -> "Choice":
        """The same with a tag under its new name."""
        tags = tuple(dict.fromkeys(new if item == tag else item for item in self.tags))
        return replace(self, tags=tags, folder=new if self.folder == tag else self.folder)

    def passes(self, summary: PersonaSummary) -> bool:
        if self.favourites and not summary.favourite:
            return False
        if self.folder and self.folder not in summary.tags:
            return False
        return all(tag in summary.tags for tag in self.tags)


@dataclass(frozen=True, slots=True)
class Section:
    """A run of rows under one heading, "" for none."""

    title: str
    first_row: int
    rows: int


class CardModel(QAbstractListModel):
    """Rows of persona ids in the order they are shown."""

    SummaryRole = Qt.ItemDataRole.UserRole + 1

    def __init__(self, roster: Roster, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._roster = roster
        self.tags = TagBook(roster)
        self._orders = CardOrders(roster)
        self._shipped: frozenset[PersonaId] | None = None
        self._texts = SearchTexts(roster, self)
        self._rows: list[PersonaId] = []
        self._row_of: dict[PersonaId, int] | None = None
        self._trashed: dict[PersonaId, PersonaSummary] = {}
        self._sections: tuple[Section, ...] = ()
        self._narrowed: tuple[Choice, SortOrder, str, list[PersonaId]] | None = None
        self.query = ""
        self.choice = Choice()
        self.order = SortOrder.RECENT
        self.hidden: PersonaId | None = None
        roster.reset.connect(self._forget_everything)
        roster.persona_changed.connect(self._refresh_persona)

    @property
    def sections(self) -> tuple[Section, ...]:
        return self._sections

    @property
    def in_trash(self) -> bool:
        return self.choice.trash

    def summary(self, row: int) -> PersonaSummary | None:
        if not 0 <= row < len(self._rows):
            return None
        return (self._trashed if self.in_trash else self._roster.personas).get(self._rows[row])

    def row_of(self, persona_id: PersonaId) -> int:
        if self._row_of is None:
            self._row_of = {persona: row for row, persona in enumerate(self._rows)}
        return self._row_of.get(persona_id, -1)

    def ids(self) -> Sequence[PersonaId]:
        """Everyone shown, in their order."""
        return self._rows

    def show(
        self,
        *,
        query: str | None = None,
        choice: Choice | None = None,
        order: SortOrder | None = None,
        hidden: PersonaId | None = None,
    ) -> None:
        """Set what is shown; `hidden` is the persona the hero card shows already."""
        self.query = self.query if query is None else query
        self.choice = self.choice if choice is None else choice
        self.order = self.order if order is None else order
        self.hidden = hidden
        self.rebuild()

    def rebuild(self) -> None:
        self.beginResetModel()
        query = search_key(self.query)
        words = query.split()
        self._trashed = {item.id: item for _, item in self._roster.trashed} if self.in_trash else {}
        if self.in_trash:
            texts = {key: search_text(item) for key, item in self._trashed.items()} if words else {}
            self._set_sections([("", [key for key in self._trashed if all(word in texts[key] for word in words)])])
        else:
            found = self._found(query, words)
            if words or not self.choice.plain:
                self._set_sections([("", found)])
            else:
                self._set_sections(self._halves(found))
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

    # -- inside

    def _found(self, query: str, words: list[str]) -> list[PersonaId]:
        """Those who pass, in their order. A query that goes on from the last one looks among what that found."""
        before = self._narrowed
        if before is not None and before[:2] == (self.choice, self.order) and query.startswith(before[2]):
            found = before[3]
        else:
            found = self._orders.sorted_by(self.order)
            for those in self._those_chosen():
                found = list(filter(those.__contains__, found))
        if words:
            texts = self._texts.all()
            for word in words:
                # All of it runs in C: a key stroke may look through thousands of texts.
                found = list(compress(found, map(contains, map(texts.__getitem__, found), repeat(word))))
        self._narrowed = (self.choice, self.order, query, found)
        if self.hidden is not None and not words and self.hidden in self._roster.personas:
            found = found.copy()
            found.remove(self.hidden)
        return found

    def _those_chosen(self) -> list[set[PersonaId]]:
        """Everyone is shown who is in all of these."""
        choice, tags = self.choice, self.tags
        chosen = [tags.having(tag) for tag in (choice.folder, *choice.tags) if tag]
        return [tags.favourites(), *chosen] if choice.favourites else chosen

    def _halves(self, found: list[PersonaId]) -> list[tuple[str, list[PersonaId]]]:
        if self._shipped is None:
            people = self._roster.personas.items()
            self._shipped = frozenset(key for key, item in people if item.origin is Origin.BUILT_IN)
        is_shipped = self._shipped.__contains__
        built_in, custom = list(filter(is_shipped, found)), list(filterfalse(is_shipped, found))
        return [(self.tr("Built-in"), built_in), (self.tr("Your personas"), custom)]

    def _set_sections(self, groups: list[tuple[str, list[PersonaId]]]) -> None:
        rows: list[PersonaId] = []
        sections = []
        for title, members in groups:
            if members:
                sections.append(Section(title, len(rows), len(members)))
                rows.extend(members)
        self._rows = rows
        self._row_of = None
        self._sections = tuple(sections)

    def _forget_everything(self) -> None:
        self._narrowed = self._shipped = None
        self._orders.forget()
        self._texts.begin()
        self.tags.forget_all()
        self.rebuild()

    def _refresh_persona(self, persona_id: PersonaId) -> None:
        self._narrowed = None
        self._orders.forget()
        self._texts.refresh(persona_id)
        self.tags.forget(persona_id)
        row = self.row_of(persona_id)
        if row >= 0:
            index = self.index(row)
            self.dataChanged.emit(index, index)
