"""Keeps the open conversation up to date: reads it, and applies what happens to it."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from personadesk.domain.conversation import Role
from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import (
    Event,
    MessageAppended,
    MessageChanged,
    PathChanged,
    ReplyEnded,
    ReplyGrew,
    ReplyStarted,
)
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.services.chat import OpenedChat
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.open_chat import OpenChat
from personadesk.ui.chat.reply_pace import ReplyPace
from personadesk.ui.chat.transcript_model import TranscriptModel


class ChatFeed(QObject):
    """What belongs to another conversation is dropped, however late it comes."""

    said = Signal()  # the user's own message stands at the end
    replying_changed = Signal(object)  # MessageId, or None when the reply is over
    context_measured = Signal(int, int)  # tokens of the last prompt, of the context
    reread = Signal(object)  # OpenedChat: the path changed by more than its end
    failed = Signal(object)  # UserFacingError
    block_missing = Signal(object)  # UserFacingError

    def __init__(self, *, bridge: Bridge, current: OpenChat, model: TranscriptModel, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._current = current
        self._model = model
        self._asked = 0
        self._missed: list[Event] | None = None
        self._pace = ReplyPace(self._show_growth, self)
        self._handlers: dict[type, Callable[[Event], None]] = {
            ReplyGrew: self._reply_grew,
            MessageAppended: self._message_appended,
            MessageChanged: self._message_changed,
            ReplyStarted: self._reply_started,
            ReplyEnded: self._reply_ended,
            PathChanged: self._path_changed,
        }
        bridge.events.connect(self.take_event)

    def read(
        self, persona_id: PersonaId, conversation_id: ConversationId | None, show: Callable[[OpenedChat], None]
    ) -> None:
        """Read a conversation and keep what happens meanwhile, so that nothing falls between the two.

        Only the newest read is shown.
        """
        if self._current.chat is None:
            return
        self._asked += 1
        asked = self._asked
        self._missed = []

        def arrived(opened: OpenedChat) -> None:
            missed = self._missed
            if asked != self._asked or missed is None:
                return
            self._missed = None
            show(opened)
            for event in missed:
                self.take_event(event)

        def failed(problem: UserFacingError) -> None:
            if asked == self._asked:
                self._missed = None
                self.failed.emit(problem)

        self._bridge.run(self._current.chat.open(persona_id, conversation_id), owner=self, then=arrived, failed=failed)

    def fetch_block(self, index: int) -> None:
        """Read a block of the open conversation that came into view."""
        chat, conversation = self._current.chat, self._current.conversation
        if chat is not None and conversation is not None:
            self._bridge.run(
                chat.block(conversation.persona_id, conversation.id, index),
                owner=self,
                then=lambda messages: self._model.accept_block(conversation.id, index, messages),
                failed=lambda problem: self._could_not_fetch(index, problem),
            )

    def _could_not_fetch(self, index: int, problem: UserFacingError) -> None:
        self._model.drop_request(index)
        self.block_missing.emit(problem)

    def take_event(self, event: Event) -> None:
        if self._missed is not None:
            self._missed.append(event)
        elif self._current.conversation is not None:
            handler = self._handlers.get(type(event))
            if handler is not None:
                handler(event)

    def _reply_grew(self, event: Event) -> None:
        if isinstance(event, ReplyGrew) and event.conversation_id == self._current.conversation_id:
            self._pace.take(event)

    def _show_growth(self, grown: ReplyGrew) -> None:
        self._model.grow(grown.message_id, grown.swipe_id, grown.text)

    def _message_appended(self, event: Event) -> None:
        if not isinstance(event, MessageAppended) or event.message.conversation_id != self._current.conversation_id:
            return
        if self._model.row_of(event.message.id) >= 0:
            self._model.change(event.message)
        else:
            self._model.append(event.message)
        if event.message.role is Role.USER:
            self.said.emit()

    def _message_changed(self, event: Event) -> None:
        if isinstance(event, MessageChanged) and event.message.conversation_id == self._current.conversation_id:
            self._pace.drop(event.message.id)
            self._model.change(event.message)

    def _reply_started(self, event: Event) -> None:
        if isinstance(event, ReplyStarted) and event.conversation_id == self._current.conversation_id:
            self.replying_changed.emit(event.message_id)

    def _reply_ended(self, event: Event) -> None:
        if isinstance(event, ReplyEnded) and event.message.conversation_id == self._current.conversation_id:
            self._pace.drop(event.message.id)
            self.replying_changed.emit(None)
            self._model.change(event.message)
            self.context_measured.emit(event.prompt_tokens, event.context_tokens)

    def _path_changed(self, event: Event) -> None:
        if isinstance(event, PathChanged) and event.conversation_id == self._current.conversation_id:
            self.read(event.persona_id, event.conversation_id, self.reread.emit)
