"""Where voices come from: each engine, how it is, and the one thing to do about it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.speech import KOKORO, SYSTEM, SpeechState, SpeechStatus
from personadesk.domain.voice import ELEVENLABS
from personadesk.services.weights_ports import KOKORO_WEIGHTS
from personadesk.ui.settings.weights_row import WeightsRow
from personadesk.ui.speech.desk import VoiceDesk
from personadesk.ui.speech.voices import Listing
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label

_INKS = {SpeechState.READY: "ok", SpeechState.NEEDS_KEY: "muted", SpeechState.NOT_INSTALLED: "muted"}


class EngineRow(QWidget):
    """One engine. `step_taken` is the press of its button."""

    step_taken = Signal()

    def __init__(self, *, engine: str, themes: ThemeSource) -> None:
        super().__init__()
        self.engine = engine
        name, about = self._words()
        self._name = name
        self.state = Label(themes, ink="muted")
        self.why = Label(themes, ink="muted", wrap=True)
        self.step = Button(themes, compact=True)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(Label(themes, name, bold=True))
        head.addWidget(Label(themes, about, ink="faint", elide=True), 1)
        for widget in (self.state, self.step):
            head.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(6)
        self.body.addLayout(head)
        self.body.addWidget(self.why)
        self.step.clicked.connect(self.step_taken)
        self.show_status(None, 0)

    def show_status(self, status: SpeechStatus | None, voices: int) -> None:
        """None while it is looked at."""
        if status is None:
            self.state.setText(self.tr("Looking…"))
            self.why.hide()
            self.step.hide()
            return
        ready = status.state is SpeechState.READY
        counted = self.tr("1 voice") if voices == 1 else self.tr("%d voices") % voices
        said = f"{self._state_words(status.state)} · {counted}" if status.can_speak and voices else ""
        self.state.setText(said or self._state_words(status.state))
        self.state.set_ink(_INKS.get(status.state, "warn"))
        needs_key = status.state is SpeechState.NEEDS_KEY
        next_step = "" if needs_key or self.engine == KOKORO else status.next_step  # its button is here
        self.why.setText(f"{status.sentence} {next_step}".strip())
        self.why.setVisible(not ready and bool(status.sentence))
        self.step.set_text(self.tr("Give the key") if needs_key else self.tr("Look again"))
        self.step.setAccessibleName(f"{self._name}: {self.step.text()}")
        self.step.setVisible(not ready)

    def _words(self) -> tuple[str, str]:
        return {
            KOKORO: (self.tr("Natural voice"), self.tr("on this computer, English")),
            SYSTEM: (self.tr("Your system's voices"), self.tr("on this computer, many languages")),
            ELEVENLABS: ("ElevenLabs", self.tr("a service, with an account of yours")),
        }[self.engine]

    def _state_words(self, state: SpeechState) -> str:
        return {
            SpeechState.READY: self.tr("Ready"),
            SpeechState.BUSY: self.tr("Busy"),
            SpeechState.NEEDS_KEY: self.tr("Needs a key"),
            SpeechState.NOT_INSTALLED: self.tr("Not installed"),
            SpeechState.OFFLINE: self.tr("Offline"),
            SpeechState.OUT_OF_QUOTA: self.tr("Out of quota"),
            SpeechState.FAILED: self.tr("Not working"),
        }[state]


class VoiceEngines(QWidget):
    """Every engine, looked at when it is told to. `key_wanted` asks for the place where the key is given."""

    key_wanted = Signal()

    def __init__(self, *, themes: ThemeSource, desk: VoiceDesk) -> None:
        super().__init__()
        self._desk = desk
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.rows = {engine: EngineRow(engine=engine, themes=themes) for engine in (KOKORO, SYSTEM, ELEVENLABS)}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        for row in self.rows.values():
            layout.addWidget(row)
            row.step_taken.connect(self._take_step)
        self.weights = WeightsRow(
            weights_id=KOKORO_WEIGHTS, name=self.tr("the natural voice"), desk=desk.weights, themes=themes
        )
        self.weights.setVisible(desk.weights.is_fetching(KOKORO_WEIGHTS))
        self.rows[KOKORO].body.addWidget(self.weights)
        desk.weights.fetched.connect(self._look_after_fetch)

    def look(self) -> None:
        """See how each is now."""
        self._desk.voices.list_voices(owner=self, then=self._show)

    def _look_after_fetch(self, _weights_id: str) -> None:
        self.look()

    def _take_step(self) -> None:
        row = self.sender()
        if isinstance(row, EngineRow) and row.engine == ELEVENLABS and row.step.text() == self.tr("Give the key"):
            self.key_wanted.emit()
            return
        for known in self.rows.values():
            known.show_status(None, 0)
        self.look()

    def _show(self, listing: Listing) -> None:
        voices, statuses = listing
        for engine, row in self.rows.items():
            status = statuses.get(engine)
            row.setVisible(status is not None)
            if status is not None:
                row.show_status(status, sum(voice.engine == engine for voice in voices))
        natural = statuses.get(KOKORO)
        if natural is not None:
            missing = natural.state in (SpeechState.NOT_INSTALLED, SpeechState.FAILED)
            focus = self.window().focusWidget()
            if not missing and focus is not None and self.weights.isAncestorOf(focus):
                self.setFocus(Qt.FocusReason.OtherFocusReason)
            self.weights.setVisible(missing)
            self.rows[KOKORO].step.setVisible(self.rows[KOKORO].step.isVisibleTo(self) and not missing)
