"""Reading one persona's conversations and messages."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Row, Select, bindparam, func, literal_column, select

from personadesk.domain.conversation import (
    BLOCK_POSITIONS,
    Attachment,
    Conversation,
    Message,
    Role,
    SearchHit,
    SwipeState,
    SwipeText,
    Transcript,
    TranscriptBlock,
)
from personadesk.domain.errors import NotFound
from personadesk.domain.ids import AttachmentId, ConversationId, MessageId, PersonaId, PersonId, SwipeId
from personadesk.storage import search_index
from personadesk.storage.chat_tables import attachments, conversation_marks, message_marks
from personadesk.storage.moments import from_stored
from personadesk.storage.tables import conversations, messages, path_blocks, swipes

_ONE: ColumnElement[int] = literal_column("1")
"""Not a parameter: SQLite uses a partial index only where it can read its condition in the statement."""

_OWN: BindParameter[int] = bindparam("persona_id")
_THAT: BindParameter[int] = bindparam("conversation_id")

_swipe_count = (
    select(func.count())
    .select_from(swipes.alias("every"))
    .where(
        literal_column("every.persona_id") == messages.c.persona_id,
        literal_column("every.message_id") == messages.c.id,
    )
    .scalar_subquery()
)

_branch = messages.alias("branch")
_branch_count = (
    select(func.count())
    .select_from(_branch)
    .where(
        _branch.c.persona_id == messages.c.persona_id,
        _branch.c.conversation_id == messages.c.conversation_id,
        _branch.c.parent_id.is_not_distinct_from(messages.c.parent_id),
        _branch.c.deleted_at.is_(None),
    )
)
_older_branches = _branch_count.where(_branch.c.id < messages.c.id).scalar_subquery()

_messages: Select[Any] = (
    select(
        messages.c.id,
        messages.c.persona_id,
        messages.c.conversation_id,
        messages.c.parent_id,
        messages.c.position,
        messages.c.role,
        messages.c.created_at,
        messages.c.shown_swipe,
        swipes.c.id.label("swipe_id"),
        swipes.c.text,
        swipes.c.state,
        swipes.c.model,
        swipes.c.error,
        swipes.c.is_edit,
        _swipe_count.label("swipe_count"),
        _branch_count.scalar_subquery().label("branch_count"),
        _older_branches.label("branch_index"),
        message_marks.c.starred,
        message_marks.c.pinned,
        message_marks.c.note,
    )
    .join(
        swipes,
        (swipes.c.persona_id == messages.c.persona_id)
        & (swipes.c.message_id == messages.c.id)
        & (swipes.c.ordinal == messages.c.shown_swipe),
    )
    .outerjoin(
        message_marks,
        (message_marks.c.persona_id == messages.c.persona_id) & (message_marks.c.message_id == messages.c.id),
    )
    .where(messages.c.persona_id == _OWN, messages.c.deleted_at.is_(None))
)

_on_path = _messages.where(messages.c.conversation_id == _THAT, messages.c.on_path == _ONE)

_TAIL = (
    _on_path.where(messages.c.position <= bindparam("until"))
    .order_by(messages.c.position.desc())
    .limit(bindparam("limit"))
)
_BLOCK = _on_path.where(messages.c.position >= bindparam("first"), messages.c.position < bindparam("after")).order_by(
    messages.c.position
)

_MESSAGE = _messages.join(conversations, conversations.c.id == messages.c.conversation_id).where(
    messages.c.id == bindparam("message_id"), conversations.c.deleted_at.is_(None)
)

_BLOCKS = (
    select(path_blocks.c.block_index, path_blocks.c.messages, path_blocks.c.characters)
    .where(path_blocks.c.persona_id == _OWN, path_blocks.c.conversation_id == _THAT, path_blocks.c.messages > 0)
    .order_by(path_blocks.c.block_index)
)

_message_count = (
    select(func.coalesce(func.sum(path_blocks.c.messages), 0))
    .where(
        path_blocks.c.persona_id == conversations.c.persona_id,
        path_blocks.c.conversation_id == conversations.c.id,
    )
    .scalar_subquery()
)
_CONVERSATIONS = (
    select(
        conversations,
        _message_count.label("message_count"),
        conversation_marks.c.archived_at,
        conversation_marks.c.named_by_model,
    )
    .outerjoin(
        conversation_marks,
        (conversation_marks.c.persona_id == conversations.c.persona_id)
        & (conversation_marks.c.conversation_id == conversations.c.id),
    )
    .where(conversations.c.persona_id == _OWN, conversations.c.deleted_at.is_(None))
    .order_by(conversations.c.updated_at.desc(), conversations.c.id.desc())
)
_CONVERSATION = _CONVERSATIONS.where(conversations.c.id == _THAT)

_SWIPES = (
    select(swipes.c.message_id, swipes.c.text, swipes.c.model)
    .join(messages, (messages.c.persona_id == swipes.c.persona_id) & (messages.c.id == swipes.c.message_id))
    .where(
        messages.c.persona_id == _OWN,
        messages.c.conversation_id == _THAT,
        messages.c.on_path == _ONE,
        messages.c.deleted_at.is_(None),
    )
    .order_by(messages.c.position, swipes.c.ordinal)
)

_FILES = (
    select(
        attachments.c.id,
        attachments.c.message_id,
        attachments.c.sha256,
        attachments.c.name,
        attachments.c.media_type,
        attachments.c.characters,
    )
    .where(
        attachments.c.persona_id == _OWN,
        attachments.c.conversation_id == _THAT,
        attachments.c.message_id.between(bindparam("first"), bindparam("last")),
    )
    .order_by(attachments.c.id)
)

_END_OF_PATH = 2**62


class TranscriptReader:
    """What one persona said and heard. Every statement names the persona it is for."""

    def __init__(self, connection: Connection, persona_id: PersonaId) -> None:
        self._connection = connection
        self._persona_id = persona_id

    @property
    def persona_id(self) -> PersonaId:
        return self._persona_id

    def conversations(self) -> list[Conversation]:
        rows = self._connection.execute(_CONVERSATIONS, {"persona_id": self._persona_id})
        return [_conversation_from(row) for row in rows]

    def swipes(self, conversation_id: ConversationId) -> dict[MessageId, tuple[SwipeText, ...]]:
        texts: dict[MessageId, list[SwipeText]] = {}
        rows = self._connection.execute(_SWIPES, {"persona_id": self._persona_id, "conversation_id": conversation_id})
        for message_id, text, model in rows:
            texts.setdefault(MessageId(message_id), []).append(SwipeText(text, model))
        return {message_id: tuple(each) for message_id, each in texts.items()}

    def conversation(self, conversation_id: ConversationId) -> Conversation:
        values = {"persona_id": self._persona_id, "conversation_id": conversation_id}
        row = self._connection.execute(_CONVERSATION, values).first()
        if row is None:
            raise conversation_not_found()
        return _conversation_from(row)

    def transcript(self, conversation_id: ConversationId, tail: int) -> Transcript:
        conversation = self.conversation(conversation_id)
        values = {"persona_id": self._persona_id, "conversation_id": conversation_id}
        blocks = tuple(TranscriptBlock(*row) for row in self._connection.execute(_BLOCKS, values))
        return Transcript(conversation, blocks, tuple(self._tail(conversation_id, tail, _END_OF_PATH)))

    def block(self, conversation_id: ConversationId, index: int) -> list[Message]:
        self.conversation(conversation_id)
        values = {
            "persona_id": self._persona_id,
            "conversation_id": conversation_id,
            "first": index * BLOCK_POSITIONS,
            "after": (index + 1) * BLOCK_POSITIONS,
        }
        return self._messages_from(self._connection.execute(_BLOCK, values).all())

    def path_tail(self, conversation_id: ConversationId, limit: int, until: MessageId | None = None) -> list[Message]:
        self.conversation(conversation_id)
        position = _END_OF_PATH
        if until is not None:
            position = self._position_on_path(conversation_id, until)
        return self._tail(conversation_id, limit, position)

    def message(self, message_id: MessageId) -> Message:
        """A message off the active path is found too; one in the trash, or in a trashed conversation, is not."""
        values = {"persona_id": self._persona_id, "message_id": message_id}
        row = self._connection.execute(_MESSAGE, values).first()
        if row is None:
            raise message_not_found()
        return self._messages_from([row])[0]

    def search(self, query: str, *, limit: int = 50, conversation_id: ConversationId | None = None) -> list[SearchHit]:
        return search_index.find(
            self._connection, query, limit=limit, persona_id=self._persona_id, conversation_id=conversation_id
        )

    def _tail(self, conversation_id: ConversationId, limit: int, until: int) -> list[Message]:
        values = {
            "persona_id": self._persona_id,
            "conversation_id": conversation_id,
            "until": until,
            "limit": max(0, limit),
        }
        rows = self._connection.execute(_TAIL, values).all()
        return self._messages_from(rows[::-1])

    def _messages_from(self, rows: Sequence[Row[Any]]) -> list[Message]:
        files = self._files_of(rows[0].conversation_id, [row.id for row in rows]) if rows else {}
        return [_message_from(row, tuple(files.get(row.id, ()))) for row in rows]

    def _files_of(self, conversation_id: int, message_ids: list[int]) -> dict[int, list[Attachment]]:
        """Without their texts, which may be long."""
        found: dict[int, list[Attachment]] = {}
        values = {
            "persona_id": self._persona_id,
            "conversation_id": conversation_id,
            "first": min(message_ids),
            "last": max(message_ids),
        }
        for row in self._connection.execute(_FILES, values):
            file = Attachment(AttachmentId(row.id), row.sha256, row.name, row.media_type, row.characters)
            found.setdefault(row.message_id, []).append(file)
        return found

    def _position_on_path(self, conversation_id: ConversationId, message_id: MessageId) -> int:
        position = self._connection.scalar(
            select(messages.c.position).where(
                messages.c.persona_id == self._persona_id,
                messages.c.conversation_id == conversation_id,
                messages.c.id == message_id,
                messages.c.on_path == _ONE,
                messages.c.deleted_at.is_(None),
            )
        )
        if position is None:
            raise message_not_found()
        return int(position)


def conversation_not_found() -> NotFound:
    return NotFound("This conversation is not here any more.", "Look for it in the trash.")


def message_not_found() -> NotFound:
    return NotFound("This message is not here any more.", "Look for it in the trash.")


def _conversation_from(row: Row[Any]) -> Conversation:
    return Conversation(
        id=ConversationId(row.id),
        uuid=row.uuid,
        persona_id=PersonaId(row.persona_id),
        person_id=PersonId(row.person_id),
        title=row.title,
        draft=row.draft,
        created_at=from_stored(row.created_at),
        updated_at=from_stored(row.updated_at),
        message_count=row.message_count,
        archived=row.archived_at is not None,
        named_by_model=bool(row.named_by_model),
    )


def _message_from(row: Row[Any], files: tuple[Attachment, ...]) -> Message:
    return Message(
        id=MessageId(row.id),
        persona_id=PersonaId(row.persona_id),
        conversation_id=ConversationId(row.conversation_id),
        parent_id=None if row.parent_id is None else MessageId(row.parent_id),
        position=row.position,
        role=Role(row.role),
        text=row.text,
        swipe_id=SwipeId(row.swipe_id),
        swipe_index=row.shown_swipe,
        swipe_count=row.swipe_count,
        state=SwipeState(row.state),
        model=row.model,
        error=row.error,
        created_at=from_stored(row.created_at),
        edited=bool(row.is_edit),
        branch_index=row.branch_index,
        branch_count=row.branch_count,
        starred=bool(row.starred),
        pinned=bool(row.pinned),
        note=row.note or "",
        attachments=files,
    )
