"""Counts the card's tokens while it is typed: once typing pauses, one count at a time, an estimate before it."""

from PySide6.QtCore import QObject, QTimer, Signal

from personadesk.domain.chat import ModelState, ModelStatus
from personadesk.domain.errors import UserFacingError
from personadesk.domain.persona import PersonaCard
from personadesk.services.persona_editing import TokenCounts
from personadesk.ui.editor.desk import EditorWork

PAUSE_MS = 300


class TokenMeter(QObject):
    """Until the model has counted, it is an estimate. One that rests is not woken before something is typed."""

    counted = Signal(object)  # TokenCounts

    def __init__(self, work: EditorWork, parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._opened = work.state.card
        self._typed = False
        self._counted: PersonaCard | None = None
        self._exact = False
        self._busy = False
        self._stopped = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._measure)
        work.state.changed.connect(self._wait)
        work.desk.models.changed.connect(self._follow_model)
        self._estimate()
        self._follow_model(work.desk.models.status)

    def stop(self) -> None:
        """Count nothing more: the window is going."""
        self._stopped = True
        self._timer.stop()

    def _wait(self) -> None:
        if not self._stopped:
            self._timer.start()

    def _follow_model(self, status: ModelStatus) -> None:
        # It becomes ready by counting, too: one that breaks at that is not asked again and again.
        if status.state is ModelState.READY and not self._exact and not self._busy:
            self._wait()

    def _measure(self) -> None:
        if not self._exact:
            self._estimate()
        self._count()

    def _estimate(self) -> None:
        if not self._stopped:
            desk = self._work.desk
            desk.bridge.run(desk.editing.estimate(self._work.state.card), owner=self, then=self._take_estimate)

    def _take_estimate(self, counts: TokenCounts) -> None:
        if not self._exact:
            self.counted.emit(counts)

    def _count(self) -> None:
        card = self._work.state.card
        self._typed = self._typed or card != self._opened
        if self._busy or self._stopped or card == self._counted:
            return
        if not self._typed and self._work.desk.models.status.state is not ModelState.READY:
            return
        self._busy, self._counted = True, card
        desk = self._work.desk
        desk.bridge.run(desk.editing.count(card), owner=self, then=self._take, failed=self._fail)

    def _take(self, counts: TokenCounts) -> None:
        self._busy, self._exact = False, True
        self.counted.emit(counts)
        self._count()

    def _fail(self, _problem: UserFacingError) -> None:
        """What was counted before may be of another text; saving goes on."""
        self._busy, self._exact, self._counted = False, False, None
        self._estimate()
