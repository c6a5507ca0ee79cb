"""Memories on their way into the store: hundreds of thousands in one run."""

from collections.abc import Callable, Sequence
from itertools import repeat

from sqlalchemy import Connection

from personadesk.domain.incoming import IncomingMemory
from personadesk.domain.ready_profile import MemoryColumns
from personadesk.storage.row_buffer import RowBuffer
from personadesk.storage.texts import storable

_KNOWN = "SELECT kind, text_key, id FROM memories WHERE persona_id = ? AND person_id IS ?"

_Key = tuple[str, str]
"""A memory's kind and text_key."""


class BroughtMemories:
    """Part of one run. `write_through` makes the tables hold what waits in the buffer."""

    def __init__(self, connection: Connection, buffer: RowBuffer, *, write_through: Callable[[], None]) -> None:
        self._connection = connection
        self._buffer = buffer
        self._write_through = write_through
        self._earlier_people: int = connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM people").scalar_one()
        self._told = bytearray()
        """By how much their ids are above the earlier people's: whether anything was told of them."""
        self._waiting: set[tuple[int, int | None]] = set()
        self._flushes = 0

    def bring(self, file_id: int, said: MemoryColumns, persona_id: int, person_id: int | None) -> int:
        """Returns how many are new; those that are known are observed once more. Their texts are storable."""
        if not said.texts:
            return 0
        known = self._known(persona_id, person_id)
        if known or len(set(said.keys)) < len(said.keys):
            said = self._unknown(file_id, persona_id, known, said)
        count = len(said.texts)
        first_id = self._buffer.next_id("memories", count)
        whose = repeat(persona_id, count), repeat(person_id, count)
        kinds, texts, keys, contexts, categories, sources, learned_at, observed = said
        columns = (kinds, texts, keys, contexts, categories, sources, repeat(file_id, count), learned_at, observed)
        rows = list(zip(range(first_id, first_id + count), *whose, *columns, strict=True))
        self._buffer.add_all("memories", rows, sum(map(len, texts)))
        return count

    def _unknown(self, file_id: int, persona_id: int, known: dict[_Key, int], said: MemoryColumns) -> MemoryColumns:
        """Note who was observed once more, and return the others."""
        fresh: list[int] = []
        next_id = self._buffer.next_id("memories", 0)
        for number, pair in enumerate(zip(said.kinds, said.keys, strict=True)):
            memory_id = known.get(pair)
            if memory_id is None:
                known[pair] = next_id + len(fresh)
                fresh.append(number)
            else:
                self._buffer.add("observations", (memory_id,))
                self._buffer.add("memory_sources", (persona_id, memory_id, file_id, 1))
        return MemoryColumns._make([column[number] for number in fresh] for column in said)

    def _known(self, persona_id: int, person_id: int | None) -> dict[_Key, int]:
        """Ids of what a persona knows about a person or nobody; who came with this run need not be asked about."""
        if self._flushes != self._buffer.flushes:
            self._flushes = self._buffer.flushes
            self._waiting.clear()
        pair = persona_id, person_id
        if person_id is not None and self._is_first_told(person_id - self._earlier_people):
            self._waiting.add(pair)
            return {}
        if pair in self._waiting:
            self._write_through()
        self._waiting.add(pair)
        rows = self._connection.exec_driver_sql(_KNOWN, pair)
        return {(kind, key): memory_id for kind, key, memory_id in rows}

    def _is_first_told(self, number: int) -> bool:
        if number <= 0 or (number < len(self._told) and self._told[number]):
            return False
        if number >= len(self._told):
            self._told.extend(bytes(number + 1024 - len(self._told)))
        self._told[number] = 1
        return True


def all_storable(memories: Sequence[IncomingMemory]) -> Sequence[IncomingMemory]:
    if "".join([memory.text + memory.source + memory.context + memory.category for memory in memories]).isprintable():
        return memories
    return [
        memory._replace(
            text=storable(memory.text),
            source=storable(memory.source),
            context=storable(memory.context),
            category=storable(memory.category),
        )
        for memory in memories
    ]
