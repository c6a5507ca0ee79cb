"""Whether a service has learned the voice of a sample, and the consent without which it is never asked to."""

from concurrent.futures import Future

from PySide6.QtCore import QElapsedTimer, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.sample import VoiceSample
from personadesk.domain.speech import SpeechStatus, SpeechVoice
from personadesk.services.speech.clones import VoiceClones
from personadesk.ui.bridge import Bridge
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.flow import FlowLayout
from personadesk.ui.wizard.steps import Tick

SECOND_MS = 1000


class SampleClone(QWidget):
    """Shows nothing before `show_sample`. `changed` tells that a voice was made or deleted."""

    changed = Signal()

    def __init__(self, themes: ThemeSource, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._clones: VoiceClones | None = None
        self._sample = ""
        self._file: VoiceSample | None = None
        self._name = ""
        self._preset = ""
        self._ready: SpeechStatus | None = None
        self._known: dict[str, str] = {}
        self._work: Future[object] | None = None
        self._since = QElapsedTimer()
        self._ticker = QTimer(self)
        self._ticker.setInterval(SECOND_MS)
        self._ticker.timeout.connect(self._show_progress)
        self.state = Label(themes, wrap=True)
        self.problem = Label(themes, ink="bad", wrap=True)
        self.consent = Tick(themes, self.tr("I may use this voice: it is mine, or its owner allowed it"))
        self.clone = Button(themes, self.tr("Clone this voice"), icon="duplicate", kind=Kind.PRIMARY, compact=True)
        self.cancel = Button(themes, self.tr("Cancel"), compact=True)
        self.forget = Button(themes, self.tr("Delete the clone"), icon="trash", compact=True)
        self.consent.toggled.connect(self.clone.setEnabled)
        self.clone.clicked.connect(self._learn)
        self.cancel.clicked.connect(self._cancel)
        self.forget.clicked.connect(self._forget)
        buttons = QWidget()
        flow = FlowLayout(buttons)
        for button in (self.clone, self.cancel, self.forget):
            flow.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.state, self.consent, buttons, self.problem):
            column.addWidget(widget)
        self.hide()

    @property
    def cloned(self) -> bool:
        """Whether a voice was made of the sample on show."""
        return bool(self._sample) and self._sample in self._known

    def attach(self, clones: VoiceClones) -> None:
        """Look what there is, and whether a service could learn."""
        self._clones = clones
        self._bridge.run(clones.status(), owner=self, then=self._take_status)
        self._look()

    def show_sample(self, sample: str, file: VoiceSample | None, *, name: str, preset: str) -> None:
        """`sample` is its SHA-256, "" for none; `file` the recording where it is not stored yet.

        `preset` is what speaks without a clone.
        """
        if sample != self._sample:
            self._stop()
            self.consent.setChecked(False)
            self.problem.setText("")
        self._sample, self._file, self._name, self._preset = sample, file, name, preset
        self._show()

    # -- inside

    def _look(self) -> None:
        if self._clones is not None:
            self._bridge.run(self._clones.known(), owner=self, then=self._take_known)

    def _take_status(self, status: SpeechStatus) -> None:
        self._ready = status
        self._show()

    def _take_known(self, known: dict[str, str]) -> None:
        changed, self._known = known != self._known, known
        self._show()
        if changed:
            self.changed.emit()

    def _show(self) -> None:
        ready, busy = self._ready, self._work is not None
        self.setVisible(bool(self._sample) and self._clones is not None and ready is not None)
        can_learn = ready is not None and ready.can_speak
        offered = can_learn and not self.cloned and not busy
        self.consent.setVisible(offered)
        self.clone.setVisible(offered)
        self.clone.setEnabled(self.consent.isChecked())
        self.cancel.setVisible(busy)
        self.forget.setVisible(self.cloned and not busy)
        self.problem.setVisible(bool(self.problem.text()))
        if busy:
            self._show_progress()
        elif self.cloned:
            self.state.setText(self.tr("Cloned: {name} speaks with this voice.").format(name=self._name))
        elif can_learn:
            self.state.setText(
                self.tr(
                    "Not cloned yet: {name} speaks with {voice}. Cloning sends this recording to ElevenLabs, which"
                    " keeps the voice in your account."
                ).format(name=self._name, voice=self._preset)
            )
        elif ready is not None:
            words = self.tr("Kept. Until a cloning service is set up, {name} speaks with {voice}.")
            said = f"{words.format(name=self._name, voice=self._preset)} {ready.sentence} {ready.next_step}"
            self.state.setText(said.strip())

    def _learn(self) -> None:
        if self._clones is not None and self.consent.isChecked():
            content = self._file.content if self._file is not None else b""
            self._begin(self._clones.learn(self._sample, self._name, content), self._learned)

    def _learned(self, _voice: SpeechVoice) -> None:
        self._stop()
        self._look()

    def _forget(self) -> None:
        if self._clones is not None:
            self._begin(self._clones.forget(self._sample), self._forgotten)

    def _forgotten(self, _none: None) -> None:
        self._stop()
        self.consent.setChecked(False)
        self._look()

    def _begin(self, work: object, then: object) -> None:
        self.problem.setText("")
        self._since.start()
        self._ticker.start()
        self._work = self._bridge.run(work, owner=self, then=then, failed=self._fail)  # type: ignore[arg-type]
        self._show()

    def _fail(self, problem: UserFacingError) -> None:
        self._stop()
        self.problem.setText(f"{problem.sentence} {problem.next_step}".strip())
        self._show()

    def _cancel(self) -> None:
        self._stop()
        self.problem.setText(
            self.tr("Cancelled. If the voice had been made already, your ElevenLabs account lists it.")
        )
        self._show()
        self._look()

    def _stop(self) -> None:
        self._ticker.stop()
        work, self._work = self._work, None
        if work is not None:
            work.cancel()

    def _show_progress(self) -> None:
        seconds = self._since.elapsed() // SECOND_MS
        self.state.setText(self.tr("ElevenLabs is working on it… %s s") % seconds)
