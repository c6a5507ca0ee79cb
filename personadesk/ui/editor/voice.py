"""How it sounds: a preset, the system's voice, and how either speaks."""

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout

from personadesk.domain.persona import PersonaCard
from personadesk.domain.speech import SpeechState
from personadesk.domain.voice import VoiceChoice, VoicePreset, VoiceSource
from personadesk.ui.editor.bound import BoundLine
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.editor.preview_voice import KEY as PREVIEW
from personadesk.ui.editor.preview_voice import PreviewVoice
from personadesk.ui.editor.sample_panel import SamplePanel
from personadesk.ui.editor.sample_stage import Mode
from personadesk.ui.editor.section import Section
from personadesk.ui.editor.sliders import NamedSlider
from personadesk.ui.editor.state import SAMPLE
from personadesk.ui.editor.voice_list import preset_id
from personadesk.ui.editor.voice_presets import VoicePresets
from personadesk.ui.editor.voice_tabs import VoiceTabs
from personadesk.ui.speech.voices import Listing, Voices
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

ROWS_SHOWN = 4
HEARD_HERE = "choice:"
WHOLE_CARD = "*"
HEARD_AGAIN_MS = 400


class VoiceSection(Section):
    key = SectionKey.VOICE

    def sentence(self) -> str:
        return self.tr("An uploaded sample comes first, then the preset, then your system's voice.")

    def build(self) -> None:
        self._player: Voices | None = None
        self._asked = False
        self.tabs = VoiceTabs(self.themes)
        self.tabs.chosen.connect(self._show_source)
        self.column.addSpacing(6)
        self.column.addWidget(self.tabs)
        self.presets = VoicePresets(self.themes)
        self.presets.chosen.connect(self._take_preset)
        self.presets.hear_requested.connect(self._hear_preset)
        self.search, self.voices = self.presets.search, self.presets.voices
        self.samples = SamplePanel(self.work)
        self.samples.grew.connect(self._follow_sample)
        self.system = BoundLine(
            self.themes, accessible=self.tr("System voice"), placeholder=self.tr("The one your system speaks with")
        )
        self.system.edited.connect(self._take_system)
        self.sources = {
            VoiceSource.PRESET: self.presets,
            VoiceSource.SAMPLE: self.samples,
            VoiceSource.SYSTEM: self.system,
        }
        self.column.addSpacing(4)
        for page in self.sources.values():
            self.column.addWidget(page)
        self.hear = Button(self.themes, self.tr("Hear it"), kind=Kind.PRIMARY, icon="play")
        self.hear.clicked.connect(self._hear_card)
        self.hear.hide()
        self.said = Label(self.themes, ink="muted", wrap=True)
        self.said.hide()
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.hear, 0, Qt.AlignmentFlag.AlignLeading)
        row.addWidget(self.said, 1)
        self.column.addSpacing(6)
        self.column.addLayout(row)
        self._add_sliders()
        self.work.state.changed.connect(self._show_sample)
        voice = self.work.state.card.voice
        first = voice.order[0] if voice.sample or voice.preset or voice.system else VoiceSource.PRESET
        self.tabs.choose(first)

    def show_card(self, card: PersonaCard) -> None:
        voice = card.voice
        self.presets.show_choice(voice)
        self.system.put(voice.system)
        for field, slider in self.sliders.items():
            slider.put(getattr(voice, field))
        self._show_sample()

    def set_read_only(self) -> None:
        # Still played: what can't be changed can be heard.
        self.presets.chosen.disconnect(self._take_preset)
        self.system.set_read_only(True)
        self.samples.set_read_only()
        self.tabs.tabs[VoiceSource.SAMPLE].setVisible(bool(self.work.state.card.voice.sample))
        for slider in self.sliders.values():
            slider.setEnabled(False)

    def reveal(self, name: str) -> None:
        shown = {SAMPLE: VoiceSource.SAMPLE, "voice.preset": VoiceSource.PRESET, "voice.system": VoiceSource.SYSTEM}
        if name in shown:
            self.tabs.choose(shown[name])
        if name == "voice.preset":
            self.voices.setFocus()
        elif (slider := self.sliders.get(name.removeprefix("voice."))) is not None:
            slider.slider.setFocus()
            self.show_widget(slider)
        else:
            self.tabs.tabs[self.tabs.current].setFocus()

    @property
    def waiting(self) -> str:
        return self.samples.waiting

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        over = self.window().parent()
        if self._player is None and over is not None and (player := over.findChild(Voices)) is not None:
            self._player = player
            player.changed.connect(self._show_heard)
            player.told.connect(self._show_told)
            player.list_voices(owner=self, then=self._show_listed)
            self.samples.attach(player.clones)
            self.samples.view.sound_play.open_output = player.open_output
            self.samples.view.sound_play.prepare = player.prepare
            self.samples.view.sound_play.changed.connect(self._stop_others)
        self._show_hear()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_hear()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.samples.view.stop()
        if self._player is not None and self._player.key.startswith(HEARD_HERE):
            self._player.stop()

    # -- hearing

    def _hear_preset(self, preset: VoicePreset) -> None:
        self._play(preset_id(preset), replace(self.work.state.card.voice, preset=preset_id(preset), sample=""))

    def _hear_card(self) -> None:
        self._play(WHOLE_CARD, self.work.state.card.voice)

    def _hear_again(self) -> None:
        """What is being heard here is said again as the sliders stand now."""
        key = self._player.key if self._player is not None else ""
        if key == PREVIEW and (preview := self.window().findChild(PreviewVoice)) is not None:
            preview.hear_again()
        if self._player is None or key == PREVIEW or not key.startswith(HEARD_HERE):
            return
        what, voice = key.removeprefix(HEARD_HERE), self.work.state.card.voice
        self._player.stop()
        self._play(what, voice if what == WHOLE_CARD else replace(voice, preset=what, sample=""))

    def _play(self, what: str, choice: VoiceChoice) -> None:
        if self._player is not None:
            self._say("")
            self._player.hear_choice(f"{HEARD_HERE}{what}", choice, self.work.state.card)

    def _show_heard(self, key: str) -> None:
        here = key.startswith(HEARD_HERE)
        heard = key.removeprefix(HEARD_HERE)
        self.voices.voices.play(heard if here and heard != WHOLE_CARD else None)
        whole = here and heard == WHOLE_CARD
        self.hear.set_text(self.tr("Stop") if whole else self.tr("Hear it"))
        self.hear.set_icon_name("stop" if whole else "play")
        if key:
            self._asked = here
            self.samples.view.stop()

    def _show_hear(self) -> None:
        """The preview has such a button too, where there is room for it."""
        preview = self.window().findChild(PreviewVoice)
        beside = preview is not None and preview.isVisible()
        self.hear.setVisible(self._player is not None and not beside)

    def _show_source(self, source: VoiceSource) -> None:
        for name, page in self.sources.items():
            page.setVisible(name is source)

    def _follow_sample(self) -> None:
        """Keep what has grown in view, once it is laid out. Nobody speaks into a recording."""
        self._stop_others(self.samples.mode is Mode.RECORDING)
        if self.isVisible():
            QTimer.singleShot(0, self, self._show_whole_sample)

    def _stop_others(self, stops: bool) -> None:
        if stops and self._player is not None:
            self._player.stop()

    def _show_whole_sample(self) -> None:
        self.show_widget(self.samples)

    def _show_sample(self) -> None:
        voice, card = self.work.state.card.voice, self.work.state.card
        nobody = self.tr("a natural voice, or your system's")
        preset = self.presets.name_of(voice.preset)
        self.tabs.show_voice(voice)
        self.samples.show_card(name=card.shown_name, preset=preset or nobody)

    def _show_told(self, sentence: str) -> None:
        if self._asked:
            self._say(sentence)

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))

    def _show_listed(self, listing: Listing) -> None:
        voices, statuses = listing
        lacks = {
            SpeechState.NEEDS_KEY: self.tr("needs a key"),
            SpeechState.NOT_INSTALLED: self.tr("not installed"),
            SpeechState.OFFLINE: self.tr("offline"),
            SpeechState.OUT_OF_QUOTA: self.tr("its quota is used up"),
            SpeechState.FAILED: self.tr("not working"),
            SpeechState.BUSY: self.tr("slow just now"),
        }
        self.voices.let_play({name: lacks[status.state] for name, status in statuses.items() if status.state in lacks})
        self.presets.list_voices(voices)
        self._show_sample()

    # -- inside

    def _add_sliders(self) -> None:
        self.column.addSpacing(10)
        self.sliders: dict[str, NamedSlider] = {}
        for field, name, low, high, unit in (
            ("speed", self.tr("Speed"), 0.5, 2.0, "\u00d7"),
            ("stability", self.tr("Stability"), 0.0, 1.0, ""),
            ("similarity", self.tr("Similarity"), 0.0, 1.0, ""),
            ("style", self.tr("Expression"), 0.0, 1.0, ""),
        ):
            slider = NamedSlider(self.themes, name, low, high, unit)
            slider.moved.connect(lambda value, chosen=field: self._move(chosen, value))
            self.sliders[field] = slider
            self.column.addWidget(slider)
        self.only = Label(
            self.themes,
            self.tr("Stability, similarity and expression are for the voices of ElevenLabs."),
            ink="muted",
            wrap=True,
        )
        self.column.addWidget(self.only)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(HEARD_AGAIN_MS)
        self._again.timeout.connect(self._hear_again)
        width = max(slider.name.sizeHint().width() for slider in self.sliders.values())
        for slider in self.sliders.values():
            slider.name.setMinimumWidth(width)

    def _move(self, field: str, value: float) -> None:
        self._change(typed=True, **{field: value})
        self._again.start()

    def _take_preset(self, preset: VoicePreset) -> None:
        self.presets.mark(replace(self.work.state.card.voice, preset=preset_id(preset)))
        self._change(typed=False, preset=preset_id(preset))

    def _take_system(self, name: object) -> None:
        self._change(typed=True, system=name)

    def _change(self, *, typed: bool, **values: object) -> None:
        voice = replace(self.work.state.card.voice, **values)  # type: ignore[arg-type]
        self.work.state.put(f"voice.{next(iter(values))}", typed=typed, voice=voice)
