"""The round button that shows a persona's picture and is a place to drop one."""

from PySide6.QtCore import QMimeData, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)

from personadesk.ui.avatar.intake import may_hold_picture
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import PaintedButton
from personadesk.ui.widgets.drop_place import DropPlace

FACE_PX = 96
RING_PX = 4
BADGE_PX = 28


class Face(DropPlace, PaintedButton):
    """FACE_PX wide with a ring around it. Click opens; Ctrl+V, Delete and a drop are told by signals."""

    paste_requested = Signal()
    remove_requested = Signal()
    dropped = Signal(object)  # QMimeData, to be read at once

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes)
        self._picture = QPixmap()
        self._waiting = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)

    def sizeHint(self) -> QSize:
        return QSize(FACE_PX + 2 * RING_PX, FACE_PX + 2 * RING_PX)

    def show_picture(self, picture: QPixmap) -> None:
        """Show a round pixmap of FACE_PX logical pixels."""
        self._picture = picture
        self.update()

    def set_waiting(self, waiting: bool) -> None:
        self._waiting = waiting
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste_requested.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_requested.emit()
        else:
            super().keyPressEvent(event)

    def takes(self, mime: QMimeData) -> bool:
        return may_hold_picture(mime)

    def take(self, mime: QMimeData) -> None:
        self.dropped.emit(mime)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        face = QRectF(RING_PX, RING_PX, FACE_PX, FACE_PX)
        painter.drawPixmap(face.topLeft(), self._picture)
        if (self.isEnabled() and self.underMouse()) or self.held_over or self._waiting:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 150 if self._waiting or self.held_over else 56))
            painter.drawEllipse(face)
        ratio = self.devicePixelRatioF()
        if self._waiting:
            painter.setBrush(QColor("#ffffff"))
            for step in (-14, 0, 14):
                painter.drawEllipse(face.center() + QPointF(step, 0), 4, 4)
        elif self.held_over:
            painter.drawPixmap(face.center() - QPointF(14, 14), pixmap("import", QColor("#ffffff"), 28, ratio))
        if self.held_over or self.hasFocus():
            ring = QPen(theme.accent_text, 2, Qt.PenStyle.DashLine if self.held_over else Qt.PenStyle.SolidLine)
            painter.setPen(ring)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        if self.isEnabled():
            self._paint_badge(painter, ratio)

    def _paint_badge(self, painter: QPainter, ratio: float) -> None:
        """The small mark that says it can be changed, at the lower end."""
        theme = self._themes.theme
        left = 0 if self.isRightToLeft() else self.width() - BADGE_PX
        badge = QRectF(left, self.height() - BADGE_PX, BADGE_PX, BADGE_PX).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(theme.line, 1))
        painter.setBrush(theme.hover if self.underMouse() else theme.raised)
        painter.drawEllipse(badge)
        painter.drawPixmap(badge.center() - QPointF(7, 7), pixmap("edit", theme.text, 14, ratio))
