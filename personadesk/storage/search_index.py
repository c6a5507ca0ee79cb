"""The search index: one entry a message, its shown text. Written in the transaction that changes the text."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from personadesk.domain.conversation import Role, SearchHit
from personadesk.domain.ids import ConversationId, MessageId, PersonaId
from personadesk.storage.moments import from_stored
from personadesk.storage.search_text import fts_query, indexed, snippet

_MESSAGE_BITS = 40
"""rowid = persona << 40 | message, so that one persona's entries are one range of the index."""

_PUT = "INSERT OR REPLACE INTO message_search (rowid, body) VALUES (?, ?)"

# CROSS JOIN keeps the index outermost: it gives its rows newest first and stops at the limit.
_SEARCH = """
SELECT m.id, m.conversation_id, m.position, m.role, m.created_at, s.text
FROM message_search AS f
CROSS JOIN messages AS m ON m.id = f.rowid & 1099511627775
CROSS JOIN conversations AS c ON c.id = m.conversation_id
CROSS JOIN swipes AS s ON s.persona_id = m.persona_id AND s.message_id = m.id AND s.ordinal = m.shown_swipe
WHERE message_search MATCH :query AND f.rowid BETWEEN :first AND :last
AND m.persona_id = :persona_id AND m.on_path = 1 AND m.deleted_at IS NULL AND c.deleted_at IS NULL
"""
_NEWEST = " ORDER BY f.rowid DESC LIMIT :limit"
_SEARCH_PERSONA = text(_SEARCH + _NEWEST)
_SEARCH_CONVERSATION = text(_SEARCH + " AND m.conversation_id = :conversation_id" + _NEWEST)


def put_entry(connection: Connection, persona_id: PersonaId, message_id: int, shown_text: str) -> None:
    """Store what a message shows now in place of what it showed before."""
    connection.exec_driver_sql(_PUT, (persona_id << _MESSAGE_BITS | message_id, indexed(shown_text)))


def put_entries(connection: Connection, persona_id: int, entries: Sequence[tuple[int, str]]) -> None:
    """The same for many messages of one persona: their ids and what they show."""
    rows = [(persona_id << _MESSAGE_BITS | message_id, indexed(text)) for message_id, text in entries]
    connection.exec_driver_sql(_PUT, rows)


def drop_persona(connection: Connection, persona_id: PersonaId) -> None:
    first, last = _range(persona_id)
    connection.exec_driver_sql("DELETE FROM message_search WHERE rowid BETWEEN ? AND ?", (first, last))


def drop_conversation(connection: Connection, persona_id: PersonaId, conversation_id: int) -> None:
    connection.exec_driver_sql(
        "DELETE FROM message_search WHERE rowid IN"
        f" (SELECT persona_id << {_MESSAGE_BITS} | id FROM messages WHERE persona_id = ? AND conversation_id = ?)",
        (persona_id, conversation_id),
    )


def drop_message(connection: Connection, persona_id: PersonaId, message_id: int) -> None:
    connection.exec_driver_sql(
        "DELETE FROM message_search WHERE rowid = ?", (persona_id << _MESSAGE_BITS | message_id,)
    )


def find(
    connection: Connection, persona_id: PersonaId, query: str, *, limit: int, conversation_id: ConversationId | None
) -> list[SearchHit]:
    """Return the newest messages on active paths that hold every word of `query`."""
    expression = fts_query(query)
    if not expression or limit <= 0:
        return []
    first, last = _range(persona_id)
    values = {"query": expression, "first": first, "last": last, "persona_id": persona_id, "limit": limit}
    if conversation_id is None:
        rows = connection.execute(_SEARCH_PERSONA, values)
    else:
        rows = connection.execute(_SEARCH_CONVERSATION, values | {"conversation_id": conversation_id})
    return [
        SearchHit(
            message_id=MessageId(row[0]),
            conversation_id=ConversationId(row[1]),
            position=row[2],
            role=Role(row[3]),
            snippet=snippet(row[5], query),
            created_at=from_stored(row[4]),
        )
        for row in rows
    ]


def _range(persona_id: PersonaId) -> tuple[int, int]:
    return persona_id << _MESSAGE_BITS, (persona_id + 1 << _MESSAGE_BITS) - 1
