"""The user's own search: over every persona, or one."""

from sqlalchemy import Connection

from personadesk.domain.conversation import SearchFilter, SearchHit, SearchOrder
from personadesk.domain.ids import ConversationId, MemoryId, PersonaId
from personadesk.domain.ready_profile import text_key
from personadesk.domain.search import FoundConversation, FoundMemory
from personadesk.domain.search_words import QUERY_LIMIT
from personadesk.services.chat_ports import EVERY_MESSAGE
from personadesk.storage import search_index
from personadesk.storage.moments import from_stored

_TITLES = """
SELECT c.id, c.persona_id, c.title, c.updated_at, k.archived_at FROM conversations AS c
CROSS JOIN personas AS p ON p.id = c.persona_id
LEFT JOIN conversation_marks AS k ON k.persona_id = c.persona_id AND k.conversation_id = c.id
WHERE c.title <> '' AND c.deleted_at IS NULL AND p.deleted_at IS NULL AND c.persona_id BETWEEN ? AND ?
ORDER BY c.updated_at DESC
"""
_MEMORIES = """
SELECT m.id, m.persona_id, m.text FROM memories AS m CROSS JOIN personas AS p ON p.id = m.persona_id
WHERE m.deleted_at IS NULL AND p.deleted_at IS NULL AND m.persona_id BETWEEN ? AND ?{words}
ORDER BY m.id DESC LIMIT ?
"""
_WORDS_LIMIT = 8


class SqlSearch:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def messages(
        self,
        query: str,
        *,
        limit: int = 50,
        persona_id: PersonaId | None = None,
        conversation_id: ConversationId | None = None,
        order: SearchOrder = SearchOrder.NEWEST,
        only: SearchFilter = EVERY_MESSAGE,
    ) -> list[SearchHit]:
        return search_index.find(
            self._connection,
            query,
            limit=limit,
            persona_id=persona_id,
            conversation_id=conversation_id,
            order=order,
            only=only,
        )

    def conversations(
        self, words: str, *, limit: int = 50, persona_id: PersonaId | None = None
    ) -> list[FoundConversation]:
        wanted = _words(words)
        if not wanted:
            return []
        found: list[FoundConversation] = []
        for row in self._connection.exec_driver_sql(_TITLES, _range(persona_id)):
            key = text_key(row.title)
            if all(word in key for word in wanted):
                when, archived = from_stored(row.updated_at), row.archived_at is not None
                whose = PersonaId(row.persona_id)
                found.append(FoundConversation(ConversationId(row.id), whose, row.title, when, archived))
                if len(found) == limit:
                    break
        return found

    def memories(self, words: str, *, limit: int = 50, persona_id: PersonaId | None = None) -> list[FoundMemory]:
        wanted = _words(words)
        if not wanted:
            return []
        statement = _MEMORIES.format(words=" AND instr(m.text_key, ?) > 0" * len(wanted))
        rows = self._connection.exec_driver_sql(statement, (*_range(persona_id), *wanted, limit))
        return [FoundMemory(MemoryId(row.id), PersonaId(row.persona_id), row.text) for row in rows]


def _words(words: str) -> list[str]:
    return text_key(words[:QUERY_LIMIT].replace("\0", " ")).split()[:_WORDS_LIMIT]


def _range(persona_id: PersonaId | None) -> tuple[int, int]:
    return (0, 2**62) if persona_id is None else (persona_id, persona_id)
