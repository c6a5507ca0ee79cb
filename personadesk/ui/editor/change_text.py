"""Two versions of a card beside each other in words: what was, what is, with the changed words marked."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QTextEdit

from personadesk.services.card_changes import FieldChange, Piece
from personadesk.ui.editor.places import field_title
from personadesk.ui.theme.source import ThemeSource, mix, scroll_bar_style
from personadesk.ui.theme.tokens import Theme

MOST_SHOWN = 20_000
"""Characters of one field on one side."""


class ChangeText(QTextEdit):
    """Read-only. Written by cursor: nothing of a card is read as HTML."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._changes: Sequence[FieldChange] = ()
        self._sentence = ""
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setAccessibleName(self.tr("What changed"))
        self.document().setDocumentMargin(20)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def show_changes(self, changes: Sequence[FieldChange]) -> None:
        self._changes, self._sentence = changes, "" if changes else self.tr("Nothing differs.")
        self._write()

    def say(self, sentence: str) -> None:
        self._changes, self._sentence = (), sentence
        self._write()

    # -- inside

    def _write(self) -> None:
        self.clear()
        cursor = QTextCursor(self.document())
        plain = self._ink("text")
        if self._sentence:
            cursor.insertText(self._sentence, self._ink("muted"))
        for number, change in enumerate(self._changes):
            heading = QTextCharFormat(plain)
            heading.setFontWeight(600)
            self._begin(cursor, 18 if number else 0, first=not number)
            cursor.insertText(field_title(change.field), heading)
            if not change.before and not change.after:
                self._begin(cursor, 4)
                cursor.insertText(self.tr("Another one."), self._ink("muted"))
                continue
            for name, pieces, ground in (
                (self.tr("Before"), change.before, "bad"),
                (self.tr("After"), change.after, "ok"),
            ):
                self._begin(cursor, 6)
                cursor.insertText(name, self._ink("faint"))
                self._begin(cursor, 2)
                self._write_pieces(cursor, pieces, ground)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _write_pieces(self, cursor: QTextCursor, pieces: Sequence[Piece], ground: str) -> None:
        theme = self._themes.theme
        marked = self._ink("text")
        marked.setBackground(mix(theme.surface, getattr(theme, ground), 0.28))
        if ground == "bad":
            marked.setFontStrikeOut(True)
        room = MOST_SHOWN
        for piece in pieces:
            cursor.insertText(piece.text[:room], marked if piece.marked else self._ink("text"))
            room -= len(piece.text)
            if room <= 0:
                cursor.insertText(" …", self._ink("faint"))
                return
        if not pieces:
            cursor.insertText(self.tr("(empty)"), self._ink("faint"))

    def _begin(self, cursor: QTextCursor, above_px: int, *, first: bool = False) -> None:
        shape = QTextBlockFormat()
        shape.setTopMargin(above_px)
        if first:
            cursor.setBlockFormat(shape)
        else:
            cursor.insertBlock(shape, QTextCharFormat())

    def _ink(self, name: str) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setForeground(getattr(self._themes.theme, name))
        return made

    def _apply_theme(self, theme: Theme) -> None:
        colours = QPalette(self.palette())
        colours.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(colours)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
        self._write()
