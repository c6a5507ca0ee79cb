"""How often a growing reply is shown: as it comes, unless that would keep the window busy."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from personadesk.domain.events import ReplyGrew
from personadesk.domain.ids import MessageId

LONG_MS = 8.0
"""A reply whose growth takes no longer to show is shown as often as it grows."""
REST = 2.0
"""For so many times as long as showing it took, the window is left to its user."""


class ReplyPace(QObject):
    """Shows the newest growth, and leaves out those before it for which there was no time."""

    def __init__(self, show: Callable[[ReplyGrew], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._show = show
        self._newest: ReplyGrew | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._go_on)

    def take(self, grown: ReplyGrew) -> None:
        self._newest = grown
        if not self._rest.isActive():
            self._go_on()

    def drop(self, message_id: MessageId) -> None:
        """What waits to be shown of this message is out of date."""
        if self._newest is not None and self._newest.message_id == message_id:
            self._newest = None

    def _go_on(self) -> None:
        grown, self._newest = self._newest, None
        if grown is None:
            return
        began = time.thread_time()
        self._show(grown)
        spent_ms = (time.thread_time() - began) * 1_000
        if spent_ms > LONG_MS:
            self._rest.start(round(spent_ms * REST))
