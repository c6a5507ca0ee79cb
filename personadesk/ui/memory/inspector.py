"""The panel beside the chat: what the persona knows of you, and how it stands with you."""

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import PersonaId, PersonId
from personadesk.services.memory import MemoryListing, MemoryService
from personadesk.ui.bridge import Bridge
from personadesk.ui.memory.memory_acts import MemoryActs
from personadesk.ui.memory.memory_list import MemoryList, MemoryModel
from personadesk.ui.memory.panel_pages import PanelPages
from personadesk.ui.memory.standing import standing_words
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Chip
from personadesk.ui.widgets.fields import Label, SearchField
from personadesk.ui.widgets.toasts import ToastStack


class Inspector(QWidget):
    """One persona's memories of one person. Reads while it is on screen; what comes late is dropped."""

    left = Signal()  # Escape: back to the chat

    def __init__(self, *, bridge: Bridge, themes: ThemeSource, toasts: ToastStack) -> None:
        super().__init__()
        self._bridge = bridge
        self._themes = themes
        self._toasts = toasts
        self._service: MemoryService | None = None
        self._about: tuple[PersonaId, PersonId] | None = None
        self._name = ""
        self._listing: MemoryListing | None = None
        self._stale = False
        self._sought: tuple[PersonaId, str] | None = None
        small = self.font().pointSizeF() * 0.92
        self.title = Label(themes, self.tr("Memory"), bold=True)
        self.forgotten = Chip(themes, self.tr("Forgotten"))
        self.search = SearchField(themes, placeholder=self.tr("Search memories"))
        self.standing = Label(themes, ink="muted", wrap=True)
        self.heading = Label(themes, ink="faint", bold=True, elide=True, size_pt=small)
        self.model = MemoryModel()
        self.list = MemoryList(model=self.model, themes=themes)
        self.empty = Label(themes, ink="muted", wrap=True)
        self.add_button = Button(themes, self.tr("Add memory"), icon="plus")
        self.add_button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.footer = Label(themes, ink="faint", wrap=True, size_pt=small)
        self.pages = PanelPages(themes)
        self.acts = MemoryActs(bridge=bridge, themes=themes, toasts=toasts, panel=self)
        self._build()
        self._connect()

    def attach(self, service: MemoryService) -> None:
        """Name the service, once the store is open."""
        self._service = service
        self.acts.attach(service)
        self._read()

    def add_page(self, name: str, page: QWidget) -> None:
        """Show something else beside what is remembered, by a chip of its name."""
        self.title.hide()
        self.pages.add(name, page)

    def show_persona(self, persona_id: PersonaId, person_id: PersonId, name: str) -> None:
        """Show what a persona knows of the person it talks with."""
        self._name = name
        self.acts.show_persona(persona_id, person_id, name)
        self.footer.setText(self.tr("Only %s can see these. Other personas cannot.") % name)
        if self._about != (persona_id, person_id):
            self._about = (persona_id, person_id)
            self._listing = None
            self.search.line.clear()
            self.forgotten.setChecked(False)
            # Not a moment of another persona's words under this one's name.
            self.model.fill(())
            self._show_words()
            self._read()

    def look_for(self, persona_id: PersonaId, words: str) -> None:
        """Show a persona's memories that hold these words, at once or as soon as they are here."""
        self.pages.show_page(0)
        self._sought = (persona_id, words)
        self._show_sought()

    def focus_first(self) -> None:
        """Go where one begins: to the search, or to adding the first memory."""
        first = self.search if self.search.isVisible() else self.add_button
        first.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._read()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.window)
        painter.setPen(theme.line)
        edge = self.width() - 1 if self.isRightToLeft() else 0
        painter.drawLine(edge, 0, edge, self.height())

    # -- building

    def _build(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.forgotten)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        memory = QWidget()
        layout = QVBoxLayout(memory)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(head)
        layout.addWidget(self.search)
        layout.addWidget(self.standing)
        layout.addWidget(self.heading)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.add_button)
        layout.addWidget(self.footer)
        self.pages.add(self.tr("Memory"), memory)
        around = QVBoxLayout(self)
        around.setContentsMargins(18, 14, 18, 16)
        around.addWidget(self.pages)

    def _connect(self) -> None:
        self.search.changed.connect(self._search)
        self.search.left.connect(self._leave_search)
        self.search.entered.connect(self.list.setFocus)
        self.forgotten.toggled.connect(self.acts.look_back)
        self.forgotten.toggled.connect(self._fill)
        self.add_button.clicked.connect(self.acts.add)
        self.list.opened.connect(self.acts.open)
        self.list.forget_requested.connect(self.acts.forget)
        self.list.pin_requested.connect(self.acts.toggle_pin)
        self.list.menu_requested.connect(self.acts.open_menu)
        self._bridge.events.connect(self._hear)
        self._themes.changed.connect(self.update)

    # -- reading

    def _hear(self, event: object) -> None:
        if isinstance(event, ChangeSet) and self._about is not None and self._about[0] in event.memories:
            self._read()

    def _read(self) -> None:
        self._stale = not self.isVisible()
        if self._stale or self._service is None or self._about is None:
            return
        self._bridge.run(self._service.listing(*self._about), owner=self, then=self._accept, failed=self._fail)

    def _accept(self, listing: MemoryListing) -> None:
        if (listing.persona_id, listing.person_id) == self._about:
            fresh = self._listing is None
            self._listing = listing
            self._fill()
            if fresh:
                self.list.show_first()
            self._show_sought()

    def _show_sought(self) -> None:
        if self._sought is not None and self._listing is not None and self._listing.persona_id == self._sought[0]:
            words, self._sought = self._sought[1], None
            self.search.line.setText(words)

    def _fail(self, problem: UserFacingError) -> None:
        self._stale = True
        self._toasts.say(f"{problem.sentence} {problem.next_step}".strip(), bad=True)

    def _fill(self, _checked: bool = False) -> None:
        if self._listing is None:
            return
        if not self._listing.forgotten and self.forgotten.isChecked():
            # The last one was brought back: there is nothing to look at here any more.
            self.forgotten.setChecked(False)
            return
        self.model.fill(self._listing.forgotten if self.forgotten.isChecked() else self._listing.memories)
        self._show_words()

    def _search(self, query: str) -> None:
        self.model.search(query)
        self.list.show_first()
        self._show_words()

    # -- showing

    def _show_words(self) -> None:
        listing, shown, total = self._listing, self.model.rowCount(), self.model.total
        looking_back = self.forgotten.isChecked()
        searching = bool(self.search.line.text().strip())
        locale = QLocale()
        count = locale.toString(total)
        if searching:
            count = self.tr("%s of %s") % (locale.toString(shown), count)
        title = self.tr("Forgotten") if looking_back else self.tr("About you")
        self.heading.setText(f"{title} · {count}")
        self.heading.setVisible(total > 0)
        self.forgotten.setVisible(bool(listing and listing.forgotten))
        self.search.setVisible(total > 0 or searching)
        self.add_button.setVisible(not looking_back)
        self.list.setVisible(shown > 0)
        self.empty.setVisible(shown == 0)
        self.empty.setText(self._empty_words(searching) if listing is not None else "")
        known = standing_words(listing.acquaintance, listing.known_as) if listing and listing.acquaintance else ""
        self.standing.setText(known)
        self.standing.setVisible(bool(known))

    def _empty_words(self, searching: bool) -> str:
        if searching:
            return self.tr("No memory holds these words. Try fewer of them.")
        words = self.tr(
            "%s knows nothing about you yet. Add what it should remember: it will keep it in mind in every chat."
        )
        return words % self._name

    def _leave_search(self) -> None:
        if self.list.isVisible():
            self.list.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.left.emit()
