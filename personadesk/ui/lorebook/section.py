"""A persona's lorebooks in its editor: its own book, and the shared ones it reads."""

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.bookshelf import ShelvedBook
from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import PersonaId
from personadesk.domain.lorebook import Lorebook
from personadesk.services.lorebooks import LorebookService, OpenBook
from personadesk.ui.bridge import Bridge
from personadesk.ui.lorebook.book_editor import BookEditor
from personadesk.ui.lorebook.controls import Switch
from personadesk.ui.lorebook.lab import LoreLab
from personadesk.ui.lorebook.words import isolated
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label
from personadesk.ui.wizard.row_model import plain

LONGEST_NAME = 60


class LorebookSection(QWidget):
    """The own book is the host's to keep: `changed` comes after every edit, with one text for the edits of one
    field, and `set_book` puts a value back. What the persona reads of the shelf is stored at once.

    `persona_id` is None for a persona that is not stored yet: it reads no shared book so far.
    """

    changed = Signal(str)
    shelf_requested = Signal()

    def __init__(
        self, *, bridge: Bridge, service: LorebookService, themes: ThemeSource, persona_id: PersonaId | None
    ) -> None:
        super().__init__()
        self._bridge = bridge
        self._service = service
        self._themes = themes
        self._persona_id = persona_id
        self._has_book = False
        self._stale = True
        self.switches: list[Switch] = []
        lab = LoreLab(bridge, service, persona_id)
        self.editor = BookEditor(themes=themes, lab=lab, begins_small=True)
        self.shelf_button = Button(themes, self.tr("Open shelf…"), icon="book", compact=True)
        self.words = Label(themes, ink="muted", wrap=True)
        self.problem = Label(themes, ink="bad", wrap=True)
        self.problem.hide()
        self._shared = QVBoxLayout()
        self._shared.setSpacing(2)
        self._build()
        self.editor.changed.connect(self._take)
        self.shelf_button.clicked.connect(self.shelf_requested)
        bridge.events.connect(self._hear)

    def book(self) -> Lorebook | None:
        """The own book as it stands; None while there is none."""
        return self.editor.book() if self._has_book else None

    def set_book(self, book: Lorebook | None) -> None:
        """Show a book; None shows how to begin one. No signal."""
        self._has_book = book is not None
        self.editor.set_book(book or Lorebook())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._read()

    # -- inside

    def _build(self) -> None:
        head = QHBoxLayout()
        head.addWidget(Label(self._themes, self.tr("Shared lorebooks it reads"), bold=True), 1)
        head.addWidget(self.shelf_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.editor)
        layout.addSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self.words)
        layout.addLayout(self._shared)
        layout.addWidget(self.problem)
        layout.addStretch(1)

    def _take(self, field: str) -> None:
        book = self.editor.book()
        # Its first entry makes it a book; a name or a description do, too.
        self._has_book = self._has_book or book != Lorebook()
        self.changed.emit(field)

    def _hear(self, event: object) -> None:
        if isinstance(event, ChangeSet) and event.lorebooks:
            self._read()

    def _read(self) -> None:
        self._stale = not self.isVisible()
        if self._stale:
            return
        self._bridge.run(self._service.shelf(), owner=self, then=self._list, failed=self._fail)
        if self._persona_id is not None:
            reading = self._service.read_by(self._persona_id)
            self._bridge.run(reading, owner=self, then=self._try_beside, failed=self._fail)

    def _list(self, shelf: list[ShelvedBook]) -> None:
        books = [book for book in shelf if book.persona_id is None]
        focused = next((at for at, switch in enumerate(self.switches) if switch.hasFocus()), -1)
        for switch in self.switches:
            self._shared.removeWidget(switch)
            switch.hide()
            switch.deleteLater()
        self.switches = [self._switch_for(book) for book in books]
        for switch in self.switches:
            self._shared.addWidget(switch)
        if 0 <= focused < len(self.switches):
            self.switches[focused].setFocus(Qt.FocusReason.OtherFocusReason)
        if not books:
            words = self.tr("There is no shared lorebook yet. Open the shelf to make one or bring one in.")
        elif self._persona_id is None:
            words = self.tr("Save the persona first: then it can read shared lorebooks.")
        else:
            words = self.tr("A change here takes effect at once.")
        self.words.setText(words)

    def _switch_for(self, book: ShelvedBook) -> Switch:
        name = plain(book.name)
        name = isolated(name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…")
        count = self.tr("1 entry") if book.entries == 1 else self.tr("%s entries") % QLocale().toString(book.entries)
        words = f"{name} · {count}" if book.enabled else f"{name} · {count} · {self.tr('switched off')}"
        switch = Switch(self._themes, words)
        switch.setChecked(self._persona_id in book.shared_with)
        switch.setEnabled(self._persona_id is not None)
        switch.value_changed.connect(lambda reads, book=book: self._set_reads(book, reads))
        return switch

    def _set_reads(self, book: ShelvedBook, reads: bool) -> None:
        if self._persona_id is not None:
            self.problem.hide()
            setting = self._service.set_reads(book.id, self._persona_id, reads)
            self._bridge.run(setting, owner=self, failed=self._fail)

    def _try_beside(self, books: list[OpenBook]) -> None:
        self.editor.set_other_books([opened.book for opened in books if opened.shelved.persona_id is None])

    def _fail(self, problem: UserFacingError) -> None:
        self.problem.setText(f"{problem.sentence} {problem.next_step}".strip())
        self.problem.show()
