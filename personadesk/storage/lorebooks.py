"""Lorebooks: a persona's own, and shared ones."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row

from personadesk.domain.bookshelf import ShelvedBook
from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.ids import ConversationId, LorebookId, PersonaId
from personadesk.services.ports import Clock, JsonValue
from personadesk.storage.moments import from_stored, to_stored
from personadesk.storage.texts import one_line, storable

NAME_LIMIT = 100

_COLUMNS = "id, uuid, persona_id, name, entries, enabled, created_at"
_READ_BY = f"""
SELECT {_COLUMNS}, raw_json FROM lorebooks AS b WHERE enabled = 1 AND deleted_at IS NULL AND (persona_id = ?
OR persona_id IS NULL AND EXISTS (SELECT 1 FROM lorebook_readers WHERE lorebook_id = b.id AND persona_id = ?))
ORDER BY persona_id IS NULL, id
"""
_ADD = """
INSERT INTO lorebooks (uuid, persona_id, name, entries, enabled, created_at, raw_json)
VALUES (?, ?, ?, ?, 1, ?, ?)
"""
_SAVE_STATE = (
    "INSERT INTO lore_states (persona_id, conversation_id, state) VALUES (?, ?, ?)"
    " ON CONFLICT DO UPDATE SET state = excluded.state"
)


class SqlLorebooks:
    def __init__(self, connection: Connection, *, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def shelf(self) -> list[ShelvedBook]:
        return self._listed("deleted_at IS NULL ORDER BY lower(name), id")

    def trashed(self) -> list[ShelvedBook]:
        return self._listed("deleted_at IS NOT NULL ORDER BY deleted_at DESC, id DESC")

    def for_persona(self, persona_id: PersonaId) -> list[ShelvedBook]:
        return [_book_from(row, ()) for row in self._rows(_READ_BY, persona_id, persona_id)]

    def own(self, persona_id: PersonaId) -> list[ShelvedBook]:
        own = f"SELECT {_COLUMNS}, raw_json FROM lorebooks WHERE persona_id = ? AND deleted_at IS NULL ORDER BY id"
        return [_book_from(row, ()) for row in self._rows(own, persona_id)]

    def get(self, lorebook_id: LorebookId) -> ShelvedBook:
        one = f"SELECT {_COLUMNS}, raw_json FROM lorebooks WHERE id = ? AND deleted_at IS NULL"
        rows = self._rows(one, lorebook_id)
        if not rows:
            raise lorebook_not_found()
        readers = self._rows("SELECT persona_id FROM lorebook_readers WHERE lorebook_id = ?", lorebook_id)
        return _book_from(rows[0], [PersonaId(row[0]) for row in readers])

    def create(self, name: str, raw_json: str, entries: int, persona_id: PersonaId | None = None) -> ShelvedBook:
        return self.get(self.add(name, raw_json, entries, persona_id))

    def add(self, name: str, raw_json: str, entries: int, persona_id: PersonaId | None = None) -> LorebookId:
        values = (str(uuid4()), persona_id, checked_title(name), entries, self._now(), storable(raw_json))
        return LorebookId(self._connection.exec_driver_sql(_ADD, values).lastrowid)

    def update(self, lorebook_id: LorebookId, name: str, raw_json: str, entries: int) -> ShelvedBook:
        self._change(
            "UPDATE lorebooks SET name = ?, raw_json = ?, entries = ?",
            lorebook_id,
            checked_title(name),
            storable(raw_json),
            entries,
        )
        return self.get(lorebook_id)

    def set_enabled(self, lorebook_id: LorebookId, enabled: bool) -> None:
        self._change("UPDATE lorebooks SET enabled = ?", lorebook_id, int(enabled))

    def set_readers(self, lorebook_id: LorebookId, readers: Iterable[PersonaId]) -> None:
        if self.get(lorebook_id).persona_id is not None:
            raise InvalidInput("readers", "This lorebook belongs to one persona.", "Copy it to share it.")
        self._connection.exec_driver_sql("DELETE FROM lorebook_readers WHERE lorebook_id = ?", (lorebook_id,))
        rows = [(lorebook_id, persona_id) for persona_id in dict.fromkeys(readers)]
        if rows:
            self._connection.exec_driver_sql("INSERT INTO lorebook_readers VALUES (?, ?)", rows)

    def read_as(self, reader: PersonaId, other: PersonaId) -> None:
        self._connection.exec_driver_sql(
            "INSERT INTO lorebook_readers (lorebook_id, persona_id)"
            " SELECT lorebook_id, ? FROM lorebook_readers WHERE persona_id = ? ON CONFLICT DO NOTHING",
            (other, reader),
        )

    def trash(self, lorebook_id: LorebookId) -> None:
        self._change("UPDATE lorebooks SET deleted_at = ?", lorebook_id, self._now())

    def restore(self, lorebook_id: LorebookId) -> None:
        restored = self._connection.exec_driver_sql(
            "UPDATE lorebooks SET deleted_at = NULL WHERE id = ?", (lorebook_id,)
        )
        if restored.rowcount == 0:
            raise lorebook_not_found()

    def state(self, persona_id: PersonaId, conversation_id: ConversationId) -> JsonValue:
        kept = "SELECT state FROM lore_states WHERE persona_id = ? AND conversation_id = ?"
        rows = self._rows(kept, persona_id, conversation_id)
        value: JsonValue = json.loads(rows[0][0]) if rows else None
        return value

    def save_state(self, persona_id: PersonaId, conversation_id: ConversationId, state: JsonValue) -> None:
        self._connection.exec_driver_sql(_SAVE_STATE, (persona_id, conversation_id, json.dumps(state)))

    def _listed(self, those: str) -> list[ShelvedBook]:
        readers: dict[int, set[PersonaId]] = {}
        for row in self._rows("SELECT lorebook_id, persona_id FROM lorebook_readers"):
            readers.setdefault(row.lorebook_id, set()).add(PersonaId(row.persona_id))
        rows = self._rows(f"SELECT {_COLUMNS}, '' AS raw_json FROM lorebooks WHERE {those}")
        return [_book_from(row, readers.get(row.id, ())) for row in rows]

    def _change(self, change: str, lorebook_id: LorebookId, *values: object) -> None:
        statement = f"{change} WHERE id = ? AND deleted_at IS NULL"
        if self._connection.exec_driver_sql(statement, (*values, lorebook_id)).rowcount == 0:
            raise lorebook_not_found()

    def _rows(self, statement: str, *values: object) -> Sequence[Row[Any]]:
        return self._connection.exec_driver_sql(statement, values).fetchall()

    def _now(self) -> int:
        return to_stored(self._clock.now())


def lorebook_mark(connection: Connection, lorebook_id: int) -> str:
    """A digest of a book: what it is at the end of an import and what it is before the undo."""
    row = connection.exec_driver_sql("SELECT name, raw_json FROM lorebooks WHERE id = ?", (lorebook_id,)).first()
    return "" if row is None else hashlib.sha256(json.dumps(tuple(row)).encode()).hexdigest()


def checked_title(name: str) -> str:
    """Return a lorebook's name as it is stored. Raises InvalidInput(field="name")."""
    name = one_line(storable(name), NAME_LIMIT)
    if not name:
        raise InvalidInput("name", "A lorebook needs a name.", f"Type 1 to {NAME_LIMIT} characters.")
    return name


def lorebook_not_found() -> NotFound:
    return NotFound("This lorebook is not here any more.", "Choose another one.")


def _book_from(row: Row[Any], readers: Iterable[PersonaId]) -> ShelvedBook:
    return ShelvedBook(
        id=LorebookId(row.id),
        uuid=row.uuid,
        name=row.name,
        entries=row.entries,
        enabled=bool(row.enabled),
        created_at=from_stored(row.created_at),
        persona_id=None if row.persona_id is None else PersonaId(row.persona_id),
        shared_with=frozenset(readers),
        raw_json=row.raw_json,
    )
