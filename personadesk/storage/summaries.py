"""What the library shows of every persona, in one statement.

Plain SQL and no SQLAlchemy: the first library is on screen before SQLAlchemy is imported.
"""

import json
from collections.abc import Iterable
from typing import Any

from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.domain.persona import CARD_DESCRIPTION_LIMIT, Origin, PersonaSummary
from personadesk.storage.moments import from_stored, from_stored_or_none
from personadesk.storage.texts import one_line

LAST_TEXT_LIMIT = 120
_LAST_TEXT_READ = 4 * LAST_TEXT_LIMIT
"""Characters of the newest message that are read: enough for one line where much of it is white space."""

BUILT_IN_TAGS = "library.built_in_tags"
"""The setting that holds the tags a user gave to built-ins, by key: their cards stay as they were shipped."""

TAGS = f"""
CASE p.origin WHEN 'built_in' THEN coalesce(
    (SELECT json_extract(value, '$."' || p.built_in_key || '"') FROM settings WHERE key = '{BUILT_IN_TAGS}'), p.tags
) ELSE p.tags END
"""
"""A persona's tags as the library shows them, as a JSON array."""

_SUMMARIES = f"""
SELECT p.id, p.name, p.display_name, p.tagline, substr(p.description, 1, {CARD_DESCRIPTION_LIMIT}),
    p.traits, {TAGS}, p.origin, p.avatar, p.favourite, p.pin_position, p.created_at, p.unread, p.deleted_at,
    c.id, m.created_at, substr(s.text, 1, {_LAST_TEXT_READ}),
    (
        SELECT total(b.messages)
        FROM conversations AS own CROSS JOIN path_blocks AS b
        ON b.persona_id = own.persona_id AND b.conversation_id = own.id
        WHERE own.persona_id = p.id AND own.deleted_at IS NULL
    )
FROM personas AS p
LEFT JOIN conversations AS c ON c.id = (
    SELECT id FROM conversations WHERE persona_id = p.id AND deleted_at IS NULL
    ORDER BY updated_at DESC, id DESC LIMIT 1
)
LEFT JOIN messages AS m ON m.id = (
    SELECT id FROM messages
    WHERE persona_id = p.id AND conversation_id = c.id AND on_path = 1 AND deleted_at IS NULL
    ORDER BY position DESC LIMIT 1
)
LEFT JOIN messages AS said ON said.id = CASE WHEN m.characters > 0 THEN m.id ELSE (
    SELECT id FROM messages
    WHERE persona_id = p.id AND conversation_id = c.id AND on_path = 1 AND deleted_at IS NULL AND characters > 0
    ORDER BY position DESC LIMIT 1
) END
LEFT JOIN swipes AS s ON s.persona_id = said.persona_id AND s.message_id = said.id AND s.ordinal = said.shown_swipe
"""

PRESENT = f"{_SUMMARIES} WHERE p.deleted_at IS NULL"
TRASHED = f"{_SUMMARIES} WHERE p.deleted_at IS NOT NULL ORDER BY p.deleted_at DESC"
SOME = f"{_SUMMARIES} WHERE p.id IN (SELECT value FROM json_each(?))"
ONE = f"{_SUMMARIES} WHERE p.id = ? AND p.deleted_at IS NULL"


def summary_from(row: Any) -> PersonaSummary:
    """Make a summary of one row of the statements above."""
    return PersonaSummary(
        id=PersonaId(row[0]),
        name=row[1],
        shown_name=row[2] or row[1],
        tagline=row[3],
        description=row[4],
        traits=texts_from(row[5]),
        tags=texts_from(row[6]),
        origin=Origin(row[7]),
        avatar=row[8] or "",
        favourite=bool(row[9]),
        pin_position=row[10],
        created_at=from_stored(row[11]),
        unread=row[12],
        deleted_at=from_stored_or_none(row[13]),
        conversation_id=None if row[14] is None else ConversationId(row[14]),
        last_message_at=from_stored_or_none(row[15]),
        last_text=one_line(row[16] or "", LAST_TEXT_LIMIT),
        message_count=int(row[17]),
    )


def texts_from(stored: str) -> tuple[str, ...]:
    """Read a JSON array of texts."""
    return () if stored == "[]" else tuple(json.loads(stored))


def texts_to(texts: Iterable[str]) -> str:
    """Write texts as a JSON array, as a card's columns have it."""
    return json.dumps(list(texts), ensure_ascii=False, separators=(",", ":"))
