"""What can be done to the books of the shelf."""

from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from personadesk.domain.bookshelf import ShelvedBook
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.services.lorebooks import LorebookService, LoreFile, OpenBook
from personadesk.ui.bridge import Bridge
from personadesk.ui.lorebook.book_dialog import BookDialog
from personadesk.ui.lorebook.files import bring_in, give_out
from personadesk.ui.lorebook.lab import LoreLab
from personadesk.ui.lorebook.readers_dialog import ReadersDialog
from personadesk.ui.lorebook.words import isolated
from personadesk.ui.roster import Roster
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.toasts import ToastStack
from personadesk.ui.wizard.row_model import plain

READERS_HEIGHT_PX = 520
Conversing = tuple[PersonaId, ConversationId]
"""Whose conversation is on screen, and which."""


class ShelfActions(QObject):
    """Dialogs and menus open over `dialog`. `book_wanted` names the book to go to."""

    book_wanted = Signal(int)

    def __init__(
        self,
        *,
        bridge: Bridge,
        service: LorebookService,
        roster: Roster,
        themes: ThemeSource,
        toasts: ToastStack,
        dialog: QWidget,
        chat: Conversing | None = None,
    ) -> None:
        super().__init__(dialog)
        self._bridge = bridge
        self._service = service
        self._roster = roster
        self._themes = themes
        self._toasts = toasts
        self._dialog = dialog
        self._chat = chat

    def show_problem(self, problem: UserFacingError) -> None:
        self._toasts.say(f"{problem.sentence} {problem.next_step}".strip(), bad=True)

    def create(self) -> None:
        """Put an empty book on the shelf and open it."""
        making = self._service.create(self.tr("New lorebook"))
        self._bridge.run(making, owner=self, then=self._open_made, failed=self.show_problem)

    def open_book(self, book: ShelvedBook) -> None:
        self._bridge.run(self._service.open(book.id), owner=self, then=self._show_open, failed=self.show_problem)

    def toggle(self, book: ShelvedBook) -> None:
        """Let its readers read it, or none of them."""
        self._bridge.run(self._service.set_enabled(book.id, not book.enabled), owner=self, failed=self.show_problem)

    def duplicate(self, book: ShelvedBook) -> None:
        self._bridge.run(self._service.duplicate(book.id), owner=self, then=self._go_to, failed=self.show_problem)

    def trash(self, book: ShelvedBook) -> None:
        moving = self._service.trash(book.id)
        self._bridge.run(moving, owner=self, then=lambda _: self._offer_undo(book), failed=self.show_problem)

    def restore(self, book: ShelvedBook) -> None:
        """Bring it back from the trash."""
        restoring = self._service.restore(book.id)
        self._bridge.run(restoring, owner=self, then=lambda _: self._go_to(book), failed=self.show_problem)

    def choose_readers(self, book: ShelvedBook) -> None:
        personas = [(item.id, item.shown_name) for item in self._roster.personas.values()]
        personas.sort(key=lambda item: item[1].casefold())
        dialog = ReadersDialog(themes=self._themes, book=book, personas=personas, parent=self._dialog)
        dialog.chosen.connect(
            lambda readers: self._bridge.run(
                self._service.set_readers(book.id, readers), owner=self, failed=self.show_problem
            )
        )
        dialog.show_fitting(READERS_HEIGHT_PX)

    # -- files

    def bring_in(self, path: Path) -> None:
        """Put a file's book on the shelf."""
        reading = bring_in(self._service, path)
        self._bridge.run(reading, owner=self, then=self._tell_brought, failed=self.show_problem)

    def bring_in_all(self, names: list[str]) -> None:
        for name in names:
            self.bring_in(Path(name))

    def choose_file(self) -> None:
        """Ask for files to bring in."""
        picker = QFileDialog(self._dialog, self.tr("Import a lorebook"))
        picker.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        picker.setFileMode(QFileDialog.FileMode.ExistingFiles)
        picker.setNameFilters([self.tr("Lorebooks (*.json)"), self.tr("All files (*)")])
        picker.filesSelected.connect(self.bring_in_all)
        picker.open()

    def choose_place(self, book: ShelvedBook, kind: LoreFile) -> None:
        """Ask where to write a book to."""
        name = "".join("_" if letter in '\\/:*?"<>|' else letter for letter in plain(book.name)).strip(" .")
        picker = QFileDialog(self._dialog, self.tr("Export a lorebook"), f"{name or 'lorebook'}.json")
        picker.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        picker.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        picker.setDefaultSuffix("json")
        picker.setNameFilters([self.tr("Lorebooks (*.json)")])
        picker.fileSelected.connect(
            lambda chosen: self._bridge.run(
                give_out(self._service, book.id, kind, Path(chosen)),
                owner=self,
                then=self._tell_saved,
                failed=self.show_problem,
            )
        )
        picker.open()

    # -- menus

    def open_exports(self, book: ShelvedBook, point: QPoint) -> None:
        menu = self._menu()
        self._add_exports(menu, book)
        menu.popup(point)

    def open_menu(self, book: ShelvedBook, point: QPoint) -> None:
        menu = self._menu()
        entries = [
            ("edit", self.tr("Open"), self.open_book),
            ("duplicate", self.tr("Duplicate"), self.duplicate),
            ("trash", self.tr("Move to trash"), self.trash),
        ]
        if book.persona_id is None:
            entries.insert(1, ("user", self.tr("Who reads it…"), self.choose_readers))
        for name, words, act in entries:
            menu.addAction(icon(name, self._themes.theme.muted, 16), words, lambda act=act: act(book))
        menu.addSeparator()
        self._add_exports(menu, book)
        menu.popup(point)

    def _menu(self) -> QMenu:
        menu = QMenu(self._dialog)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(self._themes.theme))
        return menu

    def _add_exports(self, menu: QMenu, book: ShelvedBook) -> None:
        for words, kind in (
            (self.tr("Export as Character Card V3 lorebook…"), LoreFile.STANDALONE),
            (self.tr("Export for SillyTavern…"), LoreFile.SILLYTAVERN),
        ):
            drawn = icon("download", self._themes.theme.muted, 16)
            menu.addAction(drawn, words, lambda kind=kind: self.choose_place(book, kind))

    # -- inside

    def _open_made(self, book: ShelvedBook) -> None:
        self._go_to(book)
        self.open_book(book)

    def _show_open(self, opened: OpenBook) -> None:
        show_book(
            self._dialog,
            bridge=self._bridge,
            service=self._service,
            themes=self._themes,
            opened=opened,
            chat=self._chat,
        )

    def _go_to(self, book: ShelvedBook) -> None:
        self.book_wanted.emit(book.id)

    def _tell_brought(self, book: ShelvedBook) -> None:
        self._go_to(book)
        self._toasts.say(self.tr("“%s” is on the shelf. Choose who reads it.") % isolated(plain(book.name)))

    def _tell_saved(self, path: Path) -> None:
        self._toasts.say(self.tr("Saved as %s.") % plain(path.name))

    def _offer_undo(self, book: ShelvedBook) -> None:
        words = self.tr("“%s” is in the trash.") % isolated(plain(book.name))
        self._toasts.say(words, action=self.tr("Undo"), act=lambda: self.restore(book))


def show_book(
    parent: QWidget,
    *,
    bridge: Bridge,
    service: LorebookService,
    themes: ThemeSource,
    opened: OpenBook,
    chat: Conversing | None = None,
) -> BookDialog:
    """Open a book over a window; saving stores it and closes the dialog.

    It can be tried on the conversation of `chat`; a persona's own book on that persona's alone.
    """
    owner = opened.shelved.persona_id
    lab = LoreLab(bridge, service, owner)
    if chat is not None and owner in (None, chat[0]):
        lab = LoreLab(bridge, service, *chat)
    dialog = BookDialog(themes=themes, lab=lab, opened=opened, parent=parent)
    dialog.save_requested.connect(
        lambda book: bridge.run(
            service.save(opened.shelved.id, book),
            owner=dialog,
            then=lambda _: dialog.saved(),
            failed=dialog.show_problem,
        )
    )
    dialog.show_fitting()
    return dialog
