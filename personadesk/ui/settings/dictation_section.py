"""Settings of dictation: who hears, in which language, what happens at a pause, and a server of one's own."""

import dataclasses

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from personadesk.domain.dictation import (
    LISTENING_RATE,
    SERVER,
    SERVER_KEY,
    WHISPER,
    DictationSettings,
    Heard,
    HearingState,
    HearingStatus,
)
from personadesk.domain.errors import UserFacingError
from personadesk.domain.secrets import ELEVENLABS, SecretsError
from personadesk.services.hearing import Dictation
from personadesk.services.secret_ports import Secrets
from personadesk.services.weights_ports import WHISPER_WEIGHTS
from personadesk.ui.bridge import Bridge
from personadesk.ui.settings.choice_button import ChoiceButton
from personadesk.ui.settings.weights_row import WeightsRow
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.weights_desk import WeightsDesk
from personadesk.ui.widgets.buttons import Button, Chip
from personadesk.ui.widgets.fields import Label, LineField

LANGUAGES = (
    *("en", "ar", "cs", "da", "de", "el", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "ko", "nl"),
    *("no", "pl", "pt", "ro", "ru", "sk", "sv", "th", "tr", "uk", "vi", "zh"),
)
ADDRESS_LIMIT = 500
TRIAL = bytes(LISTENING_RATE * 2)
"""A second in which nobody speaks."""


class DictationSection(QWidget):
    """Every change takes effect at once."""

    def __init__(
        self, *, themes: ThemeSource, bridge: Bridge, dictation: Dictation, secrets: Secrets, weights: WeightsDesk
    ) -> None:
        super().__init__()
        self._bridge = bridge
        self._dictation = dictation
        self._secrets = secrets
        self._settings = DictationSettings()
        self._has_key = False
        self.engines = {
            WHISPER: Chip(themes, self.tr("On this computer"), icon="cpu"),
            ELEVENLABS: Chip(themes, self.tr("ElevenLabs")),
            SERVER: Chip(themes, self.tr("A server")),
        }
        self.status = Label(themes, ink="muted", wrap=True)
        self.weights = WeightsRow(
            weights_id=WHISPER_WEIGHTS, name=weights.describe(WHISPER_WEIGHTS).label, desk=weights, themes=themes
        )
        self.language = ChoiceButton(themes, accessible=self.tr("The language you speak"))
        self.hands_free = Chip(themes, self.tr("Go on listening after a pause"), icon="mic")
        self.sends = Chip(themes, self.tr("Send after a pause"), icon="send")
        self.address = LineField(
            themes,
            accessible=self.tr("The server's address"),
            placeholder="http://localhost:8000/v1",
            limit=ADDRESS_LIMIT,
        )
        self.model = LineField(
            themes, accessible=self.tr("The model's name there"), placeholder="whisper-1", limit=ADDRESS_LIMIT
        )
        self.key = LineField(themes, accessible=self.tr("The server's key"), limit=ADDRESS_LIMIT)
        self.key.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.test = Button(themes, self.tr("Test"), accessible=self.tr("Test the server"), compact=True)
        self.tested = Label(themes, ink="muted", wrap=True)
        self.server = QWidget()
        self._build(themes)
        self._connect(weights)
        self.setEnabled(False)
        bridge.run(self._load(), owner=self, then=self._fill)

    # -- building

    def _build(self, themes: ThemeSource) -> None:
        engines = QHBoxLayout()
        for chip in self.engines.values():
            engines.addWidget(chip)
        engines.addStretch(1)
        language = QHBoxLayout()
        language.setSpacing(10)
        language.addWidget(Label(themes, self.tr("The language you speak"), ink="muted"), 1)
        language.addWidget(self.language)
        pauses = QVBoxLayout()
        pauses.setSpacing(8)
        pauses.addWidget(self.hands_free, 0, Qt.AlignmentFlag.AlignLeading)
        pauses.addWidget(self.sends, 0, Qt.AlignmentFlag.AlignLeading)
        trial = QHBoxLayout()
        trial.setSpacing(10)
        trial.addWidget(self.tested, 1)
        trial.addWidget(self.test, 0, Qt.AlignmentFlag.AlignTop)
        server = QVBoxLayout(self.server)
        server.setContentsMargins(0, 0, 0, 0)
        server.setSpacing(6)
        for field in (self.address, self.model, self.key):
            server.addWidget(Label(themes, field.line.accessibleName(), ink="faint"))
            server.addWidget(field)
        server.addLayout(trial)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(engines)
        layout.addWidget(self.status)
        layout.addWidget(self.weights)
        layout.addWidget(self.server)
        layout.addLayout(language)
        layout.addLayout(pauses)

    def _connect(self, weights: WeightsDesk) -> None:
        self.engines[WHISPER].clicked.connect(self._choose_whisper)
        self.engines[ELEVENLABS].clicked.connect(self._choose_elevenlabs)
        self.engines[SERVER].clicked.connect(self._choose_server)
        self.language.chosen.connect(self._choose_language)
        self.hands_free.clicked.connect(self._choose_habits)
        self.sends.clicked.connect(self._choose_habits)
        self.address.line.editingFinished.connect(self._take_server)
        self.model.line.editingFinished.connect(self._take_server)
        self.key.line.editingFinished.connect(self._take_key)
        self.test.clicked.connect(self._test)
        weights.fetched.connect(self._look)

    # -- what is kept

    async def _load(self) -> tuple[DictationSettings, bool]:
        try:
            has_key = bool(await self._secrets.get(SERVER_KEY))
        except SecretsError:
            # The keyring's own place in the settings says why.
            has_key = False
        return await self._dictation.settings(), has_key

    def _fill(self, found: tuple[DictationSettings, bool]) -> None:
        settings, self._has_key = found
        self._settings = settings
        by_itself = ("", self.tr("Find it out each time"))
        names = sorted(((tag, _name(tag)) for tag in LANGUAGES), key=lambda choice: choice[1].casefold())
        self.language.offer([by_itself, *names], settings.language)
        self.hands_free.setChecked(settings.hands_free)
        self.sends.setChecked(settings.sends)
        self.address.line.setText(settings.address)
        self.model.line.setText(settings.model)
        self._show_key()
        self.setEnabled(True)
        self._show_engine()

    def _change(self, **changes: object) -> None:
        settings = dataclasses.replace(self._settings, **changes)  # type: ignore[arg-type]
        if settings != self._settings:
            self._settings = settings
            self._bridge.run(self._dictation.choose(settings), owner=self, then=lambda _none: self._look())

    def _choose_whisper(self) -> None:
        self._choose_engine(WHISPER)

    def _choose_elevenlabs(self) -> None:
        self._choose_engine(ELEVENLABS)

    def _choose_server(self) -> None:
        self._choose_engine(SERVER)

    def _choose_engine(self, engine: str) -> None:
        self._change(engine=engine)
        self._show_engine()

    def _choose_language(self, tag: str) -> None:
        self._change(language=tag)

    def _choose_habits(self) -> None:
        self._change(hands_free=self.hands_free.isChecked(), sends=self.sends.isChecked())

    def _take_server(self) -> None:
        self.tested.setText("")
        self._change(address=self.address.line.text().strip(), model=self.model.line.text().strip())

    def _take_key(self) -> None:
        key = self.key.line.text().strip()
        if key:
            self.key.line.clear()
            self._bridge.run(
                self._secrets.set(SERVER_KEY, key), owner=self, then=self._key_kept, failed=self._show_problem
            )

    def _key_kept(self, _none: None) -> None:
        self._has_key = True
        self._show_key()

    # -- how it is

    def _show_engine(self) -> None:
        for engine, chip in self.engines.items():
            chip.setChecked(engine == self._settings.engine)
        self.server.setVisible(self._settings.engine == SERVER)
        self.weights.hide()
        self._look()

    def _look(self, _weights_id: str = "") -> None:
        engine = self._settings.engine
        self._bridge.run(self._dictation.status_of(engine), owner=self, then=self._show_status)

    def _show_status(self, status: HearingStatus) -> None:
        if status.engine != self._settings.engine:
            return
        self.weights.setVisible(status.state is HearingState.NOT_HERE)
        if status.state is HearingState.NEEDS_ADDRESS:
            said = status.sentence
        elif status.state is not HearingState.READY:
            said = f"{status.sentence} {status.next_step}".strip()
        elif status.engine == WHISPER:
            said = self.tr("What you say stays on this computer.")
        elif status.engine == ELEVENLABS:
            said = self.tr("What you say is sent to ElevenLabs, and counts against your account there.")
        else:
            said = self.tr("What you say is sent to this server.")
        self.status.setText(said)

    def _show_key(self) -> None:
        words = (
            self.tr("There is one. Type another to replace it") if self._has_key else self.tr("None is needed by most")
        )
        self.key.line.setPlaceholderText(words)

    def _test(self) -> None:
        self._take_server()
        self.tested.setText(self.tr("Asking…"))
        self.test.setEnabled(False)
        self._bridge.run(
            self._dictation.try_out(SERVER, TRIAL), owner=self, then=self._show_answer, failed=self._show_problem
        )

    def _show_answer(self, _heard: Heard) -> None:
        self.test.setEnabled(True)
        self.tested.setText(self.tr("It answers, and can hear."))

    def _show_problem(self, problem: UserFacingError) -> None:
        self.test.setEnabled(True)
        self.tested.setText(f"{problem.sentence} {problem.next_step}".strip())


def _name(tag: str) -> str:
    """A language in its own words."""
    name = QLocale(tag).nativeLanguageName()
    return name[:1].upper() + name[1:]
