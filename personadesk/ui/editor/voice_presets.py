"""Every voice there is to choose from, found by words, language, gender and engine."""

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from personadesk.domain.speech import KOKORO, SYSTEM, SpeechVoice
from personadesk.domain.voice import PRESETS, VoiceChoice, VoicePreset
from personadesk.ui.editor.voice_list import VoiceList, engine_name, preset_id
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import CardPanel, Label, SearchField
from personadesk.ui.widgets.flow import FlowLayout

ROWS_SHOWN = 4


class VoicePresets(QWidget):
    chosen = Signal(object)  # VoicePreset
    hear_requested = Signal(object)  # VoicePreset

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._listed: list[VoicePreset] = list(PRESETS)
        self._choice = VoiceChoice()
        self._gender = ""
        self._language = ""
        self._engine = ""
        self.search = SearchField(themes, placeholder=self.tr("Search %s voices") % len(PRESETS))
        self.search.changed.connect(self.fill)
        self.gender = Button(themes, self.tr("Any voice"), icon="chevron-down", compact=True)
        self.gender.clicked.connect(self._open_genders)
        self.language = Button(themes, self.tr("Any language"), icon="chevron-down", compact=True)
        self.language.clicked.connect(self._open_languages)
        self.engine = Button(themes, self.tr("From anywhere"), icon="chevron-down", compact=True)
        self.engine.setAccessibleDescription(self.tr("Where voices come from"))
        self.engine.clicked.connect(self._open_engines)
        filters = QWidget()
        flow = FlowLayout(filters)
        for button in (self.gender, self.language, self.engine):
            flow.addWidget(button)
        self.voices = VoiceList(themes)
        self.voices.chosen.connect(self.chosen)
        self.voices.hear_requested.connect(self.hear_requested)
        self.search.left.connect(self.voices.setFocus)
        row_height = self.fontMetrics().height() * 2 + 20
        self.voices.setFixedHeight(row_height * ROWS_SHOWN)
        self.nothing = Label(themes, self.tr("No voice like that. Search for another word."), ink="muted")
        panel = CardPanel(themes)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(1, 6, 1, 6)
        inside.addWidget(self.voices)
        inside.addWidget(self.nothing)
        page.setSpacing(8)
        page.addWidget(self.search)
        page.addWidget(filters)
        page.addWidget(panel)

    def show_choice(self, choice: VoiceChoice) -> None:
        """Mark what a card has; a voice that is not listed here is listed for it."""
        self._choice = choice
        self.fill()
        self.mark(choice)

    def mark(self, choice: VoiceChoice) -> None:
        """Mark another one of those that are listed, which stay as they are."""
        self._choice = choice
        self.voices.voices.mark(choice.preset)

    def list_voices(self, voices: Sequence[SpeechVoice]) -> None:
        """Offer these: the natural ones first, the system's last."""
        order = {KOKORO: 0, SYSTEM: 2}
        self._listed = [_preset(voice) for voice in sorted(voices, key=lambda voice: order.get(voice.engine, 1))]
        self.search.line.setPlaceholderText(self.tr("Search %s voices") % len(self._listed))
        self.fill()

    def name_of(self, preset: str) -> str:
        """What a VoiceChoice's preset is called, "" for none."""
        return next((item.name for item in self.every() if preset and preset_id(item) == preset), "")

    def fill(self, _text: str = "") -> None:
        words = self.search.line.text().casefold().split()
        found = [
            preset
            for preset in self.every()
            if (not self._gender or preset.gender in ("", self._gender))
            and (not self._language or _main(preset.language) in ("", self._language))
            and self._engine in ("", preset.engine)
            and all(word in f"{preset.name} {preset.sounds} {preset.gender}".casefold() for word in words)
        ]
        self.voices.voices.fill(found)
        self.voices.setVisible(bool(found))
        self.nothing.setVisible(not found)

    def every(self) -> list[VoicePreset]:
        """None, the ones known here, and the card's own where it is another."""
        choice = self._choice
        engine, _, key = choice.preset.partition(":")
        known = any(preset_id(preset) == choice.preset for preset in self._listed)
        own = [] if not choice.preset or known else [VoicePreset(key, key, engine, "", "", "")]
        sounds = self.tr("a natural voice for the text's language, else the system's")
        none = VoicePreset("", self.tr("No preset"), "", sounds, "", "")
        return [none, *own, *self._listed]

    # -- inside

    def _open_genders(self) -> None:
        names = {"": self.tr("Any voice"), "female": self.tr("Female"), "male": self.tr("Male")}
        self._open(self.gender, names, self._gender, self._take_gender)

    def _open_languages(self) -> None:
        spoken = {_main(preset.language) for preset in self._listed} - {""}
        named = sorted((_language_name(language), language) for language in spoken)
        names = {"": self.tr("Any language"), **{language: name for name, language in named}}
        self._open(self.language, names, self._language, self._take_language)

    def _open_engines(self) -> None:
        listed = dict.fromkeys(preset.engine for preset in self._listed)
        names = {"": self.tr("From anywhere"), **{engine: engine_name(engine) for engine in listed}}
        self._open(self.engine, names, self._engine, self._take_engine)

    def _open(self, button: Button, names: dict[str, str], chosen: str, take: object) -> None:
        menu = QMenu(self)
        menu.setStyleSheet(menu_style(self._themes.theme))
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
        self.fill()

    def _take_language(self, entry: QAction) -> None:
        self._language = str(entry.data())
        self.language.set_text(entry.text())
        self.fill()

    def _take_engine(self, entry: QAction) -> None:
        self._engine = str(entry.data())
        self.engine.set_text(entry.text())
        self.fill()


def _preset(voice: SpeechVoice) -> VoicePreset:
    sounds = ", ".join(word for word in (_spoken_in(voice.language), voice.sounds) if word)
    return VoicePreset(voice.id, voice.name, voice.engine, sounds, voice.gender, voice.language)


def _main(language: str) -> str:
    return language.casefold().partition("-")[0]


def _spoken_in(language: str) -> str:
    """A BCP 47 tag in words: "British English", "Portuguese (Brazil)", "German"."""
    found = QLocale(language)
    main, _, region = language.partition("-")
    if found.language() is QLocale.Language.C or not region:
        return _language_name(main)
    if main.casefold() == "en" and region.casefold() in ("gb", "us"):
        return found.nativeLanguageName()
    named = f"{_language_name(main)} ({QLocale.territoryToString(found.territory())})"
    return named if region.casefold() == found.name().partition("_")[2].casefold() else _language_name(main)


def _language_name(language: str) -> str:
    found = QLocale(language)
    return language if found.language() is QLocale.Language.C else QLocale.languageToString(found.language())
