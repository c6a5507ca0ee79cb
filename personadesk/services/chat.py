"""Talking with a persona: open, send, stop, try again, swipe, edit, delete."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from personadesk.domain.conversation import (
    MESSAGE_LIMIT,
    Conversation,
    Edit,
    Message,
    Role,
    SearchHit,
    SwipeState,
    Transcript,
)
from personadesk.domain.errors import InvalidInput, NotFound, StoreError, UserFacingError
from personadesk.domain.events import ChangeSet, MessageAppended, MessageChanged, PathChanged
from personadesk.domain.ids import ConversationId, MessageId, PersonaId, TrashId
from personadesk.domain.persona import Persona
from personadesk.services.continuing import reopen
from personadesk.services.conversation_book import ConversationBook, begin_first
from personadesk.services.ports import ChatModel, Database, NewSwipe, Publish, Store
from personadesk.services.provider_ports import LineUp
from personadesk.services.reply import SAVE_EVERY_S, ReplyWriter
from personadesk.services.unsaved_edits import stored_edit

log = logging.getLogger(__name__)

TAIL_MESSAGES = 60
"""How many of the newest messages come with an opened conversation: more than a tall window shows."""
FOUND_LIMIT = 200
"""As many messages of a conversation are found at once."""
UNWRITTEN = NewSwipe("", SwipeState.STREAMING)
"""A reply before its first word. Which model writes it is known once one is asked."""


@dataclass(frozen=True, slots=True)
class OpenedChat:
    """`replying` is the message that is being written right now, if one is; `edit` one that was not saved."""

    persona: Persona
    transcript: Transcript
    conversations: tuple[Conversation, ...]
    replying: MessageId | None
    edit: Edit | None


@dataclass(frozen=True, slots=True)
class _Running:
    message: Message
    writer: ReplyWriter
    task: asyncio.Task[None]


class ChatService(ConversationBook):
    """Asynchronous, for the engine thread. At most one reply is written per conversation at a time."""

    def __init__(
        self,
        *,
        database: Database,
        model: ChatModel,
        publish: Publish,
        save_every_s: float = SAVE_EVERY_S,
        line_up: LineUp | None = None,
    ) -> None:
        super().__init__(database=database, publish=publish)
        self._line_up = line_up
        self._model = model
        self._save_every_s = save_every_s
        self._replies: dict[ConversationId, _Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._beginning: dict[ConversationId, asyncio.Event] = {}
        self._visible: ConversationId | None = None
        self._closing = False

    # -- looking

    async def open(self, persona_id: PersonaId, conversation_id: ConversationId | None = None) -> OpenedChat:
        """Open a conversation, by default the one used last that is not archived.

        Where there is none, one is begun with the persona's greetings.
        """
        opened = await self._database.read(lambda store: self._read(store, persona_id, conversation_id))
        if opened is None:
            await self._database.write(lambda store: begin_first(store, persona_id))
            opened = await self._database.read(lambda store: self._read(store, persona_id, None))
        if opened is None:
            raise NotFound("This persona has no conversation.", "Go back to the library and open it again.")
        return opened

    async def block(self, persona_id: PersonaId, conversation_id: ConversationId, index: int) -> list[Message]:
        return await self._database.read(lambda store: store.for_persona(persona_id).block(conversation_id, index))

    async def search(self, persona_id: PersonaId, conversation_id: ConversationId, query: str) -> list[SearchHit]:
        """Find words in one conversation, newest first."""
        return await self._database.read(
            lambda store: store.for_persona(persona_id).search(
                query, limit=FOUND_LIMIT, conversation_id=conversation_id
            )
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
        text = _sendable(text)

        def work(store: Store) -> tuple[Message, Message]:
            chat = store.for_persona(persona_id)
            files = chat.waiting(conversation_id)
            if not text and not files:
                raise InvalidInput("text", "There is nothing to send yet.", "Write a message first.")
            said = chat.append_message(conversation_id, Role.USER, [NewSwipe(text)])
            if files:
                chat.send_waiting(conversation_id, said.id)
                said = chat.message(said.id)
            chat.save_draft(conversation_id, "")
            reply = chat.append_message(conversation_id, Role.PERSONA, [UNWRITTEN])
            return said, reply

        with self._beginning_a_reply(conversation_id):
            said, reply = await self._database.write(work)
            self._publish(MessageAppended(said))
            self._publish(MessageAppended(reply))
            self._publish(ChangeSet(personas=frozenset({persona_id}), conversations=frozenset({conversation_id})))
            self._start(reply)
        return said

    async def send_instead(self, message: Message, text: str) -> Message:
        """Say something else in place of what the user said then, as a branch, and let the persona answer it.

        Raises InvalidInput as `send` does, NotFound for a message that is not the user's or not on the path.
        """
        text = _sendable(text)
        if not text:
            raise InvalidInput("text", "There is nothing to send yet.", "Write a message first.")

        def work(store: Store) -> tuple[Message, Message]:
            chat = store.for_persona(message.persona_id)
            if chat.message(message.id).role is not Role.USER:
                raise NotFound("Only what you said can be said differently.", "Choose a message of yours.")
            chat.truncate_before(message.id)
            said = chat.append_message(message.conversation_id, Role.USER, [NewSwipe(text)])
            chat.copy_attachments(message.id, said.id)
            return said, chat.append_message(message.conversation_id, Role.PERSONA, [UNWRITTEN])

        with self._beginning_a_reply(message.conversation_id):
            said, reply = await self._database.write(work)
            _tell_path_changed(self._publish, message.persona_id, message.conversation_id)
            self._start(reply)
        return said

    async def regenerate(self, persona_id: PersonaId, conversation_id: ConversationId, message_id: MessageId) -> None:
        """Let the persona answer again: another swipe of the same message, the old ones stay.

        A try that brought nothing is no reply to keep: the new one takes its place. Raises
        UserFacingError while a reply is being written, NotFound for what is no reply of this conversation.
        """

        def work(store: Store) -> Message:
            chat = store.for_persona(persona_id)
            message = chat.message(message_id)
            if message.conversation_id != conversation_id or message.role is not Role.PERSONA:
                raise NotFound("This reply is not here any more.", "Choose another one.")
            if message.text:
                return chat.add_swipe(message_id, UNWRITTEN)
            chat.update_swipe(message.swipe_id, "", SwipeState.STREAMING)
            return chat.message(message_id)

        with self._beginning_a_reply(conversation_id):
            reply = await self._database.write(work)
            self._publish(MessageChanged(reply))
            self._start(reply)

    async def continue_reply(self, persona_id: PersonaId, conversation: ConversationId, message_id: MessageId) -> None:
        """Let the persona go on where its newest reply broke off, in the same text. Raises as `regenerate` does."""
        with self._beginning_a_reply(conversation):
            reply = await self._database.write(lambda store: reopen(store, persona_id, conversation, message_id))
            self._publish(MessageChanged(reply))
            self._start(reply)

    async def answer(self, persona_id: PersonaId, conversation_id: ConversationId) -> None:
        """Let the persona answer what was said last, where its reply was deleted.

        Raises UserFacingError while a reply is being written, NotFound where nothing waits for an answer.
        """

        def work(store: Store) -> Message:
            chat = store.for_persona(persona_id)
            last = chat.path_tail(conversation_id, 1)
            if not last or last[0].role is not Role.USER:
                raise NotFound("There is nothing to answer.", "Write a message first.")
            return chat.append_message(conversation_id, Role.PERSONA, [UNWRITTEN])

        with self._beginning_a_reply(conversation_id):
            reply = await self._database.write(work)
            self._publish(MessageAppended(reply))
            self._start(reply)

    async def stop(self, conversation_id: ConversationId) -> None:
        """Stop the reply that is being written; what has come is kept. Returns when it is committed."""
        running = self._replies.get(conversation_id)
        if running is not None:
            running.writer.stop()
            await asyncio.wait({running.task})

    async def silence(self, persona_id: PersonaId) -> None:
        """Stop whatever this persona is saying; what has come is kept."""
        for running in list(self._replies.values()):
            if running.message.persona_id == persona_id:
                await self.stop(running.message.conversation_id)

    # -- changing

    async def show_swipe(self, persona_id: PersonaId, message: MessageId, index: int) -> None:
        changed = await self._database.write(lambda store: store.for_persona(persona_id).show_swipe(message, index))
        self._publish(MessageChanged(changed))
        self._publish(ChangeSet(personas=frozenset({persona_id}), messages=frozenset({message})))

    async def edit(self, persona_id: PersonaId, message_id: MessageId, text: str) -> None:
        """Show a new text. Raises InvalidInput for an empty or too long one, UserFacingError while it is written."""
        if any(running.message.id == message_id for running in self._replies.values()):
            raise _still_being_written()
        if not text.strip():
            raise InvalidInput("text", "A message can't be empty.", "Delete it instead.")
        changed = await self._database.write(lambda store: store.for_persona(persona_id).edit_message(message_id, text))
        self._publish(MessageChanged(changed))
        self._publish(ChangeSet(personas=frozenset({persona_id}), messages=frozenset({message_id})))

    async def delete_message(self, message: Message) -> TrashId:
        running = self._replies.get(message.conversation_id)
        if running is not None and running.message.id == message.id:
            await self.stop(message.conversation_id)
        trash_id = await self._database.write(
            lambda store: store.for_persona(message.persona_id).trash_message(message.id)
        )
        _tell_path_changed(self._publish, message.persona_id, message.conversation_id)
        return trash_id

    async def delete_conversation(self, persona_id: PersonaId, conversation_id: ConversationId) -> TrashId:
        await self.stop(conversation_id)
        trash_id = await self._database.write(
            lambda store: store.for_persona(persona_id).trash_conversation(conversation_id)
        )
        self._publish(ChangeSet(personas=frozenset({persona_id}), conversations=frozenset({conversation_id})))
        return trash_id

    async def restore(self, trash_id: TrashId) -> None:
        """Bring a message or a conversation back from the trash."""
        entry = await self._database.write(lambda store: store.trash.restore(trash_id))
        if entry.conversation_id is not None:
            _tell_path_changed(self._publish, entry.persona_id, entry.conversation_id)

    async def close(self) -> None:
        """Stop every reply and keep what has come so far; nothing can be sent from here on."""
        self._closing = True
        for begun in list(self._beginning.values()):
            await begun.wait()
        for running in self._replies.values():
            running.writer.stop(closing=True)
        if self._tasks:
            await asyncio.wait(self._tasks)

    # -- inside

    def _read(self, store: Store, persona_id: PersonaId, conversation_id: ConversationId | None) -> OpenedChat | None:
        chat = store.for_persona(persona_id)
        conversations = chat.conversations()
        if conversation_id is None:
            at_hand = next((item for item in conversations if not item.archived), None)
            if at_hand is None:
                return None
            conversation_id = at_hand.id
        running = self._replies.get(conversation_id)
        return OpenedChat(
            persona=store.personas.get(persona_id),
            transcript=chat.transcript(conversation_id, TAIL_MESSAGES),
            conversations=tuple(conversations),
            replying=running.message.id if running else None,
            edit=stored_edit(store, persona_id, conversation_id),
        )

    def _start(self, reply: Message) -> None:
        writer = ReplyWriter(
            reply,
            database=self._database,
            model=self._model,
            publish=self._publish,
            save_every_s=self._save_every_s,
            line_up=self._line_up,
        )
        task = asyncio.get_running_loop().create_task(self._write_reply(writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._replies[reply.conversation_id] = _Running(reply, writer, task)

    async def _write_reply(self, writer: ReplyWriter) -> None:
        reply = writer.message
        try:
            ended = await writer.write()
        finally:
            # Before anybody hears of the end: whoever does may send the next message at once.
            self._replies.pop(reply.conversation_id, None)
        self._publish(ended)
        if ended.message.state is not SwipeState.STOPPED and reply.conversation_id != self._visible:
            await self._count_unread(reply)
        self._publish(ChangeSet(personas=frozenset({reply.persona_id})))
        if writer.fault is not None:
            raise writer.fault

    async def _count_unread(self, reply: Message) -> None:
        try:
            await self._database.write(lambda store: store.for_persona(reply.persona_id).add_unread())
            if reply.conversation_id == self._visible:  # it came on screen while it was being counted
                await self._database.write(lambda store: store.for_persona(reply.persona_id).mark_read())
        except (NotFound, StoreError) as problem:
            log.info("a reply that ended off screen could not be counted: %s", type(problem).__name__)

    @contextmanager
    def _beginning_a_reply(self, conversation_id: ConversationId) -> Iterator[None]:
        """Hold the conversation while a reply's row is written: of two sent in one breath, one is refused."""
        if self._closing:
            raise UserFacingError("PersonaDesk is closing.", "Start it again to go on.")
        if conversation_id in self._replies or conversation_id in self._beginning:
            raise _still_being_written()
        begun = self._beginning[conversation_id] = asyncio.Event()
        try:
            yield
        finally:
            del self._beginning[conversation_id]
            begun.set()


def _sendable(text: str) -> str:
    text = text.strip()
    if len(text) > MESSAGE_LIMIT:
        raise InvalidInput(
            "text",
            f"This message has {len(text):,} characters; one message holds {MESSAGE_LIMIT:,}.",
            "Send it in parts.",
        )
    return text


def _still_being_written() -> UserFacingError:
    return UserFacingError("A reply is still being written.", "Wait for its end or press Stop.")


def _tell_path_changed(publish: Publish, persona_id: PersonaId, conversation_id: ConversationId) -> None:
    publish(PathChanged(persona_id, conversation_id))
    publish(ChangeSet(personas=frozenset({persona_id}), trash=True))
