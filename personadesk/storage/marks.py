"""What is noted about messages and conversations, and the files that go with them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, literal, literal_column, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from personadesk.domain.conversation import Attachment, Role, RunningSummary, SearchHit, WrittenText
from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.ids import AttachmentId, ConversationId, MessageId, PersonaId
from personadesk.services.ports import Clock
from personadesk.storage import search_index
from personadesk.storage.branches import OPENING_LIMIT, BranchesOfPersona
from personadesk.storage.chat_tables import attachments, conversation_marks, conversation_summaries, message_marks
from personadesk.storage.core import inserted_id
from personadesk.storage.moments import from_stored, to_stored
from personadesk.storage.tables import conversations, messages
from personadesk.storage.tables import swipes as swipe_rows
from personadesk.storage.texts import one_line, storable

TITLE_LIMIT = 200
NOTE_LIMIT = 5_000
_READ_FOR_OPENING = 4 * OPENING_LIMIT

_MARKED = text(f"""
SELECT m.id, m.position, m.role, m.created_at, substr(s.text, 1, {_READ_FOR_OPENING}) AS opening
FROM message_marks AS k CROSS JOIN messages AS m ON m.persona_id = k.persona_id AND m.id = k.message_id
CROSS JOIN swipes AS s ON s.persona_id = m.persona_id AND s.message_id = m.id AND s.ordinal = m.shown_swipe
WHERE k.persona_id = :persona AND m.conversation_id = :conversation AND m.on_path = 1 AND m.deleted_at IS NULL
ORDER BY m.position
""")
_DAYS = text("""
SELECT date(created_at / 1000000, 'unixepoch', 'localtime') AS day, count(*) AS messages FROM messages
WHERE persona_id = :persona AND conversation_id = :conversation AND on_path = 1 AND deleted_at IS NULL GROUP BY day
""")
_WITH_TEXT = (
    attachments.c.id,
    attachments.c.message_id,
    attachments.c.sha256,
    attachments.c.name,
    attachments.c.media_type,
    attachments.c.characters,
    attachments.c.text,
)


class NotesOfPersona(BranchesOfPersona):
    """Marks, titles by a model, the running summary and files of one persona's conversations."""

    def __init__(self, connection: Connection, persona_id: PersonaId, *, clock: Clock) -> None:
        super().__init__(connection, persona_id)
        self._clock = clock

    # -- messages

    def texts_of(self, message_id: MessageId) -> list[WrittenText]:
        self.message(message_id)
        rows = self._connection.execute(
            select(swipe_rows)
            .where(swipe_rows.c.persona_id == self._persona_id, swipe_rows.c.message_id == message_id)
            .order_by(swipe_rows.c.ordinal)
        )
        return [
            WrittenText(row.ordinal, row.text, bool(row.is_edit), row.model, from_stored(row.created_at))
            for row in rows
        ]

    def mark_message(
        self,
        message_id: MessageId,
        *,
        starred: bool | None = None,
        pinned: bool | None = None,
        note: str | None = None,
    ) -> None:
        message = self.message(message_id)
        marks = {
            "starred": int(message.starred if starred is None else starred),
            "pinned": int(message.pinned if pinned is None else pinned),
            "note": message.note if note is None else storable(note).strip(),
        }
        if len(str(marks["note"])) > NOTE_LIMIT:
            raise InvalidInput("note", f"A note holds up to {NOTE_LIMIT:,} characters.", "Shorten it.")
        own = {"persona_id": self._persona_id, "message_id": message_id}
        if any(marks.values()):
            statement = upsert(message_marks).values(own | marks)
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["persona_id", "message_id"], set_=marks)
            )
        else:
            self._connection.execute(
                delete(message_marks).where(
                    message_marks.c.persona_id == self._persona_id, message_marks.c.message_id == message_id
                )
            )

    def marked(self, conversation_id: ConversationId) -> list[SearchHit]:
        self.conversation(conversation_id)
        rows = self._connection.execute(_MARKED, {"persona": self._persona_id, "conversation": conversation_id})
        return [
            SearchHit(
                message_id=MessageId(row.id),
                persona_id=self._persona_id,
                conversation_id=conversation_id,
                position=row.position,
                role=Role(row.role),
                snippet=one_line(row.opening, OPENING_LIMIT),
                created_at=from_stored(row.created_at),
            )
            for row in rows
        ]

    def position_at(self, conversation_id: ConversationId, moment: datetime) -> int | None:
        self.conversation(conversation_id)
        on_path = (
            (messages.c.persona_id == self._persona_id)
            & (messages.c.conversation_id == conversation_id)
            & (messages.c.on_path == literal_column("1"))
            & messages.c.deleted_at.is_(None)
        )
        first = select(func.min(messages.c.position)).where(on_path, messages.c.created_at >= to_stored(moment))
        last = select(func.max(messages.c.position)).where(on_path)
        found = self._connection.scalar(first)
        position = self._connection.scalar(last) if found is None else found
        return None if position is None else int(position)

    def spoken_days(self, conversation_id: ConversationId) -> dict[date, int]:
        self.conversation(conversation_id)
        rows = self._connection.execute(_DAYS, {"persona": self._persona_id, "conversation": conversation_id})
        return {date.fromisoformat(row.day): row.messages for row in rows}

    # -- conversations

    def archive_conversation(self, conversation_id: ConversationId, archived: bool) -> None:
        self.conversation(conversation_id)
        self._mark_conversation(conversation_id, archived_at=self._now() if archived else None)

    def name_by_model(self, conversation_id: ConversationId, title: str) -> bool:
        conversation = self.conversation(conversation_id)
        title = one_line(storable(title), TITLE_LIMIT)
        if not title or (conversation.title and not conversation.named_by_model):
            return False
        self._connection.execute(update(conversations).where(conversations.c.id == conversation_id), {"title": title})
        self._mark_conversation(conversation_id, named_by_model=1)
        return True

    def summary(self, conversation_id: ConversationId) -> RunningSummary | None:
        self.conversation(conversation_id)
        row = self._connection.execute(select(conversation_summaries).where(self._is_summary(conversation_id))).first()
        if row is None:
            return None
        return RunningSummary(row.text, row.until_position, bool(row.edited), from_stored(row.updated_at))

    def save_summary(
        self, conversation_id: ConversationId, text: str, until_position: int, *, edited: bool = False
    ) -> None:
        self.conversation(conversation_id)
        text = storable(text).strip()
        if not text:
            self._connection.execute(delete(conversation_summaries).where(self._is_summary(conversation_id)))
            return
        values = {
            "until_position": until_position,
            "edited": int(edited),
            "updated_at": self._now(),
            "text": text,
        }
        own = {"persona_id": self._persona_id, "conversation_id": conversation_id}
        statement = upsert(conversation_summaries).values(own | values)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["persona_id", "conversation_id"], set_=values)
        )

    # -- files

    def attach(
        self, conversation_id: ConversationId, *, sha256: str, name: str, media_type: str, text: str
    ) -> Attachment:
        self.conversation(conversation_id)
        text = storable(text)
        result = self._connection.execute(
            insert(attachments),
            {
                "persona_id": self._persona_id,
                "conversation_id": conversation_id,
                "message_id": None,
                "sha256": sha256,
                "name": storable(name),
                "media_type": media_type,
                "characters": len(text),
                "text": text,
            },
        )
        return Attachment(AttachmentId(inserted_id(result)), sha256, storable(name), media_type, len(text), text)

    def waiting(self, conversation_id: ConversationId) -> list[Attachment]:
        self.conversation(conversation_id)
        rows = self._connection.execute(
            select(*_WITH_TEXT)
            .where(
                attachments.c.persona_id == self._persona_id,
                attachments.c.conversation_id == conversation_id,
                attachments.c.message_id.is_(None),
            )
            .order_by(attachments.c.id)
        )
        return [_attachment_from(row) for row in rows]

    def detach(self, attachment_id: AttachmentId) -> str:
        waiting = (
            (attachments.c.persona_id == self._persona_id)
            & (attachments.c.id == attachment_id)
            & attachments.c.message_id.is_(None)
        )
        sha256 = self._connection.scalar(select(attachments.c.sha256).where(waiting))
        if sha256 is None:
            raise NotFound("This file is not in the composer any more.", "Attach it again.")
        self._connection.execute(delete(attachments).where(waiting))
        return str(sha256)

    def send_waiting(self, conversation_id: ConversationId, message_id: MessageId) -> None:
        self._connection.execute(
            update(attachments)
            .where(
                attachments.c.persona_id == self._persona_id,
                attachments.c.conversation_id == conversation_id,
                attachments.c.message_id.is_(None),
            )
            .values(message_id=message_id)
        )
        search_index.put_message(self._connection, self.message(message_id))

    def copy_attachments(self, message_id: MessageId, to: MessageId) -> None:
        columns = ("persona_id", "sha256", "name", "media_type", "characters", "text")
        target = self.message(to)
        files = select(
            *(attachments.c[name] for name in columns),
            literal(target.conversation_id).label("conversation_id"),
            literal(to).label("message_id"),
        ).where(attachments.c.persona_id == self._persona_id, attachments.c.message_id == message_id)
        self._connection.execute(
            insert(attachments).from_select(
                [*columns, "conversation_id", "message_id"], files.order_by(attachments.c.id)
            )
        )
        search_index.put_message(self._connection, self.message(to))

    def attachments_of(self, message_ids: Sequence[MessageId]) -> dict[MessageId, list[Attachment]]:
        found: dict[MessageId, list[Attachment]] = {}
        rows = self._connection.execute(
            select(*_WITH_TEXT)
            .where(
                attachments.c.persona_id == self._persona_id,
                attachments.c.message_id.in_(bindparam("ids", expanding=True)),
            )
            .order_by(attachments.c.id),
            {"ids": list(message_ids)},
        )
        for row in rows:
            found.setdefault(MessageId(row.message_id), []).append(_attachment_from(row))
        return found

    # -- inside

    def _mark_conversation(self, conversation_id: ConversationId, **marks: int | None) -> None:
        own = {"persona_id": self._persona_id, "conversation_id": conversation_id}
        first = {"archived_at": None, "named_by_model": 0} | marks
        statement = upsert(conversation_marks).values(own | first)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["persona_id", "conversation_id"], set_=marks)
        )

    def _is_summary(self, conversation_id: ConversationId) -> Any:
        return (conversation_summaries.c.persona_id == self._persona_id) & (
            conversation_summaries.c.conversation_id == conversation_id
        )

    def _now(self) -> int:
        return to_stored(self._clock.now())


def _attachment_from(row: Any) -> Attachment:
    return Attachment(AttachmentId(row.id), row.sha256, row.name, row.media_type, row.characters, row.text)
