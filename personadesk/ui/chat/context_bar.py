"""The parts of a prompt as one bar."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from personadesk.domain.prompt_parts import PartKind, PromptView
from personadesk.ui.theme.source import ThemeSource, mix
from personadesk.ui.theme.tokens import Theme


def part_colour(theme: Theme, kind: PartKind) -> QColor:
    """A colour for each part, told apart by lightness as well."""
    return {
        PartKind.RULES: theme.accent,
        PartKind.PERSONA: mix(theme.accent, theme.text, 0.30),
        PartKind.MEMORY: theme.ok,
        PartKind.LORE: mix(theme.ok, theme.text, 0.35),
        PartKind.EXAMPLES: theme.warn,
        PartKind.SUMMARY: mix(theme.warn, theme.text, 0.35),
        PartKind.HISTORY: theme.link,
        PartKind.REPLY: theme.faint,
    }[kind]


class ContextBar(QWidget):
    """Each part as long as its share of the context; what is free stays empty."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._view: PromptView | None = None
        self.setFixedHeight(16)
        self.setAccessibleName(self.tr("What fills the context"))
        themes.changed.connect(self.update)

    def show_view(self, view: PromptView) -> None:
        self._view = view
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        shape = QPainterPath()
        shape.addRoundedRect(whole, 8, 8)
        painter.setClipPath(shape)
        painter.fillRect(whole, theme.line)
        if self._view is None or not self._view.context_tokens:
            return
        at = 0.0
        for part in self._view.parts:
            width = whole.width() * part.tokens / self._view.context_tokens
            left = whole.right() - at - width if self.isRightToLeft() else at
            painter.fillRect(QRectF(left, 0, max(width - 1, 1), whole.height()), part_colour(theme, part.kind))
            at += width
