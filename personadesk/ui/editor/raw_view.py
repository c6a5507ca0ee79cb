"""The card as it was received: to read, search and copy."""

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.services.persona_editing import CardInsides
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label, SearchField, TextField

MOST_SHOWN = 400_000
"""Characters that are laid out; all of them are copied."""


class RawView(QWidget):
    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._whole = ""
        self.search = SearchField(themes, placeholder=self.tr("Search the card"))
        self.search.changed.connect(self._find_first)
        self.search.entered.connect(self._find_next)
        self.copy = Button(themes, self.tr("Copy"), icon="copy")
        self.copy.clicked.connect(self._copy)
        self.field = TextField(themes, accessible=self.tr("Card as received"), lines=12)
        self.field.text.setReadOnly(True)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF())
        self.field.text.setFont(font)
        self.note = Label(themes, ink="faint", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.search, 1)
        row.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.field)
        column.addWidget(self.note)

    def show_insides(self, insides: CardInsides) -> None:
        self._whole = insides.text
        self.field.text.set_text(insides.text[:MOST_SHOWN])
        cut = len(insides.text) > MOST_SHOWN
        self._say(self.tr("Only the beginning is shown. Copy takes all of it.") if cut else "")

    def _find_first(self, words: str) -> None:
        cursor = self.field.text.textCursor()
        cursor.setPosition(0)
        self.field.text.setTextCursor(cursor)
        self._say("" if not words or self.field.text.find(words) else self.tr("Not found."))

    def _find_next(self) -> None:
        words = self.search.line.text()
        if words and not self.field.text.find(words):
            self._find_first(words)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._whole)
        self._say(self.tr("Copied."))

    def _say(self, words: str) -> None:
        self.note.setText(words)
