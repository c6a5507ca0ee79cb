"""How much is laid out in one turn of the event loop: the window hears its user between two long messages."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer, Signal

from personadesk.domain.conversation import Message, SwipeState
from personadesk.ui.chat.code_lexers import lexers
from personadesk.ui.chat.message_layout import MessageLayouts

ENOUGH_MS = 20.0
"""Once so much of a turn has gone into laying out, what else is new waits for the next one."""
LITTLE_MS = 5.0
"""What may take long is begun only in a turn that has done no more than this."""
LONG_CHARACTERS = 6_000
"""A message of so many may take a good part of a turn to be read and written, and of another to be laid out."""
LATER_MS = 10
"""After so long it is looked again whether code can be coloured."""


class LayoutPace(QObject):
    """One step of one message at least is done in every turn, so everything is in the end."""

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
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(LATER_MS)
        self._later.timeout.connect(self._begin)

    def allows(self, *, long: bool = False) -> bool:
        """Whether another message may be worked on now, perhaps a long one; where not, `free` comes."""
        if self._spent_ms < (LITTLE_MS if long else ENOUGH_MS):
            return True
        self._waiting = True
        self._turn.start()
        return False

    def wrote(self, message: Message, layouts: MessageLayouts) -> bool:
        """Write a new message's document. Whether that is done, and there is time left to lay it out as well."""
        if not layouts.has_written(message):
            if not self.allows(long=len(message.text) >= LONG_CHARACTERS):
                return False
            if message.state is not SwipeState.STREAMING and not lexers.ready_for(message.text):
                self._look_again()
                return False
            with self.spending():
                layouts.write(message)
        return self.allows()

    def _look_again(self) -> None:
        self._waiting = True
        self._later.start()

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count this thread's own work: what other programs do meanwhile puts nothing off."""
        began = time.thread_time()
        yield
        self._spent_ms += (time.thread_time() - began) * 1_000
        if self._spent_ms >= LITTLE_MS:
            self._turn.start()

    def _begin(self) -> None:
        self._spent_ms = 0.0
        if self._waiting:
            self._waiting = False
            self.free.emit()
