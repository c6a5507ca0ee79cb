"""What belongs to a conversation beside its messages: marks, files, its running summary.

Frozen: it imports no live model.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = (
    """
    CREATE TABLE conversation_marks (
        persona_id INTEGER NOT NULL,
        conversation_id INTEGER NOT NULL,
        archived_at INTEGER,
        named_by_model INTEGER NOT NULL,
        CONSTRAINT pk_conversation_marks PRIMARY KEY (persona_id, conversation_id),
        CONSTRAINT fk_conversation_marks_persona_id_conversation_id
            FOREIGN KEY(persona_id, conversation_id) REFERENCES conversations (persona_id, id),
        CONSTRAINT ck_conversation_marks_named_by_model CHECK (named_by_model IN (0, 1))
    )
     WITHOUT ROWID,
     STRICT
    """,
    """
    CREATE TABLE conversation_summaries (
        persona_id INTEGER NOT NULL,
        conversation_id INTEGER NOT NULL,
        until_position INTEGER NOT NULL,
        edited INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        text TEXT NOT NULL,
        CONSTRAINT pk_conversation_summaries PRIMARY KEY (persona_id, conversation_id),
        CONSTRAINT fk_conversation_summaries_persona_id_conversation_id
            FOREIGN KEY(persona_id, conversation_id) REFERENCES conversations (persona_id, id),
        CONSTRAINT ck_conversation_summaries_edited CHECK (edited IN (0, 1))
    )
     WITHOUT ROWID,
     STRICT
    """,
    """
    CREATE TABLE message_marks (
        persona_id INTEGER NOT NULL,
        message_id INTEGER NOT NULL,
        starred INTEGER NOT NULL,
        pinned INTEGER NOT NULL,
        note TEXT NOT NULL,
        CONSTRAINT pk_message_marks PRIMARY KEY (persona_id, message_id),
        CONSTRAINT fk_message_marks_persona_id_message_id
            FOREIGN KEY(persona_id, message_id) REFERENCES messages (persona_id, id),
        CONSTRAINT ck_message_marks_marks CHECK (starred IN (0, 1) AND pinned IN (0, 1))
    )
     WITHOUT ROWID,
     STRICT
    """,
    """
    CREATE TABLE attachments (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        persona_id INTEGER NOT NULL,
        conversation_id INTEGER NOT NULL,
        message_id INTEGER,
        sha256 TEXT NOT NULL,
        name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        characters INTEGER NOT NULL,
        text TEXT NOT NULL,
        CONSTRAINT fk_attachments_persona_id_conversation_id
            FOREIGN KEY(persona_id, conversation_id) REFERENCES conversations (persona_id, id),
        CONSTRAINT fk_attachments_persona_id_conversation_id_message_id
            FOREIGN KEY(persona_id, conversation_id, message_id)
            REFERENCES messages (persona_id, conversation_id, id),
        CONSTRAINT fk_attachments_sha256 FOREIGN KEY(sha256) REFERENCES assets (sha256)
    )
     STRICT
    """,
    """
    CREATE INDEX ix_attachments_message ON attachments (persona_id, conversation_id, message_id)
    """,
    """
    CREATE INDEX ix_attachments_sha256 ON attachments (sha256)
    """,
    """
    CREATE TRIGGER conversation_marks_keep_identity BEFORE UPDATE ON conversation_marks
    WHEN NEW.persona_id IS NOT OLD.persona_id
        OR NEW.conversation_id IS NOT OLD.conversation_id
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in conversation_marks never changes');
    END
    """,
    """
    CREATE TRIGGER conversation_summaries_keep_identity BEFORE UPDATE ON conversation_summaries
    WHEN NEW.persona_id IS NOT OLD.persona_id
        OR NEW.conversation_id IS NOT OLD.conversation_id
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in conversation_summaries never changes');
    END
    """,
    """
    CREATE TRIGGER message_marks_keep_identity BEFORE UPDATE ON message_marks
    WHEN NEW.persona_id IS NOT OLD.persona_id
        OR NEW.message_id IS NOT OLD.message_id
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in message_marks never changes');
    END
    """,
    """
    CREATE TRIGGER attachments_keep_identity BEFORE UPDATE ON attachments
    WHEN NEW.id IS NOT OLD.id
        OR NEW.persona_id IS NOT OLD.persona_id
        OR NEW.conversation_id IS NOT OLD.conversation_id
        OR NEW.sha256 IS NOT OLD.sha256
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in attachments never changes');
    END
    """,
)


def upgrade() -> None:
    for statement in SCHEMA:
        op.execute(statement)
    op.execute("PRAGMA user_version = 4")
