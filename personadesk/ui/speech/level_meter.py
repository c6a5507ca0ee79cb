"""How loud a microphone hears, as a bar that rises at once and falls slowly."""

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleValueChangeEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from personadesk.ui.theme.source import ThemeSource, mix

TICK_MS = 33
FALL_A_TICK = 0.045
HOT_FROM = 0.95
"""Some 3 dB below the loudest there is: from here a recording may be clipped."""
GOOD_FROM = 0.45
BAR_PX = 4
GAP_PX = 3
HEIGHT_PX = 22
TOLD_STEP = 10
"""A screen reader is told of changes this large, in percent."""


class LevelMeter(QWidget):
    """`set_level` takes 0 (silence) to 1 (the loudest there is), on a scale of decibels. GUI thread."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._level = 0.0
        self._shown = 0.0
        self._told = 0
        self._falling = QTimer(self)
        self._falling.setInterval(TICK_MS)
        self._falling.timeout.connect(self._fall)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Loudness"))
        self._describe()
        themes.changed.connect(self.update)

    @property
    def level(self) -> float:
        """As it was last set."""
        return self._level

    def set_level(self, level: float) -> None:
        self._level = min(1.0, max(0.0, level))
        if self._level >= self._shown:
            self._show(self._level)
        elif not self._falling.isActive() and self.isVisible():
            self._falling.start()
        elif not self.isVisible():
            self._show(self._level)
        percent = round(self._level * 100)
        if abs(percent - self._told) >= TOLD_STEP:
            self._told = percent
            self._describe()
            QAccessible.updateAccessibility(QAccessibleValueChangeEvent(self, percent))

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, HEIGHT_PX)

    def hideEvent(self, event: object) -> None:
        self._falling.stop()
        self._shown = self._level

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        step = BAR_PX + GAP_PX
        count = max(1, (self.width() + GAP_PX) // step)
        lit = round(self._shown * count)
        rest = mix(theme.surface, theme.text, 0.14)
        for number in range(count):
            place = (number + 1) / count
            ink = theme.bad if place > HOT_FROM else theme.ok if place > GOOD_FROM else theme.accent
            painter.setBrush(ink if number < lit else rest)
            x = self.width() - (number + 1) * step + GAP_PX if self.isRightToLeft() else number * step
            painter.drawRoundedRect(QRectF(x, 3, BAR_PX, self.height() - 6), 2, 2)

    # -- inside

    def _show(self, level: float) -> None:
        self._shown = level
        self.update()

    def _fall(self) -> None:
        self._show(max(self._level, self._shown - FALL_A_TICK))
        if self._shown <= self._level:
            self._falling.stop()

    def _describe(self) -> None:
        if self._told == 0:
            words = self.tr("Silence")
        elif self._told / 100 > HOT_FROM:
            words = self.tr("Too loud")
        else:
            words = self.tr("%s percent") % self._told
        self.setAccessibleDescription(words)
