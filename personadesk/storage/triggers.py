"""What the tables alone can't say: triggers, and the search index. The migrations carry frozen copies."""

from personadesk.domain.conversation import BLOCK_POSITIONS

SEARCH_INDEX = """
CREATE VIRTUAL TABLE message_search USING fts5(
    body, content='', contentless_delete=1, prefix='2 3 4',
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
)
"""
"""The shown text of every message. rowid = persona_id << 40 | message_id: a persona's entries are one range.

Two to four letters begin so many words that their entries are kept together: one list is read instead of thousands.
"""


def _keeps_identity(table: str, columns: tuple[str, ...]) -> str:
    moved = "\n    OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns)
    return f"""
CREATE TRIGGER {table}_keep_identity BEFORE UPDATE ON {table}
WHEN {moved}
BEGIN
    SELECT RAISE(ABORT, 'the identity of a row in {table} never changes');
END
"""


def _never_reuses_ids(table: str) -> str:
    """sqlite_sequence is written when the statement ends, so here it still holds what was given out before."""
    return f"""
CREATE TRIGGER {table}_never_reuse_ids AFTER INSERT ON {table}
WHEN NEW.id <= (SELECT seq FROM sqlite_sequence WHERE name = '{table}')
BEGIN
    SELECT RAISE(ABORT, 'an id in {table} is never used again');
END
"""


def _adds_to_block() -> str:
    return f"""
    INSERT INTO path_blocks (persona_id, conversation_id, block_index, messages, characters)
    SELECT NEW.persona_id, NEW.conversation_id, NEW.position / {BLOCK_POSITIONS}, 1, NEW.characters
    WHERE NEW.on_path = 1 AND NEW.deleted_at IS NULL
    ON CONFLICT DO UPDATE SET messages = messages + 1, characters = characters + excluded.characters;
"""


def _takes_from_block() -> str:
    return f"""
    UPDATE path_blocks SET messages = messages - 1, characters = characters - OLD.characters
    WHERE persona_id = OLD.persona_id AND conversation_id = OLD.conversation_id
    AND block_index = OLD.position / {BLOCK_POSITIONS} AND OLD.on_path = 1 AND OLD.deleted_at IS NULL;
"""


TRIGGERS = (
    _keeps_identity("personas", ("id", "uuid")),
    _keeps_identity("conversations", ("id", "uuid", "persona_id")),
    _keeps_identity("messages", ("id", "persona_id", "conversation_id")),
    _keeps_identity("swipes", ("id", "persona_id", "message_id", "ordinal")),
    _keeps_identity("trash", ("id", "kind", "persona_id", "conversation_id", "message_id")),
    _never_reuses_ids("personas"),
    _never_reuses_ids("conversations"),
    _never_reuses_ids("messages"),
    _keeps_identity("memories", ("id", "persona_id", "person_id")),
    _keeps_identity("memory_sources", ("persona_id", "memory_id", "file_id")),
    _keeps_identity("lorebooks", ("id", "uuid", "persona_id")),
    _keeps_identity("import_runs", ("id", "uuid")),
    _keeps_identity("persona_versions", ("id", "persona_id", "avatar", "card", "raw_json")),
    _keeps_identity("lore_states", ("persona_id", "conversation_id")),
    _keeps_identity("conversation_marks", ("persona_id", "conversation_id")),
    _keeps_identity("conversation_summaries", ("persona_id", "conversation_id")),
    _keeps_identity("message_marks", ("persona_id", "message_id")),
    _keeps_identity("attachments", ("id", "persona_id", "conversation_id", "sha256")),
    f"""
CREATE TRIGGER messages_enter_path AFTER INSERT ON messages
BEGIN{_adds_to_block()}END
""",
    f"""
CREATE TRIGGER messages_move_on_path AFTER UPDATE OF on_path, deleted_at, position, characters ON messages
BEGIN{_takes_from_block()}{_adds_to_block()}END
""",
    f"""
CREATE TRIGGER messages_leave_path AFTER DELETE ON messages
BEGIN{_takes_from_block()}END
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
