"""A recording drawn by its loudness, with two handles around the part that is meant."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from personadesk.ui.theme.source import ThemeSource, mix
from personadesk.ui.widgets.buttons import focus_ring

STEPS_A_SECOND = 100
LEAST_PART_S = 1.0
HEIGHT_PX = 76
BAR_PX = 3
GAP_PX = 2
HANDLE_PX = 20
GRIP_PX = 6
LEAST_BAR_PX = 2.0
SHAPE = 0.6
"""Quiet words are drawn taller than they are, to be seen."""


class Handle(QSlider):
    """One end of the part, in hundredths of a second. A slider to the keyboard and to screen readers."""

    def __init__(self, themes: ThemeSource, name: str, wave: "Waveform") -> None:
        super().__init__(Qt.Orientation.Horizontal, wave)
        self._themes = themes
        self._wave = wave
        self._held_at = 0.0
        # Time runs one way, whatever the language does.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setSingleStep(STEPS_A_SECOND // 10)
        self.setPageStep(STEPS_A_SECOND)
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self._describe)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A wheel scrolls the page; it never changes a value in passing."""
        event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held_at = event.position().x() - self.width() / 2
        self.setSliderDown(True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            x = self.mapToParent(event.position().toPoint()).x() - self._held_at
            self.setValue(round(self._wave.second_at(x) * STEPS_A_SECOND))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.width() / 2
        painter.setPen(QPen(theme.accent_text, 2))
        painter.drawLine(QPointF(middle, 2), QPointF(middle, self.height() - 2))
        grip = QRectF(middle - GRIP_PX / 2 - 1, self.height() / 2 - 12, GRIP_PX + 2, 24)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.accent_text)
        painter.drawRoundedRect(grip, 4, 4)
        if self.hasFocus():
            focus_ring(painter, theme, grip.adjusted(-4, -4, 4, 4), 6)

    def _describe(self) -> None:
        self.setAccessibleDescription(self.tr("%s seconds") % f"{self.value() / STEPS_A_SECOND:.1f}")


class Waveform(QWidget):
    """`changed` carries the part's beginning and end in seconds. GUI thread."""

    changed = Signal(float, float)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._peaks = b""
        self._duration_s = 0.0
        self._cursor_s: float | None = None
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Recording"))
        self.start = Handle(themes, self.tr("Beginning of the part"), self)
        self.end = Handle(themes, self.tr("End of the part"), self)
        self.start.valueChanged.connect(self._move_start)
        self.end.valueChanged.connect(self._move_end)
        themes.changed.connect(self.update)

    @property
    def part(self) -> tuple[float, float]:
        """Beginning and end in seconds; the end of a whole recording is its very end."""
        whole = self.end.value() >= self.end.maximum()
        return self.start.value() / STEPS_A_SECOND, (self._duration_s if whole else self.end.value() / STEPS_A_SECOND)

    @property
    def is_whole(self) -> bool:
        return self.start.value() == 0 and self.end.value() >= self.end.maximum()

    def show_sound(self, peaks: bytes, duration_s: float) -> None:
        """Draw another recording, all of it meant."""
        self._peaks, self._duration_s, self._cursor_s = peaks, duration_s, None
        last = max(1, int(duration_s * STEPS_A_SECOND))
        for handle, value in ((self.start, 0), (self.end, last)):
            handle.blockSignals(True)
            handle.setRange(0, last)
            handle.setValue(value)
            handle.blockSignals(False)
            handle._describe()
        self._place()
        self.update()

    def set_cursor(self, second: float | None) -> None:
        """Mark what is being heard; None for nothing."""
        self._cursor_s = second
        self.update()

    def set_fixed(self, fixed: bool) -> None:
        """Show no handles: nothing can be cut."""
        self.start.setVisible(not fixed)
        self.end.setVisible(not fixed)

    def second_at(self, x: float) -> float:
        room = max(1.0, self.width() - HANDLE_PX)
        return min(1.0, max(0.0, (x - HANDLE_PX / 2) / room)) * self._duration_s

    def sizeHint(self) -> QSize:
        return QSize(320, HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, HEIGHT_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = QRectF(self.rect()).adjusted(HANDLE_PX / 2, 0, -HANDLE_PX / 2, 0)
        start, end = (self._x(second) for second in self.part)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mix(theme.surface, theme.accent, 0.12))
        painter.drawRoundedRect(QRectF(start, 2, max(0.0, end - start), self.height() - 4), 6, 6)
        step = BAR_PX + GAP_PX
        count = max(1, int(inner.width() // step))
        loudest = max(self._peaks, default=0) or 1
        rest = mix(theme.surface, theme.text, 0.22)
        for number in range(count if self._peaks else 0):
            first = number * len(self._peaks) // count
            peak = max(self._peaks[first : max(first + 1, (number + 1) * len(self._peaks) // count)])
            height = max(LEAST_BAR_PX, (peak / loudest) ** SHAPE * (self.height() - 16))
            x = inner.left() + number * step + GAP_PX / 2
            painter.setBrush(theme.accent if start <= x + BAR_PX / 2 <= end else rest)
            painter.drawRoundedRect(QRectF(x, (self.height() - height) / 2, BAR_PX, height), 1.5, 1.5)
        if self._cursor_s is not None:
            painter.setPen(QPen(theme.text, 1.5))
            x = self._x(self._cursor_s)
            painter.drawLine(QPointF(x, 2), QPointF(x, self.height() - 2))

    # -- inside

    def _x(self, second: float) -> float:
        share = second / self._duration_s if self._duration_s else 0.0
        return HANDLE_PX / 2 + share * (self.width() - HANDLE_PX)

    def _gap(self) -> int:
        return min(round(LEAST_PART_S * STEPS_A_SECOND), self.end.maximum())

    def _move_start(self, value: int) -> None:
        self.start.setValue(min(value, self.end.value() - self._gap()))
        self._tell()

    def _move_end(self, value: int) -> None:
        self.end.setValue(max(value, self.start.value() + self._gap()))
        self._tell()

    def _tell(self) -> None:
        self._place()
        self.update()
        self.changed.emit(*self.part)

    def _place(self) -> None:
        for handle, second in zip((self.start, self.end), self.part, strict=True):
            handle.setGeometry(round(self._x(second) - HANDLE_PX / 2), 0, HANDLE_PX, self.height())
