"""A sentence with buttons across the editor: a question that waits for its answer."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from personadesk.ui.theme.source import ThemeSource, mix
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

Answer = tuple[str, Kind, Callable[[], None]]


class NoticeBar(QWidget):
    """Hidden until `ask`. An answer hides it, then does what it says."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self.sentence = Label(themes, wrap=True)
        self.answers: list[Button] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(26, 10, 22, 10)
        self._row.setSpacing(8)
        self._row.addWidget(self.sentence, 1)
        themes.changed.connect(self.update)
        self.hide()

    def ask(self, sentence: str, answers: Sequence[Answer], *, focus: bool = True) -> None:
        for old in self.answers:
            old.hide()
            old.deleteLater()
        self.answers = []
        self.sentence.setText(sentence)
        for words, kind, act in answers:
            button = Button(self._themes, words, kind=kind, compact=True)
            button.clicked.connect(lambda _checked=False, chosen=act: self._answer(chosen))
            self._row.addWidget(button)
            self.answers.append(button)
        self.show()
        if focus and self.answers:
            self.answers[0].setFocus(Qt.FocusReason.OtherFocusReason)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, sentence))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), mix(theme.surface, theme.warn, 0.16))
        painter.setPen(theme.line)
        painter.drawLine(0, 0, self.width(), 0)
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)

    def _answer(self, act: Callable[[], None]) -> None:
        self.hide()
        act()
