"""Asks before personas are deleted for good, and offers to delete the voices that were cloned for them."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.ui.bridge import Bridge
from personadesk.ui.library.questions import ask_for_good
from personadesk.ui.speech.voices import Voices
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.toasts import ToastStack
from personadesk.ui.wizard.steps import Tick

if TYPE_CHECKING:
    from personadesk.services.speech.clones import VoiceClones


class PersonaQuestion:
    """GUI thread. Nothing is offered before the window has its voices."""

    def __init__(self, *, bridge: Bridge, themes: ThemeSource, toasts: ToastStack, window: QWidget) -> None:
        self._bridge = bridge
        self._themes = themes
        self._toasts = toasts
        self._window = window

    def ask(
        self, persona_ids: Collection[PersonaId], *, text: str, more: str, button: str, act: Callable[[], None]
    ) -> None:
        """Ask; `act` deletes the personas."""
        clones = self._clones()

        def go() -> None:
            act()
            self._forget_speech()

        def put(samples: tuple[str, ...]) -> None:
            offer: Tick | None = None
            if samples:
                one, many = _tr("Delete the cloned voice at ElevenLabs, too"), _tr("Delete %s cloned voices, too")
                offer = Tick(self._themes, one if len(samples) == 1 else many % len(samples))
            ask_for_good(
                self._window,
                text=text,
                more=more,
                button=button,
                act=go,
                offer=offer,
                accept=lambda: self._forget(samples),
            )

        if clones is None or not persona_ids:
            put(())
        else:
            self._bridge.run(clones.of_these_alone(persona_ids), owner=self._window, then=put)

    def _forget_speech(self) -> None:
        """What was said is kept by its content, not by who said it: so all of it goes."""
        voices = self._window.findChild(Voices)
        if voices is not None:
            voices.kept.forget(owner=self._window, then=lambda _none: None)

    def _forget(self, samples: tuple[str, ...]) -> None:
        clones = self._clones()
        if clones is None:
            return

        async def forget() -> None:
            for sample in samples:
                await clones.forget(sample)

        self._bridge.run(forget(), owner=self._window, then=self._say_forgotten, failed=self._say_kept)

    def _clones(self) -> "VoiceClones | None":
        voices = self._window.findChild(Voices)
        return voices.clones if voices is not None else None

    def _say_forgotten(self, _none: None) -> None:
        self._toasts.say(_tr("The cloned voice is deleted, too."))

    def _say_kept(self, problem: UserFacingError) -> None:
        words = _tr("The cloned voice could not be deleted: %s Delete it in your ElevenLabs account.")
        self._toasts.say(words % problem.sentence, bad=True)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Questions", text)
