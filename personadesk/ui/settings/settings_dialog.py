"""Settings: your name, the look, the models, the voices, where the data is, and what this is."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.chat import ModelState, ModelStatus
from personadesk.domain.persona import NAME_LIMIT
from personadesk.ui.chat.model_banner import ModelBanner
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.settings.import_list import ImportList
from personadesk.ui.settings.model_list import ModelShelfList
from personadesk.ui.settings.pages import PageBar
from personadesk.ui.settings.provider_line import LineSection
from personadesk.ui.settings.provider_section import ProviderSection
from personadesk.ui.settings.voices_section import VoicesSection
from personadesk.ui.theme.source import ThemeChoice, ThemeSource
from personadesk.ui.widgets.buttons import Button, Chip, Kind
from personadesk.ui.widgets.fields import CardPanel, Label, LineField
from personadesk.ui.wizard.migration_desk import MigrationDesk

PLACE_MARGIN_PX = 80
"""Between the top and a setting that is shown: its title and what is said of it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the About section says."""

    version: str
    data_dir: Path
    licences_dir: Path


class SettingsDialog(FramedDialog):
    """Every change takes effect at once."""

    name_changed = Signal(str)
    theme_chosen = Signal(object)  # ThemeChoice
    import_requested = Signal()
    welcome_requested = Signal()

    def __init__(
        self,
        *,
        themes: ThemeSource,
        desk: ModelDesk,
        facts: Facts,
        your_name: str,
        parent: QWidget,
        imports: MigrationDesk | None = None,
        voices: VoicesSection | None = None,
        dictation: QWidget | None = None,
    ) -> None:
        super().__init__(themes=themes, parent=parent, width_px=680)
        self.set_title(self.tr("Settings"))
        self._desk = desk
        self._facts = facts
        self._your_name = your_name
        self.voices = voices
        self.imports = ImportList(themes, imports) if imports is not None else None
        self.name = LineField(themes, accessible=self.tr("Your name"), limit=NAME_LIMIT)
        self.name.line.setText(your_name)
        self.name.line.editingFinished.connect(self._save_name)
        self.places: dict[str, QWidget] = {"name": self.name}
        self.theme_chips: dict[ThemeChoice, Chip] = {}
        self.model_state = Label(themes, ink="muted", wrap=True)
        self.bar = PageBar(themes)
        self.bar.shown.connect(self._go_to_top)
        self._page("general", self.tr("General"), "settings")
        self._add_general()
        self._add_appearance()
        self._page("models", self.tr("Models"), "cpu")
        self._add_model()
        if voices is not None or dictation is not None:
            self._page("voices", self.tr("Voices"), "volume")
        if voices is not None:
            self._add_voices(voices)
        if dictation is not None:
            self._section(self.tr("Dictation"), self.tr("Speak instead of typing.")).addWidget(dictation)
            self.places["dictation"] = dictation
        self._page("data", self.tr("Data"), "folder")
        self._add_data()
        self._page("shortcuts", self.tr("Shortcuts"), "keyboard")
        self._add_shortcuts()
        self._page("about", self.tr("About"), "info")
        self._add_about()
        self.content.addStretch(1)
        done = Button(themes, self.tr("Done"), kind=Kind.PRIMARY)
        done.clicked.connect(self.accept)
        self.buttons.addStretch(1)
        self.buttons.addWidget(done)
        desk.default_changed.connect(self._show_model)
        self._show_model(desk.default_status)
        layout = self.layout()
        if isinstance(layout, QVBoxLayout):
            layout.insertWidget(1, self.bar)
        self.show_page("general")

    def show_page(self, name: str) -> None:
        """general, models, voices (where there are any), data, shortcuts or about."""
        if name in self.bar.pages:
            self.bar.show_page(name)

    def show_place(self, key: str) -> None:
        """Bring one setting of the page on screen into view, with the focus; nothing where there is none."""
        widget = self.places.get(key)
        inner = self.area.widget()
        if widget is None or inner is None:
            return
        parts = (widget, *widget.findChildren(QWidget))
        able = (part for part in parts if part.focusPolicy() & Qt.FocusPolicy.TabFocus and part.isEnabledTo(self))
        first = next((part for part in able if part.isVisibleTo(self)), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)
        for layout in (self.layout(), inner.layout()):
            if layout is not None:
                layout.activate()
        bar = self.area.verticalScrollBar()
        bar.setValue(widget.mapTo(inner, QPoint()).y() - PLACE_MARGIN_PX)

    def done(self, result: int) -> None:
        self._save_name()
        super().done(result)

    # -- sections

    def _page(self, name: str, words: str, icon: str) -> None:
        """Put the sections that follow on another page."""
        self._column = self.bar.add(name, words, icon)
        self.content.addWidget(self.bar.pages[name])

    def _scroll_to_key(self) -> None:
        if self.voices is not None:
            self.area.ensureWidgetVisible(self.voices.elevenlabs.place, 0, 120)

    def _go_to_top(self, _name: str) -> None:
        self.area.verticalScrollBar().setValue(0)

    def _section(self, title: str, sentence: str = "") -> QVBoxLayout:
        self._column.addSpacing(12)
        self._column.addWidget(Label(self.themes, title, bold=True))
        if sentence:
            self._column.addWidget(Label(self.themes, sentence, ink="muted", wrap=True))
        self._column.addSpacing(4)
        panel = CardPanel(self.themes)
        layout = QVBoxLayout(panel)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(8)
        self._column.addWidget(panel)
        return layout

    def _add_general(self) -> None:
        layout = self._section(self.tr("You"), self.tr("The name your personas call you by."))
        layout.addWidget(self.name)
        row = QHBoxLayout()
        row.addWidget(Label(self.themes, self.tr("The welcome, with model and voice"), ink="muted", wrap=True), 1)
        self.welcome = Button(self.themes, self.tr("Open again"), compact=True)
        self.welcome.setAccessibleDescription(self.tr("The welcome, with model and voice"))
        self.welcome.clicked.connect(self._open_welcome)
        row.addWidget(self.welcome)
        layout.addLayout(row)

    def _add_appearance(self) -> None:
        layout = self._section(self.tr("Appearance"))
        row = QHBoxLayout()
        for choice, name, icon in (
            (ThemeChoice.SYSTEM, self.tr("Like the system"), "display"),
            (ThemeChoice.DARK, self.tr("Dark"), "moon"),
            (ThemeChoice.LIGHT, self.tr("Light"), "sun"),
        ):
            chip = Chip(self.themes, name, icon=icon)
            chip.setChecked(choice is self.themes.choice)
            chip.clicked.connect(lambda _checked=False, chosen=choice: self._choose_theme(chosen))
            self.theme_chips[choice] = chip
            row.addWidget(chip)
        self.places["theme"] = self.theme_chips[self.themes.choice]
        row.addStretch(1)
        layout.addLayout(row)

    def _add_model(self) -> None:
        layout = self._section(
            self.tr("Models"),
            self.tr("They run on this computer and need no account. The basic one is quick and fine for small talk; "
                    "it forgets, and it makes things up. The better one remembers and stays in character; it needs "
                    "about 1.6 GB of memory and takes longer for each word."),
        )  # fmt: skip
        layout.addWidget(ModelShelfList(desk=self._desk, themes=self.themes))
        layout.addWidget(self.model_state)
        layout.addWidget(ModelBanner(desk=self._desk, themes=self.themes))
        if self._desk.providers is not None:
            line = self._section(self.tr("Who answers"), self.tr("A persona can have its own, in the editor."))
            self.places["line"] = LineSection(desk=self._desk.providers, models=self._desk, themes=self.themes)
            line.addWidget(self.places["line"])
            servers = self._section(self.tr("Providers"), self.tr("Models on other servers, yours or somebody else's."))
            self.places["providers"] = ProviderSection(desk=self._desk.providers, themes=self.themes)
            servers.addWidget(self.places["providers"])
        self._desk.look()

    def _add_voices(self, voices: VoicesSection) -> None:
        self._section(self.tr("How they are heard")).addWidget(voices)
        self._section(self.tr("Where they come from")).addWidget(voices.engines)
        self._section("ElevenLabs").addWidget(voices.elevenlabs)
        voices.engines.key_wanted.connect(self._scroll_to_key)
        self.places |= {
            "volume": voices.volume,
            "output": voices.output,
            "speaking": voices.speaking,
            "going_on": voices.going_on,
            "kept": voices.limit,
            "engines": voices.engines,
            "elevenlabs": voices.elevenlabs,
        }

    def _add_data(self) -> None:
        layout = self._section(
            self.tr("Your data"),
            self.tr("Everything stays in this folder on this computer, unless you give a service its key."),
        )
        row = QHBoxLayout()
        row.setSpacing(10)
        path = Label(self.themes, str(self._facts.data_dir), elide=True)
        path.setToolTip(str(self._facts.data_dir))
        row.addWidget(path, 1)
        show = Button(self.themes, self.tr("Open folder"), icon="folder", compact=True)
        show.clicked.connect(lambda: _open_folder(self._facts.data_dir))
        row.addWidget(show)
        self.places["folder"] = show
        layout.addLayout(row)
        bring = Button(self.themes, self.tr("Import from another program…"), icon="import", compact=True)
        bring.clicked.connect(self._import)
        imports = QHBoxLayout()
        imports.addWidget(
            Label(
                self.themes,
                self.tr("Bring in profiles, cards and chats. Imports can be undone."),
                ink="muted",
                wrap=True,
            ),
            1,
        )
        imports.addWidget(bring)
        layout.addLayout(imports)
        if self.imports is not None:
            layout.addWidget(self.imports)

    def _add_shortcuts(self) -> None:
        layout = self._section(self.tr("Shortcuts"))
        for keys, words in (
            ("Ctrl+K", self.tr("Jump to a persona, or do something")),
            ("Ctrl+1 … Ctrl+9", self.tr("Open one of the first nine in the sidebar")),
            ("Ctrl+Tab", self.tr("Go back to the persona before")),
            ("Ctrl+N", self.tr("New persona")),
            ("Ctrl+E", self.tr("Edit the persona on screen")),
            ("Ctrl+F", self.tr("Search the library, or find in the conversation")),
            ("Ctrl+L", self.tr("Library")),
            ("Ctrl+Shift+S", self.tr("Hear the newest reply, or the persona of the card; again to stop")),
            ("Ctrl+Shift+D", self.tr("Dictate while you hold it; press it to begin, and again to stop")),
            ("Esc", self.tr("Stop the reply")),
            ("Ctrl+,", self.tr("Settings")),
        ):
            row = QHBoxLayout()
            row.addWidget(Label(self.themes, words, ink="muted"), 1)
            row.addWidget(Label(self.themes, keys))
            layout.addLayout(row)

    def _add_about(self) -> None:
        layout = self._section(self.tr("About"))
        row = QHBoxLayout()
        row.addWidget(Label(self.themes, f"PersonaDesk {self._facts.version} · Apache-2.0"), 1)
        notices = Button(self.themes, self.tr("Licences"), compact=True)
        notices.clicked.connect(lambda: _open_folder(self._facts.licences_dir))
        row.addWidget(notices)
        layout.addLayout(row)

    # -- inside

    def _import(self) -> None:
        self.accept()
        self.import_requested.emit()

    def _open_welcome(self) -> None:
        self.accept()
        self.welcome_requested.emit()

    def _choose_theme(self, choice: ThemeChoice) -> None:
        for option, chip in self.theme_chips.items():
            chip.setChecked(option is choice)
        self.theme_chosen.emit(choice)

    def _save_name(self) -> None:
        name = " ".join(self.name.line.text().split())
        if name and name != self._your_name:
            self._your_name = name
            self.name_changed.emit(name)

    def _show_model(self, status: ModelStatus) -> None:
        words = {
            ModelState.READY: self.tr("Awake and ready."),
            ModelState.RESTING: self.tr("Resting. It wakes when you write to someone and sleeps again after a while."),
            ModelState.LOADING: self.tr("Waking up…"),
        }.get(status.state, f"{status.sentence} {status.next_step}".strip())
        self.model_state.setText(words)
        self.model_state.setVisible(self._desk.default_entry is not None)


def _open_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
