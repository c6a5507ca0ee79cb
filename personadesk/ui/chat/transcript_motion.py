"""What moves in a transcript: the caret, the dots, a revealed row's glow, the wheel. Still when asked to be."""

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QObject, QTimer, QVariantAnimation, Signal

from personadesk.ui.theme.tokens import MOTION_MS

BLINK_MS = 530
DOT_MS = 260
GLOW_MS = 1_600
WHEEL_MS = MOTION_MS


class TranscriptMotion(QObject):
    """Timers that run only while there is something to move and moving is allowed."""

    ticked = Signal()
    """The caret or the dots look different now."""
    glowed = Signal()
    """The revealed row looks different now."""

    def __init__(self, scroll: Callable[[int], None], parent: QObject) -> None:
        super().__init__(parent)
        self.allowed = True
        self.caret = True
        self.phase = 0
        self.glow = 0.0
        self._scroll = scroll
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._glow = QVariantAnimation(self)
        self._glow.setDuration(GLOW_MS)
        self._glow.setStartValue(1.0)
        self._glow.setEndValue(0.0)
        self._glow.setEasingCurve(QEasingCurve.Type.InQuad)
        self._glow.valueChanged.connect(self._fade)
        self._wheel = QVariantAnimation(self)
        self._wheel.setDuration(WHEEL_MS)
        self._wheel.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._wheel.valueChanged.connect(self._roll)
        self._rolled = 0

    def set_allowed(self, allowed: bool) -> None:
        """Allow or stop motion. The caret then stands still, and rows jump."""
        self.allowed = allowed
        self.stop()

    def run(self, *, caret: bool, dots: bool) -> None:
        """Say what there is to move in view."""
        wanted = (DOT_MS if dots else BLINK_MS) if self.allowed and (caret or dots) else 0
        if wanted == 0:
            self._timer.stop()
            self.caret = True
        elif not self._timer.isActive() or self._timer.interval() != wanted:
            self._timer.start(wanted)

    def keep_caret(self) -> None:
        """Text came in: the caret stays lit for a full beat."""
        self.caret = True
        if self._timer.isActive():
            self._timer.start()

    def reveal(self) -> None:
        """Let the revealed row glow; without motion it is lit and then it is not."""
        self._glow.stop()
        self.glow = 1.0
        self._glow.start()

    def wheel(self, pixels: int) -> None:
        """Scroll by a wheel's notch, over what is left of the one before."""
        if not self.allowed:
            self._scroll(pixels)
            return
        left = int(self._wheel.endValue() or 0) - self._rolled if self._rolling() else 0
        self._wheel.stop()
        self._rolled = 0
        same = left * pixels > 0
        self._wheel.setStartValue(0)
        self._wheel.setEndValue(pixels + (left if same else 0))
        self._wheel.start()

    def stop(self) -> None:
        """End everything that runs."""
        self._timer.stop()
        self._glow.stop()
        self._wheel.stop()
        self.caret = True
        self.glow = 0.0

    def _rolling(self) -> bool:
        return self._wheel.state() == QVariantAnimation.State.Running

    def _tick(self) -> None:
        self.caret = not self.caret
        self.phase += 1
        self.ticked.emit()

    def _fade(self, value: object) -> None:
        share = float(value) if isinstance(value, float) else 0.0
        self.glow = share if self.allowed else float(share > 0)
        self.glowed.emit()

    def _roll(self, value: object) -> None:
        target = value if isinstance(value, int) else 0
        step, self._rolled = target - self._rolled, target
        if step:
            self._scroll(step)
