"""The round button that leads back to the newest message."""

from PySide6.QtCore import QEvent, QLocale, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from personadesk.ui.chat.markdown_ink import small_font
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.tokens import Theme

SIDE_PX = 40
BADGE_PX = 20
MARGIN_PX = 20
ICON_PX = 20


class JumpButton(QAbstractButton):
    """Shown while the end is out of view; counts what came in meanwhile."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._count = 0
        self.setFixedSize(QSize(SIDE_PX + 8, SIDE_PX + BADGE_PX // 2 + 4))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_count(0)
        self.hide()

    @property
    def count(self) -> int:
        return self._count

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_count(self, count: int) -> None:
        """How many messages came in while the end was out of view."""
        self._count = count
        words = self.tr("Jump to the latest message")
        if count:
            words = self.tr("Jump to the latest message, {count} new").format(count=QLocale().toString(count))
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        disc = QRectF((self.width() - SIDE_PX) / 2, self.height() - SIDE_PX - 3, SIDE_PX, SIDE_PX)
        shade = QColor(self._theme.shadow)
        shade.setAlphaF(0.18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawEllipse(disc.adjusted(-1, 1, 1, 3))
        painter.setBrush(self._theme.hover if self.underMouse() else self._theme.raised)
        painter.setPen(QPen(self._theme.accent, 2) if self.hasFocus() else QPen(self._theme.line, 1))
        painter.drawEllipse(disc.adjusted(1, 1, -1, -1))
        sign = QRectF(0, 0, ICON_PX, ICON_PX)
        sign.moveCenter(disc.center())
        icon("chevron-down", self._theme.text, ICON_PX).paint(painter, sign.toRect())
        if self._count:
            self._paint_badge(painter, disc)

    def _paint_badge(self, painter: QPainter, disc: QRectF) -> None:
        text = QLocale().toString(min(self._count, 99)) + ("+" if self._count > 99 else "")
        font = small_font(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        width = max(BADGE_PX, QFontMetricsF(font).horizontalAdvance(text) + 10)
        badge = QRectF(disc.center().x() - width / 2, 0, width, BADGE_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.user_bubble)
        painter.drawRoundedRect(badge, BADGE_PX / 2, BADGE_PX / 2)
        painter.setFont(font)
        painter.setPen(self._theme.on_accent)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)
