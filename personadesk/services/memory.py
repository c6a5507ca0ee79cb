"""What a persona remembers: looking, adding, changing, pinning, forgetting and bringing back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from personadesk.domain.errors import InvalidInput
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import MemoryId, PersonaId, PersonId
from personadesk.domain.memory import MEMORY_LIMIT, Acquaintance, Memory
from personadesk.services.memory_prompt import called
from personadesk.services.migration_ports import MemoryStore
from personadesk.services.ports import Database, Publish, Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MemoryListing:
    """What one persona knows of one person, and by which name it knows the person.

    `memories` are pinned first, then newest first; `forgotten` those that can be brought back.
    """

    persona_id: PersonaId
    person_id: PersonId
    memories: tuple[Memory, ...]
    forgotten: tuple[Memory, ...]
    acquaintance: Acquaintance | None
    known_as: str


class MemoryService:
    """Asynchronous, for the engine thread. Every write publishes a ChangeSet that names the persona."""

    def __init__(self, *, database: Database, publish: Publish) -> None:
        self._database = database
        self._publish = publish

    async def listing(self, persona_id: PersonaId, person_id: PersonId | None = None) -> MemoryListing:
        """What the persona knows of a person, by default of You."""

        def work(store: Store) -> MemoryListing:
            you = store.people.you()
            about = you.id if person_id is None else person_id
            kept = store.memories(persona_id)
            acquaintance = kept.acquaintance(about)
            return MemoryListing(
                persona_id=persona_id,
                person_id=about,
                memories=tuple(kept.memories(about)),
                forgotten=tuple(kept.forgotten(about)),
                acquaintance=acquaintance,
                known_as=called(you.name if about == you.id else "", acquaintance),
            )

        return await self._database.read(work)

    async def add(self, persona_id: PersonaId, text: str, person_id: PersonId | None = None) -> Memory:
        """Remember something about a person, by default about You. Raises InvalidInput."""
        text = _checked(text, MEMORY_LIMIT)

        def work(kept: MemoryStore, store: Store) -> Memory:
            return kept.add(text, person_id=store.people.you().id if person_id is None else person_id)

        return await self._write(persona_id, work)

    async def edit(self, persona_id: PersonaId, memory_id: MemoryId, text: str) -> Memory:
        """Say it differently. Raises InvalidInput; what was imported longer than the limit may stay as long."""

        def work(kept: MemoryStore, _store: Store) -> Memory:
            before = kept.get(memory_id)
            return kept.edit(memory_id, _checked(text, max(MEMORY_LIMIT, len(before.text))))

        return await self._write(persona_id, work)

    async def pin(self, persona_id: PersonaId, memory_id: MemoryId, pinned: bool) -> Memory:
        """Keep it in every prompt, as far as there is room, or let it take its turn again."""
        return await self._write(persona_id, lambda kept, _store: kept.set_pinned(memory_id, pinned))

    async def forget(self, persona_id: PersonaId, memory_id: MemoryId) -> None:
        """Take it out of the persona's mind; it can be restored."""
        await self._write(persona_id, lambda kept, _store: kept.forget(memory_id))

    async def restore(self, persona_id: PersonaId, memory_id: MemoryId) -> Memory:
        return await self._write(persona_id, lambda kept, _store: kept.restore(memory_id))

    async def _write(self, persona_id: PersonaId, work: Callable[[MemoryStore, Store], T]) -> T:
        result = await self._database.write(lambda store: work(store.memories(persona_id), store))
        self._publish(ChangeSet(memories=frozenset({persona_id})))
        return result


def _checked(text: str, limit: int) -> str:
    text = text.strip()
    if not text:
        raise InvalidInput("text", "A memory can't be empty.", "Write what is to be remembered.")
    if len(text) > limit:
        raise InvalidInput(
            "text", f"This memory has {len(text):,} characters; one memory holds {limit:,}.", "Make two of it."
        )
    return text
