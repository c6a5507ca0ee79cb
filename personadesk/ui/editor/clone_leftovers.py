"""Cloned voices that an editor leaves behind: replaced, removed, or made for a persona that was not saved."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.ui.bridge import Bridge
from personadesk.ui.speech.voices import Voices
from personadesk.ui.widgets.toasts import ToastStack

if TYPE_CHECKING:
    from personadesk.services.speech.clones import VoiceClones


class CloneLeftovers(QObject):
    """GUI thread. Offers to delete them, once; what nobody had before the editor opened is left alone."""

    def __init__(self, *, bridge: Bridge, toasts: ToastStack, window: QWidget) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._toasts = toasts
        self._window = window
        self._before: frozenset[str] | None = None

    def begin(self) -> None:
        """An editor opens."""
        self._before = None
        if (clones := self._clones()) is not None:
            self._bridge.run(clones.unused(), owner=self, then=self._remember)

    def end(self) -> None:
        """It has closed, and what was to be stored is stored."""
        if self._before is not None and (clones := self._clones()) is not None:
            self._bridge.run(clones.unused(), owner=self, then=self._offer)

    # -- inside

    def _clones(self) -> "VoiceClones | None":
        voices = self._window.findChild(Voices)
        return voices.clones if voices is not None else None

    def _remember(self, unused: frozenset[str]) -> None:
        self._before = unused

    def _offer(self, unused: frozenset[str]) -> None:
        left = unused - (self._before or frozenset())
        if left:
            self._toasts.say(
                self.tr("A voice that was cloned is still at ElevenLabs, and no persona has it any more."),
                action=self.tr("Delete it"),
                act=lambda: self._delete(left),
            )

    def _delete(self, samples: frozenset[str]) -> None:
        clones = self._clones()
        if clones is None:
            return

        async def forget() -> None:
            for sample in samples:
                await clones.forget(sample)

        self._bridge.run(forget(), owner=self, then=self._say_deleted, failed=self._say_kept)

    def _say_deleted(self, _none: None) -> None:
        self._toasts.say(self.tr("The cloned voice is deleted."))

    def _say_kept(self, problem: UserFacingError) -> None:
        self._toasts.say(f"{problem.sentence} {problem.next_step}".strip(), bad=True)
