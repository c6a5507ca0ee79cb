"""The search index: one entry a message, what it shows and its files' names. Written in the text's own transaction."""

from collections.abc import Sequence
from math import log
from typing import Any

from sqlalchemy import Connection, Row

from personadesk.domain.conversation import Message, Role, SearchFilter, SearchHit, SearchOrder
from personadesk.domain.ids import ConversationId, MessageId, PersonaId
from personadesk.services.chat_ports import EVERY_MESSAGE
from personadesk.storage.moments import from_stored, to_stored
from personadesk.storage.search_best import best_first
from personadesk.storage.search_text import fts_query, indexed, snippet

_MESSAGE_BITS = 40
"""rowid = persona << 40 | message, so that one persona's entries are one range of the index."""

PUT = "INSERT OR REPLACE INTO message_search (rowid, body) VALUES (?, ?)"
ADD = "INSERT INTO message_search (rowid, body) VALUES (?, ?)"
"""For a message that is new: its id was never given out before."""

# CROSS JOIN keeps the index outermost: it gives its rows newest first and stops at the limit.
_COLUMNS = """
m.id, m.persona_id, m.conversation_id, m.position, m.role, m.created_at, s.text, (
    SELECT group_concat(a.name, ' ') FROM attachments AS a
    WHERE a.persona_id = m.persona_id AND a.conversation_id = m.conversation_id AND a.message_id = m.id
) AS names
"""
_JOINS = """
CROSS JOIN conversations AS c ON c.id = m.conversation_id
CROSS JOIN personas AS p ON p.id = m.persona_id
CROSS JOIN swipes AS s ON s.persona_id = m.persona_id AND s.message_id = m.id AND s.ordinal = m.shown_swipe
WHERE m.on_path = 1 AND m.deleted_at IS NULL AND c.deleted_at IS NULL AND p.deleted_at IS NULL
"""
_BY_TIME = f"""
SELECT {_COLUMNS} FROM message_search AS f
CROSS JOIN messages AS m ON m.id = f.rowid & 1099511627775
{_JOINS}
AND message_search MATCH :query AND f.rowid BETWEEN :first AND :last
"""
_SPEAKERS = """
WITH RECURSIVE speakers (id) AS (
    SELECT min(persona_id) FROM messages
    UNION ALL
    SELECT (SELECT min(persona_id) FROM messages WHERE persona_id > speakers.id) FROM speakers WHERE id IS NOT NULL
)
SELECT id, (SELECT max(id) FROM messages WHERE persona_id = speakers.id) AS newest FROM speakers
WHERE id IS NOT NULL ORDER BY newest DESC
"""
"""Every persona with messages and its newest one: a step of the index for each, however many messages there are."""
_WITHOUT_WORDS = f"SELECT {_COLUMNS} FROM messages AS m {_JOINS} AND m.persona_id BETWEEN :from_persona AND :to_persona"
_STARRED = """
AND EXISTS (SELECT 1 FROM message_marks AS k
    WHERE k.persona_id = m.persona_id AND k.message_id = m.id AND k.starred = 1)
"""
_COUNT = """
SELECT count(*) FROM (SELECT 1 FROM message_search
    WHERE message_search MATCH :query AND rowid BETWEEN :first AND :last LIMIT :enough)
"""
_UNFINISHED = """
SELECT m.persona_id, m.id, s.text FROM swipes AS s
JOIN messages AS m ON m.persona_id = s.persona_id AND m.id = s.message_id AND m.shown_swipe = s.ordinal
WHERE s.state = 'streaming'
"""
_ALWAYS_INDEXED = 4_000
"""Characters of a growing text that is indexed with every save."""
_ENOUGH = 2_000
"""So many entries are put in the order of time faster than persona by persona."""
_WEIGHED = 400
"""How many of the newest that were found are weighed where the best are to come first."""


def entry(persona_id: PersonaId, message_id: int, shown_text: str) -> tuple[int, str]:
    """What ADD stores, and PUT in place of what a message showed before."""
    return persona_id << _MESSAGE_BITS | message_id, indexed(shown_text)


def put_entry(connection: Connection, persona_id: PersonaId, message_id: int, shown_text: str) -> None:
    """Store what a message shows now in place of what it showed before."""
    connection.exec_driver_sql(PUT, entry(persona_id, message_id, shown_text))


def is_due(before: int, characters: int) -> bool:
    """Whether a text that still grows is indexed again: a long one each time it is half as long again.

    With every save it would be ten times the work of one reply, and as much in pages that are cached.
    """
    return characters < _ALWAYS_INDEXED or int(log(characters, 1.5)) != int(log(max(before, 1), 1.5))


def put_unfinished(connection: Connection) -> None:
    """Index what replies have said that were growing when the program ended."""
    for persona_id, message_id, text in connection.exec_driver_sql(_UNFINISHED).all():
        put_entry(connection, persona_id, message_id, text)


def put_message(connection: Connection, message: Message) -> None:
    """The same for a message that may have files."""
    names = " ".join(file.name for file in message.attachments)
    put_entry(connection, message.persona_id, message.id, with_names(message.text, names))


def put_entries(connection: Connection, persona_id: int, entries: Sequence[tuple[int, str]]) -> None:
    """The same for many messages of one persona: their ids and what they show."""
    rows = [(persona_id << _MESSAGE_BITS | message_id, indexed(text)) for message_id, text in entries]
    connection.exec_driver_sql(PUT, rows)


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
    connection: Connection,
    query: str,
    *,
    limit: int,
    persona_id: PersonaId | None = None,
    conversation_id: ConversationId | None = None,
    order: SearchOrder = SearchOrder.NEWEST,
    only: SearchFilter = EVERY_MESSAGE,
) -> list[SearchHit]:
    """Return messages on active paths that hold every word of `query`; for no words, all that `only` lets through.

    Without a word and without a filter there is nothing to look for.
    """
    expression = fts_query(query)
    if limit <= 0 or (not expression and (query.strip() or only == EVERY_MESSAGE)):
        return []
    first, last = _range(persona_id) if persona_id is not None else (0, 2**62)
    values = {"query": expression, "first": first, "last": last, "limit": limit}
    conditions = _conditions(only, conversation_id, values)
    if not expression:
        lowest, highest = (persona_id, persona_id) if persona_id is not None else (0, 2**22)
        values |= {"from_persona": lowest, "to_persona": highest}
        rows = connection.exec_driver_sql(f"{_WITHOUT_WORDS}{conditions} ORDER BY m.id DESC LIMIT :limit", values).all()
    elif order is SearchOrder.NEWEST:
        rows = _newest(connection, conditions, values, persona_id)
    else:
        rows = _best(connection, query, conditions, values, persona_id)
    return [_hit_from(row, query) for row in rows]


def _conditions(only: SearchFilter, conversation_id: ConversationId | None, values: dict[str, Any]) -> str:
    """The SQL of what narrows a search; its parameters go into `values`."""
    parts = []
    if conversation_id is not None:
        values["conversation_id"] = conversation_id
        parts.append("m.conversation_id = :conversation_id")
    if only.role is not None:
        values["role"] = only.role.value
        parts.append("m.role = :role")
    if only.since is not None:
        values["since"] = to_stored(only.since)
        parts.append("m.created_at >= :since")
    if only.before is not None:
        values["before"] = to_stored(only.before)
        parts.append("m.created_at < :before")
    if only.has_code:
        parts.append("instr(s.text, '```') > 0")
    return "".join(f" AND {part}" for part in parts) + (_STARRED if only.starred else "")


def _newest(
    connection: Connection, conditions: str, values: dict[str, Any], persona_id: PersonaId | None
) -> list[Row[Any]]:
    """Within one persona the row ids are in the order of the messages' ids; over all of them they are not."""
    if persona_id is not None:
        return _listed(connection, conditions, values, "f.rowid")
    if connection.exec_driver_sql(_COUNT, values | {"enough": _ENOUGH}).scalar_one() < _ENOUGH:
        return _listed(connection, conditions, values, "m.id")
    rows: list[Row[Any]] = []
    for speaker, newest in connection.exec_driver_sql(_SPEAKERS).all():
        if len(rows) == values["limit"] and rows[-1].id > newest:
            break
        first, last = _range(speaker)
        rows += _listed(connection, conditions, values | {"first": first, "last": last}, "f.rowid")
        rows.sort(key=lambda row: -row.id)
        del rows[values["limit"] :]
    return rows


def _listed(connection: Connection, conditions: str, values: dict[str, Any], by: str) -> list[Row[Any]]:
    return list(connection.exec_driver_sql(f"{_BY_TIME}{conditions} ORDER BY {by} DESC LIMIT :limit", values).all())


def _best(
    connection: Connection, query: str, conditions: str, values: dict[str, Any], persona_id: PersonaId | None
) -> list[Row[Any]]:
    """Those that say most of the words, among the newest that hold them, and the newest that hold them whole."""
    limit = int(values["limit"])
    values = values | {"limit": max(_WEIGHED, limit)}
    found = _newest(connection, conditions, values, persona_id)
    if len(found) == values["limit"] and (whole := fts_query(query, whole=True)) != values["query"]:
        known = {row.id for row in found}
        others = _newest(connection, conditions, values | {"query": whole}, persona_id)
        found += [row for row in others if row.id not in known]
    return best_first(found, lambda row: str(row.text), query)[:limit]


def with_names(text: str, names: str) -> str:
    return f"{text}\n{names}" if names else text


def _hit_from(row: Row[Any], query: str) -> SearchHit:
    return SearchHit(
        message_id=MessageId(row.id),
        persona_id=PersonaId(row.persona_id),
        conversation_id=ConversationId(row.conversation_id),
        position=row.position,
        role=Role(row.role),
        snippet=snippet(with_names(row.text, row.names or ""), query),
        created_at=from_stored(row.created_at),
    )


def _range(persona_id: PersonaId) -> tuple[int, int]:
    return persona_id << _MESSAGE_BITS, (persona_id + 1 << _MESSAGE_BITS) - 1
