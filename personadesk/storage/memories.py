"""One persona's memories, and how it stands with people."""

from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.ids import MemoryId, PersonaId, PersonId
from personadesk.domain.memory import MEMORY_LIMIT, Acquaintance, Memory, MemoryKind
from personadesk.domain.ready_profile import text_key as text_key
from personadesk.services.ports import Clock
from personadesk.storage import profiles
from personadesk.storage.core import inserted_id
from personadesk.storage.file_names import name_text
from personadesk.storage.memory_tables import ImportFileRow, MemoryRow
from personadesk.storage.moments import from_stored, from_stored_or_none, to_stored
from personadesk.storage.tables import Base, people
from personadesk.storage.texts import storable

memories = Base.metadata.tables[MemoryRow.__tablename__]
import_files = Base.metadata.tables[ImportFileRow.__tablename__]

WRITTEN_HERE = "user"
_WITH_FILE = select(memories, import_files.c.path).outerjoin(import_files, import_files.c.id == memories.c.file_id)
_OF_PERSON = "persona_id = ? AND deleted_at IS NULL AND (person_id = ? OR person_id IS NULL)"
_LIKELIEST = f"""
SELECT id FROM (SELECT id FROM memories WHERE {_OF_PERSON}
    ORDER BY pinned DESC, coalesce(learned_at, created_at) DESC, id DESC LIMIT ?)
UNION SELECT id FROM (SELECT id FROM memories WHERE {_OF_PERSON} ORDER BY times_observed DESC, id DESC LIMIT ?)
"""


class SqlMemoryStore:
    """Made by SqlStore.memories, which checks that the persona exists."""

    def __init__(self, connection: Connection, persona_id: PersonaId, *, clock: Clock) -> None:
        self._connection = connection
        self._persona_id = persona_id
        self._clock = clock

    def memories(self, person_id: PersonId | None = None) -> list[Memory]:
        """Without a person: all of them."""
        return self._listed(person_id, forgotten=False)

    def likeliest(self, person_id: PersonId, most: int) -> list[Memory]:
        values = (self._persona_id, person_id, most)
        ids = [row[0] for row in self._connection.exec_driver_sql(_LIKELIEST, values * 2)]
        rows = self._connection.execute(
            _WITH_FILE.where(memories.c.persona_id == self._persona_id, memories.c.id.in_(ids))
        )
        return [_memory_from(row) for row in rows]

    def forgotten(self, person_id: PersonId | None = None) -> list[Memory]:
        return self._listed(person_id, forgotten=True)

    def get(self, memory_id: MemoryId) -> Memory:
        """A forgotten one is found too: its `deleted_at` says so."""
        return _memory_from(self._row(memory_id))

    def add(self, text: str, *, person_id: PersonId | None, kind: MemoryKind = MemoryKind.FACT) -> Memory:
        """A forgotten one with the same words comes back; one that is here already is returned."""
        text = _checked(text)
        who = select(people.c.id).where(people.c.id == person_id)
        if person_id is not None and self._connection.scalar(who) is None:
            raise NotFound("This person is not here any more.", "Choose another one.")
        key = text_key(text)
        there = self._with_key(person_id, kind, key)
        if there is not None and text_key(there.text) == key:
            if there.deleted_at is not None:
                self._change(MemoryId(there.id), deleted_at=None, text=text)
            return self.get(MemoryId(there.id))
        if there is not None:
            # An edited memory still stands in for these words; no squeezed text holds a line break.
            key = f"{key}\n{uuid4()}"
        now = to_stored(self._clock.now())
        values = {
            "persona_id": self._persona_id,
            "person_id": person_id,
            "kind": kind.value,
            "text": text,
            "text_key": key,
            "context": "",
            "category": "",
            "source": WRITTEN_HERE,
            "learned_at": now,
            "times_observed": 1,
            "pinned": 0,
            "edited": 0,
            "created_at": now,
            "updated_at": now,
        }
        return self.get(MemoryId(inserted_id(self._connection.execute(insert(memories), values))))

    def edit(self, memory_id: MemoryId, text: str) -> Memory:
        """What was imported keeps its key, so that the next import finds it in what was made of it."""
        text = _checked(text)
        row = self._present(memory_id)
        if text == row.text:
            return _memory_from(row)
        key = text_key(text)
        other = self._with_key(PersonId(row.person_id) if row.person_id else None, MemoryKind(row.kind), key)
        if other is not None and other.id != row.id and other.deleted_at is None and text_key(other.text) == key:
            raise InvalidInput("text", "There is a memory with these words already.", "Forget one of the two.")
        values: dict[str, object] = {"text": text, "edited": 1}
        if row.file_id is None:
            taken = other is not None and other.id != row.id
            values["text_key"] = f"{key}\n{uuid4()}" if taken else key
        self._change(memory_id, **values)
        return self.get(memory_id)

    def set_pinned(self, memory_id: MemoryId, pinned: bool) -> Memory:
        self._present(memory_id)
        self._change(memory_id, pinned=int(pinned))
        return self.get(memory_id)

    def forget(self, memory_id: MemoryId) -> None:
        self._present(memory_id)
        self._change(memory_id, deleted_at=to_stored(self._clock.now()))

    def restore(self, memory_id: MemoryId) -> Memory:
        self._row(memory_id)
        self._change(memory_id, deleted_at=None)
        return self.get(memory_id)

    def acquaintance(self, person_id: PersonId) -> Acquaintance | None:
        """What every live file says about it, merged."""
        merged = profiles.merged(self._connection, self._persona_id, person_id)
        return None if merged is None else _acquaintance_from(self._persona_id, person_id, merged)

    def _listed(self, person_id: PersonId | None, *, forgotten: bool) -> list[Memory]:
        deleted = memories.c.deleted_at
        statement = _WITH_FILE.where(
            memories.c.persona_id == self._persona_id, deleted.is_not(None) if forgotten else deleted.is_(None)
        )
        if person_id is not None:
            statement = statement.where((memories.c.person_id == person_id) | memories.c.person_id.is_(None))
        rows = self._connection.execute(statement).all()
        found = sorted(rows, key=lambda row: (row.pinned, row.learned_at or row.created_at, row.id), reverse=True)
        return [_memory_from(row) for row in found]

    def _row(self, memory_id: MemoryId) -> Row[Any]:
        row = self._connection.execute(
            _WITH_FILE.where(memories.c.id == memory_id, memories.c.persona_id == self._persona_id)
        ).first()
        if row is None:
            raise NotFound("This memory is not here any more.")
        return row

    def _present(self, memory_id: MemoryId) -> Row[Any]:
        row = self._row(memory_id)
        if row.deleted_at is not None:
            raise NotFound("This memory was forgotten.", "Restore it first.")
        return row

    def _with_key(self, person_id: PersonId | None, kind: MemoryKind, key: str) -> Row[Any] | None:
        return self._connection.execute(
            select(memories).where(
                memories.c.persona_id == self._persona_id,
                memories.c.person_id.is_(None) if person_id is None else memories.c.person_id == person_id,
                memories.c.kind == kind.value,
                memories.c.text_key == key,
            )
        ).first()

    def _change(self, memory_id: MemoryId, **values: object) -> None:
        values["updated_at"] = to_stored(self._clock.now())
        self._connection.execute(update(memories).where(memories.c.id == memory_id), values)


def _checked(text: str) -> str:
    text = storable(text).replace("\0", "").strip()
    if not text:
        raise InvalidInput("text", "A memory needs words.", f"Type 1 to {MEMORY_LIMIT:,} characters.")
    if len(text) > MEMORY_LIMIT:
        raise InvalidInput(
            "text",
            f"This memory has {len(text):,} characters; a memory has up to {MEMORY_LIMIT:,}.",
            "Make several of it.",
        )
    return text


def _memory_from(row: Row[Any]) -> Memory:
    return Memory(
        id=MemoryId(row.id),
        persona_id=PersonaId(row.persona_id),
        person_id=None if row.person_id is None else PersonId(row.person_id),
        kind=MemoryKind(row.kind),
        text=row.text,
        context=row.context,
        category=row.category,
        source=row.source,
        imported_from="" if row.path is None else storable(name_text(row.path)),
        learned_at=from_stored_or_none(row.learned_at),
        times_observed=row.times_observed,
        pinned=bool(row.pinned),
        edited=bool(row.edited),
        created_at=from_stored(row.created_at),
        updated_at=from_stored(row.updated_at),
        deleted_at=from_stored_or_none(row.deleted_at),
    )


def _acquaintance_from(persona_id: PersonaId, person_id: PersonId, merged: tuple[Any, ...]) -> Acquaintance:
    known_as, affection, stage, interactions, first_met, last_met, details = merged
    return Acquaintance(
        persona_id=persona_id,
        person_id=person_id,
        known_as=known_as,
        affection=affection,
        stage=stage,
        interactions=interactions,
        first_met=from_stored_or_none(first_met),
        last_met=from_stored_or_none(last_met),
        details_json=details,
    )
