"""The user's search: messages, conversations and memories, of everyone or of one persona."""

import asyncio

from personadesk.domain.conversation import SearchFilter, SearchOrder
from personadesk.domain.ids import PersonaId
from personadesk.domain.search import Found
from personadesk.services.chat_ports import EVERY_MESSAGE
from personadesk.services.ports import Database, Store

MOST_MESSAGES = 40
MOST_OTHERS = 8


class SearchService:
    """Asynchronous, for the engine thread. Reads only."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def find(
        self,
        words: str,
        *,
        persona_id: PersonaId | None = None,
        only: SearchFilter = EVERY_MESSAGE,
        order: SearchOrder = SearchOrder.NEWEST,
    ) -> Found:
        """What is narrowed to messages of a kind has neither conversations nor memories."""

        def messages(store: Store) -> Found:
            hits = store.search.messages(words, limit=MOST_MESSAGES, persona_id=persona_id, only=only, order=order)
            return Found(messages=tuple(hits))

        def others(store: Store) -> Found:
            if only != EVERY_MESSAGE or not words.strip():
                return Found()
            return Found(
                conversations=tuple(store.search.conversations(words, limit=MOST_OTHERS, persona_id=persona_id)),
                memories=tuple(store.search.memories(words, limit=MOST_OTHERS, persona_id=persona_id)),
            )

        said, rest = await asyncio.gather(self._database.read(messages), self._database.read(others))
        return Found(said.messages, rest.conversations, rest.memories)
