"""The shelf: every lorebook, shared or one persona's own."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QWidget

from personadesk.domain.bookshelf import ShelvedBook
from personadesk.domain.events import ChangeSet
from personadesk.services.lorebooks import LorebookService
from personadesk.ui.bridge import Bridge
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.lorebook.shelf_actions import Conversing, ShelfActions
from personadesk.ui.lorebook.shelf_list import ShelfList, ShelfModel
from personadesk.ui.roster import Roster
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Chip, Kind
from personadesk.ui.widgets.fields import Label, SearchField
from personadesk.ui.widgets.flow import FlowLayout
from personadesk.ui.widgets.toasts import ToastStack
from personadesk.ui.widgets.views import ViewFrame

HEIGHT_PX = 640


class ShelfDialog(FramedDialog):
    """Every change takes effect at once; what is moved to the trash comes back by Undo, or from there.

    Books are tried on the conversation of `chat`.
    """

    def __init__(
        self,
        *,
        bridge: Bridge,
        service: LorebookService,
        roster: Roster,
        themes: ThemeSource,
        parent: QWidget,
        chat: Conversing | None = None,
    ) -> None:
        super().__init__(themes=themes, parent=parent, width_px=680)
        self._bridge = bridge
        self._service = service
        self._roster = roster
        self._wanted = 0
        self.set_title(self.tr("Lorebooks"))
        self.toasts = ToastStack(themes, self)
        self.doing = ShelfActions(
            bridge=bridge, service=service, roster=roster, themes=themes, toasts=self.toasts, dialog=self, chat=chat
        )
        self.trash_chip = Chip(themes, self.tr("Trash"))
        self._shelf: list[ShelvedBook] = []
        self._trashed: list[ShelvedBook] = []
        self.search = SearchField(themes, placeholder=self.tr("Search lorebooks"))
        self.new_button = Button(themes, self.tr("New lorebook"), icon="plus")
        self.import_button = Button(themes, self.tr("Import…"), icon="import")
        self.model = ShelfModel()
        self.list = ShelfList(model=self.model, themes=themes)
        self.frame = ViewFrame(themes, self.list)
        self.empty = Label(themes, ink="muted", wrap=True)
        self.open_button = Button(themes, self.tr("Open"), icon="edit", compact=True)
        self.readers_button = Button(themes, self.tr("Who reads it…"), icon="user", compact=True)
        self.export_button = Button(themes, self.tr("Export…"), icon="download", compact=True)
        self.copy_button = Button(themes, self.tr("Duplicate"), icon="duplicate", compact=True)
        self.trash_button = Button(themes, self.tr("Move to trash"), icon="trash", kind=Kind.DANGER, compact=True)
        self.restore_button = Button(themes, self.tr("Restore"), icon="restore", compact=True)
        self.setAcceptDrops(True)
        self._build()
        self._connect()
        self._read()

    @property
    def in_trash(self) -> bool:
        """Whether the trash is on screen."""
        return self.trash_chip.isChecked()

    # -- building

    def _build(self) -> None:
        words = self.tr("What a lorebook holds is told to a persona only when the talk comes to it.")
        self.content.addWidget(Label(self.themes, words, ink="muted", wrap=True))
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.search, 1)
        top.addWidget(self.trash_chip)
        top.addWidget(self.new_button)
        top.addWidget(self.import_button)
        self.content.addSpacing(4)
        self.content.addLayout(top)
        self.content.addSpacing(4)
        self.content.addWidget(self.frame, 1)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self.content.addWidget(self.empty, 1)
        self.actions_row = QWidget()
        flow = FlowLayout(self.actions_row)
        for button in (*self._acting(), self.restore_button):
            flow.addWidget(button)
        self.content.addSpacing(4)
        self.content.addWidget(self.actions_row)
        done = Button(self.themes, self.tr("Done"), kind=Kind.PRIMARY)
        done.clicked.connect(self.accept)
        self.buttons.addStretch(1)
        self.buttons.addWidget(done)

    def _connect(self) -> None:
        doing = self.doing
        self.search.changed.connect(self._search)
        self.search.left.connect(self.list.setFocus)
        self.search.entered.connect(self.list.setFocus)
        self.new_button.clicked.connect(doing.create)
        self.import_button.clicked.connect(doing.choose_file)
        self.open_button.clicked.connect(lambda: self._with_current(doing.open_book))
        self.readers_button.clicked.connect(lambda: self._with_current(doing.choose_readers))
        self.export_button.clicked.connect(lambda: self._with_current(self._open_export_menu))
        self.copy_button.clicked.connect(lambda: self._with_current(doing.duplicate))
        self.trash_button.clicked.connect(lambda: self._with_current(doing.trash))
        self.restore_button.clicked.connect(lambda: self._with_current(doing.restore))
        self.trash_chip.toggled.connect(self._show_books)
        self.list.opened.connect(self._open)
        self.list.toggled.connect(self._toggle)
        self.list.trash_wanted.connect(self._move_to_trash)
        self.list.menu_wanted.connect(self._open_menu)
        doing.book_wanted.connect(self._go_to)
        self.list.selection_changed.connect(self._show_state)
        self._bridge.events.connect(self._hear)
        self._roster.reset.connect(self._read)
        QShortcut(QKeySequence(QKeySequence.StandardKey.New), self, doing.create)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.search.setFocus)

    def _acting(self) -> tuple[Button, ...]:
        return self.open_button, self.readers_button, self.export_button, self.copy_button, self.trash_button

    # -- reading

    def _hear(self, event: object) -> None:
        if isinstance(event, ChangeSet) and event.lorebooks:
            self._read()

    def _read(self) -> None:
        self._bridge.run(self._service.both(), owner=self, then=self._fill, failed=self.doing.show_problem)

    def _fill(self, books: tuple[list[ShelvedBook], list[ShelvedBook]]) -> None:
        first = not self._shelf
        self._shelf, self._trashed = books
        if not self._trashed and self.trash_chip.isChecked():
            # The last one was brought back: there is nothing to look at here any more.
            self.trash_chip.setChecked(False)
        self._show_books()
        if first and self._shelf:
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_books(self, _trash: bool = False) -> None:
        books = self._trashed if self.in_trash else self._shelf
        self.model.fill(books, {item.id: item.shown_name for item in self._roster.personas.values()})
        if self._wanted and self.model.row_of(self._wanted) >= 0:
            self.list.show_book(self._wanted)
            self._wanted = 0
        self._show_state()

    def _search(self, query: str) -> None:
        self.model.search(query)
        self._show_state()

    def _show_state(self) -> None:
        shown, total, book = self.model.rowCount(), self.model.total, self.list.current
        self.frame.setVisible(shown > 0)
        self.empty.setVisible(shown == 0)
        self.search.setVisible(total > 0)
        self.trash_chip.setVisible(bool(self._trashed))
        self.actions_row.setVisible(shown > 0)
        for button in self._acting():
            button.setVisible(not self.in_trash)
        self.restore_button.setVisible(self.in_trash)
        self.readers_button.setEnabled(book is not None and book.persona_id is None)
        self.empty.setText(
            self.tr("No lorebook of that name. Try fewer letters.")
            if total
            else self.tr(
                "There is no lorebook yet. Make one, or bring one in: drop a file here, from SillyTavern or a card's "
                "lorebook. A shared one can be read by several personas."
            )
        )

    # -- events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.doing.bring_in_all([url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()])

    # -- inside

    def _open(self, book: ShelvedBook) -> None:
        """Open it; in the trash, bring it back."""
        (self.doing.restore if self.in_trash else self.doing.open_book)(book)

    def _toggle(self, book: ShelvedBook) -> None:
        if not self.in_trash:
            self.doing.toggle(book)

    def _move_to_trash(self, book: ShelvedBook) -> None:
        if not self.in_trash:
            self.doing.trash(book)

    def _open_menu(self, book: ShelvedBook, point: QPoint) -> None:
        if not self.in_trash:
            self.doing.open_menu(book, point)

    def _with_current(self, act: Callable[[ShelvedBook], None]) -> None:
        book = self.list.current
        if book is not None:
            act(book)

    def _go_to(self, lorebook_id: int) -> None:
        self._wanted = lorebook_id
        self.trash_chip.setChecked(False)
        self._read()

    def _open_export_menu(self, book: ShelvedBook) -> None:
        below = QPoint(0, self.export_button.height() + 4)
        self.doing.open_exports(book, self.export_button.mapToGlobal(below))
