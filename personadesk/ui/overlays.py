"""What opens over the window: the palette and the settings."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from personadesk.domain.ids import PersonaId
from personadesk.ui.bridge import Bridge
from personadesk.ui.palette.command import Command
from personadesk.ui.roster import Roster
from personadesk.ui.theme.source import ThemeChoice, ThemeSource
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.window_state import WindowStateFile

if TYPE_CHECKING:
    # Imported when they are opened, or with the chat.
    from personadesk.services.personas import PersonaService
    from personadesk.services.search import SearchService
    from personadesk.ui.model_desk import ModelDesk
    from personadesk.ui.palette.palette import Palette
    from personadesk.ui.settings.settings_dialog import Facts
    from personadesk.ui.settings.voices_section import VoicesSection
    from personadesk.ui.speech.desk import VoiceDesk
    from personadesk.ui.speech.voices import Voices
    from personadesk.ui.wizard.migration_desk import MigrationDesk
    from personadesk.ui.wizard.model_voice_page import ModelVoicePage
    from personadesk.ui.wizard.welcome import WelcomeDialog

SETTINGS_HEIGHT_PX = 700


class Overlays(QObject):
    """Made with the window; the parts themselves are made when they are first opened."""

    persona_chosen = Signal(object)  # PersonaId
    conversation_chosen = Signal(object, object)  # PersonaId, ConversationId
    message_chosen = Signal(object)  # SearchHit
    memory_chosen = Signal(object)  # FoundMemory
    closed = Signal()
    model_fetched = Signal(str, object)  # its name, and what lets it answer; None where it does from now on
    fetch_failed = Signal(object)  # UserFacingError
    import_requested = Signal()

    def __init__(
        self,
        *,
        bridge: Bridge,
        roster: Roster,
        themes: ThemeSource,
        avatars: Avatars,
        state: WindowStateFile,
        window: QWidget,
        imports: "Callable[[], MigrationDesk | None]" = lambda: None,
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._roster = roster
        self._themes = themes
        self._avatars = avatars
        self._state = state
        self._window = window
        self._imports = imports
        self._palette: Palette | None = None
        self._search: SearchService | None = None
        self._voices: VoiceDesk | None = None
        self._make_dictation: Callable[[], QWidget] | None = None
        self._joined: tuple[PersonaService, ModelDesk, Facts] | None = None
        self._commands: list[Command] = []
        self._welcome: WelcomeDialog | None = None

    def attach(self, *, personas: "PersonaService", desk: "ModelDesk", facts: "Facts") -> None:
        self._joined = (personas, desk, facts)
        desk.brought.connect(self._tell_fetched)
        desk.fetch_failed.connect(self.fetch_failed)

    def attach_voices(self, voices: "Voices") -> None:
        """Let voices sound as loud as they were left."""
        voices.player.set_volume(self._state.state.volume / 100)
        voices.set_speaks_replies(self._state.state.speak_replies)

    def attach_voice_desk(self, desk: "VoiceDesk") -> None:
        """Let the settings change how voices sound, and where they come from; say so where their keys are locked."""
        from personadesk.ui.settings.unlocking import Unlocking

        self._voices = desk
        desk.outputs.choose(self._state.state.sound_output)
        desk.limit_kept(self._state.state.kept_speech_mb)
        Unlocking(
            themes=self._themes,
            bridge=self._bridge,
            secrets=desk.account.secrets,
            toasts=desk.toasts,
            window=self._window,
        )

    def attach_dictation(self, make_section: "Callable[[], QWidget]") -> None:
        """Let the settings change how dictation works."""
        self._make_dictation = make_section

    def offer(self, name: str, icon: str, shortcut: str, act: Callable[[], None], *, also: str = "") -> None:
        """Let the palette find a command by its name, or by one of the other words."""
        self._commands.append(Command(name, icon, shortcut, act, also=also))

    def attach_search(self, search: "SearchService") -> None:
        """Let the palette find what was said."""
        self._search = search

    def open_palette(self, here: PersonaId | None = None) -> None:
        """`here` is whose chat is on screen."""
        if self._palette is None:
            from personadesk.ui.palette.palette import Palette

            self._palette = Palette(
                bridge=self._bridge,
                roster=self._roster,
                themes=self._themes,
                avatars=self._avatars,
                window=self._window,
            )
            self._palette.persona_chosen.connect(self.persona_chosen)
            self._palette.conversation_chosen.connect(self.conversation_chosen)
            self._palette.message_chosen.connect(self.message_chosen)
            self._palette.memory_chosen.connect(self.memory_chosen)
            self._palette.closed.connect(self.closed)
        self._palette.equip([*self._commands, *self._settings_commands()], self._search)
        self._palette.open(self._roster.personas.get(here) if here is not None else None)

    def open_settings(self) -> None:
        self.open_settings_page("general")

    def open_models(self) -> None:
        self.open_settings_page("models")

    def make_welcome_page(self, *, titled: bool = False) -> "ModelVoicePage | None":
        """The page on model and voice, once the models are known."""
        if self._joined is None:
            return None
        from personadesk.ui.wizard.model_voice_page import ModelVoicePage

        _, desk, _ = self._joined
        return ModelVoicePage(models=desk, voices=self._voices, themes=self._themes, titled=titled)

    def open_welcome(self, *, first: bool = False) -> None:
        """Show the page on model and voice in a window of its own; `first` words it for a first start."""
        if self._welcome is not None:
            self._welcome.raise_()
            self._welcome.close_button.setFocus()
            return
        page = self.make_welcome_page()
        if page is None:
            return
        from personadesk.ui.wizard.welcome import WelcomeDialog

        self._welcome = WelcomeDialog(page=page, themes=self._themes, parent=self._window, first=first)
        self._welcome.destroyed.connect(self._forget_welcome)
        self._welcome.finished.connect(self.closed)
        self._welcome.show_beside()

    def take_model(self, paths: Sequence[Path]) -> bool:
        """Add one model file that was dropped on the window, and show it among the models; False for all else."""
        if self._joined is None or len(paths) != 1 or paths[0].suffix.lower() != ".gguf":
            return False
        _, desk, _ = self._joined
        if desk.takes_files:
            self.open_models()
            desk.add_file(paths[0])
        return desk.takes_files

    def open_settings_page(self, page: str, place: str = "") -> None:
        """One of SettingsDialog's pages, at one of its places."""
        if self._joined is None:
            return
        from personadesk.ui.settings.settings_dialog import SettingsDialog

        service, desk, facts = self._joined
        dialog = SettingsDialog(
            themes=self._themes,
            desk=desk,
            facts=facts,
            your_name=self._roster.your_name,
            parent=self._window,
            imports=self._imports(),
            voices=self._voices_section(),
            dictation=self._make_dictation() if self._make_dictation is not None else None,
        )
        dialog.name_changed.connect(lambda name: self._bridge.run(service.rename_you(name), owner=self))
        dialog.import_requested.connect(self.import_requested)
        dialog.theme_chosen.connect(self.choose_theme)
        dialog.welcome_requested.connect(self.open_welcome)
        dialog.show_page(page)
        dialog.show_fitting(SETTINGS_HEIGHT_PX)
        dialog.show_place(place)

    def _settings_commands(self) -> list[Command]:
        """One for each setting that there is."""
        if self._joined is None:
            return []
        from personadesk.ui.settings.places import settings_places

        places = settings_places(
            providers=self._joined[1].providers is not None,
            voices=self._voices is not None,
            dictation=self._make_dictation is not None,
        )
        return [
            Command(
                place.name,
                "settings",
                "",
                partial(self.open_settings_page, place.page, place.key),
                where=self.tr("Settings, %s") % place.page_name,
                also=place.also,
            )
            for place in places
        ]

    def _voices_section(self) -> "VoicesSection | None":
        if self._voices is None:
            return None
        from personadesk.ui.settings.voices_section import VoicesSection

        left = self._state.state
        section = VoicesSection(
            themes=self._themes, desk=self._voices, volume=left.volume / 100, kept_mb=left.kept_speech_mb
        )
        section.volume_chosen.connect(self._note_volume)
        section.speaking_chosen.connect(self._keep_speaking)
        section.output_chosen.connect(self._keep_output)
        section.limit_chosen.connect(self._keep_limit)
        return section

    def _tell_fetched(self, model_id: str) -> None:
        if self._joined is not None:
            desk = self._joined[1]
            use = None if desk.answers_when_brought(model_id) else partial(desk.choose, model_id)
            self.model_fetched.emit(desk.catalogue.get(model_id).label, use)

    def _forget_welcome(self) -> None:
        self._welcome = None

    def _keep_output(self, device_id: str) -> None:
        self._state.change(sound_output=device_id)

    def _keep_limit(self, megabytes: int) -> None:
        self._state.change(kept_speech_mb=megabytes)

    def _keep_speaking(self, speaks: bool) -> None:
        self._state.change(speak_replies=speaks)

    def _note_volume(self, volume: float) -> None:
        self._state.note(volume=round(volume * 100))

    def choose_theme(self, choice: ThemeChoice) -> None:
        self._themes.choose(choice)
        self._state.change(theme=choice.value)

    def flip_theme(self) -> None:
        self.choose_theme(ThemeChoice.LIGHT if self._themes.theme.dark else ThemeChoice.DARK)
