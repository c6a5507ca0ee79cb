"""Talking with a persona: open, send, stop, try again, swipe, edit, delete."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from personadesk.domain.conversation import (
    MESSAGE_LIMIT,
    Conversation,
    Message,
    Role,
    SearchHit,
    SwipeState,
    Transcript,
)
from personadesk.domain.errors import InvalidInput, NotFound, UserFacingError
from personadesk.domain.events import ChangeSet, MessageAppended, MessageChanged, PathChanged
from personadesk.domain.ids import ConversationId, MessageId, PersonaId, TrashId
from personadesk.domain.persona import Persona
from personadesk.services.ports import ChatModel, Clock, Database, NewSwipe, PersonaStore, Publish, Store
from personadesk.services.prompt import fill_macros
from personadesk.services.reply import ReplyWriter

log = logging.getLogger(__name__)

TAIL_MESSAGES = 60
"""How many of the newest messages come with an opened conversation: more than a tall window shows."""


@dataclass(frozen=True, slots=True)
class OpenedChat:
    """`replying` is the message that is being written right now, if one is."""

    persona: Persona
    transcript: Transcript
    conversations: tuple[Conversation, ...]
    replying: MessageId | None


class ChatService:
    """Asynchronous, for the engine thread. At most one reply is written per conversation at a time."""

    def __init__(self, *, database: Database, model: ChatModel, publish: Publish, clock: Clock) -> None:
        self._database = database
        self._publish = publish
        self._writer = ReplyWriter(database=database, model=model, publish=publish, clock=clock)
        self._replies: dict[ConversationId, tuple[Message, asyncio.Task[None]]] = {}
        self._beginning: set[ConversationId] = set()
        self._visible: ConversationId | None = None

    # -- looking

    async def open(self, persona_id: PersonaId, conversation_id: ConversationId | None = None) -> OpenedChat:
        """Open a conversation, by default the one used last; the first is begun with the persona's greetings."""
        opened = await self._database.read(lambda store: self._read(store, persona_id, conversation_id))
        if opened is None:
            await self._database.write(lambda store: _begin(store, persona_id))
            opened = await self._database.read(lambda store: self._read(store, persona_id, None))
        if opened is None:
            raise NotFound("This persona has no conversation.", "Go back to the library and open it again.")
        return opened

    async def block(self, persona_id: PersonaId, conversation_id: ConversationId, index: int) -> list[Message]:
        return await self._database.read(lambda store: store.for_persona(persona_id).block(conversation_id, index))

    async def search(self, persona_id: PersonaId, conversation_id: ConversationId, query: str) -> list[SearchHit]:
        """Find words in one conversation, newest first."""
        return await self._database.read(
            lambda store: store.for_persona(persona_id).search(query, limit=200, conversation_id=conversation_id)
        )

    async def set_visible(self, persona_id: PersonaId, conversation_id: ConversationId | None) -> None:
        """Say which conversation is on screen: its replies are read as they come."""
        self._visible = conversation_id
        if conversation_id is None:
            return
        unread = await self._database.read(lambda store: store.personas.summary(persona_id).unread)
        if unread:
            await self._database.write(lambda store: store.for_persona(persona_id).mark_read())
            self._publish(ChangeSet(personas=frozenset({persona_id})))

    def replying(self) -> frozenset[ConversationId]:
        return frozenset(self._replies)

    # -- saying

    async def send(self, persona_id: PersonaId, conversation_id: ConversationId, text: str) -> Message:
        """Commit what the user says, then let the persona answer; returns once the message is on disk.

        Raises InvalidInput for an empty or too long text, UserFacingError while a reply is being written.
        """
        text = text.strip()
        if not text:
            raise InvalidInput("text", "There is nothing to send yet.", "Write a message first.")
        if len(text) > MESSAGE_LIMIT:
            raise InvalidInput(
                "text",
                f"This message has {len(text):,} characters; one message holds {MESSAGE_LIMIT:,}.",
                "Send it in parts.",
            )

        def work(store: Store) -> tuple[Message, Message]:
            chat = store.for_persona(persona_id)
            said = chat.append_message(conversation_id, Role.USER, [NewSwipe(text)])
            chat.save_draft(conversation_id, "")
            reply = chat.append_message(conversation_id, Role.PERSONA, [NewSwipe("", SwipeState.STREAMING)])
            return said, reply

        with self._beginning_a_reply(conversation_id):
            said, reply = await self._database.write(work)
            self._publish(MessageAppended(said))
            self._publish(MessageAppended(reply))
            self._publish(ChangeSet(personas=frozenset({persona_id}), conversations=frozenset({conversation_id})))
            self._start(reply)
        return said

    async def regenerate(self, persona_id: PersonaId, conversation_id: ConversationId, message_id: MessageId) -> None:
        """Let the persona answer again: another swipe of the same message, the old ones stay."""

        def work(store: Store) -> Message:
            return store.for_persona(persona_id).add_swipe(message_id, NewSwipe("", SwipeState.STREAMING))

        with self._beginning_a_reply(conversation_id):
            reply = await self._database.write(work)
            self._publish(MessageChanged(reply))
            self._start(reply)

    async def stop(self, conversation_id: ConversationId) -> None:
        """Stop the reply that is being written; what has come is kept. Returns when it is committed."""
        running = self._replies.get(conversation_id)
        if running is not None:
            running[1].cancel()
            await asyncio.gather(running[1], return_exceptions=True)

    async def silence(self, persona_id: PersonaId) -> None:
        """Stop whatever this persona is saying; what has come is kept."""
        for reply, _ in list(self._replies.values()):
            if reply.persona_id == persona_id:
                await self.stop(reply.conversation_id)

    # -- changing

    async def show_swipe(self, persona_id: PersonaId, message: MessageId, index: int) -> None:
        changed = await self._database.write(lambda store: store.for_persona(persona_id).show_swipe(message, index))
        self._publish(MessageChanged(changed))
        self._publish(ChangeSet(personas=frozenset({persona_id}), messages=frozenset({message})))

    async def edit(self, persona_id: PersonaId, message_id: MessageId, text: str) -> None:
        if not text.strip():
            raise InvalidInput("text", "A message can't be empty.", "Delete it instead.")
        changed = await self._database.write(lambda store: store.for_persona(persona_id).edit_message(message_id, text))
        self._publish(MessageChanged(changed))
        self._publish(ChangeSet(personas=frozenset({persona_id}), messages=frozenset({message_id})))

    async def delete_message(self, message: Message) -> TrashId:
        running = self._replies.get(message.conversation_id)
        if running is not None and running[0].id == message.id:
            await self.stop(message.conversation_id)

        trash_id = await self._database.write(
            lambda store: store.for_persona(message.persona_id).trash_message(message.id)
        )
        self._path_changed(message.persona_id, message.conversation_id)
        return trash_id

    async def restore(self, trash_id: TrashId) -> None:
        """Bring a message or a conversation back from the trash."""
        entry = await self._database.write(lambda store: store.trash.restore(trash_id))
        if entry.conversation_id is not None:
            self._path_changed(entry.persona_id, entry.conversation_id)

    # -- conversations

    async def new_conversation(self, persona_id: PersonaId) -> Conversation:
        conversation = await self._database.write(lambda store: _begin(store, persona_id))
        self._publish(ChangeSet(personas=frozenset({persona_id}), conversations=frozenset({conversation.id})))
        return conversation

    async def rename_conversation(self, persona_id: PersonaId, conversation_id: ConversationId, title: str) -> None:
        title = " ".join(title.split())[:100]
        await self._database.write(
            lambda store: store.for_persona(persona_id).rename_conversation(conversation_id, title)
        )
        self._publish(ChangeSet(conversations=frozenset({conversation_id})))

    async def delete_conversation(self, persona_id: PersonaId, conversation_id: ConversationId) -> TrashId:
        await self.stop(conversation_id)
        trash_id = await self._database.write(
            lambda store: store.for_persona(persona_id).trash_conversation(conversation_id)
        )
        self._publish(ChangeSet(personas=frozenset({persona_id}), conversations=frozenset({conversation_id})))
        return trash_id

    async def save_draft(self, persona_id: PersonaId, conversation_id: ConversationId, draft: str) -> None:
        await self._database.write(lambda store: store.for_persona(persona_id).save_draft(conversation_id, draft))

    async def close(self) -> None:
        """Stop every reply and keep what has come so far."""
        tasks = [task for _, task in self._replies.values()]
        self._writer.closing = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- inside

    def _read(self, store: Store, persona_id: PersonaId, conversation_id: ConversationId | None) -> OpenedChat | None:
        chat = store.for_persona(persona_id)
        conversations = chat.conversations()
        if conversation_id is None:
            if not conversations:
                return None
            conversation_id = conversations[0].id
        running = self._replies.get(conversation_id)
        return OpenedChat(
            persona=store.personas.get(persona_id),
            transcript=chat.transcript(conversation_id, TAIL_MESSAGES),
            conversations=tuple(conversations),
            replying=running[0].id if running else None,
        )

    def _start(self, reply: Message) -> None:
        task = asyncio.get_running_loop().create_task(self._write_reply(reply))
        self._replies[reply.conversation_id] = (reply, task)

    async def _write_reply(self, reply: Message) -> None:
        try:
            await self._writer.write(reply)
        finally:
            self._replies.pop(reply.conversation_id, None)
            self._publish(ChangeSet(personas=frozenset({reply.persona_id})))
        if reply.conversation_id != self._visible:
            await self._database.write(lambda store: _mark_unread(store, reply.persona_id))
            self._publish(ChangeSet(personas=frozenset({reply.persona_id})))

    @contextmanager
    def _beginning_a_reply(self, conversation_id: ConversationId) -> Iterator[None]:
        """Hold the conversation while a reply's row is written: of two sent in one breath, one is refused."""
        if conversation_id in self._replies or conversation_id in self._beginning:
            raise UserFacingError("A reply is still being written.", "Wait for its end or press Stop.")
        self._beginning.add(conversation_id)
        try:
            yield
        finally:
            self._beginning.discard(conversation_id)

    def _path_changed(self, persona_id: PersonaId, conversation_id: ConversationId) -> None:
        self._publish(PathChanged(persona_id, conversation_id))
        self._publish(ChangeSet(personas=frozenset({persona_id}), trash=True))


def _mark_unread(store: Store, persona_id: PersonaId) -> None:
    try:
        store.for_persona(persona_id).add_unread()
    except NotFound:
        log.info("a reply ended after its persona went to the trash")


def _begin(store: Store, persona_id: PersonaId) -> Conversation:
    """Make a conversation with You; the persona's greetings are the swipes of its first message."""
    chat: PersonaStore = store.for_persona(persona_id)
    card = store.personas.get(persona_id).card
    you = store.people.you()
    conversation = chat.create_conversation(you.id)
    greetings = [NewSwipe(fill_macros(text, char=card.prompt_name, user=you.name)) for text in card.greetings]
    if greetings:
        chat.append_message(conversation.id, Role.PERSONA, greetings)
    return conversation
