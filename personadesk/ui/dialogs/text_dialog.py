"""A dialog in which a text is written and saved."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label, TextField


class TextDialog(FramedDialog):
    """`saved` carries the text. It stays open until `accept`, or says in `show_problem` why it can't be stored."""

    saved = Signal(str)

    def __init__(
        self, *, themes: ThemeSource, title: str, text: str, placeholder: str, note: str, parent: QWidget
    ) -> None:
        super().__init__(themes=themes, parent=parent, width_px=480)
        self.set_title(title)
        self.field = TextField(themes, accessible=title, placeholder=placeholder, lines=6)
        self.field.text.set_text(text)
        self.problem = Label(themes, ink="bad", wrap=True)
        self.problem.hide()
        self.content.addWidget(self.field)
        self.content.addWidget(self.problem)
        if note:
            self.content.addWidget(Label(themes, note, ink="faint", wrap=True))
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
        self.field.text.selectAll()
        self.field.setFocus()

    def show_problem(self, problem: UserFacingError) -> None:
        self.save.setEnabled(True)
        self.problem.setText(f"{problem.sentence} {problem.next_step}".strip())
        self.problem.show()

    def _save(self) -> None:
        if self.save.isEnabled():
            self.save.setEnabled(False)
            self.saved.emit(self.field.text.toPlainText())
