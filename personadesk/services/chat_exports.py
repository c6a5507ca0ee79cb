"""Conversations out of the program and into it, as files."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from pathvalidate import sanitize_filename

from personadesk.domain.chat_file import CHAT_ENDINGS, ChatFormat, WrittenChat, WrittenMessage
from personadesk.domain.conversation import Conversation, Message, SwipeText, models_of
from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import ConversationId, MessageId, PersonaId
from personadesk.formats.chat_files import read_chat_file, write_chat
from personadesk.services.memory_prompt import called
from personadesk.services.ports import Database, Publish, Store

WHOLE = 1_000_000
"""More messages than a conversation has."""
NAME_LIMIT = 100


@dataclass(frozen=True, slots=True)
class ChatFile:
    """`name` is fit for every file system."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BroughtChat:
    """A conversation that came in from a file; `notes` tell what of the file was left out."""

    conversation: Conversation
    messages: int
    notes: tuple[str, ...] = ()


class ChatExports:
    """Asynchronous, for the engine thread."""

    def __init__(self, *, database: Database, publish: Publish) -> None:
        self._database = database
        self._publish = publish

    async def write(
        self,
        persona_id: PersonaId,
        conversation_id: ConversationId,
        form: ChatFormat,
        only: frozenset[MessageId] | range | None = None,
    ) -> ChatFile:
        """The active path as a file, or `only` some of its messages: these, or those at these positions.

        Raises NotFound.
        """
        chat = await self._database.read(lambda store: read_chat(store, persona_id, conversation_id, only))
        content = await asyncio.to_thread(write_chat, chat, form)
        stem = sanitize_filename(f"{chat.persona} - {chat.title}"[:NAME_LIMIT].strip(), replacement_text="_")
        return ChatFile(f"{stem or 'chat'}{CHAT_ENDINGS[form]}", content)

    async def bring(self, persona_id: PersonaId, content: bytes, name: str) -> BroughtChat:
        """Store a file's conversation as another one of this persona. Raises UserFacingError for what is none.

        Cancelled before its turn at the store comes, it stores nothing.
        """
        chat, notes = await asyncio.to_thread(read_chat_file, content, name)
        if not chat.messages:
            raise UserFacingError("There is no message in this chat.", "Choose another file.")

        left = threading.Event()

        def work(store: Store) -> Conversation | None:
            if left.is_set():
                return None
            return store.for_persona(persona_id).take_chat(chat, store.people.you().id)

        try:
            conversation = await self._database.write(work)
        except asyncio.CancelledError:
            left.set()
            raise
        assert conversation is not None
        self._publish(ChangeSet(personas=frozenset({persona_id}), conversations=frozenset({conversation.id})))
        return BroughtChat(conversation, len(chat.messages), notes)


def read_chat(
    store: Store,
    persona_id: PersonaId,
    conversation_id: ConversationId,
    only: frozenset[MessageId] | range | None = None,
) -> WrittenChat:
    """Runs within one read of the store."""
    own = store.for_persona(persona_id)
    conversation = own.conversation(conversation_id)
    card = store.personas.get(persona_id).card
    you = store.people.you()
    swipes = own.swipes(conversation_id)
    messages = [
        _written(message, swipes.get(message.id) or (SwipeText(message.text, message.model),))
        for message in own.path_tail(conversation_id, WHOLE)
        if only is None or (message.position if isinstance(only, range) else message.id) in only
    ]
    return WrittenChat(
        title=conversation.title or f"{card.shown_name}, {conversation.created_at:%Y-%m-%d}",
        persona=card.shown_name,
        user=called(you.name, store.memories(persona_id).acquaintance(you.id)),
        started_at=conversation.created_at,
        messages=tuple(messages),
    )


def _written(message: Message, swipes: Sequence[SwipeText]) -> WrittenMessage:
    return WrittenMessage(
        role=message.role,
        swipes=tuple(swipe.text for swipe in swipes),
        shown=min(message.swipe_index, len(swipes) - 1),
        sent_at=message.created_at,
        models=models_of(swipes),
        starred=message.starred,
        pinned=message.pinned,
        note=message.note,
        files=tuple(file.name for file in message.attachments),
    )
