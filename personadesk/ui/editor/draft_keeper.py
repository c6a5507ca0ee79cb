"""Keeps what is typed and not saved, shortly after each change."""

from PySide6.QtCore import QObject, QTimer

from personadesk.domain.ids import PersonaId
from personadesk.ui.editor.desk import EditorDesk
from personadesk.ui.editor.state import EditorState

KEEP_MS = 1500


class DraftKeeper(QObject):
    """Nothing is kept of a card that is as it is stored."""

    def __init__(self, *, desk: EditorDesk, state: EditorState, persona_id: PersonaId | None, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._state = state
        self._persona_id = persona_id
        self._kept = False
        self._stopped = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_MS)
        self._timer.timeout.connect(self.keep)
        state.changed.connect(self._wait)

    def keep(self) -> None:
        """Write it now."""
        self._timer.stop()
        if self._stopped:
            return
        if self._state.worth_keeping:
            self._kept = True
            held = self._state.drafted
            book = held.book if self._state.book_dirty else None
            keeping = self._desk.editing.keep_draft(self._persona_id, held.card, book, held.avatar, held.sample)
            self._desk.bridge.run(keeping)
        elif self._kept:
            self._drop()

    def discard(self) -> None:
        """Forget it for good."""
        self.stop()
        self._drop()

    def stop(self) -> None:
        """Write nothing more: what was typed is being saved, or thrown away."""
        self._stopped = True
        self._timer.stop()

    def resume(self) -> None:
        """It could not be saved: keep it from now on."""
        self._stopped = False
        self._wait()

    def _drop(self) -> None:
        self._kept = False
        self._desk.bridge.run(self._desk.editing.drop_draft(self._persona_id))

    def _wait(self) -> None:
        if not self._stopped and not self._timer.isActive():
            self._timer.start()
