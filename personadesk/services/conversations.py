"""What can be done with conversations and their messages beside talking: branches, marks, titles, the archive."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime

from personadesk.domain.conversation import Branch, Conversation, Message, RunningSummary, SearchHit, WrittenText
from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.domain.events import ChangeSet, MessageChanged, PathChanged
from personadesk.domain.ids import ConversationId, MessageId, PersonaId
from personadesk.services.chat import ChatService
from personadesk.services.ports import Database, Publish, Store

OPENING_CHARACTERS = 160


class ConversationService:
    """Asynchronous, for the engine thread. A path is never changed under a reply that is being written."""

    def __init__(self, *, database: Database, publish: Publish, chat: ChatService) -> None:
        self._database = database
        self._publish = publish
        self._chat = chat

    # -- branches

    async def branch_after(self, message: Message) -> None:
        """Let the path end with this message: what is said next begins a branch. Nothing is deleted."""
        await self._change_path(message, lambda store: store.for_persona(message.persona_id).truncate_after(message.id))

    async def branches(self, message: Message) -> list[Branch]:
        """The ways on from a message."""
        return await self._database.read(lambda store: store.for_persona(message.persona_id).branches(message.id))

    async def siblings(self, message: Message) -> list[Branch]:
        """The ways on of which this message is one."""
        return await self._database.read(lambda store: store.for_persona(message.persona_id).siblings(message.id))

    async def show_branch(self, message: Message, first: MessageId) -> None:
        """Go over to the branch that begins with `first`."""
        await self._change_path(message, lambda store: store.for_persona(message.persona_id).show_branch(first))

    async def step_branch(self, message: Message, step: int) -> None:
        """Go `step` branches on (back for a negative one) from the one this message begins; stops at the ends."""
        ways = await self.siblings(message)
        here = next((at for at, way in enumerate(ways) if way.first == message.id), None)
        if here is not None and 0 <= here + step < len(ways):
            await self.show_branch(message, ways[here + step].first)

    # -- messages

    async def texts_of(self, message: Message) -> list[WrittenText]:
        return await self._database.read(lambda store: store.for_persona(message.persona_id).texts_of(message.id))

    async def mark(
        self, message: Message, *, starred: bool | None = None, pinned: bool | None = None, note: str | None = None
    ) -> None:
        """None leaves a mark as it is. Raises InvalidInput for a note that is too long."""

        def work(store: Store) -> Message:
            chat = store.for_persona(message.persona_id)
            chat.mark_message(message.id, starred=starred, pinned=pinned, note=note)
            return chat.message(message.id)

        self._publish(MessageChanged(await self._database.write(work)))
        self._publish(ChangeSet(messages=frozenset({message.id})))

    async def marked(self, persona_id: PersonaId, conversation_id: ConversationId) -> list[SearchHit]:
        return await self._database.read(lambda store: store.for_persona(persona_id).marked(conversation_id))

    async def marked_messages(self, persona_id: PersonaId, conversation_id: ConversationId) -> list[Message]:
        """The marked messages of the active path themselves: the pinned ones first, each in order."""

        def read(store: Store) -> list[Message]:
            chat = store.for_persona(persona_id)
            found = [chat.message(hit.message_id) for hit in chat.marked(conversation_id)]
            return sorted(found, key=lambda message: not message.pinned)

        return await self._database.read(read)

    async def position_at(self, persona_id: PersonaId, conversation_id: ConversationId, moment: datetime) -> int | None:
        """Where the first message from that moment on stands in the path."""
        return await self._database.read(
            lambda store: store.for_persona(persona_id).position_at(conversation_id, moment)
        )

    async def spoken_days(self, persona_id: PersonaId, conversation_id: ConversationId) -> dict[date, int]:
        """The local days on which something was said in the path, with the number of messages."""
        return await self._database.read(lambda store: store.for_persona(persona_id).spoken_days(conversation_id))

    # -- conversations

    async def listing(self, persona_id: PersonaId) -> list[Conversation]:
        """Every conversation that is not in the trash, the archived ones too; most recently used first."""
        return await self._database.read(lambda store: store.for_persona(persona_id).conversations())

    async def newest_words(
        self, persona_id: PersonaId, conversation_ids: Sequence[ConversationId]
    ) -> dict[ConversationId, str]:
        """What was said last in each, on one line and shortened; "" where nothing was."""

        def read(store: Store) -> dict[ConversationId, str]:
            chat = store.for_persona(persona_id)
            words = {}
            for each in conversation_ids:
                # One that has gone since it was listed has no words any more.
                with suppress(NotFound):
                    path = chat.path_tail(each, 1)
                    words[each] = _one_line(path[-1].text) if path else ""
            return words

        return await self._database.read(read)

    async def archive(self, persona_id: PersonaId, conversation_id: ConversationId, *, archived: bool = True) -> None:
        await self._database.write(
            lambda store: store.for_persona(persona_id).archive_conversation(conversation_id, archived)
        )
        self._tell_conversation(persona_id, conversation_id)

    async def summary(self, persona_id: PersonaId, conversation_id: ConversationId) -> RunningSummary | None:
        return await self._database.read(lambda store: store.for_persona(persona_id).summary(conversation_id))

    async def edit_summary(self, persona_id: PersonaId, conversation_id: ConversationId, text: str) -> None:
        """Keep the user's words; "" forgets the summary, and the model may write another."""

        def work(store: Store) -> None:
            chat = store.for_persona(persona_id)
            known = chat.summary(conversation_id)
            chat.save_summary(conversation_id, text, known.until_position if known else -1, edited=True)

        await self._database.write(work)
        self._tell_conversation(persona_id, conversation_id)

    # -- inside

    async def _change_path(self, message: Message, work: Callable[[Store], None]) -> None:
        if message.conversation_id in self._chat.replying():
            raise UserFacingError("A reply is still being written.", "Wait for its end or press Stop.")
        await self._database.write(work)
        self._publish(PathChanged(message.persona_id, message.conversation_id))
        self._tell_conversation(message.persona_id, message.conversation_id)

    def _tell_conversation(self, persona_id: PersonaId, conversation_id: ConversationId) -> None:
        self._publish(ChangeSet(personas=frozenset({persona_id}), conversations=frozenset({conversation_id})))


def _one_line(text: str) -> str:
    return " ".join(text[: 4 * OPENING_CHARACTERS].split())[:OPENING_CHARACTERS]
