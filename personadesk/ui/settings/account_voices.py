"""The voices of an account, with a search; those that it cloned can be deleted."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.speech import SpeechVoice, VoicePage
from personadesk.domain.voice import ELEVENLABS, VoicePreset
from personadesk.services.speech.account import VoiceAccount
from personadesk.services.speech.choosing import preset_voices
from personadesk.ui.bridge import Bridge
from personadesk.ui.editor.voice_list import VoiceList, preset_id
from personadesk.ui.library.questions import ask_for_good
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label, SearchField

TYPED_MS = 300
LIST_HEIGHT_PX = 240


class AccountVoices(QWidget):
    """Reads a page when it is told to look, and more on demand. Offline it shows the voices known without asking."""

    def __init__(self, *, themes: ThemeSource, bridge: Bridge, account: VoiceAccount) -> None:
        super().__init__()
        self._bridge = bridge
        self._account = account
        self._turn = 0
        self._more = ""
        self.found: list[SpeechVoice] = []
        self._chosen: SpeechVoice | None = None
        self.search = SearchField(themes, placeholder=self.tr("Search your account's voices"))
        self.list = VoiceList(themes)
        self.list.setFixedHeight(LIST_HEIGHT_PX)
        self.told = Label(themes, ink="muted", wrap=True)
        self.more = Button(themes, self.tr("Show more"), accessible=self.tr("Show more voices"), compact=True)
        self.delete = Button(
            themes,
            self.tr("Delete from the account…"),
            kind=Kind.DANGER,
            icon="trash",
            compact=True,
        )
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(TYPED_MS)
        self._typed.timeout.connect(self.look)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.more)
        row.addStretch(1)
        row.addWidget(self.delete)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(Label(themes, self.tr("Your account's voices"), bold=True))
        layout.addWidget(self.search)
        layout.addWidget(self.told)
        layout.addWidget(self.list)
        layout.addLayout(row)
        self.told.hide()
        self.more.hide()
        self.delete.hide()
        self.search.changed.connect(self._note_typed)
        self.list.chosen.connect(self._choose)
        self.more.clicked.connect(self._look_for_more)
        self.delete.clicked.connect(self._ask_to_delete)

    def look(self) -> None:
        """Ask for the voices that match what is typed."""
        self.found = []
        self._more = ""
        self._ask("")

    # -- inside

    def _ask(self, more: str) -> None:
        self._turn += 1
        turn = self._turn
        self.more.setEnabled(False)
        self._bridge.run(
            self._account.page(self.search.line.text().strip(), more),
            owner=self,
            then=lambda page: self._show(turn, page),
            failed=lambda problem: self._show_presets(turn, problem),
        )

    def _note_typed(self, _text: str) -> None:
        self._typed.start()

    def _look_for_more(self) -> None:
        self._ask(self._more)

    def _show(self, turn: int, page: VoicePage) -> None:
        if turn != self._turn:
            return
        self.found += page.voices
        self._more = page.more
        self._fill(self.tr("No voice of your account matches.") if not self.found else "")

    def _show_presets(self, turn: int, problem: UserFacingError) -> None:
        if turn != self._turn:
            return
        words = self.search.line.text().casefold().split()
        self.found = [
            voice
            for voice in preset_voices()
            if all(word in f"{voice.name} {voice.sounds}".casefold() for word in words)
        ]
        self._more = ""
        self._fill(self.tr("%s Until then, these are the voices that it offers to every account.") % problem.sentence)

    def _fill(self, told: str) -> None:
        self.told.setText(told)
        self.told.setVisible(bool(told))
        self.more.setVisible(bool(self._more))
        self.more.setEnabled(True)
        self.list.setVisible(bool(self.found))
        self.list.voices.fill([self._row(voice) for voice in self.found])
        kept = next((voice for voice in self.found if self._chosen is not None and voice.id == self._chosen.id), None)
        self._mark(kept)

    def _row(self, voice: SpeechVoice) -> VoicePreset:
        own = self.tr("your own") if voice.own else ""
        sounds = ", ".join(word for word in (voice.language, voice.sounds, own) if word)
        return VoicePreset(voice.id, voice.name, ELEVENLABS, sounds, voice.gender, voice.language)

    def _choose(self, preset: VoicePreset) -> None:
        self._mark(next((voice for voice in self.found if voice.id == preset.key), None))

    def _mark(self, voice: SpeechVoice | None) -> None:
        self._chosen = voice
        self.list.voices.mark(preset_id(self._row(voice)) if voice is not None else "")
        self.delete.setVisible(voice is not None and voice.own)
        if voice is not None:
            self.delete.setAccessibleName(self.tr("Delete %s from the account…") % voice.name)

    def _ask_to_delete(self) -> None:
        voice = self._chosen
        if voice is None:
            return
        ask_for_good(
            self.window(),
            text=self.tr("Delete the voice %s from your ElevenLabs account?") % voice.name,
            more=self.tr("Personas that speak with it go on with their next voice. ElevenLabs can't bring it back."),
            button=self.tr("Delete"),
            act=self._delete,
        )

    def _delete(self) -> None:
        if self._chosen is not None:
            self.delete.setEnabled(False)
            self._bridge.run(
                self._account.delete_voice(self._chosen.id), owner=self, then=self._deleted, failed=self._tell_trouble
            )

    def _deleted(self, _none: None) -> None:
        self.delete.setEnabled(True)
        self._chosen = None
        self.look()
        self.search.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell_trouble(self, problem: UserFacingError) -> None:
        self.delete.setEnabled(True)
        self.told.setText(f"{problem.sentence} {problem.next_step}".strip())
        self.told.show()
