"""The chat pane: header, transcript and composer of one conversation."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStyle, QVBoxLayout, QWidget

from personadesk.domain.conversation import Conversation
from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.domain.ids import ConversationId, MessageId, PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.services.chat import ChatService, OpenedChat
from personadesk.services.memory import MemoryService
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.chat_actions import ChatActions
from personadesk.ui.chat.chat_feed import ChatFeed
from personadesk.ui.chat.chat_header import ChatHeader
from personadesk.ui.chat.chat_look import ChatLook
from personadesk.ui.chat.composer import Composer
from personadesk.ui.chat.conversation_menu import ConversationMenu
from personadesk.ui.chat.find_bar import FindBar
from personadesk.ui.chat.finder import Finder
from personadesk.ui.chat.inspector_place import InspectorPlace
from personadesk.ui.chat.model_banner import ModelBanner
from personadesk.ui.chat.model_menu import ModelMenu
from personadesk.ui.chat.open_chat import OpenChat
from personadesk.ui.chat.transcript_model import TranscriptModel
from personadesk.ui.chat.transcript_view import TranscriptView
from personadesk.ui.memory.inspector import Inspector
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.toasts import ToastStack


class ChatPane(QWidget):
    """One conversation at a time. What belongs to another one is dropped, however late it comes."""

    shown = Signal(object)  # PersonaId: its conversation stands on screen
    gone = Signal()  # the persona is not there any more
    menu_requested = Signal(object, QPoint)  # PersonaId
    settings_requested = Signal()

    def __init__(
        self,
        *,
        bridge: Bridge,
        desk: ModelDesk,
        themes: ThemeSource,
        avatars: Avatars,
        toasts: ToastStack,
    ) -> None:
        super().__init__()
        self._bridge = bridge
        self._desk = desk
        self._themes = themes
        self._toasts = toasts
        self._current = OpenChat()
        self._replying: MessageId | None = None
        self._sought: int | None = None
        self.header = ChatHeader(themes=themes, avatars=avatars)
        self.find_bar = FindBar(themes=themes)
        self.banner = ModelBanner(desk=desk, themes=themes)
        self.models = ModelMenu(desk=desk, themes=themes, toasts=toasts, parent=self)
        self.model = TranscriptModel(self)
        self.transcript = TranscriptView(themes.theme)
        self.transcript.setModel(self.model)
        self.composer = Composer(themes=themes)
        self.inspector = Inspector(bridge=bridge, themes=themes, toasts=toasts)
        self.conversations = ConversationMenu(
            bridge=bridge, current=self._current, themes=themes, toasts=toasts, parent=self
        )
        self.doing = ChatActions(
            bridge=bridge,
            desk=desk,
            current=self._current,
            composer=self.composer,
            model=self.model,
            toasts=toasts,
            parent=self,
        )
        self._feed = ChatFeed(bridge=bridge, current=self._current, model=self.model, parent=self)
        self._finder = Finder(
            bridge=bridge, current=self._current, bar=self.find_bar, view=self.transcript, parent=self
        )
        # Platforms tell that motion is unwanted by animations that last no time.
        self.transcript.set_motion_allowed(self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0)
        self._talk = QWidget(self)
        self._build()
        self.beside = InspectorPlace(
            pane=self, talk=self._talk, inspector=self.inspector, header=self.header, composer=self.composer
        )
        self._look = ChatLook(
            pane=self,
            current=self._current,
            header=self.header,
            view=self.transcript,
            avatars=avatars,
            desk=desk,
            themes=themes,
        )
        self._connect()

    def attach(self, chat: ChatService, memory: MemoryService) -> None:
        """Name the services to talk and to remember through, once the store is open."""
        self._current.chat = chat
        self.inspector.attach(memory)

    @property
    def current(self) -> OpenChat:
        """Which conversation is on screen."""
        return self._current

    @property
    def themes(self) -> ThemeSource:
        return self._themes

    @property
    def desk(self) -> ModelDesk:
        """What is known of the model that answers."""
        return self._desk

    @property
    def persona_id(self) -> PersonaId | None:
        return self._current.persona_id

    @property
    def conversation_id(self) -> ConversationId | None:
        return self._current.conversation_id

    @property
    def replying(self) -> bool:
        return self._replying is not None

    def open(
        self, summary: PersonaSummary, conversation_id: ConversationId | None = None, *, position: int | None = None
    ) -> None:
        """Show a persona's conversation, by default the one used last; at its end, or at a position of its path."""
        if self._current.chat is None:
            return
        self.composer.flush_draft()
        if self._current.conversation is not None:
            self._current.edits[self._current.conversation.id] = self.composer.edit_in_progress
        self.find_bar.close_bar()
        # Until the conversation is here there is none: a word typed now must not reach the one before.
        self._current.conversation = None
        self.composer.editor.setReadOnly(True)
        self.show_summary(summary)
        self._sought = position
        self._feed.read(summary.id, conversation_id, self._show)

    def show_summary(self, summary: PersonaSummary) -> None:
        """Show who it is; called again when the persona's name or face changes."""
        self._current.summary = summary
        self.header.show_persona(summary.shown_name, summary.avatar)
        self._look.show_face()

    def leave(self) -> None:
        """The pane is going off screen: save the draft, let replies count as new."""
        self.composer.flush_draft()
        if self._current.chat is not None and self._current.summary is not None:
            self._bridge.run(self._current.chat.set_visible(self._current.summary.id, None))

    def resume(self) -> None:
        """The pane is on screen again."""
        chat, conversation = self._current.chat, self._current.conversation
        if chat is not None and conversation is not None and self.isVisible():
            self._bridge.run(chat.set_visible(conversation.persona_id, conversation.id))

    def focus_composer(self) -> None:
        self.composer.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def place_above_composer(self, widget: QWidget) -> None:
        """Give a bar its place between the transcript and the composer."""
        row = QHBoxLayout()
        row.setContentsMargins(28, 0, 28, 0)
        row.addWidget(widget)
        layout = self._talk.layout()
        if isinstance(layout, QVBoxLayout):
            layout.insertLayout(layout.count() - 1, row)

    def reveal(self, position: int | None) -> None:
        """Bring the message at a position of the path into view; None leaves the view where it is."""
        if position is not None:
            self.transcript.reveal_position(position)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.beside.place()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._themes.theme.window)

    # -- building

    def _build(self) -> None:
        banner = QHBoxLayout()
        banner.setContentsMargins(22, 12, 22, 0)
        banner.addWidget(self.banner)
        foot = QHBoxLayout()
        foot.setContentsMargins(28, 6, 28, 20)
        foot.addWidget(self.composer)
        talk = QVBoxLayout(self._talk)
        talk.setContentsMargins(0, 0, 0, 0)
        talk.setSpacing(0)
        talk.addWidget(self.find_bar)
        talk.addLayout(banner)
        talk.addWidget(self.transcript, 1)
        talk.addLayout(foot)
        below = QHBoxLayout()
        below.setSpacing(0)
        below.addWidget(self._talk, 1)
        below.addWidget(self.inspector)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addLayout(below, 1)

    def _connect(self) -> None:
        self._feed.said.connect(self.transcript.scrollToBottom)
        self._feed.replying_changed.connect(self._set_replying)
        self._feed.context_measured.connect(self.composer.set_context)
        self._feed.reread.connect(self._refresh)
        self._feed.failed.connect(self._could_not_open)
        self._feed.block_missing.connect(self._say_problem)
        self.model.block_wanted.connect(self._feed.fetch_block)
        self._themes.changed.connect(self.update)
        self.header.conversations_requested.connect(self.conversations.open)
        self.header.menu_requested.connect(self._ask_for_menu)
        self.header.find_requested.connect(self.find_bar.open_bar)
        self.header.model_requested.connect(lambda point: self.models.open(self.persona_id, point))
        self.models.settings_requested.connect(self.settings_requested)
        self.shown.connect(self._desk.follow)
        self.inspector.left.connect(self.focus_composer)
        self.find_bar.closed.connect(self.focus_composer)
        self.doing.listen_to(self.transcript)
        self.conversations.chosen.connect(self._open_conversation)

    # -- showing

    def _show(self, opened: OpenedChat) -> None:
        conversation = opened.transcript.conversation
        self._refresh(opened)
        self.composer.open(self._current.draft, opened.persona.card.shown_name)
        self.inspector.show_persona(conversation.persona_id, conversation.person_id, opened.persona.card.shown_name)
        self.composer.editor.setReadOnly(False)
        edit = self._current.edits.get(conversation.id, opened.edit)
        if edit is not None:
            self.doing.go_on_editing(edit)
        self.transcript.scrollToBottom()
        self.reveal(self._sought)
        self._sought = None
        self.resume()
        self.shown.emit(conversation.persona_id)

    def _refresh(self, opened: OpenedChat) -> None:
        self._current.conversation = opened.transcript.conversation
        self._current.conversations = opened.conversations
        self.header.show_conversation(self.conversations.title_of(opened.transcript.conversation))
        self.model.open(opened.transcript)
        self._set_replying(opened.replying)

    def take_conversations(self, conversations: tuple[Conversation, ...]) -> None:
        """The persona's conversations as they are now: the open one may have another name."""
        self._current.conversations = conversations
        here = next((item for item in conversations if item.id == self._current.conversation_id), None)
        if here is not None:
            self._current.conversation = here
            self.header.show_conversation(self.conversations.title_of(here))

    def _could_not_open(self, problem: UserFacingError) -> None:
        self._say_problem(problem)
        if isinstance(problem, NotFound):
            self.gone.emit()

    def _say_problem(self, problem: UserFacingError) -> None:
        self._toasts.say(f"{problem.sentence} {problem.next_step}", bad=True)

    def _set_replying(self, message_id: MessageId | None) -> None:
        self._replying = message_id
        self.composer.set_replying(message_id is not None)

    def _open_conversation(self, conversation_id: ConversationId | None) -> None:
        if self._current.summary is not None:
            self.open(self._current.summary, conversation_id)

    def _ask_for_menu(self, point: QPoint) -> None:
        if self._current.summary is not None:
            self.menu_requested.emit(self._current.summary.id, point)
