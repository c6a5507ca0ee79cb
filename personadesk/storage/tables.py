"""The tables. The migrations carry frozen copies; a test holds both to the same schema.

Isolation is here and not in the queries: a row of one persona can't point at another's, because
every reference between them carries `persona_id` in a composite foreign key. Times are whole
microseconds since 1970 UTC, truth values 0 or 1.
"""

from sqlalchemy import (
    CheckConstraint,
    Constraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql.compiler import DDLCompiler

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
STRICT = {"sqlite_strict": True, "sqlite_autoincrement": True}
"""AUTOINCREMENT: SQLite never gives an id out twice, not even the highest after its row is gone."""


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {int: Integer(), str: Text()}


class AssetRow(Base):
    """A file by its content. The file itself is in the assets folder."""

    __tablename__ = "assets"
    __table_args__ = (CheckConstraint("length(sha256) = 64", name="sha256"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    media_type: Mapped[str]
    byte_count: Mapped[int]
    created_at: Mapped[int]


class PersonRow(Base):
    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("is_you IN (0, 1)", name="is_you"),
        Index("ix_people_you", "is_you", unique=True, sqlite_where=text("is_you = 1")),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    is_you: Mapped[int]


class PersonaRow(Base):
    """`card` is the JSON of what the other columns don't hold. The large columns come last, so that
    reading the small ones of thousands of rows leaves the large ones' pages alone.
    """

    __tablename__ = "personas"
    __table_args__ = (
        # The search index shifts this id by 40 bits.
        CheckConstraint("id BETWEEN 1 AND 8388607", name="id"),
        CheckConstraint("origin IN ('built_in', 'custom')", name="origin"),
        CheckConstraint("length(name) BETWEEN 1 AND 50", name="name"),
        CheckConstraint("favourite IN (0, 1)", name="favourite"),
        CheckConstraint("unread >= 0", name="unread"),
        CheckConstraint("json_valid(traits) AND json_valid(tags) AND json_valid(card)", name="json"),
        Index("ix_personas_name", "name_key", unique=True, sqlite_where=text("deleted_at IS NULL")),
        Index("ix_personas_built_in_key", "built_in_key", unique=True, sqlite_where=text("built_in_key <> ''")),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True)
    origin: Mapped[str]
    built_in_key: Mapped[str]
    fingerprint: Mapped[str]
    name: Mapped[str]
    name_key: Mapped[str]
    display_name: Mapped[str]
    tagline: Mapped[str]
    avatar: Mapped[str | None] = mapped_column(ForeignKey("assets.sha256"))
    favourite: Mapped[int]
    pin_position: Mapped[int | None]
    unread: Mapped[int]
    created_at: Mapped[int]
    updated_at: Mapped[int]
    deleted_at: Mapped[int | None]
    traits: Mapped[str]
    tags: Mapped[str]
    description: Mapped[str]
    card: Mapped[str]
    raw_json: Mapped[str]


class ConversationRow(Base):
    __tablename__ = "conversations"
    __table_args__ = (
        Index("uq_conversations_persona_id_id", "persona_id", "id", unique=True),
        Index("ix_conversations_recent", "persona_id", "updated_at", sqlite_where=text("deleted_at IS NULL")),
        Index("ix_conversations_person_id", "person_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True)
    persona_id: Mapped[int] = mapped_column(ForeignKey("personas.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    title: Mapped[str]
    draft: Mapped[str]
    created_at: Mapped[int]
    updated_at: Mapped[int]
    deleted_at: Mapped[int | None]


class ShownSwipeConstraint(Constraint):
    """A message shows a swipe of its own. They need each other: checked when the transaction ends.

    Not a ForeignKeyConstraint: SQLAlchemy 2.1 leaves AUTOINCREMENT away where an id is part of one.
    """


@compiles(ShownSwipeConstraint)
def _shown_swipe_sql(_constraint: ShownSwipeConstraint, _compiler: DDLCompiler, **_options: object) -> str:
    return (
        "CONSTRAINT fk_messages_persona_id_id_shown_swipe FOREIGN KEY(persona_id, id, shown_swipe)"
        " REFERENCES swipes (persona_id, message_id, ordinal) DEFERRABLE INITIALLY DEFERRED"
    )


class MessageRow(Base):
    """A node of a conversation's tree.

    Those with `on_path` = 1 make up the active path, in the order of `position`; one of them that is
    in the trash keeps its place there, so that it can come back to it. A parent is older than its
    child, which rules out circles. `shown_swipe` is the ordinal of the swipe that is shown,
    `characters` the length of its text (kept by triggers).
    """

    __tablename__ = "messages"
    __table_args__ = (
        ForeignKeyConstraint(["persona_id", "conversation_id"], ["conversations.persona_id", "conversations.id"]),
        ForeignKeyConstraint(
            ["persona_id", "conversation_id", "parent_id"],
            ["messages.persona_id", "messages.conversation_id", "messages.id"],
        ),
        ShownSwipeConstraint(),
        CheckConstraint("id BETWEEN 1 AND 1099511627775", name="id"),
        CheckConstraint("role IN ('user', 'persona')", name="role"),
        CheckConstraint("on_path IN (0, 1)", name="on_path"),
        CheckConstraint("position >= 0", name="position"),
        CheckConstraint("parent_id < id", name="parent"),
        Index("uq_messages_persona_id_id", "persona_id", "id", unique=True),
        Index("uq_messages_persona_id_conversation_id_id", "persona_id", "conversation_id", "id", unique=True),
        Index(
            "ix_messages_path",
            "persona_id",
            "conversation_id",
            "position",
            unique=True,
            sqlite_where=text("on_path = 1"),
        ),
        # All three columns: with the last alone SQLite looks for a message's children among all of its conversation.
        Index("ix_messages_parent", "persona_id", "conversation_id", "parent_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    persona_id: Mapped[int]
    conversation_id: Mapped[int]
    parent_id: Mapped[int | None]
    position: Mapped[int]
    on_path: Mapped[int]
    role: Mapped[str]
    shown_swipe: Mapped[int]
    characters: Mapped[int]
    created_at: Mapped[int]
    deleted_at: Mapped[int | None]


class SwipeRow(Base):
    """One text of a message. Swipes are added, never removed: `ordinal` counts from 0 without gaps."""

    __tablename__ = "swipes"
    __table_args__ = (
        ForeignKeyConstraint(["persona_id", "message_id"], ["messages.persona_id", "messages.id"]),
        CheckConstraint("ordinal >= 0", name="ordinal"),
        CheckConstraint(
            "state IN ('complete', 'streaming', 'stopped', 'interrupted', 'failed')",
            name="state",
        ),
        CheckConstraint("is_edit IN (0, 1)", name="is_edit"),
        Index("uq_swipes_persona_id_message_id_ordinal", "persona_id", "message_id", "ordinal", unique=True),
        Index("ix_swipes_streaming", "state", sqlite_where=text("state = 'streaming'")),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    persona_id: Mapped[int]
    message_id: Mapped[int]
    ordinal: Mapped[int]
    state: Mapped[str]
    model: Mapped[str]
    error: Mapped[str]
    is_edit: Mapped[int]
    character_count: Mapped[int]
    created_at: Mapped[int]
    finished_at: Mapped[int | None]
    text: Mapped[str]


class PathBlockRow(Base):
    """How many messages of the active path a block of positions shows, and how long they are. Kept by triggers."""

    __tablename__ = "path_blocks"
    __table_args__ = (
        ForeignKeyConstraint(
            ["persona_id", "conversation_id"],
            ["conversations.persona_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )

    persona_id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(primary_key=True)
    block_index: Mapped[int] = mapped_column(primary_key=True)
    messages: Mapped[int]
    characters: Mapped[int]


class SettingRow(Base):
    __tablename__ = "settings"
    __table_args__ = (CheckConstraint("json_valid(value)", name="json"), {"sqlite_strict": True})

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class TrashRow(Base):
    __tablename__ = "trash"
    __table_args__ = (
        ForeignKeyConstraint(["persona_id", "conversation_id"], ["conversations.persona_id", "conversations.id"]),
        ForeignKeyConstraint(
            ["persona_id", "conversation_id", "message_id"],
            ["messages.persona_id", "messages.conversation_id", "messages.id"],
        ),
        CheckConstraint(
            "(kind = 'persona' AND conversation_id IS NULL AND message_id IS NULL)"
            " OR (kind = 'conversation' AND conversation_id IS NOT NULL AND message_id IS NULL)"
            " OR (kind = 'message' AND conversation_id IS NOT NULL AND message_id IS NOT NULL)",
            name="kind",
        ),
        Index("ix_trash_message", "persona_id", "conversation_id", "message_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    label: Mapped[str]
    persona_id: Mapped[int] = mapped_column(ForeignKey("personas.id"))
    conversation_id: Mapped[int | None]
    message_id: Mapped[int | None]
    deleted_at: Mapped[int]


def _table(row: type[Base]) -> Table:
    return Base.metadata.tables[row.__tablename__]


assets = _table(AssetRow)
people = _table(PersonRow)
personas = _table(PersonaRow)
conversations = _table(ConversationRow)
messages = _table(MessageRow)
swipes = _table(SwipeRow)
path_blocks = _table(PathBlockRow)
settings = _table(SettingRow)
trash = _table(TrashRow)
