"""The editor's foot: what can be done with the whole, and how much of the model's mind it takes."""

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from personadesk.services.persona_editing import TokenCounts
from personadesk.ui.editor.token_words import token_words
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

NARROW_PX = 700


class Foot(QWidget):
    def __init__(self, themes: ThemeSource, *, is_new: bool, read_only: bool) -> None:
        super().__init__()
        self._themes = themes
        self.delete = Button(themes, self.tr("Move to trash"), kind=Kind.DANGER, icon="trash")
        self.history = Button(themes, self.tr("History"), kind=Kind.GHOST, icon="undo")
        self.tokens = Label(themes, ink="muted", elide=True)
        self.cancel = Button(themes, self.tr("Close") if read_only else self.tr("Cancel"))
        self.save = Button(themes, self.tr("Create") if is_new else self.tr("Save"), kind=Kind.PRIMARY)
        self.mine = Button(themes, self.tr("Make it mine"), kind=Kind.PRIMARY, icon="duplicate")
        self.delete.setVisible(not is_new and not read_only)
        self.history.setVisible(not is_new and not read_only)
        self.save.setVisible(not read_only)
        self.mine.setVisible(read_only)
        row = QHBoxLayout(self)
        row.setContentsMargins(22, 14, 22, 14)
        row.setSpacing(10)
        row.addWidget(self.delete)
        row.addWidget(self.history)
        row.addWidget(self.tokens, 1)
        row.addWidget(self.cancel)
        row.addWidget(self.save)
        row.addWidget(self.mine)
        themes.changed.connect(self.update)

    def show_counts(self, counts: TokenCounts) -> None:
        words = self.tr("%1, %2 % of what the model keeps in mind")
        share = max(round(100 * counts.total / counts.context), 1) if counts.context and counts.total else 0
        words = words.replace("%1", token_words(counts.total, estimated=counts.estimated)).replace("%2", str(share))
        self.tokens.setText(words if counts.total else "")
        self.tokens.setToolTip(self.tokens.text())

    def fit(self, width_px: int) -> None:
        """Show icons alone where there is no room for words."""
        narrow = width_px < NARROW_PX * max(self.font().pointSizeF() / 9.75, 1.0)
        for button in (self.delete, self.history):
            button.set_icon_only(narrow)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.surface)
        painter.setPen(theme.line)
        painter.drawLine(0, 0, self.width(), 0)
