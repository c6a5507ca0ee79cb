"""Memories, and what other programs bring.

Frozen: it imports no live model.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = (
    """
    CREATE INDEX ix_conversations_person_id ON conversations (person_id)
    """,
    """
    CREATE TABLE memories (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        persona_id INTEGER NOT NULL,
        person_id INTEGER,
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        text_key TEXT NOT NULL,
        context TEXT NOT NULL,
        category TEXT NOT NULL,
        source TEXT NOT NULL,
        file_id INTEGER,
        learned_at INTEGER,
        times_observed INTEGER NOT NULL,
        pinned INTEGER NOT NULL,
        edited INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        deleted_at INTEGER,
        CONSTRAINT ck_memories_pinned CHECK (pinned IN (0, 1)),
        CONSTRAINT ck_memories_edited CHECK (edited IN (0, 1)),
        CONSTRAINT ck_memories_times_observed CHECK (times_observed >= 1),
        CONSTRAINT fk_memories_persona_id FOREIGN KEY(persona_id) REFERENCES personas (id),
        CONSTRAINT fk_memories_person_id FOREIGN KEY(person_id) REFERENCES people (id),
        CONSTRAINT fk_memories_file_id FOREIGN KEY(file_id) REFERENCES import_files (id)
    )
     STRICT
    """,
    """
    CREATE INDEX ix_memories_file_id ON memories (file_id)
    """,
    """
    CREATE UNIQUE INDEX uq_memories_persona_id_id ON memories (persona_id, id)
    """,
    """
    CREATE UNIQUE INDEX uq_memories_text ON memories (person_id, persona_id, kind, text_key)
    """,
    """
    CREATE UNIQUE INDEX uq_memories_text_of_nobody ON memories (persona_id, kind, text_key) WHERE person_id IS NULL
    """,
    """
    CREATE TABLE import_runs (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        uuid TEXT NOT NULL,
        source BLOB NOT NULL,
        kind TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        finished_at INTEGER,
        backup BLOB,
        database_backup BLOB,
        undone_at INTEGER,
        counts TEXT NOT NULL,
        CONSTRAINT uq_import_runs_uuid UNIQUE (uuid)
    )
     STRICT
    """,
    """
    CREATE TABLE import_files (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        run_id INTEGER NOT NULL,
        path BLOB NOT NULL,
        sha256 BLOB NOT NULL,
        size INTEGER NOT NULL,
        part TEXT NOT NULL,
        verdict TEXT NOT NULL,
        reason TEXT NOT NULL,
        group_key BLOB NOT NULL,
        persona_id INTEGER,
        person_id INTEGER,
        person_key BLOB NOT NULL,
        count INTEGER NOT NULL,
        listed INTEGER NOT NULL,
        content BLOB,
        CONSTRAINT fk_import_files_run_id FOREIGN KEY(run_id) REFERENCES import_runs (id),
        CONSTRAINT fk_import_files_persona_id FOREIGN KEY(persona_id) REFERENCES personas (id),
        CONSTRAINT fk_import_files_person_id FOREIGN KEY(person_id) REFERENCES people (id)
    )
     STRICT
    """,
    """
    CREATE INDEX ix_import_files_person_id ON import_files (person_id)
    """,
    """
    CREATE INDEX ix_import_files_persona_id ON import_files (persona_id, person_key)
    """,
    """
    CREATE INDEX ix_import_files_run_id ON import_files (run_id)
    """,
    """
    CREATE TABLE person_keys (
        "key" BLOB NOT NULL,
        person_id INTEGER NOT NULL,
        run_id INTEGER NOT NULL,
        CONSTRAINT pk_person_keys PRIMARY KEY ("key"),
        CONSTRAINT fk_person_keys_person_id FOREIGN KEY(person_id) REFERENCES people (id),
        CONSTRAINT fk_person_keys_run_id FOREIGN KEY(run_id) REFERENCES import_runs (id)
    )
     WITHOUT ROWID,
     STRICT
    """,
    """
    CREATE INDEX ix_person_keys_person_id ON person_keys (person_id)
    """,
    """
    CREATE TABLE profile_sources (
        persona_id INTEGER NOT NULL,
        person_id INTEGER NOT NULL,
        file_id INTEGER NOT NULL,
        known_as TEXT NOT NULL,
        affection REAL,
        stage TEXT NOT NULL,
        interactions INTEGER NOT NULL,
        first_met INTEGER,
        last_met INTEGER,
        last_updated INTEGER,
        details TEXT NOT NULL,
        CONSTRAINT pk_profile_sources PRIMARY KEY (persona_id, person_id, file_id),
        CONSTRAINT fk_profile_sources_persona_id FOREIGN KEY(persona_id) REFERENCES personas (id),
        CONSTRAINT fk_profile_sources_person_id FOREIGN KEY(person_id) REFERENCES people (id),
        CONSTRAINT fk_profile_sources_file_id FOREIGN KEY(file_id) REFERENCES import_files (id)
    )
     WITHOUT ROWID,
     STRICT
    """,
    """
    CREATE INDEX ix_profile_sources_file_id ON profile_sources (file_id)
    """,
    """
    CREATE INDEX ix_profile_sources_person_id ON profile_sources (person_id)
    """,
    """
    CREATE TABLE memory_sources (
        persona_id INTEGER NOT NULL,
        memory_id INTEGER NOT NULL,
        file_id INTEGER NOT NULL,
        observed INTEGER NOT NULL,
        CONSTRAINT pk_memory_sources PRIMARY KEY (persona_id, memory_id, file_id),
        CONSTRAINT fk_memory_sources_persona_id_memory_id FOREIGN KEY(persona_id, memory_id)
            REFERENCES memories (persona_id, id),
        CONSTRAINT fk_memory_sources_file_id FOREIGN KEY(file_id) REFERENCES import_files (id)
    )
     WITHOUT ROWID,
     STRICT
    """,
    """
    CREATE INDEX ix_memory_sources_file_id ON memory_sources (file_id)
    """,
    """
    CREATE TABLE import_rows (
        run_id INTEGER NOT NULL,
        kind TEXT NOT NULL,
        row_id INTEGER NOT NULL,
        mark TEXT NOT NULL,
        CONSTRAINT pk_import_rows PRIMARY KEY (run_id, kind, row_id),
        CONSTRAINT ck_import_rows_kind CHECK (kind IN ('persona', 'conversation', 'lorebook', 'person')),
        CONSTRAINT fk_import_rows_run_id FOREIGN KEY(run_id) REFERENCES import_runs (id)
    )
     WITHOUT ROWID,
     STRICT
    """,
    """
    CREATE TABLE lorebooks (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        uuid TEXT NOT NULL,
        persona_id INTEGER,
        name TEXT NOT NULL,
        entries INTEGER NOT NULL,
        enabled INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        deleted_at INTEGER,
        raw_json TEXT NOT NULL,
        CONSTRAINT ck_lorebooks_enabled CHECK (enabled IN (0, 1)),
        CONSTRAINT uq_lorebooks_uuid UNIQUE (uuid),
        CONSTRAINT fk_lorebooks_persona_id FOREIGN KEY(persona_id) REFERENCES personas (id)
    )
     STRICT
    """,
    """
    CREATE INDEX ix_lorebooks_persona_id ON lorebooks (persona_id)
    """,
    """
    CREATE TRIGGER memories_keep_identity BEFORE UPDATE ON memories
    WHEN NEW.id IS NOT OLD.id
        OR NEW.persona_id IS NOT OLD.persona_id
        OR NEW.person_id IS NOT OLD.person_id
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in memories never changes');
    END
    """,
    """
    CREATE TRIGGER memory_sources_keep_identity BEFORE UPDATE ON memory_sources
    WHEN NEW.persona_id IS NOT OLD.persona_id
        OR NEW.memory_id IS NOT OLD.memory_id
        OR NEW.file_id IS NOT OLD.file_id
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in memory_sources never changes');
    END
    """,
    """
    CREATE TRIGGER lorebooks_keep_identity BEFORE UPDATE ON lorebooks
    WHEN NEW.id IS NOT OLD.id
        OR NEW.uuid IS NOT OLD.uuid
        OR NEW.persona_id IS NOT OLD.persona_id
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in lorebooks never changes');
    END
    """,
    """
    CREATE TRIGGER import_runs_keep_identity BEFORE UPDATE ON import_runs
    WHEN NEW.id IS NOT OLD.id
        OR NEW.uuid IS NOT OLD.uuid
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in import_runs never changes');
    END
    """,
)


def upgrade() -> None:
    for statement in SCHEMA:
        op.execute(statement)
    op.execute("PRAGMA user_version = 2")
