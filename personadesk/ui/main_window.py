"""The window: sidebar, library and chat, and the keys that lead through them."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.ui.bridge import Bridge
from personadesk.ui.library.card_order import SortOrder
from personadesk.ui.library.library_page import LibraryPage
from personadesk.ui.roster import Roster
from personadesk.ui.sidebar.sidebar import Sidebar
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.window_state import WindowStateFile

if TYPE_CHECKING:
    # Built once the first picture is on screen.
    from personadesk.services.chat import ChatService
    from personadesk.services.memory import MemoryService
    from personadesk.services.personas import PersonaService
    from personadesk.ui.chat.chat_pane import ChatPane
    from personadesk.ui.imports import Imports
    from personadesk.ui.lorebook.desk import LorebookDesk
    from personadesk.ui.model_desk import ModelDesk
    from personadesk.ui.overlays import Overlays
    from personadesk.ui.persona_actions import PersonaActions
    from personadesk.ui.settings.settings_dialog import Facts
    from personadesk.ui.trouble_page import TroublePage
    from personadesk.ui.widgets.toasts import ToastStack
    from personadesk.ui.window_parts import WindowParts

RAIL_BELOW_PX = 900
LEAST_WIDTH_PX = 560
LEAST_HEIGHT_PX = 420
INPUT = (
    QEvent.Type.ShortcutOverride,
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.ContextMenu,
    QEvent.Type.TouchBegin,
    QEvent.Type.DragEnter,
)
"""What a user's doing begins with."""


class MainWindow(QWidget):
    """`painted` comes once, after the first picture; `closing` when the user is done.

    `toasts`, `personas`, `overlays`, `lorebooks` and `imports` are there once `furnish` was called.
    """

    toasts: "ToastStack"
    personas: "PersonaActions"
    overlays: "Overlays"
    lorebooks: "LorebookDesk"
    imports: "Imports"

    painted = Signal()
    closing = Signal()
    retry_requested = Signal()
    folder_requested = Signal()

    def __init__(
        self,
        *,
        bridge: Bridge,
        roster: Roster,
        themes: ThemeSource,
        avatars: Avatars,
        state: WindowStateFile,
    ) -> None:
        super().__init__()
        self._bridge = bridge
        self._roster = roster
        self._themes = themes
        self._avatars = avatars
        self._state = state
        self._previous: PersonaId | None = None
        self._wanted: PersonaId | None = None
        self._parts: WindowParts | None = None
        self._painted = False
        self._trouble: TroublePage | None = None
        self.chat: ChatPane | None = None
        self.setWindowTitle("PersonaDesk")
        self.setMinimumSize(LEAST_WIDTH_PX, LEAST_HEIGHT_PX)
        self.sidebar = Sidebar(roster=roster, themes=themes, avatars=avatars)
        self.library = LibraryPage(roster=roster, themes=themes, avatars=avatars)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.library)
        self.setAcceptDrops(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.sidebar)
        layout.addWidget(self.pages, 1)
        self._restore_place()
        self._connect()
        self.sidebar.set_active(None)
        self.library.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- life

    def furnish(self) -> None:
        """Make what the first picture does not show, if it is not made yet: with the first click, key or service."""
        if self._parts is not None:
            return
        from personadesk.ui.window_parts import WindowParts

        self._watch_input(False)
        self._parts = parts = WindowParts(
            window=self,
            bridge=self._bridge,
            roster=self._roster,
            themes=self._themes,
            avatars=self._avatars,
            state=self._state,
        )
        self.toasts = parts.toasts
        self.personas = parts.personas
        self.overlays = parts.overlays
        self.lorebooks = parts.lorebooks
        self.imports = parts.imports

    def attach(
        self,
        *,
        personas: "PersonaService",
        chat: "ChatService",
        memory: "MemoryService",
        desk: "ModelDesk",
        facts: "Facts",
    ) -> None:
        """Join the services, once they are there, and build what needs them."""
        from personadesk.ui.chat.chat_pane import ChatPane

        self.furnish()
        self.overlays.attach(personas=personas, desk=desk, facts=facts)
        self.personas.attach(personas)
        pane = ChatPane(bridge=self._bridge, desk=desk, themes=self._themes, avatars=self._avatars, toasts=self.toasts)
        pane.attach(chat, memory)
        pane.shown.connect(self._chat_shown)
        pane.gone.connect(self.show_library)
        pane.menu_requested.connect(self.personas.open_menu)
        pane.settings_requested.connect(self.overlays.open_models)
        self.chat = pane
        self.pages.addWidget(pane)
        self.toasts.keep_clear_of(pane.composer)
        if self._wanted is not None:
            self.open_persona(self._wanted)

    def show_problem(self, problem: UserFacingError) -> None:
        """Cover the window with why the store can't be opened."""
        from personadesk.ui.trouble_page import TroublePage

        if self._trouble is None:
            self._trouble = TroublePage(themes=self._themes)
            self._trouble.retry_requested.connect(self.retry_requested)
            self._trouble.folder_requested.connect(self.folder_requested)
            self._trouble.quit_requested.connect(self.close)
            self.pages.addWidget(self._trouble)
        self._trouble.show_problem(problem)
        self._set_usable(False)
        self.pages.setCurrentWidget(self._trouble)
        self._trouble.retry.setFocus(Qt.FocusReason.OtherFocusReason)

    def clear_problem(self) -> None:
        if self._trouble is not None and self.pages.currentWidget() is self._trouble:
            self._set_usable(True)
            self.pages.setCurrentWidget(self.library)

    def come_forward(self) -> None:
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    # -- pages

    @property
    def shown_chat(self) -> "ChatPane | None":
        """The chat, while it is on screen."""
        return self.chat if self.chat is not None and self.pages.currentWidget() is self.chat else None

    @property
    def current_persona(self) -> PersonaId | None:
        """Whose chat is on screen; None for the library."""
        return self.shown_chat.persona_id if self.shown_chat is not None else None

    def show_library(self) -> None:
        if self.shown_chat is not None:
            self._previous = self.shown_chat.persona_id
            self.shown_chat.leave()
        self.pages.setCurrentWidget(self.library)
        self.sidebar.set_active(None)
        self.library.grid.setFocus(Qt.FocusReason.OtherFocusReason)
        self._state.note(persona=0)

    def open_persona(self, persona_id: PersonaId) -> None:
        """Show a persona's chat."""
        summary = self._roster.personas.get(persona_id)
        if summary is None:
            return
        if self.chat is None:
            # The cards are on screen before the chat is built.
            self._wanted = persona_id
            return
        if self.current_persona == persona_id:
            self.chat.focus_composer()
        else:
            self._show_chat(self.chat, summary, None, None)

    def open_conversation(
        self, persona_id: PersonaId, conversation_id: ConversationId, position: int | None = None
    ) -> None:
        """Show one of a persona's conversations, at a position of its path."""
        summary = self._roster.personas.get(persona_id)
        if summary is None or self.chat is None:
            return
        if self.current_persona == persona_id and self.chat.conversation_id == conversation_id:
            self.chat.reveal(position)
        else:
            self._show_chat(self.chat, summary, conversation_id, position)

    def open_number(self, number: int) -> None:
        """Open the persona at a place of the switcher, counted from 1."""
        shown = self.sidebar.model.personas()
        if 1 <= number <= len(shown):
            self.open_persona(shown[number - 1])

    def open_previous(self) -> None:
        """Go back to the persona before; from the library, to the one last on screen."""
        if self.current_persona is None and self.chat is not None and self.chat.persona_id is not None:
            self.open_persona(self.chat.persona_id)
        elif self._previous is not None:
            self.open_persona(self._previous)

    # -- events

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._themes.theme.window)
        if not self._painted:
            self._painted = True
            self._watch_input(self._parts is None)
            QTimer.singleShot(0, self.painted.emit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in INPUT:
            self.furnish()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.sidebar.set_rail(self.width() < RAIL_BELOW_PX)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._watch_input(False)
        if self.chat is not None:
            self.chat.leave()
        self._keep_place()
        self.closing.emit()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        # A card that is being carried out of the window is here already.
        if event.source() is None and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        local = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if local:
            event.acceptProposedAction()
            self.furnish()
            if not self.overlays.take_model(local):
                self.imports.open_paths(local)

    # -- inside

    def _show_chat(
        self, chat: "ChatPane", summary: PersonaSummary, conversation_id: ConversationId | None, position: int | None
    ) -> None:
        current = chat.persona_id
        if current is not None and current != summary.id:
            self._previous = current
        self.pages.setCurrentWidget(chat)
        self.sidebar.set_active(summary.id)
        chat.open(summary, conversation_id, position=position)
        chat.focus_composer()
        self._state.note(persona=summary.id)

    def _connect(self) -> None:
        self.sidebar.persona_opened.connect(self.open_persona)
        self.sidebar.library_requested.connect(self.show_library)
        self.library.chat_requested.connect(self.open_persona)
        self._bridge.events.connect(self._avatars.follow)
        self._roster.persona_changed.connect(self._persona_changed)
        self._themes.changed.connect(self.update)

    def _watch_input(self, watch: bool) -> None:
        application = QCoreApplication.instance()
        if application is not None and watch:
            application.installEventFilter(self)
        elif application is not None:
            application.removeEventFilter(self)

    def _set_usable(self, usable: bool) -> None:
        """Leave nothing of the window but what is on its page, and the way out."""
        self.furnish()
        self.sidebar.setEnabled(usable)
        if self._parts is not None:
            self._parts.set_usable(usable)

    def _chat_shown(self, persona_id: PersonaId) -> None:
        self.sidebar.set_active(persona_id)

    def leave_persona(self, persona_id: PersonaId) -> None:
        """A persona is going: show the library if its chat is on screen."""
        if self._previous == persona_id:
            self._previous = None
        if self.current_persona == persona_id:
            self.show_library()

    def _persona_changed(self, persona_id: PersonaId) -> None:
        summary = self._roster.personas.get(persona_id)
        if summary is not None and self.chat is not None and self.chat.persona_id == persona_id:
            self.chat.show_summary(summary)

    def _restore_place(self) -> None:
        state = self._state.state
        self.library.set_order(SortOrder(state.sort) if state.sort in set(SortOrder) else SortOrder.RECENT)
        corner = QPoint((state.x or 0) + 40, (state.y or 0) + 20)
        room = next(
            (area for screen in QApplication.screens() if (area := screen.availableGeometry()).contains(corner)), None
        )
        width, height = max(state.width, LEAST_WIDTH_PX), max(state.height, LEAST_HEIGHT_PX)
        if room is not None:
            width, height = min(width, room.width()), min(height, room.height())
        self.resize(width, height)
        # A screen may have gone since: then the system finds a place.
        if state.x is not None and state.y is not None and room is not None:
            self.move(state.x, state.y)
        if state.maximized:
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def _keep_place(self) -> None:
        # `move` places the window's frame, a geometry is what is inside of it.
        frame = self.geometry().topLeft() - self.pos()
        normal = self.normalGeometry() if self.isMaximized() else self.geometry()
        corner = normal.topLeft() - frame
        self._state.change(
            width=normal.width(), height=normal.height(), x=corner.x(), y=corner.y(), maximized=self.isMaximized()
        )
