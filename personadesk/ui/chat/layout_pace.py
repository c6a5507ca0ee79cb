"""How much is laid out in one turn of the event loop: the window hears its user between two long messages."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer, Signal

ENOUGH_MS = 20.0
"""Once so much of a turn has gone into laying out, what else is new waits for the next one."""


class LayoutPace(QObject):
    """One message at least is laid out in every turn, so everything is in the end."""

    free = Signal()
    """A new turn has come, and something waits for it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._spent_ms = 0.0
        self._waiting = False
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._begin)

    def allows(self) -> bool:
        """Whether another message may be laid out now; where not, `free` comes."""
        if self._spent_ms < ENOUGH_MS:
            return True
        self._waiting = True
        self._turn.start()
        return False

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count this thread's own work: what other programs do meanwhile puts nothing off."""
        began = time.thread_time()
        yield
        self._spent_ms += (time.thread_time() - began) * 1_000
        if self._spent_ms >= ENOUGH_MS:
            self._turn.start()

    def _begin(self) -> None:
        self._spent_ms = 0.0
        if self._waiting:
            self._waiting = False
            self.free.emit()
