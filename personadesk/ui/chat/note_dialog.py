"""Writing a note on a message."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label, TextField


class NoteDialog(FramedDialog):
    """`saved` carries the text, "" to take the note away. It stays open until `accept`."""

    saved = Signal(str)

    def __init__(self, *, themes: ThemeSource, text: str, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=460)
        self.set_title(self.tr("Note"))
        self.field = TextField(themes, accessible=self.tr("Note"), placeholder=self.tr("Come back to this"), lines=5)
        self.field.text.set_text(text)
        self.problem = Label(themes, ink="bad", wrap=True)
        self.problem.hide()
        self.content.addWidget(self.field)
        self.content.addWidget(self.problem)
        self.content.addWidget(
            Label(themes, self.tr("Only you see it: it is never part of a prompt."), ink="faint", wrap=True)
        )
        self.content.addStretch(1)
        self.cancel = Button(themes, self.tr("Cancel"))
        self.cancel.clicked.connect(self.reject)
        self.save = Button(themes, self.tr("Save"), kind=Kind.PRIMARY)
        self.save.clicked.connect(self._save)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.cancel)
        self.buttons.addWidget(self.save)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self._save)
        self.field.changed.connect(self.problem.hide)
        self.field.setFocus()

    def show_problem(self, problem: UserFacingError) -> None:
        self.problem.setText(f"{problem.sentence} {problem.next_step}".strip())
        self.problem.show()

    def _save(self) -> None:
        self.saved.emit(self.field.text.toPlainText())
