"""How it sounds: a preset, the system's voice, and how either speaks."""

from dataclasses import replace

from PySide6.QtCore import QLocale
from PySide6.QtGui import QAction, QActionGroup, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout

from personadesk.domain.persona import PersonaCard
from personadesk.domain.speech import KOKORO, SYSTEM, SpeechState, SpeechVoice
from personadesk.domain.voice import PRESETS, VoiceChoice, VoicePreset
from personadesk.ui.editor.bound import BoundLine
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.editor.preview_voice import PreviewVoice
from personadesk.ui.editor.sample_panel import SamplePanel
from personadesk.ui.editor.section import Section
from personadesk.ui.editor.sliders import NamedSlider
from personadesk.ui.editor.state import SAMPLE
from personadesk.ui.editor.voice_list import VoiceList, preset_id
from personadesk.ui.speech.voices import Listing, Voices
from personadesk.ui.theme.source import menu_style
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import CardPanel, Label, SearchField

ROWS_SHOWN = 4
HEARD_HERE = "choice:"
WHOLE_CARD = "*"


class VoiceSection(Section):
    key = SectionKey.VOICE

    def sentence(self) -> str:
        return self.tr("An uploaded sample comes first, then the preset, then your system's voice.")

    def build(self) -> None:
        self._player: Voices | None = None
        self._asked = False
        self._listed: list[VoicePreset] = list(PRESETS)
        self._gender = ""
        self._language = ""
        self._add_list()
        self.hear = Button(self.themes, self.tr("Hear it"), kind=Kind.PRIMARY, icon="play")
        self.hear.clicked.connect(self._hear_card)
        self.hear.hide()
        self.said = Label(self.themes, ink="muted", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.hear)
        row.addWidget(self.said, 1)
        self.column.addSpacing(6)
        self.column.addLayout(row)
        self._add_sliders()
        self.samples = SamplePanel(self.work)
        self.column.addSpacing(10)
        self.column.addWidget(Label(self.themes, self.tr("A voice of its own")))
        self.column.addWidget(self.samples)
        self.system = BoundLine(
            self.themes, accessible=self.tr("System voice"), placeholder=self.tr("The one your system speaks with")
        )
        self.system.edited.connect(self._take_system)
        self.column.addSpacing(10)
        self.column.addWidget(Label(self.themes, self.tr("System voice")))
        self.column.addWidget(self.system)
        self.work.state.changed.connect(self._show_sample)

    def show_card(self, card: PersonaCard) -> None:
        voice = card.voice
        self._fill()
        self.voices.voices.mark(voice.preset)
        self.system.put(voice.system)
        for field, slider in self.sliders.items():
            slider.put(getattr(voice, field))
        self._show_sample()

    def set_read_only(self) -> None:
        # Still played: what can't be changed can be heard.
        self.voices.chosen.disconnect(self._take_preset)
        self.system.set_read_only(True)
        self.samples.set_read_only()
        for slider in self.sliders.values():
            slider.setEnabled(False)

    def reveal(self, name: str) -> None:
        if name == SAMPLE:
            self.show_widget(self.samples)
        else:
            self.voices.setFocus()

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

    def _play(self, what: str, choice: VoiceChoice) -> None:
        if self._player is not None:
            self.said.setText("")
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

    def _show_hear(self) -> None:
        """The preview has such a button too, where there is room for it."""
        preview = self.window().findChild(PreviewVoice)
        beside = preview is not None and preview.isVisible()
        self.hear.setVisible(self._player is not None and not beside)

    def _show_sample(self) -> None:
        voice, card = self.work.state.card.voice, self.work.state.card
        system = self.tr("your system's voice")
        preset = next((item.name for item in self._all() if preset_id(item) == voice.preset), "")
        self.samples.show_card(name=card.shown_name, preset=preset if voice.preset and preset else system)

    def _show_told(self, sentence: str) -> None:
        if self._asked:
            self.said.setText(sentence)

    def _show_listed(self, listing: Listing) -> None:
        voices, statuses = listing
        order = {KOKORO: 0, SYSTEM: 2}
        listed = sorted(voices, key=lambda voice: order.get(voice.engine, 1))
        self._listed = [_preset(voice) for voice in listed]
        lacks = {
            SpeechState.NEEDS_KEY: self.tr("needs a key"),
            SpeechState.NOT_INSTALLED: self.tr("not installed"),
            SpeechState.OFFLINE: self.tr("offline"),
            SpeechState.OUT_OF_QUOTA: self.tr("its quota is used up"),
            SpeechState.FAILED: self.tr("not working"),
            SpeechState.BUSY: self.tr("slow just now"),
        }
        self.voices.let_play({name: lacks[status.state] for name, status in statuses.items() if status.state in lacks})
        self.search.line.setPlaceholderText(self.tr("Search %s voices") % len(self._listed))
        self._fill()

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
            slider.moved.connect(lambda value, chosen=field: self._change(typed=True, **{chosen: value}))
            self.sliders[field] = slider
            self.column.addWidget(slider)
        width = max(slider.name.sizeHint().width() for slider in self.sliders.values())
        for slider in self.sliders.values():
            slider.name.setMinimumWidth(width)

    def _add_list(self) -> None:
        self.search = SearchField(self.themes, placeholder=self.tr("Search %s voices") % len(PRESETS))
        self.search.changed.connect(self._fill)
        self.gender = Button(self.themes, self.tr("Any voice"), icon="chevron-down")
        self.gender.clicked.connect(self._open_genders)
        self.language = Button(self.themes, self.tr("Any language"), icon="chevron-down")
        self.language.clicked.connect(self._open_languages)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.search, 1)
        row.addWidget(self.gender)
        row.addWidget(self.language)
        self.voices = VoiceList(self.themes)
        self.voices.chosen.connect(self._take_preset)
        self.voices.hear_requested.connect(self._hear_preset)
        self.search.left.connect(self.voices.setFocus)
        row_height = self.fontMetrics().height() * 2 + 20
        self.voices.setFixedHeight(row_height * ROWS_SHOWN)
        self.nothing = Label(self.themes, self.tr("No voice like that. Search for another word."), ink="muted")
        panel = CardPanel(self.themes)
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(1, 6, 1, 6)
        inside.addWidget(self.voices)
        inside.addWidget(self.nothing)
        self.column.addSpacing(10)
        self.column.addLayout(row)
        self.column.addWidget(panel)

    def _fill(self, _text: str = "") -> None:
        words = self.search.line.text().casefold().split()
        found = [
            preset
            for preset in self._all()
            if (not self._gender or preset.gender in ("", self._gender))
            and (not self._language or _main(preset.language) in ("", self._language))
            and all(word in f"{preset.name} {preset.sounds} {preset.gender}".casefold() for word in words)
        ]
        self.voices.voices.fill(found)
        self.voices.setVisible(bool(found))
        self.nothing.setVisible(not found)

    def _all(self) -> list[VoicePreset]:
        """None, the ones known here, and the card's own where it is another."""
        choice = self.work.state.card.voice
        engine, _, key = choice.preset.partition(":")
        known = any(preset_id(preset) == choice.preset for preset in self._listed)
        own = [] if not choice.preset or known else [VoicePreset(key, key, engine, "", "", "")]
        none = VoicePreset("", self.tr("No preset"), "", self.tr("the system's voice speaks"), "", "")
        return [none, *own, *self._listed]

    def _take_preset(self, preset: VoicePreset) -> None:
        self.voices.voices.mark(preset_id(preset))
        self._change(typed=False, preset=preset_id(preset))

    def _take_system(self, name: object) -> None:
        self._change(typed=True, system=name)

    def _change(self, *, typed: bool, **values: object) -> None:
        voice = replace(self.work.state.card.voice, **values)  # type: ignore[arg-type]
        self.work.state.put(f"voice.{next(iter(values))}", typed=typed, voice=voice)

    def _open_genders(self) -> None:
        names = {"": self.tr("Any voice"), "female": self.tr("Female"), "male": self.tr("Male")}
        self._open(self.gender, names, self._gender, self._take_gender)

    def _open_languages(self) -> None:
        spoken = {_main(preset.language) for preset in self._listed} - {""}
        named = sorted((_language_name(language), language) for language in spoken)
        names = {"": self.tr("Any language"), **{language: name for name, language in named}}
        self._open(self.language, names, self._language, self._take_language)

    def _open(self, button: Button, names: dict[str, str], chosen: str, take: object) -> None:
        menu = QMenu(self)
        menu.setStyleSheet(menu_style(self.themes.theme))
        group = QActionGroup(menu)
        for value, name in names.items():
            entry = QAction(name, menu)
            entry.setCheckable(True)
            entry.setChecked(value == chosen)
            entry.setData(value)
            group.addAction(entry)
            menu.addAction(entry)
        group.triggered.connect(take)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _take_gender(self, entry: QAction) -> None:
        self._gender = str(entry.data())
        self.gender.set_text(entry.text())
        self._fill()

    def _take_language(self, entry: QAction) -> None:
        self._language = str(entry.data())
        self.language.set_text(entry.text())
        self._fill()


def _preset(voice: SpeechVoice) -> VoicePreset:
    sounds = ", ".join(word for word in (voice.language, voice.sounds) if word)
    return VoicePreset(voice.id, voice.name, voice.engine, sounds, voice.gender, voice.language)


def _main(language: str) -> str:
    return language.casefold().partition("-")[0]


def _language_name(language: str) -> str:
    found = QLocale(language)
    return language if found.language() is QLocale.Language.C else QLocale.languageToString(found.language())
