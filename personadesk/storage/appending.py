"""Storing a message at the end of a path: what a user waits for oftenest, in as few steps as it takes."""

from collections.abc import Sequence

from sqlalchemy import Connection

from personadesk.domain.conversation import Message, Role, SwipeState
from personadesk.domain.ids import ConversationId, MessageId, PersonaId, SwipeId
from personadesk.services.ports import NewSwipe
from personadesk.storage import search_index
from personadesk.storage.core import driver_of
from personadesk.storage.driver import RawCursor
from personadesk.storage.moments import from_stored
from personadesk.storage.transcripts import conversation_not_found

# One row, with an empty place where the path is empty; none for a conversation that isn't there.
# A message in the trash keeps its place on the path, so the next one comes after it. What follows the
# same message already, off the path, is counted.
_LAST_PLACE = """
SELECT m.id, m.position, (
    SELECT count(*) FROM messages AS b WHERE b.persona_id = c.persona_id AND b.conversation_id = c.id
    AND b.parent_id IS m.id AND b.deleted_at IS NULL
) FROM conversations AS c
LEFT JOIN messages AS m ON m.id = (
    SELECT id FROM messages WHERE persona_id = c.persona_id AND conversation_id = c.id AND on_path = 1
    ORDER BY position DESC LIMIT 1
)
WHERE c.id = ? AND c.persona_id = ? AND c.deleted_at IS NULL
"""
_MESSAGE = (
    "INSERT INTO messages (persona_id, conversation_id, parent_id, position, on_path, role, shown_swipe, characters,"
    " created_at) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?)"
)
_SWIPE = (
    "INSERT INTO swipes (persona_id, message_id, ordinal, state, model, error, is_edit, character_count, created_at,"
    " finished_at, text) VALUES (?, ?, ?, ?, ?, '', 0, ?, ?, ?, ?)"
)
_TOUCH = "UPDATE conversations SET updated_at = ? WHERE id = ? AND persona_id = ?"


def append_message(
    connection: Connection,
    persona_id: PersonaId,
    conversation_id: ConversationId,
    role: Role,
    swipes: Sequence[tuple[NewSwipe, str]],
    shown: int,
    now: int,
) -> Message:
    """Each of `swipes` comes with its text as it is stored. Raises NotFound for a conversation that isn't there."""
    # The driver itself: what SQLAlchemy adds to a statement is most of what a message takes beside its sync.
    execute = driver_of(connection).execute
    last = execute(_LAST_PLACE, (conversation_id, persona_id)).fetchone()
    if last is None:
        raise conversation_not_found()
    leaf, position, beside = last
    position = 0 if leaf is None else position + 1
    new, text = swipes[shown]
    values = (persona_id, conversation_id, leaf, position, role.value, shown, len(text), now)
    message_id = MessageId(_inserted(execute(_MESSAGE, values)))
    ids = [
        _inserted(
            execute(
                _SWIPE,
                (
                    persona_id,
                    message_id,
                    ordinal,
                    swipe.state.value,
                    swipe.model,
                    len(stored),
                    now,
                    None if swipe.state is SwipeState.STREAMING else now,
                    stored,
                ),
            )
        )
        for ordinal, (swipe, stored) in enumerate(swipes)
    ]
    execute(search_index.ADD, search_index.entry(persona_id, message_id, text))
    execute(_TOUCH, (now, conversation_id, persona_id))
    return Message(
        id=message_id,
        persona_id=persona_id,
        conversation_id=conversation_id,
        parent_id=None if leaf is None else MessageId(leaf),
        position=position,
        role=role,
        text=text,
        swipe_id=SwipeId(ids[shown]),
        swipe_index=shown,
        swipe_count=len(swipes),
        state=new.state,
        model=new.model,
        error="",
        created_at=from_stored(now),
        branch_index=beside,
        branch_count=beside + 1,
    )


def _inserted(cursor: RawCursor) -> int:
    assert cursor.lastrowid is not None
    return cursor.lastrowid
