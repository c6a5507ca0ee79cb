"""Hears the persona as it is edited: its greeting, or a line of one's own."""

from dataclasses import replace

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from personadesk.ui.editor.bound import pass_undo_on
from personadesk.ui.editor.desk import EditorWork
from personadesk.ui.speech.voices import Voices
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label, LineField

KEY = "choice:preview"
LINE_LIMIT = 300


class PreviewVoice(QWidget):
    """Hidden until there are voices."""

    def __init__(self, work: EditorWork) -> None:
        super().__init__()
        self._work = work
        self._voices: Voices | None = None
        self._asked = False
        self.hear = Button(work.themes, self.tr("Hear it"), kind=Kind.PRIMARY, icon="play")
        self.hear.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.line = LineField(
            work.themes,
            accessible=self.tr("What it says when you hear it"),
            placeholder=self.tr("Its greeting, or type a line"),
            limit=LINE_LIMIT,
        )
        self.said = Label(work.themes, ink="muted", wrap=True)
        self.said.hide()
        pass_undo_on(self.line.line)
        self.hear.clicked.connect(self._hear)
        self.line.line.returnPressed.connect(self._hear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.hear)
        column.addWidget(self.line)
        column.addWidget(self.said)
        self.hear.hide()
        self.line.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        over = self.window().parent()
        if self._voices is None and over is not None and (voices := over.findChild(Voices)) is not None:
            self._voices = voices
            voices.changed.connect(self._show_heard)
            voices.told.connect(self._show_told)
            self.hear.show()
            self.line.show()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._voices is not None and self._voices.key == KEY:
            self._voices.stop()

    def hear_again(self) -> None:
        """From its beginning, as the voice stands now, where it is being heard."""
        if self._voices is not None and self._voices.key == KEY:
            self._voices.stop()
            self._hear()

    def _hear(self) -> None:
        """Say the line that is typed, else the greeting; stop it where it is being said."""
        if self._voices is None:
            return
        card = self._work.state.card
        typed = self.line.line.text().strip()
        self._say("")
        self._voices.hear_choice(
            KEY, card.voice, replace(card, greeting=typed, alternate_greetings=()) if typed else card
        )

    def _show_heard(self, key: str) -> None:
        here = key == KEY
        self.hear.set_text(self.tr("Stop") if here else self.tr("Hear it"))
        self.hear.set_icon_name("stop" if here else "play")
        if key:
            self._asked = here

    def _show_told(self, sentence: str) -> None:
        if self._asked:
            self._say(sentence)

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))
