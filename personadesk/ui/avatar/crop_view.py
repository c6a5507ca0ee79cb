"""The picture under a round mask: dragged, zoomed and nudged."""

from math import exp

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QSizePolicy, QWidget

from personadesk.ui.avatar.crop_frame import CropFrame
from personadesk.ui.avatar.preview import Preview
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import RADIUS_CARD_PX
from personadesk.ui.widgets.buttons import focus_ring

MARGIN_PX = 18
STEP_PX = 1
LONG_STEP_PX = 10
KEY_ZOOM = 1.1
WHEEL_ZOOM = 0.0016
"""Per eighth of a degree: a notch of a mouse wheel is 120 of them."""

ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class CropView(QWidget):
    """Moves `frame` over `preview`; `moved` tells of it. The circle stands still, the picture follows the hand."""

    moved = Signal()

    def __init__(self, *, themes: ThemeSource, preview: Preview, frame: CropFrame) -> None:
        super().__init__()
        self._themes = themes
        self._preview = preview
        self.frame = frame
        self._held: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 200)
        self.setAccessibleName(self.tr("The picture under its round frame"))
        self.grabGesture(Qt.GestureType.PinchGesture)
        themes.changed.connect(self.update)
        self._tell_place()

    def sizeHint(self) -> QSize:
        return QSize(340, 320)

    @property
    def circle(self) -> QRectF:
        side = max(min(self.width(), self.height()) - 2 * MARGIN_PX, 40)
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    @property
    def scale(self) -> float:
        """Logical pixels on the screen to a pixel of the source."""
        return self.circle.width() / self.frame.side

    def nudge(self, right: int, down: int, *, far: bool) -> None:
        """Move the picture by a pixel of the screen (ten, if `far`), and by one of its own at least."""
        step = (LONG_STEP_PX if far else STEP_PX) * max(1 / self.scale, 1.0)
        self.frame.move(-right * step, -down * step)
        self._show()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom about a point of the widget, about the centre if None."""
        about = None if at is None else self._in_source(at)
        self.frame.zoom_to(self.frame.zoom * factor, about)
        self._show()

    def zoom_to(self, zoom: float) -> None:
        self.frame.zoom_to(zoom)
        self._show()

    def reset(self) -> None:
        self.frame.reset()
        self._show()

    # -- inside

    def _show(self) -> None:
        self._tell_place()
        self.update()
        self.moved.emit()

    def _tell_place(self) -> None:
        crop = self.frame.crop()
        self.setAccessibleDescription(
            self.tr("%1 pixels wide, %2 from the left and %3 from the top. Arrow keys move it, plus and minus zoom.")
            .replace("%1", str(crop.side))
            .replace("%2", str(crop.x))
            .replace("%3", str(crop.y))
        )

    def _in_source(self, point: QPointF) -> tuple[float, float]:
        away = point - self.circle.center()
        return self.frame.x + away.x() / self.scale, self.frame.y + away.y() / self.scale

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1.0 + event.value(), event.position())
            return True
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self.zoom_by(pinch.scaleFactor(), QPointF(self.mapFromGlobal(pinch.centerPoint().toPoint())))
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrow = ARROWS.get(Qt.Key(event.key()))
        if arrow is None:
            super().keyPressEvent(event)
            return
        self.nudge(*arrow, far=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is None:
            return
        away = event.position() - self._held
        self._held = event.position()
        self.frame.move(-away.x() / self.scale, -away.y() / self.scale)
        self._show()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = None
            self.setCursor(Qt.CursorShape.OpenHandCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(exp(event.angleDelta().y() * WHEEL_ZOOM), event.position())
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(self.rect())
        around = QPainterPath()
        around.addRoundedRect(ground, RADIUS_CARD_PX, RADIUS_CARD_PX)
        painter.setClipPath(around)
        painter.fillRect(ground, theme.sidebar)
        whole = QRectF(0, 0, self.frame.width, self.frame.height)
        corner = self.circle.center() - QPointF(self.frame.x, self.frame.y) * self.scale
        shown = QRectF(corner, whole.size() * self.scale)
        self._preview.draw(painter, shown, whole, self.devicePixelRatioF())
        ring = QPainterPath()
        ring.addEllipse(self.circle)
        shade = QColor(theme.window)
        shade.setAlphaF(0.72)
        painter.fillPath(around.subtracted(ring), shade)
        painter.setPen(QPen(QColor(0, 0, 0, 110), 4))
        painter.drawEllipse(self.circle)
        painter.setPen(QPen(QColor("#ffffff"), 2))
        painter.drawEllipse(self.circle)
        if self.hasFocus():
            focus_ring(painter, theme, ground, RADIUS_CARD_PX)
