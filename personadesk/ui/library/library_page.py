"""The library: title bar, hero card, filter chips and the grid of cards."""

from collections import Counter

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from personadesk.domain.ids import PersonaId
from personadesk.ui.library.card_grid import MARGIN_PX, CardGrid
from personadesk.ui.library.card_model import ALL, FAVOURITES, TRASH, CardModel, SortOrder
from personadesk.ui.library.hero import HeroCard
from personadesk.ui.roster import Roster
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.buttons import Button, Chip, Kind
from personadesk.ui.widgets.fields import Label, SearchField
from personadesk.ui.widgets.flow import FlowLayout

SEARCH_DELAY_MS = 60
MOST_TAGS = 8
PATIENCE_MS = 500
BAR_GAP_PX = 11


class _Header(QWidget):
    """What scrolls along above the cards: hero, chips, and a sentence where there are no cards."""

    def __init__(self, *, themes: ThemeSource, avatars: Avatars) -> None:
        super().__init__()
        self.hero = HeroCard(themes=themes, avatars=avatars)
        self.chips = QWidget()
        self.chips.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.flow = FlowLayout(self.chips)
        self.empty = Label(themes, ink="muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setContentsMargins(0, 48, 0, 24)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN_PX, 2, MARGIN_PX, 0)
        layout.setSpacing(14)
        layout.addWidget(self.hero)
        layout.addWidget(self.chips)
        layout.addWidget(self.empty)
        self.hero.hide()
        self.empty.hide()

    def sizeHint(self) -> QSize:
        return QSize(0, self.heightForWidth(max(self.width(), 320)))

    def heightForWidth(self, width: int) -> int:
        inner = width - 2 * MARGIN_PX
        height = 2
        if not self.hero.isHidden():
            height += self.hero.minimumHeight() + 14
        if self.flow.count():
            height += self.flow.heightForWidth(inner)
        if not self.empty.isHidden():
            height += 14 + self.empty.heightForWidth(inner)
        return height

    def hasHeightForWidth(self) -> bool:
        return True


class LibraryPage(QWidget):
    """Signals carry a PersonaId. The page never talks to a service itself."""

    chat_requested = Signal(object)
    star_requested = Signal(object)
    menu_requested = Signal(object, QPoint)
    edit_requested = Signal(object)
    delete_requested = Signal(object)
    new_requested = Signal()
    import_requested = Signal()
    restore_requested = Signal(object)
    order_chosen = Signal(object)  # SortOrder

    def __init__(self, *, roster: Roster, themes: ThemeSource, avatars: Avatars) -> None:
        super().__init__()
        self._roster = roster
        self._themes = themes
        self._chips: list[Chip] = []
        self._waited = False
        self.model = CardModel(roster, self)
        self._header = _Header(themes=themes, avatars=avatars)
        self.hero = self._header.hero
        self.grid = CardGrid(model=self.model, themes=themes, avatars=avatars, header=self._header)
        self.search = SearchField(themes, placeholder=self.tr("Search personas"), shortcut=self.tr("Ctrl F"))
        self._sort = Button(themes, kind=Kind.SECONDARY, icon="sort", text=self.tr("Recent"))
        self.new_button = Button(themes, self.tr("New persona"), kind=Kind.PRIMARY, icon="plus")
        self.import_button = Button(themes, self.tr("Import"), icon="import")
        self._build()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(SEARCH_DELAY_MS)
        self._typing.timeout.connect(self._apply)
        self._connect()
        QTimer.singleShot(PATIENCE_MS, self, self._say_waiting)
        roster.reset.connect(self._refill)
        roster.persona_changed.connect(self._persona_changed)

    def set_order(self, order: SortOrder) -> None:
        self._sort.setText(self._order_names()[order])
        self._sort.setAccessibleName(self.tr("Sort: %s") % self._sort.text())
        self._sort.updateGeometry()
        self._fit_bar()
        self.model.order = order
        self._apply()

    def show_filter(self, chosen: str) -> None:
        """Show what a chip would: ALL, FAVOURITES, TRASH or a tag."""
        self.model.filter = chosen
        self._refill()

    def focus_search(self) -> None:
        self.search.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.line.selectAll()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_bar()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._themes.theme.window)

    # -- inside

    def _build(self) -> None:
        self._title = Label(self._themes, self.tr("Personas"), size_pt=self.font().pointSizeF() * 1.85, bold=True)
        self.search.setMinimumWidth(150)
        self.search.setMaximumWidth(270)
        bar = QHBoxLayout()
        bar.setContentsMargins(MARGIN_PX, 22, MARGIN_PX, 14)
        bar.setSpacing(BAR_GAP_PX)
        bar.addWidget(self._title)
        bar.addStretch(1)
        bar.addWidget(self.search, 3)
        bar.addWidget(self._sort)
        bar.addWidget(self.import_button)
        bar.addWidget(self.new_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.grid, 1)

    def _fit_bar(self) -> None:
        """Where there is little room, the buttons beside the search are icons alone, and then the title goes."""
        title = self._title.sizeHint().width()
        buttons = (self._sort, self.import_button, self.new_button)
        fixed = 2 * MARGIN_PX + 4 * BAR_GAP_PX + self.search.minimumWidth()
        whole = sum(button.whole_width() for button in buttons)
        icons = sum(button.height() for button in buttons)
        for button in buttons:
            button.set_icon_only(fixed + title + whole > self.width())
        self._title.setVisible(fixed + title + icons <= self.width())

    def _connect(self) -> None:
        self.search.changed.connect(lambda _text: self._typing.start())
        self.search.entered.connect(self._open_first)
        self.search.left.connect(self.grid.setFocus)
        self._sort.clicked.connect(self._open_sort_menu)
        self.new_button.clicked.connect(self.new_requested)
        self.import_button.clicked.connect(self.import_requested)
        self.hero.chat_requested.connect(self.chat_requested)
        self.grid.chat_requested.connect(self._activate)
        self.grid.star_requested.connect(self.star_requested)
        self.grid.menu_requested.connect(self.menu_requested)
        self.grid.edit_requested.connect(self.edit_requested)
        self.grid.delete_requested.connect(self.delete_requested)

    def _order_names(self) -> dict[SortOrder, str]:
        return {
            SortOrder.RECENT: self.tr("Recent"),
            SortOrder.NAME: self.tr("Name"),
            SortOrder.CREATED: self.tr("Newest"),
            SortOrder.MOST_TALKED: self.tr("Most talked to"),
        }

    def _open_sort_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(self._themes.theme))
        group = QActionGroup(menu)
        for order, name in self._order_names().items():
            action = QAction(name, menu)
            action.setCheckable(True)
            action.setChecked(order is self.model.order)
            action.triggered.connect(lambda _checked=False, chosen=order: self._choose_order(chosen))
            group.addAction(action)
            menu.addAction(action)
        menu.popup(self._sort.mapToGlobal(QPoint(0, self._sort.height() + 4)))

    def _choose_order(self, order: SortOrder) -> None:
        self.set_order(order)
        self.order_chosen.emit(order)

    def _activate(self, persona_id: PersonaId) -> None:
        (self.restore_requested if self.model.in_trash else self.chat_requested).emit(persona_id)

    def _open_first(self) -> None:
        self._typing.stop()
        self._apply()
        summary = self.model.summary(0)
        if summary is not None and self.search.line.text().strip():
            self._activate(summary.id)

    def _persona_changed(self, persona_id: PersonaId) -> None:
        moved = self.hero.persona_id == persona_id or self._hero_choice() != self.hero.persona_id
        if moved or self.model.filter == FAVOURITES:
            self._apply()
        self._relabel_chips()

    def _hero_choice(self) -> PersonaId | None:
        recent = self._roster.most_recent()
        if recent is not None:
            return recent.id
        return min(self._roster.personas, default=None)

    def _refill(self) -> None:
        if self.model.filter not in self._chip_texts():
            self.model.filter = ALL
        self._make_chips()
        self._apply()

    def _chip_texts(self) -> dict[str, str]:
        personas = self._roster.personas.values()
        texts = {ALL: f"{self.tr('All')} {len(personas)}"}
        favourites = sum(item.favourite for item in personas)
        if favourites or self.model.filter == FAVOURITES:
            texts[FAVOURITES] = f"{self.tr('Favourites')} {favourites}"
        tags = Counter(tag for item in personas for tag in item.tags)
        for tag, count in sorted(tags.items(), key=lambda pair: (-pair[1], pair[0].casefold()))[:MOST_TAGS]:
            texts[tag] = f"{tag[:24]} {count}"
        if self.model.filter not in texts and self.model.filter in tags:
            texts[self.model.filter] = f"{self.model.filter[:24]} {tags[self.model.filter]}"
        if self._roster.trashed:
            texts[TRASH] = f"{self.tr('Trash')} {len(self._roster.trashed)}"
        return texts

    def _make_chips(self) -> None:
        while self._header.flow.count():
            item = self._header.flow.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._chips = []
        for chosen, text in self._chip_texts().items():
            chip = Chip(self._themes, text, icon="trash" if chosen == TRASH else "")
            chip.setProperty("filter", chosen)
            chip.clicked.connect(lambda _checked=False, value=chosen: self._choose_filter(value))
            self._header.flow.addWidget(chip)
            self._chips.append(chip)
            chip.show()
        self._check_chips()

    def _relabel_chips(self) -> None:
        texts = self._chip_texts()
        if [chip.property("filter") for chip in self._chips] != list(texts):
            self._make_chips()
            self.grid.relayout()
            return
        for chip in self._chips:
            chip.set_text(texts[chip.property("filter")])

    def _check_chips(self) -> None:
        for chip in self._chips:
            chip.setChecked(chip.property("filter") == self.model.filter)

    def _choose_filter(self, chosen: str) -> None:
        self.model.filter = ALL if chosen == self.model.filter else chosen
        self._check_chips()
        self.grid.verticalScrollBar().setValue(0)
        self._apply()

    def _apply(self) -> None:
        query = self.search.line.text()
        plain = not query.strip() and self.model.filter == ALL
        choice = self._hero_choice() if plain else None
        self.hero.setVisible(choice is not None)
        if choice is not None:
            self.hero.show_persona(self._roster.personas[choice])
        self.model.show(query=query, hidden=choice)
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
        self._header.empty.setVisible(empty)
        if not empty:
            return
        if not self._roster.loaded:
            words = self.tr("Getting your personas ready…")
        elif query.strip():
            words = self.tr("No persona matches “%s”. Press Escape to clear the search.") % query.strip()[:60]
        elif self.model.filter == FAVOURITES:
            words = self.tr("No favourites yet. The star on a card puts it here.")
        else:
            words = self.tr("No personas here yet. Ctrl+N makes one.")
        self._header.empty.setText(words)
