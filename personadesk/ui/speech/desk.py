"""What the settings of voices work with, in one hand."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from personadesk.services.speech.setup import VoiceSetup
from personadesk.ui.bridge import Bridge
from personadesk.ui.speech.outputs import SoundOutputs
from personadesk.ui.speech.voices import Voices
from personadesk.ui.weights_desk import WeightsDesk
from personadesk.ui.widgets.toasts import ToastStack


class VoiceDesk(QObject):
    """GUI thread."""

    def __init__(
        self,
        *,
        bridge: Bridge,
        voices: Voices,
        outputs: SoundOutputs,
        toasts: ToastStack,
        setup: VoiceSetup,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.voices = voices
        self.outputs = outputs
        self.account = setup.account
        self.weights = WeightsDesk(bridge=bridge, fetcher=setup.weights, parent=self)
        self._speaker = setup.speaker
        self.toasts = toasts
        outputs.fell_back.connect(self._tell_fallen_back)

    def limit_kept(self, megabytes: int, then: Callable[[None], None] | None = None) -> None:
        """Keep no more than this of what was said; what is beyond it goes."""
        self.bridge.run(self._speaker.limit_kept(megabytes * 1024 * 1024), owner=self, then=then)

    def _tell_fallen_back(self) -> None:
        self.toasts.say(
            self.tr("The chosen sound output is not there. Your system's is used; choose in Settings, Voices.")
        )
