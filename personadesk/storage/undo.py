"""Undoing a run: first what would go and what stays, by reading alone; then that, and nothing else."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Connection

from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.domain.ids import PersonaId, RunId
from personadesk.domain.migration import UndoPreview
from personadesk.storage.chat_import import is_unchanged
from personadesk.storage.lorebooks import lorebook_mark
from personadesk.storage.run_writer import persona_mark
from personadesk.storage.texts import one_line
from personadesk.storage.trash import FORGET_ORIGIN, SqlTrash

_TITLE_LIMIT = 80

# `other` says whether a run that is not undone brought it too. An undo takes the sources away; a memory
# keeps the file it came from first.
_MEMORIES = """
WITH mine AS (SELECT id FROM import_files WHERE run_id = :run),
brought AS (
    SELECT id AS memory_id, 1 AS observed FROM memories WHERE file_id IN mine
    UNION ALL SELECT memory_id, observed FROM memory_sources WHERE file_id IN mine
)
SELECT m.id, m.persona_id, m.pinned, m.edited, m.deleted_at, m.file_id IS NOT NULL, sum(s.observed), EXISTS (
    SELECT 1 FROM memory_sources AS o JOIN import_files AS f ON f.id = o.file_id
    WHERE o.persona_id = m.persona_id AND o.memory_id = m.id AND f.run_id <> :run
    UNION ALL SELECT 1 FROM import_files AS f JOIN import_runs AS r ON r.id = f.run_id AND r.undone_at IS NULL
    WHERE f.id = m.file_id AND f.run_id <> :run
)
FROM brought AS s JOIN memories AS m ON m.id = s.memory_id GROUP BY m.id
"""
# A persona that an earlier undo left for this run's sake goes with it.
_MADE = """
SELECT i.kind, i.row_id, i.mark, i.run_id FROM import_rows AS i WHERE i.run_id = ?
OR (i.kind = 'persona' AND i.run_id IN (SELECT id FROM import_runs WHERE undone_at IS NOT NULL)) ORDER BY i.row_id
"""
_CONVERSATION = """
SELECT c.title, p.name FROM conversations AS c JOIN personas AS p ON p.id = c.persona_id WHERE c.id = ?
"""
# What a persona may hold and still counts as untouched: its greeting, which nobody answered or changed.
_SPOKEN = """
SELECT c.id FROM conversations AS c WHERE c.persona_id = ? AND (c.draft <> '' OR c.title <> '' OR EXISTS (
    SELECT 1 FROM messages AS m WHERE m.persona_id = c.persona_id AND m.conversation_id = c.id
    AND (m.role = 'user' OR m.position > 0 OR EXISTS (
        SELECT 1 FROM swipes AS s WHERE s.persona_id = m.persona_id AND s.message_id = m.id
        AND (s.is_edit = 1 OR s.model <> '')
    ))
))
"""
_OF_OTHER_RUNS = """
SELECT EXISTS (
    SELECT 1 FROM profile_sources AS p JOIN import_files AS f ON f.id = p.file_id
    WHERE p.persona_id = ? AND f.run_id <> ?
)
"""
_FREE_PEOPLE = """
SELECT i.row_id FROM import_rows AS i JOIN people AS p ON p.id = i.row_id AND p.is_you = 0
WHERE i.kind = 'person' AND i.run_id IN (SELECT id FROM import_runs WHERE undone_at IS NOT NULL)
AND NOT EXISTS (SELECT 1 FROM memories AS m WHERE m.person_id = i.row_id)
AND NOT EXISTS (SELECT 1 FROM profile_sources AS s WHERE s.person_id = i.row_id)
AND NOT EXISTS (SELECT 1 FROM conversations AS c WHERE c.person_id = i.row_id)
AND NOT EXISTS (SELECT 1 FROM import_files AS f WHERE f.person_id = i.row_id)
"""
# A key stays while a run that is not undone has files under it.
_FREE_KEYS = """
DELETE FROM person_keys WHERE run_id IN (SELECT id FROM import_runs WHERE undone_at IS NOT NULL) AND NOT EXISTS (
    SELECT 1 FROM import_files AS f JOIN import_runs AS r ON r.id = f.run_id AND r.undone_at IS NULL
    WHERE f.person_id = person_keys.person_id
) AND NOT EXISTS (
    SELECT 1 FROM people AS p JOIN memories AS m ON m.person_id = p.id
    WHERE p.id = person_keys.person_id AND p.is_you = 0
)
"""


@dataclass
class _Going:
    memories: list[tuple[int, int]] = field(default_factory=list)
    fewer: list[tuple[int, int]] = field(default_factory=list)
    conversations: list[tuple[int, int]] = field(default_factory=list)
    lorebooks: list[int] = field(default_factory=list)
    personas: list[int] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def require_run(connection: Connection, run_id: RunId) -> int | None:
    """Return when the run was undone. Raises NotFound."""
    row = connection.exec_driver_sql("SELECT undone_at FROM import_runs WHERE id = ?", (run_id,)).first()
    if row is None:
        raise NotFound("This import is not in the list any more.")
    undone_at: int | None = row[0]
    return undone_at


class Undo:
    """Looks when it is made. Raises NotFound, and UserFacingError where the run is undone already."""

    def __init__(self, connection: Connection, run_id: RunId) -> None:
        if require_run(connection, run_id) is not None:
            raise UserFacingError("This import was undone before.", "There is nothing of it left to take away.")
        self._connection = connection
        self._run_id = run_id
        self._going = _Going()
        self._look_at_memories()
        self._look_at_made_rows()

    def preview(self) -> UndoPreview:
        going = self._going
        return UndoPreview(
            run_id=self._run_id,
            personas=len(going.personas),
            memories=len(going.memories),
            conversations=len(going.conversations),
            lorebooks=len(going.lorebooks),
            kept=tuple(going.kept),
        )

    def apply(self, trash: SqlTrash, *, now: int) -> None:
        going, execute = self._going, self._connection.exec_driver_sql
        of_run = "file_id IN (SELECT id FROM import_files WHERE run_id = ?)"
        execute(f"DELETE FROM memory_sources WHERE {of_run}", (self._run_id,))
        execute(f"DELETE FROM profile_sources WHERE {of_run}", (self._run_id,))
        if going.memories:
            execute("DELETE FROM memories WHERE persona_id = ? AND id = ?", going.memories)
        if going.fewer:
            execute("UPDATE memories SET times_observed = max(1, times_observed - ?) WHERE id = ?", going.fewer)
        for persona_id, conversation_id in going.conversations:
            trash.drop_conversation(persona_id, conversation_id)
        for lorebook_id in going.lorebooks:
            execute("DELETE FROM lorebook_readers WHERE lorebook_id = ?", (lorebook_id,))
            execute("DELETE FROM lorebooks WHERE id = ?", (lorebook_id,))
        execute(
            "UPDATE import_files SET persona_id = NULL, person_id = NULL, content = NULL WHERE run_id = ?",
            (self._run_id,),
        )
        for persona in going.personas:
            trash.drop_persona(PersonaId(persona))
        execute("UPDATE import_runs SET undone_at = ? WHERE id = ?", (now, self._run_id))
        self._drop_people()

    def _look_at_memories(self) -> None:
        stay: Counter[int] = Counter()
        rows = self._connection.exec_driver_sql(_MEMORIES, {"run": self._run_id})
        for memory_id, persona_id, pinned, edited, deleted_at, imported, observed, other in rows:
            mine = pinned or edited
            if not mine and not other and imported and deleted_at is None:
                self._going.memories.append((persona_id, memory_id))
                continue
            stay[persona_id] += bool(mine)
            self._going.fewer.append((observed, memory_id))
        for persona_id, number in sorted(stay.items()):
            what = "a memory" if number == 1 else f"{number:,} memories"
            self._going.kept.append(f"{self._name(persona_id)} keeps {what} that you edited or pinned.")

    def _look_at_made_rows(self) -> None:
        made = self._connection.exec_driver_sql(_MADE, (self._run_id,)).all()
        for kind, row_id, mark, _ in made:
            if kind == "conversation":
                self._look_at_conversation(row_id, mark)
            elif kind == "lorebook" and self._exists("lorebooks", row_id):
                self._look_at_lorebook(row_id, mark)
        for kind, row_id, mark, run_id in made:
            if kind == "persona" and self._exists("personas", row_id):
                self._look_at_persona(row_id, mark, own=run_id == self._run_id)

    def _look_at_conversation(self, conversation_id: int, mark: str) -> None:
        row = self._connection.exec_driver_sql(_CONVERSATION, (conversation_id,)).first()
        if row is None:
            return
        if is_unchanged(self._connection, conversation_id, mark):
            found = self._connection.exec_driver_sql(
                "SELECT persona_id FROM conversations WHERE id = ?", (conversation_id,)
            )
            self._going.conversations.append((int(found.scalar_one()), conversation_id))
            return
        named = f" “{one_line(row[0], _TITLE_LIMIT)}”" if row[0] else ""
        self._going.kept.append(f"The conversation{named} with {row[1]} stays, because you went on with it.")

    def _look_at_lorebook(self, lorebook_id: int, mark: str) -> None:
        if mark in ("", lorebook_mark(self._connection, lorebook_id)):
            self._going.lorebooks.append(lorebook_id)
            return
        found = self._connection.exec_driver_sql("SELECT name FROM lorebooks WHERE id = ?", (lorebook_id,))
        self._going.kept.append(f"The lorebook “{one_line(found.scalar_one(), _TITLE_LIMIT)}” stays: you changed it.")

    def _look_at_persona(self, persona_id: int, mark: str, *, own: bool) -> None:
        name = self._name(persona_id)
        kept = ""
        if persona_mark(self._connection, persona_id) != mark:
            kept = f"{name} stays, because the card was changed."
        elif self._holds_something(persona_id):
            kept = f"{name} stays, because there is something in it that this import did not bring."
        if not kept:
            self._going.personas.append(persona_id)
        elif own:
            self._going.kept.append(kept)

    def _holds_something(self, persona_id: int) -> bool:
        """Whether anything remains in a persona when everything that is going has gone; forgotten memories don't."""
        execute, going = self._connection.exec_driver_sql, self._going
        number = execute(
            "SELECT count(*) FROM memories WHERE persona_id = ? AND deleted_at IS NULL", (persona_id,)
        ).scalar_one()
        if number > sum(persona == persona_id for persona, _ in going.memories):
            return True
        spoken = {row[0] for row in execute(_SPOKEN, (persona_id,))}
        if spoken - {conversation for _, conversation in going.conversations}:
            return True
        books = {row[0] for row in execute("SELECT id FROM lorebooks WHERE persona_id = ?", (persona_id,))}
        if books - set(going.lorebooks):
            return True
        return bool(execute(_OF_OTHER_RUNS, (persona_id, self._run_id)).scalar_one())

    def _drop_people(self) -> None:
        execute = self._connection.exec_driver_sql
        execute(_FREE_KEYS)
        free = [(row[0],) for row in execute(_FREE_PEOPLE)]
        if free:
            execute("DELETE FROM person_keys WHERE person_id = ?", free)
            execute("DELETE FROM people WHERE id = ?", free)
            execute(
                FORGET_ORIGIN,
                [("person", row_id) for (row_id,) in free],
            )

    def _exists(self, table: str, row_id: int) -> bool:
        return self._connection.exec_driver_sql(f"SELECT 1 FROM {table} WHERE id = ?", (row_id,)).first() is not None

    def _name(self, persona_id: int) -> str:
        found = self._connection.exec_driver_sql(
            "SELECT CASE display_name WHEN '' THEN name ELSE display_name END FROM personas WHERE id = ?", (persona_id,)
        )
        return str(found.scalar_one())
