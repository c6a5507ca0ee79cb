"""What the window gets once its first picture is on screen: what opens over its pages, and the keys."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut

from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.ui.bridge import Bridge
from personadesk.ui.imports import Imports
from personadesk.ui.lorebook.desk import LorebookDesk
from personadesk.ui.overlays import Overlays
from personadesk.ui.persona_actions import PersonaActions
from personadesk.ui.roster import Roster
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.toasts import ToastStack
from personadesk.ui.window_state import WindowStateFile

if TYPE_CHECKING:
    from personadesk.ui.main_window import MainWindow


class WindowParts(QObject):
    """GUI thread. Made by `MainWindow.furnish`, and the window's child."""

    def __init__(
        self,
        *,
        window: "MainWindow",
        bridge: Bridge,
        roster: Roster,
        themes: ThemeSource,
        avatars: Avatars,
        state: WindowStateFile,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._state = state
        self._shortcuts: list[QShortcut] = []
        self.toasts = ToastStack(themes, window)
        self.personas = PersonaActions(bridge=bridge, roster=roster, themes=themes, toasts=self.toasts, window=window)
        self.overlays = Overlays(
            bridge=bridge,
            roster=roster,
            themes=themes,
            avatars=avatars,
            state=state,
            window=window,
            imports=lambda: self.imports.desk,
        )
        self.lorebooks = LorebookDesk(bridge=bridge, roster=roster, themes=themes, window=window)
        self.imports = Imports(
            bridge=bridge,
            roster=roster,
            themes=themes,
            toasts=self.toasts,
            state=state,
            lorebooks=self.lorebooks,
            window=window,
            welcome=self.overlays,
        )
        self._connect_pages()
        self._connect_parts()
        self._add_shortcuts()
        self._offer_commands()
        bridge.failed.connect(self._say_problem)

    def set_usable(self, usable: bool) -> None:
        """Let the keys work, or only the one that quits."""
        for shortcut in self._shortcuts:
            shortcut.setEnabled(usable)

    # -- inside

    def _connect_pages(self) -> None:
        sidebar, library, personas, cards = (
            self._window.sidebar,
            self._window.library,
            self.personas,
            self.imports.cards,
        )
        sidebar.new_requested.connect(personas.new)
        sidebar.search_requested.connect(self._open_palette)
        sidebar.settings_requested.connect(self.overlays.open_settings)
        sidebar.menu_requested.connect(personas.open_menu)
        library.new_requested.connect(personas.new)
        library.title.lorebooks_requested.connect(self.lorebooks.open_shelf)
        library.import_requested.connect(cards.open_menu)
        library.export_requested.connect(cards.export)
        library.star_requested.connect(personas.toggle_favourite)
        library.menu_requested.connect(personas.open_menu)
        library.edit_requested.connect(personas.edit)
        library.delete_requested.connect(self._delete_from_library)
        library.restore_requested.connect(personas.restore)
        library.order_chosen.connect(lambda order: self._state.change(sort=order.value))
        cards.take_pastes(library)

    def _connect_parts(self) -> None:
        window, personas, cards = self._window, self.personas, self.imports.cards
        cards.chat_requested.connect(window.open_persona)
        cards.picture_offered.connect(personas.new_with_picture)
        personas.export_requested.connect(cards.export)
        window.closing.connect(self.imports.stop)
        window.closing.connect(personas.stop)
        self.overlays.import_requested.connect(self.imports.open)
        self.overlays.persona_chosen.connect(window.open_persona)
        self.overlays.closed.connect(self._focus_page)
        self.overlays.model_fetched.connect(self._tell_fetched)
        self.overlays.fetch_failed.connect(self._say_problem)
        personas.chat_requested.connect(window.open_persona)
        personas.left.connect(window.leave_persona)
        personas.created.connect(self._select_created)
        personas.models_requested.connect(self.overlays.open_models)
        personas.shelf_requested.connect(self.lorebooks.open_shelf)

    def _add_shortcuts(self) -> None:
        window = self._window
        for keys, act in (
            (QKeySequence(QKeySequence.StandardKey.New), self.personas.new),
            (QKeySequence(QKeySequence.StandardKey.Find), self._find),
            (QKeySequence("Ctrl+K"), self._open_palette),
            (QKeySequence("Ctrl+L"), window.show_library),
            (QKeySequence("Ctrl+I"), self._toggle_memory),
            (QKeySequence("Ctrl+E"), self._edit),
            (QKeySequence("Ctrl+Tab"), window.open_previous),
            (QKeySequence("Ctrl+,"), self.overlays.open_settings),
        ):
            self._shortcuts.append(QShortcut(keys, window, act))
        QShortcut(QKeySequence(QKeySequence.StandardKey.Quit), window, window.close)
        for number in range(1, 10):
            keys = QKeySequence(f"Ctrl+{number}")
            self._shortcuts.append(QShortcut(keys, window, lambda place=number: window.open_number(place)))

    def _offer_commands(self) -> None:
        offer = self.overlays.offer
        offer(self.tr("New persona"), "plus", "Ctrl+N", self.personas.new)
        offer(self.tr("Import from another program"), "import", "", self.imports.open)
        offer(self.tr("Import card files"), "import", "", self.imports.cards.choose_files)
        offer(self.tr("Paste a card"), "copy", "Ctrl+V", self.imports.cards.paste_or_say)
        offer(self.tr("Library"), "grid", "Ctrl+L", self._window.show_library)
        offer(self.tr("Edit persona"), "edit", "Ctrl+E", self._edit)
        offer(self.tr("New conversation"), "chat", "", self._begin_conversation)
        offer(self.tr("Memory"), "panel-right", "Ctrl+I", self._toggle_memory)
        offer(self.tr("Lorebooks…"), "book", "", self.lorebooks.open_shelf)
        offer(self.tr("Switch between dark and light"), "moon", "", self.overlays.flip_theme, also=self.tr("theme"))
        offer(self.tr("Welcome: model and voice"), "info", "", self.overlays.open_welcome)
        offer(self.tr("Settings"), "settings", "Ctrl+,", self.overlays.open_settings)
        for page, name, also in (
            ("general", self.tr("Settings: General"), self.tr("appearance")),
            ("models", self.tr("Settings: Models"), ""),
            ("voices", self.tr("Settings: Voices"), self.tr("sound speech")),
            ("data", self.tr("Settings: Data"), ""),
            ("shortcuts", self.tr("Settings: Shortcuts"), self.tr("keyboard keys")),
            ("about", self.tr("Settings: About"), self.tr("version licences licenses")),
        ):
            offer(name, "settings", "", partial(self.overlays.open_settings_page, page), also=also)

    def _open_palette(self) -> None:
        self.overlays.open_palette(self._window.current_persona)

    def _edit(self) -> None:
        library = self._window.library
        selected = library.model.summary(library.grid.currentIndex().row())
        self.personas.edit_one(self._window.current_persona, selected)

    def _find(self) -> None:
        chat = self._window.shown_chat
        if chat is not None:
            chat.find_bar.open_bar()
        else:
            self._window.library.focus_search()

    def _toggle_memory(self) -> None:
        chat = self._window.shown_chat
        if chat is not None and chat.persona_id is not None:
            chat.beside.toggle()

    def _focus_page(self) -> None:
        chat = self._window.shown_chat
        if chat is not None:
            chat.focus_composer()
        else:
            self._window.library.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _begin_conversation(self) -> None:
        """Begin one with the persona on screen, or with the one last on screen."""
        if self._window.current_persona is None:
            self._window.open_previous()
        chat = self._window.shown_chat
        if chat is not None and chat.persona_id is not None:
            chat.conversations.begin()

    def _delete_from_library(self, persona_id: PersonaId) -> None:
        if self._window.library.model.in_trash:
            self.personas.delete_for_good(persona_id)
        else:
            self.personas.delete(persona_id)

    def _select_created(self, persona_id: PersonaId) -> None:
        library = self._window.library
        if self._window.pages.currentWidget() is library:
            library.grid.select_persona(persona_id)

    def _tell_fetched(self, name: str, use: Callable[[], None] | None) -> None:
        if use is None:
            self.toasts.say(self.tr("%s is here, and answers from now on.") % name)
        else:
            self.toasts.say(self.tr("%s is here. Your default model stays.") % name, action=self.tr("Use it"), act=use)

    def _say_problem(self, problem: UserFacingError) -> None:
        self.toasts.say(f"{problem.sentence} {problem.next_step}".strip(), bad=True)
