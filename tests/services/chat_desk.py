"""Chat over a real store with a scripted model, driven from one asyncio loop."""

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from personadesk.domain.conversation import Conversation, Message
from personadesk.domain.errors import StoreUnavailable
from personadesk.domain.events import Event, ReplyEnded
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.domain.persona import PersonaCard
from personadesk.services.chat import ChatService
from personadesk.services.conversations import ConversationService
from personadesk.services.memory import MemoryService
from personadesk.services.model_choice import ChosenModel
from personadesk.services.personas import PersonaService
from personadesk.services.ports import ChatModel, Store
from personadesk.storage.database import SqliteDatabase, open_database
from tests.fakes import FakeClock
from tests.scripted_model import ScriptedModel

T = TypeVar("T")
E = TypeVar("E")


def on_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an asynchronous test in a loop of its own."""

    @functools.wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(test(*arguments, **named))

    return run


class FullDisk:
    """A Database whose writes fail while `full` is set."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self.full = False

    async def write(self, work: Callable[[Store], T]) -> T:
        if self.full:
            raise StoreUnavailable("The disk is full, so this could not be saved.", "Free some space and try again.")
        return await self._database.write(work)

    async def read(self, work: Callable[[Store], T]) -> T:
        return await self._database.read(work)


class ChatDesk:
    """Everything a conversation needs. `events` holds all that was published, in order."""

    def __init__(self, database: SqliteDatabase, model: ChatModel) -> None:
        self.disk = FullDisk(database)
        self.events: list[Event] = []
        self._pulse = asyncio.Event()
        line_up = model if isinstance(model, ChosenModel) else None
        self.chat = ChatService(database=self.disk, model=model, publish=self._publish, save_every_s=0, line_up=line_up)
        self.conversations = ConversationService(database=self.disk, publish=self._publish, chat=self.chat)
        self.memory = MemoryService(database=self.disk, publish=self._publish)
        self.personas = PersonaService(database=self.disk, publish=self._publish, silence=self.chat.silence)

    def _publish(self, event: Event) -> None:
        self.events.append(event)
        self._pulse.set()

    # -- making

    async def persona(self, name: str, **fields: Any) -> PersonaId:
        return (await self.personas.create(PersonaCard(name, **fields))).id

    async def begin(self, name: str = "Nora", **fields: Any) -> Conversation:
        """A new persona's first conversation."""
        return (await self.chat.open(await self.persona(name, **fields))).transcript.conversation

    # -- waiting

    async def until(self, holds: Callable[[], T | None]) -> T:
        """Wait, event by event, until there is something; pytest-timeout ends a wait in vain."""
        while (found := holds()) is None:
            self._pulse.clear()
            await self._pulse.wait()
        return found

    async def ended(self, conversation_id: ConversationId, count: int = 1) -> Message:
        """The message of the `count`-th reply that has ended in a conversation."""

        def find() -> Message | None:
            ends = [
                event.message
                for event in self.events
                if isinstance(event, ReplyEnded) and event.message.conversation_id == conversation_id
            ]
            return ends[count - 1] if len(ends) >= count else None

        return await self.until(find)

    async def stored(self, conversation: Conversation, holds: Callable[[list[str]], bool]) -> list[str]:
        """Read until the conversation's texts are so."""
        texts = await self.texts(conversation)
        while not holds(texts):
            texts = await self.texts(conversation)
        return texts

    async def say(self, conversation: Conversation, text: str) -> Message:
        """Send and wait for the reply's end."""
        before = len(self.of(ReplyEnded, conversation.id))
        await self.chat.send(conversation.persona_id, conversation.id, text)
        return await self.ended(conversation.id, before + 1)

    # -- looking

    def of(self, kind: type[E], conversation_id: ConversationId) -> list[E]:
        """What was published of a kind about a conversation."""
        found = []
        for event in self.events:
            about = getattr(event, "message", event)
            if isinstance(event, kind) and getattr(about, "conversation_id", None) == conversation_id:
                found.append(event)
        return found

    async def messages(self, conversation: Conversation) -> list[Message]:
        opened = await self.chat.open(conversation.persona_id, conversation.id)
        return list(opened.transcript.tail)

    async def texts(self, conversation: Conversation) -> list[str]:
        return [message.text for message in await self.messages(conversation)]

    async def unread(self, persona_id: PersonaId) -> int:
        return (await self.personas.summary(persona_id)).unread


OpenDesk = Callable[..., AbstractAsyncContextManager[ChatDesk]]
"""Called with a model, if it is to say something of its own."""


@asynccontextmanager
async def open_desk(data_dir: Path, model: ChatModel | None = None) -> AsyncIterator[ChatDesk]:
    database = open_database(data_dir, clock=FakeClock())
    desk = ChatDesk(database, model or ScriptedModel())
    try:
        yield desk
        await desk.chat.close()
        # A reply leaves nothing running behind.
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left, left
    finally:
        await asyncio.to_thread(database.close)
