"""What the composer says above its field, and what it offers for a text that is too long."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from personadesk.domain.conversation import MESSAGE_LIMIT
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label


class ComposerNotice(QWidget):
    """A sentence; with a text that was refused, buttons that take it in another way."""

    insert_wanted = Signal(str)
    attach_wanted = Signal(str)

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._offered = ""
        self.label = Label(themes, ink="warn", wrap=True)
        self.attach_text = Button(themes, self.tr("Attach it as a file"), compact=True)
        self.insert_part = Button(themes, self.tr("Insert what fits"), compact=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.label, 1)
        row.addWidget(self.attach_text)
        row.addWidget(self.insert_part)
        self.attach_text.clicked.connect(self._attach)
        self.insert_part.clicked.connect(self._insert)
        self.clear()

    def say(self, sentence: str) -> None:
        self.label.setText(sentence)
        self.label.show()
        self.show()

    def refuse(self, text: str, *, attachable: bool) -> None:
        """Say that a text is too long for a message, and keep it until it is taken or something else is said."""
        self._offered = text
        sentence = self.tr("This text has %1 characters; one message holds %2. Nothing was inserted yet.")
        self.say(sentence.replace("%1", f"{len(text):,}").replace("%2", f"{MESSAGE_LIMIT:,}"))
        self.insert_part.show()
        self.attach_text.setVisible(attachable)

    def clear(self) -> None:
        for part in (self.label, self.insert_part, self.attach_text, self):
            part.hide()

    def _insert(self) -> None:
        offered, self._offered = self._offered, ""
        self.insert_wanted.emit(offered)

    def _attach(self) -> None:
        offered, self._offered = self._offered, ""
        self.clear()
        self.attach_wanted.emit(offered)
