"""Memories on their way into the store: hundreds of thousands in one run."""

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection

from personadesk.domain.incoming import IncomingMemory
from personadesk.storage.memories import text_keys
from personadesk.storage.moments import to_stored
from personadesk.storage.row_buffer import RowBuffer
from personadesk.storage.texts import storable

_KNOWN = "SELECT kind, text_key, id FROM memories WHERE persona_id = ? AND person_id IS ?"
_LARGEST = 2**63 - 1

_Key = tuple[str, str]
"""A memory's kind and text_key."""


class BroughtMemories:
    """Part of one run. `write_through` makes the tables hold what waits in the buffer."""

    def __init__(
        self, connection: Connection, buffer: RowBuffer, *, now: int, write_through: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._buffer = buffer
        self._now = now
        self._write_through = write_through
        self._earlier_people: int = connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM people").scalar_one()
        self._told = bytearray()
        """By how much their ids are above the earlier people's: whether anything was told of them."""
        self._waiting: set[tuple[int, int | None]] = set()
        self._flushes = 0

    def bring(self, file_id: int, memories: Sequence[IncomingMemory], persona_id: int, person_id: int | None) -> int:
        """Returns how many are new; those that are known are observed once more."""
        if not memories:
            return 0
        memories = _all_storable(memories)
        texts = [memory.text for memory in memories]
        # `value` is several times as slow as `_value_`, and this is the innermost loop of an import.
        keys = list(zip([memory.kind._value_ for memory in memories], text_keys(texts), strict=True))
        known = self._known(persona_id, person_id)
        if not known and len(set(keys)) == len(keys):
            first_id = self._buffer.next_id("memories", len(keys))
            fresh = list(zip(range(first_id, first_id + len(keys)), keys, memories, strict=True))
        else:
            fresh = self._unknown(file_id, persona_id, known, zip(keys, memories, strict=True))
        now = self._now
        rows = [
            (
                memory_id,
                persona_id,
                person_id,
                kind,
                text,
                key,
                context,
                category,
                source,
                file_id,
                None if learned_at is None else to_stored(learned_at),
                observed if observed == 1 else max(1, min(observed, _LARGEST)),
                now,
                now,
            )
            for memory_id, (kind, key), (_, text, source, learned_at, context, category, observed) in fresh
        ]
        self._buffer.add_all("memories", rows, sum(map(len, texts)))
        return len(rows)

    def _unknown(
        self, file_id: int, persona_id: int, known: dict[_Key, int], brought: Iterable[tuple[_Key, IncomingMemory]]
    ) -> list[tuple[int, _Key, IncomingMemory]]:
        fresh = []
        for key, memory in brought:
            memory_id = known.get(key)
            if memory_id is None:
                memory_id = known[key] = self._buffer.next_id("memories")
                fresh.append((memory_id, key, memory))
            else:
                self._buffer.add("observations", (memory_id,))
                self._buffer.add("memory_sources", (persona_id, memory_id, file_id, 1))
        return fresh

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


def _all_storable(memories: Sequence[IncomingMemory]) -> Sequence[IncomingMemory]:
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
