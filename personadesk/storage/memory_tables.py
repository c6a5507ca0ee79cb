"""The tables of memories and of what was brought from other programs.

Paths and keys made of them are bytes: a file's name need not be text. No table checks that foreign
JSON is valid for SQLite, which refuses some that other programs write (deeper than 1,000 levels).
"""

from sqlalchemy import REAL, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from personadesk.storage.tables import STRICT, Base

_BY_KEY = {"sqlite_strict": True, "sqlite_with_rowid": False}


class MemoryRow(Base):
    """`file_id` is the file that brought it first, and once; what brought it again has a memory_sources row.

    A text that was forgotten keeps its key until it is purged, so that no import brings it back. Every
    index here is paid for fifteen times by each profile that is imported.
    """

    __tablename__ = "memories"
    __table_args__ = (
        CheckConstraint("pinned IN (0, 1)", name="pinned"),
        CheckConstraint("edited IN (0, 1)", name="edited"),
        CheckConstraint("times_observed >= 1", name="times_observed"),
        Index("uq_memories_persona_id_id", "persona_id", "id", unique=True),
        Index("uq_memories_text", "person_id", "persona_id", "kind", "text_key", unique=True),
        # In the one above, two rows about nobody are never the same.
        Index(
            "uq_memories_text_of_nobody",
            "persona_id",
            "kind",
            "text_key",
            unique=True,
            sqlite_where=text("person_id IS NULL"),
        ),
        Index("ix_memories_file_id", "file_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    persona_id: Mapped[int] = mapped_column(ForeignKey("personas.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str]
    text: Mapped[str]
    text_key: Mapped[str]
    context: Mapped[str]
    category: Mapped[str]
    source: Mapped[str]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("import_files.id"))
    learned_at: Mapped[int | None]
    times_observed: Mapped[int]
    pinned: Mapped[int]
    edited: Mapped[int]
    created_at: Mapped[int]
    updated_at: Mapped[int]
    deleted_at: Mapped[int | None]


class ImportRunRow(Base):
    """`counts` is a JSON object."""

    __tablename__ = "import_runs"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True)
    source: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str]
    started_at: Mapped[int]
    finished_at: Mapped[int | None]
    backup: Mapped[bytes | None] = mapped_column(LargeBinary)
    database_backup: Mapped[bytes | None] = mapped_column(LargeBinary)
    undone_at: Mapped[int | None]
    counts: Mapped[str]


class ImportFileRow(Base):
    """A file, or a piece of one. `listed` is 0 for a piece, 1 for one that the run lists too, 2 for what
    is only listed. `content` comes last: listing files leaves its pages alone.
    """

    __tablename__ = "import_files"
    __table_args__ = (
        Index("ix_import_files_run_id", "run_id"),
        Index("ix_import_files_persona_id", "persona_id", "person_key"),
        Index("ix_import_files_person_id", "person_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id"))
    path: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int]
    part: Mapped[str]
    verdict: Mapped[str]
    reason: Mapped[str]
    group_key: Mapped[bytes] = mapped_column(LargeBinary)
    persona_id: Mapped[int | None] = mapped_column(ForeignKey("personas.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    person_key: Mapped[bytes] = mapped_column(LargeBinary)
    count: Mapped[int]
    listed: Mapped[int]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)


class PersonKeyRow(Base):
    __tablename__ = "person_keys"
    __table_args__ = (Index("ix_person_keys_person_id", "person_id"), _BY_KEY)

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id"))


class ProfileSourceRow(Base):
    """What one file says about how a persona stands with a person; all of them together say how it does."""

    __tablename__ = "profile_sources"
    __table_args__ = (
        Index("ix_profile_sources_person_id", "person_id"),
        Index("ix_profile_sources_file_id", "file_id"),
        _BY_KEY,
    )

    persona_id: Mapped[int] = mapped_column(ForeignKey("personas.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("import_files.id"), primary_key=True)
    known_as: Mapped[str]
    affection: Mapped[float | None] = mapped_column(REAL)
    stage: Mapped[str]
    interactions: Mapped[int]
    first_met: Mapped[int | None]
    last_met: Mapped[int | None]
    last_updated: Mapped[int | None]
    details: Mapped[str]


class MemorySourceRow(Base):
    """A file that brought a memory which was there already, and how often."""

    __tablename__ = "memory_sources"
    __table_args__ = (
        ForeignKeyConstraint(["persona_id", "memory_id"], ["memories.persona_id", "memories.id"]),
        Index("ix_memory_sources_file_id", "file_id"),
        _BY_KEY,
    )

    persona_id: Mapped[int] = mapped_column(primary_key=True)
    memory_id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("import_files.id"), primary_key=True)
    observed: Mapped[int]


class ImportedRow(Base):
    """A row that a run made, and what it looked like then: an undo leaves alone what has changed."""

    __tablename__ = "import_rows"
    __table_args__ = (
        CheckConstraint("kind IN ('persona', 'conversation', 'lorebook', 'person')", name="kind"),
        _BY_KEY,
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str]


class LorebookRow(Base):
    __tablename__ = "lorebooks"
    __table_args__ = (
        CheckConstraint("enabled IN (0, 1)", name="enabled"),
        Index("ix_lorebooks_persona_id", "persona_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True)
    persona_id: Mapped[int | None] = mapped_column(ForeignKey("personas.id"))
    name: Mapped[str]
    entries: Mapped[int]
    enabled: Mapped[int]
    created_at: Mapped[int]
    deleted_at: Mapped[int | None]
    raw_json: Mapped[str]
