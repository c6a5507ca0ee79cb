"""One persona's memories, and how it stands with people."""

import unicodedata
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.ids import MemoryId, PersonaId, PersonId
from personadesk.domain.memory import MEMORY_LIMIT, Acquaintance, Memory, MemoryKind
from personadesk.services.ports import Clock
from personadesk.storage.core import inserted_id
from personadesk.storage.memory_tables import AcquaintanceRow, MemoryRow
from personadesk.storage.moments import from_stored, from_stored_or_none, to_stored
from personadesk.storage.tables import Base, people
from personadesk.storage.texts import storable

memories = Base.metadata.tables[MemoryRow.__tablename__]
acquaintances = Base.metadata.tables[AcquaintanceRow.__tablename__]

WRITTEN_HERE = "user"


def text_key(text: str) -> str:
    """Texts with the same key are the same memory: width, ligatures, case and spacing don't count."""
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", " ".join(text.split())).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


class SqlMemoryStore:
    """Made by SqlStore.memories, which checks that the persona exists."""

    def __init__(self, connection: Connection, persona_id: PersonaId, *, clock: Clock) -> None:
        self._connection = connection
        self._persona_id = persona_id
        self._clock = clock

    def memories(self, person_id: PersonId | None = None) -> list[Memory]:
        """Without a person: all of them."""
        return self._listed(person_id, forgotten=False)

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
            "uuid": str(uuid4()),
            "persona_id": self._persona_id,
            "person_id": person_id,
            "kind": kind.value,
            "text": text,
            "text_key": key,
            "context": "",
            "category": "",
            "source": WRITTEN_HERE,
            "imported_from": "",
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
        if not row.imported_from:
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
        row = self._connection.execute(
            select(acquaintances).where(
                acquaintances.c.persona_id == self._persona_id, acquaintances.c.person_id == person_id
            )
        ).first()
        return None if row is None else _acquaintance_from(row)

    def _listed(self, person_id: PersonId | None, *, forgotten: bool) -> list[Memory]:
        deleted = memories.c.deleted_at
        statement = select(memories).where(
            memories.c.persona_id == self._persona_id, deleted.is_not(None) if forgotten else deleted.is_(None)
        )
        if person_id is not None:
            statement = statement.where((memories.c.person_id == person_id) | memories.c.person_id.is_(None))
        rows = self._connection.execute(statement).all()
        found = sorted(rows, key=lambda row: (row.pinned, row.learned_at or row.created_at, row.id), reverse=True)
        return [_memory_from(row) for row in found]

    def _row(self, memory_id: MemoryId) -> Row[Any]:
        row = self._connection.execute(
            select(memories).where(memories.c.id == memory_id, memories.c.persona_id == self._persona_id)
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
        uuid=row.uuid,
        persona_id=PersonaId(row.persona_id),
        person_id=None if row.person_id is None else PersonId(row.person_id),
        kind=MemoryKind(row.kind),
        text=row.text,
        context=row.context,
        category=row.category,
        source=row.source,
        imported_from=row.imported_from,
        learned_at=from_stored_or_none(row.learned_at),
        times_observed=row.times_observed,
        pinned=bool(row.pinned),
        edited=bool(row.edited),
        created_at=from_stored(row.created_at),
        updated_at=from_stored(row.updated_at),
        deleted_at=from_stored_or_none(row.deleted_at),
    )


def _acquaintance_from(row: Row[Any]) -> Acquaintance:
    return Acquaintance(
        persona_id=PersonaId(row.persona_id),
        person_id=PersonId(row.person_id),
        known_as=row.known_as,
        affection=row.affection,
        stage=row.stage,
        interactions=row.interactions,
        first_met=from_stored_or_none(row.first_met),
        last_met=from_stored_or_none(row.last_met),
        details_json=row.details,
    )
