"""The tables of what belongs to a conversation beside its messages: marks, files, its running summary."""

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Table
from sqlalchemy.orm import Mapped, mapped_column

from personadesk.storage.tables import STRICT, Base

_BY_KEY = {"sqlite_strict": True, "sqlite_with_rowid": False}


class ConversationMarkRow(Base):
    """None of a conversation that is neither archived nor named by a model."""

    __tablename__ = "conversation_marks"
    __table_args__ = (
        ForeignKeyConstraint(["persona_id", "conversation_id"], ["conversations.persona_id", "conversations.id"]),
        CheckConstraint("named_by_model IN (0, 1)", name="named_by_model"),
        _BY_KEY,
    )

    persona_id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(primary_key=True)
    archived_at: Mapped[int | None]
    named_by_model: Mapped[int]


class ConversationSummaryRow(Base):
    """What was said up to a message, in short. It never takes the place of the messages."""

    __tablename__ = "conversation_summaries"
    __table_args__ = (
        ForeignKeyConstraint(["persona_id", "conversation_id"], ["conversations.persona_id", "conversations.id"]),
        CheckConstraint("edited IN (0, 1)", name="edited"),
        _BY_KEY,
    )

    persona_id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(primary_key=True)
    until_position: Mapped[int]
    edited: Mapped[int]
    updated_at: Mapped[int]
    text: Mapped[str]


class MessageMarkRow(Base):
    """None of a message without a star, a pin or a note."""

    __tablename__ = "message_marks"
    __table_args__ = (
        ForeignKeyConstraint(["persona_id", "message_id"], ["messages.persona_id", "messages.id"]),
        CheckConstraint("starred IN (0, 1) AND pinned IN (0, 1)", name="marks"),
        _BY_KEY,
    )

    persona_id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(primary_key=True)
    starred: Mapped[int]
    pinned: Mapped[int]
    note: Mapped[str]


class AttachmentRow(Base):
    """A file that goes with a message; without one it lies in the composer. `text` is what was read out of it."""

    __tablename__ = "attachments"
    __table_args__ = (
        ForeignKeyConstraint(["persona_id", "conversation_id"], ["conversations.persona_id", "conversations.id"]),
        ForeignKeyConstraint(
            ["persona_id", "conversation_id", "message_id"],
            ["messages.persona_id", "messages.conversation_id", "messages.id"],
        ),
        Index("ix_attachments_message", "persona_id", "conversation_id", "message_id"),
        Index("ix_attachments_sha256", "sha256"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    persona_id: Mapped[int]
    conversation_id: Mapped[int]
    message_id: Mapped[int | None]
    sha256: Mapped[str] = mapped_column(ForeignKey("assets.sha256"))
    name: Mapped[str]
    media_type: Mapped[str]
    characters: Mapped[int]
    text: Mapped[str]


def _table(row: type[Base]) -> Table:
    return Base.metadata.tables[row.__tablename__]


conversation_marks = _table(ConversationMarkRow)
conversation_summaries = _table(ConversationSummaryRow)
message_marks = _table(MessageMarkRow)
attachments = _table(AttachmentRow)
