"""One book of the shelf, open: edited, undone and redone, saved, or left with a question."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.lorebook import Lorebook
from personadesk.services.lorebooks import OpenBook
from personadesk.ui.lorebook.book_editor import SETTINGS, BookEditor
from personadesk.ui.lorebook.lab import LoreLab
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label
from personadesk.ui.wizard.row_model import plain

MOST_STEPS = 200
SIZE_PX = (1120, 720)


class BookDialog(QDialog):
    """`save_requested` carries the Lorebook; the owner answers with `saved` or `show_problem`."""

    save_requested = Signal(object)

    def __init__(self, *, themes: ThemeSource, lab: LoreLab, opened: OpenBook, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._first = opened.book
        self._done: list[Lorebook] = [opened.book]
        self._undone: list[Lorebook] = []
        self._field = ""
        self._asked_to_leave = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Lorebook"))
        self.title = Label(themes, plain(opened.book.name), bold=True, elide=True, size_pt=self._title_pt())
        self.note = Label(themes, ink="muted")
        self.editor = BookEditor(themes=themes, lab=lab)
        self.undo_button = Button(themes, icon="undo", accessible=self.tr("Undo"), kind=Kind.GHOST)
        self.cancel = Button(themes, self.tr("Cancel"))
        self.save = Button(themes, self.tr("Save"), kind=Kind.PRIMARY)
        self.editor.set_book(opened.book)
        self._build()
        self._connect()
        self._follow()

    @property
    def changed(self) -> bool:
        """Whether anything differs from what is stored."""
        return self.editor.book() != self._first

    def show_fitting(self) -> None:
        """Open at a size that fits the window behind, whatever dialogs are between."""
        behind: QWidget = self
        while (parent := behind.parentWidget()) is not None:
            behind = parent
        room = behind.size()
        self.resize(min(SIZE_PX[0], room.width() - 24), min(SIZE_PX[1], room.height() - 24))
        self.open()
        if self._first.entries:
            self.editor.table.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.editor.show_page(SETTINGS)
            self.editor.settings.controls["name"].setFocus(Qt.FocusReason.OtherFocusReason)

    def undo(self) -> None:
        if len(self._done) > 1:
            self._undone.append(self._done.pop())
            self._go_to(self._done[-1])

    def redo(self) -> None:
        if self._undone:
            self._done.append(self._undone.pop())
            self._go_to(self._done[-1])

    def saved(self) -> None:
        self._asked_to_leave = True
        self.accept()

    def show_problem(self, problem: UserFacingError) -> None:
        """Say why it can't be stored; everything stays as it is."""
        self._tell(f"{problem.sentence} {problem.next_step}".strip(), "bad")
        self.save.setEnabled(True)

    def reject(self) -> None:
        """Escape and Cancel: unsaved changes ask for a second press."""
        if self.changed and not self._asked_to_leave:
            self._asked_to_leave = True
            self._tell(self.tr("Unsaved changes: press Cancel again to discard them"), "warn")
            self.cancel.set_text(self.tr("Discard"))
            return
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.changed and not self._asked_to_leave:
            event.ignore()
            self.reject()
        else:
            super().closeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._themes.theme.window)
        painter.setPen(self._themes.theme.line)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    # -- inside

    def _title_pt(self) -> float:
        return self.font().pointSizeF() * 1.4

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.title, 1)
        head.addWidget(self.note)
        head.addWidget(self.undo_button)
        head.addWidget(self.cancel)
        head.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 14, 20, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self.editor, 1)

    def _connect(self) -> None:
        self.editor.changed.connect(self._take)
        self.undo_button.clicked.connect(self.undo)
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._save)
        self._themes.changed.connect(self.update)
        for keys, act in (
            (QKeySequence.StandardKey.Save, self._save),
            (QKeySequence.StandardKey.Undo, self.undo),
            (QKeySequence.StandardKey.Redo, self.redo),
        ):
            QShortcut(keys, self, act)

    def _take(self, field: str) -> None:
        # Letters typed into one field are one step.
        if field and field == self._field and len(self._done) > 1:
            self._done[-1] = self.editor.book()
        else:
            self._done = [*self._done[-MOST_STEPS:], self.editor.book()]
        self._undone.clear()
        self._field = field
        self._asked_to_leave = False
        self._follow()

    def _go_to(self, book: Lorebook) -> None:
        self._field = ""
        self.editor.set_book(book)
        self._follow()

    def _follow(self) -> None:
        self.title.setText(plain(self.editor.book().name) or self.tr("Lorebook"))
        self.undo_button.setEnabled(len(self._done) > 1)
        self.cancel.set_text(self.tr("Cancel"))
        self.save.setEnabled(self.changed)
        self._tell(self.tr("Unsaved changes") if self.changed else "", "muted")

    def _tell(self, words: str, ink: str) -> None:
        self.note.setText(words)
        self.note.set_ink(ink)

    def _save(self) -> None:
        if self.save.isEnabled():
            self.save.setEnabled(False)
            self.save_requested.emit(self.editor.book())
