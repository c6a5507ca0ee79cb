"""The trash: what was deleted and can come back, until it is emptied."""

import json
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.ids import ConversationId, MessageId, PersonaId, TrashId
from personadesk.domain.library import Restored
from personadesk.services.library_ports import TrashEntry
from personadesk.storage import search_index
from personadesk.storage.asset_use import let_go
from personadesk.storage.assets import AssetFiles
from personadesk.storage.core import inserted_id
from personadesk.storage.moments import from_stored, to_stored
from personadesk.storage.tables import conversations, messages, path_blocks, personas, swipes, trash
from personadesk.storage.told_turns import unsay

_DROP_OLD_SOURCES = """
DELETE FROM memory_sources WHERE (persona_id, memory_id) IN
(SELECT persona_id, id FROM memories WHERE deleted_at < ?)
"""
# A file that another persona has something of as well stays listed, without what this one was told.
_SHARED = """
(SELECT file_id FROM memories WHERE file_id = import_files.id
UNION ALL SELECT file_id FROM memory_sources WHERE file_id = import_files.id
UNION ALL SELECT file_id FROM profile_sources WHERE file_id = import_files.id)
"""
FORGET_ORIGIN = """
DELETE FROM import_rows WHERE run_id IN (SELECT id FROM import_runs) AND kind = ? AND row_id = ?
"""
"""It names the runs because they come first in the table's key."""

_ITS_ASSETS = """
SELECT avatar FROM personas WHERE id = ? AND avatar IS NOT NULL
UNION SELECT avatar FROM persona_versions WHERE persona_id = ? AND avatar IS NOT NULL
UNION SELECT sha256 FROM received_files WHERE persona_id = ?
"""
_DROP_WITH_CONVERSATION = (
    "DELETE FROM lore_states WHERE persona_id = ? AND conversation_id = ?",
    "DELETE FROM conversation_marks WHERE persona_id = ? AND conversation_id = ?",
    "DELETE FROM conversation_summaries WHERE persona_id = ? AND conversation_id = ?",
    "DELETE FROM message_marks WHERE persona_id = ?1 AND message_id IN"
    " (SELECT id FROM messages WHERE persona_id = ?1 AND conversation_id = ?2)",
)
_ITS_SAMPLES = """
SELECT json_extract(card, '$.voice.sample') AS sample FROM personas WHERE id = ? AND sample <> ''
UNION SELECT json_extract(card, '$.voice.sample') AS sample FROM persona_versions WHERE persona_id = ? AND sample <> ''
"""
_DROP_MEMORIES = (
    "DELETE FROM memory_sources WHERE persona_id = ?",
    "DELETE FROM memories WHERE persona_id = ?",
    "DELETE FROM profile_sources WHERE persona_id = ?",
    "DELETE FROM lorebook_readers WHERE persona_id = ?",
    "DELETE FROM lorebooks WHERE persona_id = ?",
    "DELETE FROM lore_states WHERE persona_id = ?",
    "DELETE FROM conversation_marks WHERE persona_id = ?",
    "DELETE FROM conversation_summaries WHERE persona_id = ?",
    "DELETE FROM message_marks WHERE persona_id = ?",
    "DELETE FROM received_files WHERE persona_id = ?",
    "DELETE FROM persona_versions WHERE persona_id = ?",
    f"DELETE FROM import_files WHERE persona_id = ? AND NOT EXISTS {_SHARED}",
    "UPDATE import_files SET persona_id = NULL, content = NULL WHERE persona_id = ?",
    "DELETE FROM import_rows WHERE kind = 'persona' AND row_id = ?",
    "DELETE FROM import_rows WHERE kind = 'conversation' AND row_id IN"
    " (SELECT id FROM conversations WHERE persona_id = ?)",
)


def put_in_trash(
    connection: Connection,
    *,
    kind: str,
    label: str,
    persona_id: PersonaId,
    deleted_at: int,
    conversation_id: ConversationId | None = None,
    message_id: MessageId | None = None,
) -> TrashId:
    """List a thing whose own `deleted_at` has just been set."""
    result = connection.execute(
        insert(trash),
        {
            "kind": kind,
            "label": label,
            "persona_id": persona_id,
            "conversation_id": conversation_id,
            "message_id": message_id,
            "deleted_at": deleted_at,
        },
    )
    return TrashId(inserted_id(result))


class SqlTrash:
    """`discarded` collects the files that are to go once the transaction is committed."""

    def __init__(self, connection: Connection, *, files: AssetFiles, discarded: list[Path]) -> None:
        self._connection = connection
        self._files = files
        self._discarded = discarded

    def entries(self) -> list[TrashEntry]:
        rows = self._connection.execute(select(trash).order_by(trash.c.deleted_at.desc(), trash.c.id.desc()))
        return [_entry_from(row) for row in rows]

    def restore(self, trash_id: TrashId) -> TrashEntry:
        """Raises InvalidInput(field="trash") where what it was a part of is in the trash itself."""
        entry = self._entry(trash_id)
        if entry.message_id is not None:
            self._require_home(entry)
            table, row_id = messages, int(entry.message_id)
        elif entry.conversation_id is not None:
            self._require_home(entry)
            table, row_id = conversations, int(entry.conversation_id)
        else:
            self._require_free_name(entry.persona_id)
            table, row_id = personas, int(entry.persona_id)
        self._connection.execute(update(table).where(table.c.id == row_id).values(deleted_at=None))
        if entry.message_id is not None and entry.conversation_id is not None:
            unsay(self._connection, entry.persona_id, entry.conversation_id, entry.message_id)
        self._connection.execute(delete(trash).where(trash.c.id == trash_id))
        return entry

    def restore_personas(self, trash_ids: Collection[TrashId]) -> Restored:
        """Of two with the same name the first one comes back."""
        rows = self._connection.exec_driver_sql(
            "SELECT t.id, p.id, p.name, p.name_key, EXISTS (SELECT 1 FROM personas AS o"
            " WHERE o.name_key = p.name_key AND o.deleted_at IS NULL)"
            " FROM trash AS t JOIN personas AS p ON p.id = t.persona_id"
            " WHERE t.kind = 'persona' AND t.id IN (SELECT value FROM json_each(?)) ORDER BY t.id",
            (json.dumps(list(trash_ids)),),
        ).fetchall()
        names: set[str] = set()
        back: list[tuple[TrashId, PersonaId]] = []
        refused: list[str] = []
        for trash_id, persona_id, name, key, taken in rows:
            if taken or key in names:
                refused.append(name)
            else:
                names.add(key)
                back.append((TrashId(trash_id), PersonaId(persona_id)))
        listed, those = json.dumps([item[0] for item in back]), json.dumps([item[1] for item in back])
        execute = self._connection.exec_driver_sql
        execute("UPDATE personas SET deleted_at = NULL WHERE id IN (SELECT value FROM json_each(?))", (those,))
        execute("DELETE FROM trash WHERE id IN (SELECT value FROM json_each(?))", (listed,))
        return Restored(tuple(item[1] for item in back), tuple(refused))

    def purge_many(self, trash_ids: Collection[TrashId]) -> list[TrashEntry]:
        return [self.purge(trash_id) for trash_id in sorted(trash_ids) if self._is_listed(trash_id)]

    def purge(self, trash_id: TrashId) -> TrashEntry:
        entry = self._entry(trash_id)
        if entry.message_id is not None:
            self._purge_message(entry)
        elif entry.conversation_id is not None:
            self._purge_conversation(entry.persona_id, entry.conversation_id)
        else:
            self._purge_persona(entry.persona_id)
        return entry

    def purge_older_than(self, moment: datetime) -> int:
        """Purge what was deleted before `moment`. A thing that goes with another counts once."""
        old = trash.c.deleted_at < to_stored(moment)
        purged = 0
        while (trash_id := self._connection.scalar(select(func.min(trash.c.id)).where(old))) is not None:
            self.purge(TrashId(trash_id))
            purged += 1
        return purged + self._purge_memories(to_stored(moment)) + self._purge_lorebooks(to_stored(moment))

    def drop_conversation(self, persona_id: int, conversation_id: int) -> None:
        """Delete for good what may never have been in the trash."""
        self._purge_conversation(PersonaId(persona_id), ConversationId(conversation_id))

    def drop_persona(self, persona_id: PersonaId) -> None:
        """Delete a persona for good, with everything in it."""
        self._purge_persona(persona_id)

    def _purge_memories(self, before: int) -> int:
        """Forgotten memories have no row in the trash: their persona lists them."""
        execute = self._connection.exec_driver_sql
        execute(_DROP_OLD_SOURCES, (before,))
        return execute("DELETE FROM memories WHERE deleted_at < ?", (before,)).rowcount

    def _is_listed(self, trash_id: TrashId) -> bool:
        return self._connection.scalar(select(trash.c.id).where(trash.c.id == trash_id)) is not None

    def _purge_lorebooks(self, before: int) -> int:
        """They have no row in the trash either: their shelf lists them."""
        execute = self._connection.exec_driver_sql
        old = "SELECT id FROM lorebooks WHERE deleted_at < ?"
        execute(f"DELETE FROM lorebook_readers WHERE lorebook_id IN ({old})", (before,))
        execute(f"DELETE FROM import_rows WHERE kind = 'lorebook' AND row_id IN ({old})", (before,))
        return execute("DELETE FROM lorebooks WHERE deleted_at < ?", (before,)).rowcount

    def _entry(self, trash_id: TrashId) -> TrashEntry:
        row = self._connection.execute(select(trash).where(trash.c.id == trash_id)).first()
        if row is None:
            raise NotFound("This is not in the trash any more.")
        return _entry_from(row)

    def _require_home(self, entry: TrashEntry) -> None:
        """Refuse to bring a thing back into a persona or a conversation that is in the trash."""
        home = self._connection.execute(
            select(personas.c.name).where(personas.c.id == entry.persona_id, personas.c.deleted_at.is_not(None))
        ).first()
        if home is not None:
            raise InvalidInput("trash", f"It belongs to {home.name}, who is in the trash too.", "Restore them first.")
        if entry.message_id is None:
            return
        trashed = select(conversations.c.id).where(
            conversations.c.id == entry.conversation_id, conversations.c.deleted_at.is_not(None)
        )
        if self._connection.scalar(trashed) is not None:
            raise InvalidInput("trash", "Its conversation is in the trash too.", "Restore the conversation first.")

    def _require_free_name(self, persona_id: PersonaId) -> None:
        own = select(personas.c.name, personas.c.name_key).where(personas.c.id == persona_id)
        name, key = self._connection.execute(own).one()
        taken = select(personas.c.id).where(personas.c.name_key == key, personas.c.deleted_at.is_(None))
        if self._connection.scalar(taken) is not None:
            raise InvalidInput("name", f"There is another persona named {name} now.", "Rename that one, then restore.")

    def _purge_message(self, entry: TrashEntry) -> None:
        """Its children become its parent's, so that the tree holds together."""
        persona_id, message_id = entry.persona_id, entry.message_id
        assert message_id is not None
        execute = self._connection.execute
        search_index.drop_message(self._connection, persona_id, message_id)
        execute(delete(trash).where(trash.c.message_id == message_id))
        parent = self._connection.scalar(select(messages.c.parent_id).where(messages.c.id == message_id))
        children = (
            (messages.c.persona_id == persona_id)
            & (messages.c.conversation_id == entry.conversation_id)
            & (messages.c.parent_id == message_id)
        )
        execute(update(messages).where(children).values(parent_id=parent))
        self._drop_files("persona_id = ? AND message_id = ?", (persona_id, message_id))
        self._connection.exec_driver_sql(
            "DELETE FROM message_marks WHERE persona_id = ? AND message_id = ?", (persona_id, message_id)
        )
        execute(delete(swipes).where(swipes.c.persona_id == persona_id, swipes.c.message_id == message_id))
        execute(delete(messages).where(messages.c.id == message_id))

    def _purge_conversation(self, persona_id: PersonaId, conversation_id: ConversationId) -> None:
        execute = self._connection.execute
        search_index.drop_conversation(self._connection, persona_id, conversation_id)
        own = (messages.c.persona_id == persona_id) & (messages.c.conversation_id == conversation_id)
        execute(delete(trash).where(trash.c.conversation_id == conversation_id))
        self._connection.exec_driver_sql(
            FORGET_ORIGIN,
            ("conversation", conversation_id),
        )
        whose = (persona_id, conversation_id)
        for statement in _DROP_WITH_CONVERSATION:
            self._connection.exec_driver_sql(statement, whose)
        self._drop_files("persona_id = ? AND conversation_id = ?", whose)
        execute(delete(path_blocks).where(path_blocks.c.conversation_id == conversation_id))
        ids = select(messages.c.id).where(own)
        execute(delete(swipes).where(swipes.c.persona_id == persona_id, swipes.c.message_id.in_(ids)))
        execute(delete(messages).where(own))
        execute(delete(conversations).where(conversations.c.id == conversation_id))

    def _purge_persona(self, persona_id: PersonaId) -> None:
        search_index.drop_persona(self._connection, persona_id)
        files = self._connection.exec_driver_sql(_ITS_ASSETS, (persona_id,) * 3).scalars().all()
        samples = self._connection.exec_driver_sql(_ITS_SAMPLES, (persona_id,) * 2).scalars().all()
        self._drop_files("persona_id = ?", (persona_id,))
        for statement in _DROP_MEMORIES:
            self._connection.exec_driver_sql(statement, (persona_id,))
        for table in (trash, path_blocks, swipes, messages, conversations):
            self._connection.execute(delete(table).where(table.c.persona_id == persona_id))
        self._connection.execute(delete(personas).where(personas.c.id == persona_id))
        for sha256 in (*files, *samples):
            let_go(self._connection, sha256, self._files, self._discarded)

    def _drop_files(self, condition: str, whose: tuple[int, ...]) -> None:
        execute = self._connection.exec_driver_sql
        files = execute(f"SELECT DISTINCT sha256 FROM attachments WHERE {condition}", whose).scalars().all()
        execute(f"DELETE FROM attachments WHERE {condition}", whose)
        for sha256 in files:
            let_go(self._connection, sha256, self._files, self._discarded)


def _entry_from(row: Row[Any]) -> TrashEntry:
    return TrashEntry(
        id=TrashId(row.id),
        kind=row.kind,
        label=row.label,
        persona_id=PersonaId(row.persona_id),
        conversation_id=None if row.conversation_id is None else ConversationId(row.conversation_id),
        message_id=None if row.message_id is None else MessageId(row.message_id),
        deleted_at=from_stored(row.deleted_at),
    )
