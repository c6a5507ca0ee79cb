"""How much of the model's context the last prompt filled: a bar that can be clicked for more."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton

from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import accent_gradient, focus_ring

BAR_PX = 5.0


class ContextMeter(QAbstractButton):
    """`clicked` asks what fills the context."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._share = 0.0
        self.setFixedSize(86, 20)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("What fills the context"))
        self.setToolTip(self.tr("How much of the model's context the last prompt filled. Click to see what fills it."))
        themes.changed.connect(self.update)

    def set_share(self, share: float) -> None:
        self._share = min(max(share, 0.0), 1.0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        rect = QRectF(4, (self.height() - BAR_PX) / 2, self.width() - 8, BAR_PX)
        painter.setBrush(theme.faint if self.underMouse() else theme.line)
        painter.drawRoundedRect(rect, BAR_PX / 2, BAR_PX / 2)
        filled = QRectF(rect)
        filled.setWidth(max(rect.width() * self._share, BAR_PX))
        if self.isRightToLeft():
            filled.moveRight(rect.right())
        painter.setBrush(theme.warn if self._share > 0.9 else accent_gradient(theme, rect))
        painter.drawRoundedRect(filled, BAR_PX / 2, BAR_PX / 2)
        if self.hasFocus():
            focus_ring(painter, theme, QRectF(self.rect()), 6)
