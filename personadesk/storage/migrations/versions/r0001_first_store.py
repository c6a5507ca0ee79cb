"""The first store.

Frozen: it imports no live model.
"""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = (
    """
    CREATE TABLE assets (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        sha256 TEXT NOT NULL,
        media_type TEXT NOT NULL,
        byte_count INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        CONSTRAINT ck_assets_sha256 CHECK (length(sha256) = 64),
        CONSTRAINT uq_assets_sha256 UNIQUE (sha256)
    ) STRICT
    """,
    """
    CREATE TABLE people (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        uuid TEXT NOT NULL,
        name TEXT NOT NULL,
        is_you INTEGER NOT NULL,
        CONSTRAINT ck_people_is_you CHECK (is_you IN (0, 1)),
        CONSTRAINT uq_people_uuid UNIQUE (uuid)
    ) STRICT
    """,
    """
    CREATE UNIQUE INDEX ix_people_you ON people (is_you) WHERE is_you = 1
    """,
    """
    CREATE TABLE personas (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        uuid TEXT NOT NULL,
        origin TEXT NOT NULL,
        built_in_key TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL,
        display_name TEXT NOT NULL,
        tagline TEXT NOT NULL,
        avatar TEXT,
        favourite INTEGER NOT NULL,
        pin_position INTEGER,
        unread INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        deleted_at INTEGER,
        traits TEXT NOT NULL,
        tags TEXT NOT NULL,
        description TEXT NOT NULL,
        card TEXT NOT NULL,
        raw_json TEXT NOT NULL,
        CONSTRAINT ck_personas_id CHECK (id BETWEEN 1 AND 8388607),
        CONSTRAINT ck_personas_origin CHECK (origin IN ('built_in', 'custom')),
        CONSTRAINT ck_personas_name CHECK (length(name) BETWEEN 1 AND 50),
        CONSTRAINT ck_personas_favourite CHECK (favourite IN (0, 1)),
        CONSTRAINT ck_personas_unread CHECK (unread >= 0),
        CONSTRAINT ck_personas_json CHECK (json_valid(traits) AND json_valid(tags) AND json_valid(card)),
        CONSTRAINT uq_personas_uuid UNIQUE (uuid),
        CONSTRAINT fk_personas_avatar FOREIGN KEY(avatar) REFERENCES assets (sha256)
    ) STRICT
    """,
    """
    CREATE UNIQUE INDEX ix_personas_built_in_key ON personas (built_in_key) WHERE built_in_key <> ''
    """,
    """
    CREATE UNIQUE INDEX ix_personas_name ON personas (name_key) WHERE deleted_at IS NULL
    """,
    """
    CREATE TABLE conversations (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        uuid TEXT NOT NULL,
        persona_id INTEGER NOT NULL,
        person_id INTEGER NOT NULL,
        title TEXT NOT NULL,
        draft TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        deleted_at INTEGER,
        CONSTRAINT uq_conversations_uuid UNIQUE (uuid),
        CONSTRAINT fk_conversations_persona_id FOREIGN KEY(persona_id) REFERENCES personas (id),
        CONSTRAINT fk_conversations_person_id FOREIGN KEY(person_id) REFERENCES people (id)
    ) STRICT
    """,
    """
    CREATE INDEX ix_conversations_recent ON conversations (persona_id, updated_at) WHERE deleted_at IS NULL
    """,
    """
    CREATE UNIQUE INDEX uq_conversations_persona_id_id ON conversations (persona_id, id)
    """,
    """
    CREATE TABLE messages (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        persona_id INTEGER NOT NULL,
        conversation_id INTEGER NOT NULL,
        parent_id INTEGER,
        position INTEGER NOT NULL,
        on_path INTEGER NOT NULL,
        role TEXT NOT NULL,
        shown_swipe INTEGER NOT NULL,
        characters INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        deleted_at INTEGER,
        CONSTRAINT fk_messages_persona_id_conversation_id FOREIGN KEY(persona_id, conversation_id)
            REFERENCES conversations (persona_id, id),
        CONSTRAINT fk_messages_persona_id_conversation_id_parent_id FOREIGN KEY(persona_id, conversation_id, parent_id)
            REFERENCES messages (persona_id, conversation_id, id),
        CONSTRAINT fk_messages_persona_id_id_shown_swipe FOREIGN KEY(persona_id, id, shown_swipe)
            REFERENCES swipes (persona_id, message_id, ordinal) DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT ck_messages_id CHECK (id BETWEEN 1 AND 1099511627775),
        CONSTRAINT ck_messages_role CHECK (role IN ('user', 'persona')),
        CONSTRAINT ck_messages_on_path CHECK (on_path IN (0, 1)),
        CONSTRAINT ck_messages_position CHECK (position >= 0),
        CONSTRAINT ck_messages_parent CHECK (parent_id < id)
    ) STRICT
    """,
    """
    CREATE INDEX ix_messages_parent ON messages (persona_id, conversation_id, parent_id)
    """,
    """
    CREATE UNIQUE INDEX ix_messages_path ON messages (persona_id, conversation_id, position) WHERE on_path = 1
    """,
    """
    CREATE UNIQUE INDEX uq_messages_persona_id_conversation_id_id ON messages (persona_id, conversation_id, id)
    """,
    """
    CREATE UNIQUE INDEX uq_messages_persona_id_id ON messages (persona_id, id)
    """,
    """
    CREATE TABLE swipes (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        persona_id INTEGER NOT NULL,
        message_id INTEGER NOT NULL,
        ordinal INTEGER NOT NULL,
        state TEXT NOT NULL,
        model TEXT NOT NULL,
        error TEXT NOT NULL,
        is_edit INTEGER NOT NULL,
        character_count INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        finished_at INTEGER,
        text TEXT NOT NULL,
        CONSTRAINT fk_swipes_persona_id_message_id FOREIGN KEY(persona_id, message_id)
            REFERENCES messages (persona_id, id),
        CONSTRAINT ck_swipes_ordinal CHECK (ordinal >= 0),
        CONSTRAINT ck_swipes_state CHECK (state IN ('complete', 'streaming', 'stopped', 'interrupted', 'failed')),
        CONSTRAINT ck_swipes_is_edit CHECK (is_edit IN (0, 1))
    ) STRICT
    """,
    """
    CREATE INDEX ix_swipes_streaming ON swipes (state) WHERE state = 'streaming'
    """,
    """
    CREATE UNIQUE INDEX uq_swipes_persona_id_message_id_ordinal ON swipes (persona_id, message_id, ordinal)
    """,
    """
    CREATE TABLE path_blocks (
        persona_id INTEGER NOT NULL,
        conversation_id INTEGER NOT NULL,
        block_index INTEGER NOT NULL,
        messages INTEGER NOT NULL,
        characters INTEGER NOT NULL,
        CONSTRAINT pk_path_blocks PRIMARY KEY (persona_id, conversation_id, block_index),
        CONSTRAINT fk_path_blocks_persona_id_conversation_id FOREIGN KEY(persona_id, conversation_id)
            REFERENCES conversations (persona_id, id) ON DELETE CASCADE
    ) WITHOUT ROWID,
     STRICT
    """,
    """
    CREATE TABLE settings (
        "key" TEXT NOT NULL,
        value TEXT NOT NULL,
        CONSTRAINT pk_settings PRIMARY KEY ("key"),
        CONSTRAINT ck_settings_json CHECK (json_valid(value))
    ) STRICT
    """,
    """
    CREATE TABLE trash (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        label TEXT NOT NULL,
        persona_id INTEGER NOT NULL,
        conversation_id INTEGER,
        message_id INTEGER,
        deleted_at INTEGER NOT NULL,
        CONSTRAINT fk_trash_persona_id_conversation_id FOREIGN KEY(persona_id, conversation_id)
            REFERENCES conversations (persona_id, id),
        CONSTRAINT fk_trash_persona_id_conversation_id_message_id FOREIGN KEY(persona_id, conversation_id, message_id)
            REFERENCES messages (persona_id, conversation_id, id),
        CONSTRAINT ck_trash_kind CHECK (
            (kind = 'persona' AND conversation_id IS NULL AND message_id IS NULL)
            OR (kind = 'conversation' AND conversation_id IS NOT NULL AND message_id IS NULL)
            OR (kind = 'message' AND conversation_id IS NOT NULL AND message_id IS NOT NULL)
        ),
        CONSTRAINT fk_trash_persona_id FOREIGN KEY(persona_id) REFERENCES personas (id)
    ) STRICT
    """,
    """
    CREATE INDEX ix_trash_message ON trash (persona_id, conversation_id, message_id)
    """,
    """
    CREATE VIRTUAL TABLE message_search USING fts5(
        body, content='', contentless_delete=1,
        tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
    )
    """,
    """
    CREATE TRIGGER personas_keep_identity BEFORE UPDATE ON personas
    WHEN NEW.id IS NOT OLD.id
        OR NEW.uuid IS NOT OLD.uuid
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in personas never changes');
    END
    """,
    """
    CREATE TRIGGER conversations_keep_identity BEFORE UPDATE ON conversations
    WHEN NEW.id IS NOT OLD.id
        OR NEW.uuid IS NOT OLD.uuid
        OR NEW.persona_id IS NOT OLD.persona_id
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in conversations never changes');
    END
    """,
    """
    CREATE TRIGGER messages_keep_identity BEFORE UPDATE ON messages
    WHEN NEW.id IS NOT OLD.id
        OR NEW.persona_id IS NOT OLD.persona_id
        OR NEW.conversation_id IS NOT OLD.conversation_id
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in messages never changes');
    END
    """,
    """
    CREATE TRIGGER swipes_keep_identity BEFORE UPDATE ON swipes
    WHEN NEW.id IS NOT OLD.id
        OR NEW.persona_id IS NOT OLD.persona_id
        OR NEW.message_id IS NOT OLD.message_id
        OR NEW.ordinal IS NOT OLD.ordinal
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in swipes never changes');
    END
    """,
    """
    CREATE TRIGGER trash_keep_identity BEFORE UPDATE ON trash
    WHEN NEW.id IS NOT OLD.id
        OR NEW.kind IS NOT OLD.kind
        OR NEW.persona_id IS NOT OLD.persona_id
        OR NEW.conversation_id IS NOT OLD.conversation_id
        OR NEW.message_id IS NOT OLD.message_id
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in trash never changes');
    END
    """,
    """
    CREATE TRIGGER personas_never_reuse_ids AFTER INSERT ON personas
    WHEN NEW.id <= (SELECT seq FROM sqlite_sequence WHERE name = 'personas')
    BEGIN
        SELECT RAISE(ABORT, 'an id in personas is never used again');
    END
    """,
    """
    CREATE TRIGGER conversations_never_reuse_ids AFTER INSERT ON conversations
    WHEN NEW.id <= (SELECT seq FROM sqlite_sequence WHERE name = 'conversations')
    BEGIN
        SELECT RAISE(ABORT, 'an id in conversations is never used again');
    END
    """,
    """
    CREATE TRIGGER messages_never_reuse_ids AFTER INSERT ON messages
    WHEN NEW.id <= (SELECT seq FROM sqlite_sequence WHERE name = 'messages')
    BEGIN
        SELECT RAISE(ABORT, 'an id in messages is never used again');
    END
    """,
    """
    CREATE TRIGGER messages_enter_path AFTER INSERT ON messages
    BEGIN
        INSERT INTO path_blocks (persona_id, conversation_id, block_index, messages, characters)
        SELECT NEW.persona_id, NEW.conversation_id, NEW.position / 256, 1, NEW.characters
        WHERE NEW.on_path = 1 AND NEW.deleted_at IS NULL
        ON CONFLICT DO UPDATE SET messages = messages + 1, characters = characters + excluded.characters;
    END
    """,
    """
    CREATE TRIGGER messages_move_on_path AFTER UPDATE OF on_path, deleted_at, position, characters ON messages
    BEGIN
        UPDATE path_blocks SET messages = messages - 1, characters = characters - OLD.characters
        WHERE persona_id = OLD.persona_id AND conversation_id = OLD.conversation_id
        AND block_index = OLD.position / 256 AND OLD.on_path = 1 AND OLD.deleted_at IS NULL;

        INSERT INTO path_blocks (persona_id, conversation_id, block_index, messages, characters)
        SELECT NEW.persona_id, NEW.conversation_id, NEW.position / 256, 1, NEW.characters
        WHERE NEW.on_path = 1 AND NEW.deleted_at IS NULL
        ON CONFLICT DO UPDATE SET messages = messages + 1, characters = characters + excluded.characters;
    END
    """,
    """
    CREATE TRIGGER messages_leave_path AFTER DELETE ON messages
    BEGIN
        UPDATE path_blocks SET messages = messages - 1, characters = characters - OLD.characters
        WHERE persona_id = OLD.persona_id AND conversation_id = OLD.conversation_id
        AND block_index = OLD.position / 256 AND OLD.on_path = 1 AND OLD.deleted_at IS NULL;
    END
    """,
    """
    CREATE TRIGGER messages_show_swipe AFTER UPDATE OF shown_swipe ON messages
    BEGIN
        UPDATE messages SET characters = (
            SELECT character_count FROM swipes
            WHERE persona_id = NEW.persona_id AND message_id = NEW.id AND ordinal = NEW.shown_swipe
        )
        WHERE id = NEW.id;
    END
    """,
    """
    CREATE TRIGGER swipes_arrive AFTER INSERT ON swipes
    BEGIN
        UPDATE messages SET characters = NEW.character_count
        WHERE id = NEW.message_id AND shown_swipe = NEW.ordinal AND characters <> NEW.character_count;
    END
    """,
    """
    CREATE TRIGGER swipes_grow AFTER UPDATE OF character_count ON swipes
    BEGIN
        UPDATE messages SET characters = NEW.character_count
        WHERE id = NEW.message_id AND shown_swipe = NEW.ordinal AND characters <> NEW.character_count;
    END
    """,
)


def upgrade() -> None:
    for statement in SCHEMA:
        op.execute(statement)
    op.execute(
        sa.text("INSERT INTO people (uuid, name, is_you) VALUES (:uuid, 'You', 1)").bindparams(uuid=str(uuid4()))
    )
    op.execute("PRAGMA application_id = 1346652977")
    op.execute("PRAGMA user_version = 1")
