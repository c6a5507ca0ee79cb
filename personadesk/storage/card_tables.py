"""The tables of what belongs to a card: its earlier versions, the file it came in, who reads which lorebook."""

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from personadesk.storage.memory_tables import LorebookRow
from personadesk.storage.tables import STRICT, Base

_BY_KEY = {"sqlite_strict": True, "sqlite_with_rowid": False}

assert LorebookRow.__tablename__ == "lorebooks"  # what lorebook_readers points at


class PersonaVersionRow(Base):
    """None of a persona whose card was never changed. `raw_json` is NULL where it is that of the version before."""

    __tablename__ = "persona_versions"
    __table_args__ = (
        CheckConstraint("saved_by IN ('made', 'edited', 'replaced', 'restored')", name="saved_by"),
        Index("ix_persona_versions_persona_id", "persona_id"),
        Index("ix_persona_versions_avatar", "avatar"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    persona_id: Mapped[int] = mapped_column(ForeignKey("personas.id"))
    saved_at: Mapped[int]
    saved_by: Mapped[str]
    avatar: Mapped[str | None] = mapped_column(ForeignKey("assets.sha256"))
    card: Mapped[str]
    raw_json: Mapped[str | None]


class ReceivedFileRow(Base):
    """The file a persona was brought in from."""

    __tablename__ = "received_files"
    __table_args__ = (Index("ix_received_files_sha256", "sha256"), _BY_KEY)

    persona_id: Mapped[int] = mapped_column(ForeignKey("personas.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("assets.sha256"))
    name: Mapped[str]


class LorebookReaderRow(Base):
    """A persona that a shared lorebook is open to."""

    __tablename__ = "lorebook_readers"
    __table_args__ = (Index("ix_lorebook_readers_persona_id", "persona_id"), _BY_KEY)

    lorebook_id: Mapped[int] = mapped_column(ForeignKey("lorebooks.id"), primary_key=True)
    persona_id: Mapped[int] = mapped_column(ForeignKey("personas.id"), primary_key=True)


class LoreStateRow(Base):
    """Which timed entries are at work in a conversation."""

    __tablename__ = "lore_states"
    __table_args__ = (
        ForeignKeyConstraint(["persona_id", "conversation_id"], ["conversations.persona_id", "conversations.id"]),
        CheckConstraint("json_valid(state)", name="json"),
        _BY_KEY,
    )

    persona_id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
