"""What belongs to a card: its versions, the file it came in, who reads which lorebook.

Frozen: it imports no live model.
"""

import json
import uuid
from typing import Any

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = (
    """
    CREATE TABLE persona_versions (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        persona_id INTEGER NOT NULL,
        saved_at INTEGER NOT NULL,
        saved_by TEXT NOT NULL,
        avatar TEXT,
        card TEXT NOT NULL,
        raw_json TEXT,
        CONSTRAINT ck_persona_versions_saved_by CHECK (saved_by IN ('made', 'edited', 'replaced', 'restored')),
        CONSTRAINT fk_persona_versions_persona_id FOREIGN KEY(persona_id) REFERENCES personas (id),
        CONSTRAINT fk_persona_versions_avatar FOREIGN KEY(avatar) REFERENCES assets (sha256)
    )
     STRICT
    """,
    """
    CREATE INDEX ix_persona_versions_avatar ON persona_versions (avatar)
    """,
    """
    CREATE INDEX ix_persona_versions_persona_id ON persona_versions (persona_id)
    """,
    """
    CREATE TABLE received_files (
        persona_id INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        name TEXT NOT NULL,
        CONSTRAINT pk_received_files PRIMARY KEY (persona_id),
        CONSTRAINT fk_received_files_persona_id FOREIGN KEY(persona_id) REFERENCES personas (id),
        CONSTRAINT fk_received_files_sha256 FOREIGN KEY(sha256) REFERENCES assets (sha256)
    )
     WITHOUT ROWID,
     STRICT
    """,
    """
    CREATE INDEX ix_received_files_sha256 ON received_files (sha256)
    """,
    """
    CREATE TABLE lorebook_readers (
        lorebook_id INTEGER NOT NULL,
        persona_id INTEGER NOT NULL,
        CONSTRAINT pk_lorebook_readers PRIMARY KEY (lorebook_id, persona_id),
        CONSTRAINT fk_lorebook_readers_lorebook_id FOREIGN KEY(lorebook_id) REFERENCES lorebooks (id),
        CONSTRAINT fk_lorebook_readers_persona_id FOREIGN KEY(persona_id) REFERENCES personas (id)
    )
     WITHOUT ROWID,
     STRICT
    """,
    """
    CREATE INDEX ix_lorebook_readers_persona_id ON lorebook_readers (persona_id)
    """,
    """
    CREATE TABLE lore_states (
        persona_id INTEGER NOT NULL,
        conversation_id INTEGER NOT NULL,
        state TEXT NOT NULL,
        CONSTRAINT pk_lore_states PRIMARY KEY (persona_id, conversation_id),
        CONSTRAINT fk_lore_states_persona_id_conversation_id
            FOREIGN KEY(persona_id, conversation_id) REFERENCES conversations (persona_id, id),
        CONSTRAINT ck_lore_states_json CHECK (json_valid(state))
    )
     WITHOUT ROWID,
     STRICT
    """,
    """
    CREATE TRIGGER persona_versions_keep_identity BEFORE UPDATE ON persona_versions
    WHEN NEW.id IS NOT OLD.id
        OR NEW.persona_id IS NOT OLD.persona_id
        OR NEW.avatar IS NOT OLD.avatar
        OR NEW.card IS NOT OLD.card
        OR NEW.raw_json IS NOT OLD.raw_json
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in persona_versions never changes');
    END
    """,
    """
    CREATE TRIGGER lore_states_keep_identity BEFORE UPDATE ON lore_states
    WHEN NEW.persona_id IS NOT OLD.persona_id
        OR NEW.conversation_id IS NOT OLD.conversation_id
    BEGIN
        SELECT RAISE(ABORT, 'the identity of a row in lore_states never changes');
    END
    """,
)

_NEW_BOOK = """
INSERT INTO lorebooks (uuid, persona_id, name, entries, enabled, created_at, raw_json)
VALUES (?, ?, ?, ?, 1, ?, ?)
"""


def upgrade() -> None:
    for statement in SCHEMA:
        op.execute(statement)
    _take_books_out_of_cards()
    op.execute("PRAGMA user_version = 3")


def _take_books_out_of_cards() -> None:
    """A card's own lorebook stood in its JSON alone."""
    connection = op.get_bind()
    ids = connection.exec_driver_sql("SELECT id FROM personas WHERE raw_json LIKE '%character_book%'").scalars().all()
    for persona_id in ids:
        row = connection.exec_driver_sql("SELECT name, created_at, raw_json FROM personas WHERE id = ?", (persona_id,))
        name, created_at, raw_json = row.one()
        book = _book_of(raw_json)
        if book is not None:
            entries = len(book["entries"])
            title = str(book.get("name") or name)[:100].encode(errors="replace").decode()
            text = json.dumps(book, ensure_ascii=True)
            connection.exec_driver_sql(_NEW_BOOK, (str(uuid.uuid4()), persona_id, title, entries, created_at, text))


def _book_of(raw_json: str) -> dict[str, Any] | None:
    try:
        root = json.loads(raw_json)
    except (ValueError, RecursionError):
        return None
    data = root.get("data") if isinstance(root, dict) else None
    book = data.get("character_book") if isinstance(data, dict) else None
    return book if isinstance(book, dict) and isinstance(book.get("entries"), list) else None
