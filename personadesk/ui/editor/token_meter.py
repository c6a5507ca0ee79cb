"""Counts the card's tokens while it is typed: once typing pauses, one count at a time."""

from PySide6.QtCore import QObject, QTimer, Signal

from personadesk.domain.chat import ModelState
from personadesk.domain.errors import UserFacingError
from personadesk.domain.persona import PersonaCard
from personadesk.services.persona_editing import TokenCounts
from personadesk.ui.editor.desk import EditorWork

PAUSE_MS = 300


class TokenMeter(QObject):
    """A model that rests is not woken before something is typed."""

    counted = Signal(object)  # TokenCounts

    def __init__(self, work: EditorWork, parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._counted: PersonaCard | None = None
        self._busy = False
        self._stopped = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._count)
        work.state.changed.connect(self._wait)
        if work.desk.models.status.state is ModelState.READY:
            self._timer.start()

    def stop(self) -> None:
        """Count nothing more: the window is going."""
        self._stopped = True
        self._timer.stop()

    def _wait(self) -> None:
        if not self._stopped:
            self._timer.start()

    def _count(self) -> None:
        card = self._work.state.card
        if self._busy or self._stopped or card == self._counted:
            return
        self._busy, self._counted = True, card
        desk = self._work.desk
        desk.bridge.run(desk.editing.count(card), owner=self, then=self._take, failed=self._fail)

    def _take(self, counts: TokenCounts) -> None:
        self._busy = False
        self.counted.emit(counts)
        self._count()

    def _fail(self, _problem: UserFacingError) -> None:
        """Without a count there is none to show; saving goes on."""
        self._busy = False
