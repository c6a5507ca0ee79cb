"""The library: title bar, what scrolls above the cards, the grid of cards, and the bar for many at once."""

from dataclasses import replace

from PySide6.QtCore import QMetaMethod, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from personadesk.domain.ids import PersonaId
from personadesk.ui.library.card_grid import CardGrid
from personadesk.ui.library.card_model import ALL, TRASH, CardModel, Choice
from personadesk.ui.library.card_order import SortOrder
from personadesk.ui.library.library_bar import LibraryBar
from personadesk.ui.library.library_header import LibraryHeader
from personadesk.ui.library.library_words import MOST_TAGS, chip_words, empty_words, folders
from personadesk.ui.library.selection_bar import SelectionBar
from personadesk.ui.library.tag_book import TagCounts
from personadesk.ui.roster import Roster
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.avatars import Avatars

PATIENCE_MS = 500


class LibraryPage(QWidget):
    """Signals carry a PersonaId. The page never talks to a service itself."""

    chat_requested = Signal(object)
    hear_requested = Signal(object)
    star_requested = Signal(object)
    menu_requested = Signal(object, QPoint)
    edit_requested = Signal(object)
    delete_requested = Signal(object)
    delete_many_requested = Signal(object)  # list[PersonaId]
    new_requested = Signal()
    import_requested = Signal()
    restore_requested = Signal(object)
    export_requested = Signal(list)  # list[PersonaId]
    tags_requested = Signal()
    trash_requested = Signal()
    tag_menu_requested = Signal(str, QPoint)  # tag, global point
    more_tags_requested = Signal()
    order_chosen = Signal(object)  # SortOrder

    def __init__(self, *, roster: Roster, themes: ThemeSource, avatars: Avatars) -> None:
        super().__init__()
        self.roster = self._roster = roster
        self.themes = self._themes = themes
        self.avatars = avatars
        self._waited = False
        self.model = CardModel(roster, self)
        self.header = LibraryHeader(themes=themes, avatars=avatars)
        self.hero = self.header.hero
        self.grid = CardGrid(model=self.model, roster=roster, themes=themes, avatars=avatars, header=self.header)
        self.bar = SelectionBar(themes)
        self.title = LibraryBar(themes)
        self.search = self.title.search
        self._build()
        # One turn of the event loop: keys that have come in together are searched for together.
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(0)
        self._typing.timeout.connect(self._apply)
        self._connect()
        QTimer.singleShot(PATIENCE_MS, self, self._say_waiting)
        roster.reset.connect(self._refill)
        roster.looks_changed.connect(self._refill)
        roster.persona_changed.connect(self._persona_changed)

    def set_order(self, order: SortOrder) -> None:
        self.title.show_order(order)
        self.model.order = order
        self._apply()

    def show_filter(self, chosen: str) -> None:
        """Show what a chip would: ALL, FAVOURITES, TRASH or a tag."""
        self.choose(self.model.choice.only(chosen))

    def choose(self, choice: Choice) -> None:
        """Show these."""
        self.model.choice = choice
        self.grid.verticalScrollBar().setValue(0)
        self._refill()

    def add_filter(self, chosen: str) -> None:
        """Show those of the ones shown that this is true of as well; or take it away again."""
        self.choose(self.model.choice.with_or_without(chosen))

    def open_folder(self, tag: str) -> None:
        self.search.line.clear()
        self.choose(Choice(folder=tag))
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave_folder(self) -> None:
        """One step back: out of the folder or the trash, else from a filter to everyone."""
        self.grid.selection.clear()
        self.choose(Choice())

    def focus_search(self) -> None:
        self.search.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.line.selectAll()

    def counts(self, folder: str = "") -> TagCounts:
        """How often tags occur, with everyone or in a folder."""
        return self.model.tags.counts(folder)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Back):
            self.leave_folder()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._themes.theme.window)

    # -- inside

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self.bar)
        self.bar.hide()

    def _connect(self) -> None:
        grid, header = self.grid, self.header
        self.search.changed.connect(lambda _text: self._typing.start())
        self.search.entered.connect(self._open_first)
        self.search.left.connect(grid.setFocus)
        title = self.title
        title.order_chosen.connect(self.set_order)
        title.order_chosen.connect(self.order_chosen)
        title.select_requested.connect(self._begin_selecting)
        title.tags_requested.connect(self.tags_requested)
        title.trash_requested.connect(self._show_trash)
        title.new_button.clicked.connect(self.new_requested)
        title.import_button.clicked.connect(self.import_requested)
        self.hero.chat_requested.connect(self.chat_requested)
        grid.chat_requested.connect(self._activate)
        self.hero.hear_requested.connect(self.hear_requested)
        grid.hear_requested.connect(self.hear_requested)
        grid.star_requested.connect(self.star_requested)
        grid.menu_requested.connect(self.menu_requested)
        grid.edit_requested.connect(self.edit_requested)
        grid.delete_requested.connect(self.delete_requested)
        grid.delete_many_requested.connect(self.delete_many_requested)
        grid.back_requested.connect(self.leave_folder)
        grid.selection.changed.connect(self._show_selection)
        header.chips.chosen.connect(self._choose_filter)
        header.chips.menu_requested.connect(self.tag_menu_requested)
        header.chips.more_requested.connect(self.more_tags_requested)
        header.folders.opened.connect(self.open_folder)
        header.folders.menu_requested.connect(self.tag_menu_requested)
        header.trail.back_requested.connect(self.leave_folder)
        self.bar.done.clicked.connect(grid.selection.clear)
        self.bar.everyone.clicked.connect(grid.selection.select_all)
        self.bar.export.clicked.connect(lambda: self.export_requested.emit(grid.selection.ids()))
        back = QShortcut(QKeySequence(Qt.Modifier.ALT | Qt.Key.Key_Left), self, self.leave_folder)
        back.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _show_trash(self) -> None:
        """The personas in it; where there are none, whatever else there is."""
        if self._roster.trashed:
            self.show_filter(TRASH)
        else:
            self.trash_requested.emit()

    def _begin_selecting(self) -> None:
        self.grid.selection.begin()
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _activate(self, persona_id: PersonaId) -> None:
        (self.restore_requested if self.model.in_trash else self.chat_requested).emit(persona_id)

    def _open_first(self) -> None:
        self._typing.stop()
        self._apply()
        summary = self.model.summary(0)
        if summary is not None and self.search.line.text().strip():
            self._activate(summary.id)

    def _show_selection(self) -> None:
        selection = self.grid.selection
        signal = QMetaMethod.fromSignal(self.export_requested)
        self.bar.show_count(
            len(selection),
            in_trash=self.model.in_trash,
            can_export=self.isSignalConnected(signal),
            all_starred=selection.held <= self.model.tags.favourites(),
        )
        self.bar.setVisible(selection.mode)

    def _persona_changed(self, persona_id: PersonaId) -> None:
        if self._possible(self.model.choice) != self.model.choice:
            self._refill()
            return
        summary = self._roster.personas.get(persona_id)
        shown = summary is not None and self.model.choice.passes(summary)
        moved = self.hero.persona_id == persona_id or self._hero_choice() != self.hero.persona_id
        if moved or shown != (self.model.row_of(persona_id) >= 0):
            self._apply()
            return
        before = self.header.heightForWidth(self.grid.width())
        self._show_header()
        if self.header.heightForWidth(self.grid.width()) != before:
            self.grid.relayout()

    def _hero_choice(self) -> PersonaId | None:
        recent = self._roster.most_recent()
        if recent is not None:
            return recent.id
        return min(self._roster.personas, default=None)

    def _refill(self) -> None:
        self.model.choice = self._possible(self.model.choice)
        self._apply()
        if self.grid.selection.mode:
            self._show_selection()

    def _possible(self, choice: Choice) -> Choice:
        """The choice without what is not there any more."""
        tags = self.counts().tags
        if choice.trash:
            return choice if self._roster.trashed else Choice()
        folder = choice.folder if choice.folder in tags else ""
        return replace(choice, folder=folder, tags=tuple(tag for tag in choice.tags if tag in tags))

    def _show_header(self) -> None:
        """Everything above the cards but the hero."""
        choice, header = self.model.choice, self.header
        counts = self.counts(choice.folder)
        more = len(counts.tags) > MOST_TAGS
        header.chips.show_chips(chip_words(choice, counts, self._roster), choice.filters, more=more)
        tiles = folders(counts, self._roster) if choice.plain and not self.search.line.text().strip() else []
        header.folders.show_folders(tiles)
        header.folders.setVisible(bool(tiles))
        header.trail.setVisible(bool(choice.folder))
        header.trail.show_name(choice.folder)
        header.trash.setVisible(choice.trash and bool(self._roster.trashed))

    def _choose_filter(self, chosen: str, adding: bool) -> None:
        if adding:
            self.add_filter(chosen)
        else:
            alone = self.model.choice.filters == {chosen}
            self.show_filter(ALL if alone else chosen)

    def _apply(self) -> None:
        query = self.search.line.text()
        plain = not query.strip() and self.model.choice.plain
        choice = self._hero_choice() if plain else None
        self.hero.setVisible(choice is not None)
        if choice is not None:
            self.hero.show_persona(self._roster.personas[choice])
        self.model.show(query=query, hidden=choice)
        self._show_header()
        self._say_when_empty(query)
        self.grid.relayout()

    def _say_waiting(self) -> None:
        """The very first start takes a moment longer: say so, but never for the blink of an ordinary one."""
        self._waited = True
        if not self._roster.loaded:
            self._say_when_empty("")
            self.grid.relayout()

    def _say_when_empty(self, query: str) -> None:
        empty = self.model.rowCount() == 0 and self.hero.isHidden() and (self._roster.loaded or self._waited)
        self.header.empty.setVisible(empty)
        if empty:
            loaded = self._roster.loaded
            self.header.empty.setText(empty_words(self.model.choice, query, loaded=loaded))
