"""The voice in the welcome: the natural one, here or to be fetched, and how it sounds."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.persona import PersonaCard
from personadesk.domain.speech import KOKORO, SpeechState
from personadesk.domain.voice import VoiceChoice
from personadesk.services.weights_ports import KOKORO_WEIGHTS
from personadesk.ui.settings.weights_row import WeightsRow
from personadesk.ui.speech.desk import VoiceDesk
from personadesk.ui.speech.voices import Listing
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label

KEY = "welcome"


class VoicePanel(QWidget):
    """Looks at the voices when it is told to. What it plays stops when it is hidden."""

    def __init__(self, *, desk: VoiceDesk, themes: ThemeSource) -> None:
        super().__init__()
        self._desk = desk
        self._preset = ""
        self.state = Label(themes, self.tr("Looking…"), ink="muted", wrap=True)
        self.play = Button(themes, self.tr("Hear it"), icon="play", compact=True)
        self.play.setEnabled(False)
        self.weights = WeightsRow(
            weights_id=KOKORO_WEIGHTS, name=self.tr("the natural voice"), desk=desk.weights, themes=themes
        )
        self.weights.setVisible(desk.weights.is_fetching(KOKORO_WEIGHTS))
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.state, 1)
        head.addWidget(self.play, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(head)
        layout.addWidget(self.weights)
        self.play.clicked.connect(self._play)
        desk.weights.fetched.connect(self._look_after_fetch)
        desk.voices.changed.connect(self._show_playing)

    def look(self) -> None:
        """See which voices can speak now."""
        self._desk.voices.list_voices(owner=self, then=self._show)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._desk.voices.key == KEY:
            self._desk.voices.stop()

    def _look_after_fetch(self, _weights_id: str) -> None:
        self.look()

    def _show(self, listing: Listing) -> None:
        voices, statuses = listing
        natural = statuses.get(KOKORO)
        here = natural is not None and natural.can_speak
        self._preset = next((voice.preset for voice in voices if voice.engine == KOKORO), "") if here else ""
        speaks = here or any(status.can_speak for status in statuses.values())
        missing = natural is not None and natural.state in (SpeechState.NOT_INSTALLED, SpeechState.FAILED)
        if here:
            words = self.tr("The natural voice is here. It speaks English, on this computer alone.")
        elif speaks:
            words = self.tr("Your system's voices read aloud. A natural one sounds better, on this computer alone.")
        else:
            words = self.tr("No voice is here yet. The natural one speaks English, on this computer alone.")
        self.state.setText(words)
        self.play.setEnabled(speaks)
        if self.weights.isAncestorOf(self.window().focusWidget() or self) and not missing:
            self.play.setFocus(Qt.FocusReason.OtherFocusReason)
        self.weights.setVisible(missing)

    def _play(self) -> None:
        words = self.tr("Hello. This is how your personas can sound when they read to you.")
        card = PersonaCard(name="PersonaDesk", greeting=words)
        self._desk.voices.hear_choice(KEY, VoiceChoice(preset=self._preset), card)

    def _show_playing(self, key: str) -> None:
        self.play.set_text(self.tr("Stop") if key == KEY else self.tr("Hear it"))
        self.play.set_icon_name("stop" if key == KEY else "play")
