"""The tree behind a conversation's active path."""

from typing import Any

from sqlalchemy import Row, text

from personadesk.domain.conversation import Branch, Role
from personadesk.domain.ids import MessageId
from personadesk.storage.moments import from_stored
from personadesk.storage.texts import one_line
from personadesk.storage.told_turns import unsay_from
from personadesk.storage.transcripts import TranscriptReader

OPENING_LIMIT = 120
_OPENING_READ = 4 * OPENING_LIMIT

# A parent is older than its child, so the newest message behind another one is a leaf.
_BEHIND = """
WITH RECURSIVE behind (id) AS (
    SELECT :first
    UNION ALL
    SELECT m.id FROM behind CROSS JOIN messages AS m
    ON m.persona_id = :persona AND m.conversation_id = :conversation AND m.parent_id = behind.id
)
"""
_NEWEST_BEHIND = text(
    f"{_BEHIND} SELECT max(m.id) FROM behind CROSS JOIN messages AS m ON m.id = behind.id WHERE m.deleted_at IS NULL"
)
_MEASURE = text(
    f"{_BEHIND} SELECT count(*), max(m.created_at) FROM behind CROSS JOIN messages AS m ON m.id = behind.id"
    " WHERE m.deleted_at IS NULL"
)
_CHILDREN = text(f"""
SELECT m.id, m.role, m.on_path, substr(s.text, 1, {_OPENING_READ}) AS opening
FROM messages AS m CROSS JOIN swipes AS s
ON s.persona_id = m.persona_id AND s.message_id = m.id AND s.ordinal = m.shown_swipe
WHERE m.persona_id = :persona AND m.conversation_id = :conversation AND m.parent_id IS :parent
AND m.deleted_at IS NULL ORDER BY m.id
""")
_LEAVE_FROM = text("""
UPDATE messages SET on_path = 0
WHERE persona_id = :persona AND conversation_id = :conversation AND on_path = 1 AND position >= :position
""")
_ABOVE = """
WITH RECURSIVE above (id, parent_id, on_path) AS (
    SELECT id, parent_id, on_path FROM messages WHERE persona_id = :persona AND id = :leaf
    UNION ALL
    SELECT m.id, m.parent_id, m.on_path FROM above CROSS JOIN messages AS m
    ON m.persona_id = :persona AND m.id = above.parent_id WHERE above.on_path = 0
)
"""
_FORK = text(
    f"{_ABOVE} SELECT max(m.position) FROM above CROSS JOIN messages AS m ON m.id = above.id WHERE above.on_path = 1"
)
_IS_ON_PATH = text("SELECT on_path FROM messages WHERE id = :first")
_ENTER = text(
    f"{_ABOVE} UPDATE messages SET on_path = 1 WHERE persona_id = :persona"
    " AND id IN (SELECT id FROM above WHERE on_path = 0)"
)


class BranchesOfPersona(TranscriptReader):
    """Changes which path through the tree is the active one."""

    def truncate_after(self, message_id: MessageId) -> None:
        message = self.message(message_id)
        self._leave_from(message.conversation_id, self._position_on_path(message.conversation_id, message_id) + 1)

    def truncate_before(self, message_id: MessageId) -> None:
        message = self.message(message_id)
        self._leave_from(message.conversation_id, self._position_on_path(message.conversation_id, message_id))

    def branches(self, message_id: MessageId) -> list[Branch]:
        return self._children(self.message(message_id).conversation_id, message_id)

    def siblings(self, message_id: MessageId) -> list[Branch]:
        message = self.message(message_id)
        return self._children(message.conversation_id, message.parent_id)

    def show_branch(self, message_id: MessageId) -> None:
        message = self.message(message_id)
        if self._connection.scalar(_IS_ON_PATH, {"first": message_id}):
            return
        values = {"persona": self._persona_id, "conversation": message.conversation_id, "first": message_id}
        own = {"persona": self._persona_id, "leaf": self._connection.scalar(_NEWEST_BEHIND, values)}
        fork = self._connection.scalar(_FORK, own)
        self._leave_from(message.conversation_id, 0 if fork is None else fork + 1)
        self._connection.execute(_ENTER, own)

    def _children(self, conversation_id: int, parent_id: MessageId | None) -> list[Branch]:
        values = {"persona": self._persona_id, "conversation": conversation_id}
        rows = self._connection.execute(_CHILDREN, values | {"parent": parent_id}).all()
        return [self._branch(row, values) for row in rows]

    def _branch(self, row: Row[Any], values: dict[str, Any]) -> Branch:
        count, newest = self._connection.execute(_MEASURE, values | {"first": row.id}).one()
        return Branch(
            first=MessageId(row.id),
            role=Role(row.role),
            opening=one_line(row.opening, OPENING_LIMIT),
            messages=count,
            newest_at=from_stored(newest),
            on_path=bool(row.on_path),
        )

    def _leave_from(self, conversation_id: int, position: int) -> None:
        values = {"persona": self._persona_id, "conversation": conversation_id, "position": position}
        self._connection.execute(_LEAVE_FROM, values)
        unsay_from(self._connection, self._persona_id, conversation_id, position)
