"""How one likes to be spoken to: how fast, by whom without asking, and whether opening another persona ends it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from personadesk.domain.ids import PersonaId
from personadesk.services.ports import Database, Store

HABITS_SETTING = "speech.habits"
SPEEDS = (0.75, 2.0)


@dataclass(frozen=True, slots=True)
class SpeechHabits:
    """`speed` is a factor on top of each voice's own. `personas` speak their replies by themselves."""

    speed: float = 1.0
    goes_on: bool = False
    personas: frozenset[PersonaId] = frozenset()


class KeptHabits:
    """Asynchronous, for the engine thread."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def read(self) -> SpeechHabits:
        return await self._database.read(_read)

    async def change(self, **changes: Any) -> SpeechHabits:
        """Change some fields of what is kept. Personas that were deleted for good are left out."""

        def work(store: Store) -> SpeechHabits:
            habits = replace(_read(store), **changes)
            living = sorted(_living(store, habits.personas))
            store.settings.set(
                HABITS_SETTING, {"speed": habits.speed, "goes_on": habits.goes_on, "personas": [*living]}
            )
            return replace(habits, personas=frozenset(living))

        return await self._database.write(work)


def _read(store: Store) -> SpeechHabits:
    kept = store.settings.get(HABITS_SETTING)
    if not isinstance(kept, dict):
        return SpeechHabits()
    speed, named = kept.get("speed"), kept.get("personas")
    lowest, highest = SPEEDS
    return SpeechHabits(
        speed=min(highest, max(lowest, float(speed))) if isinstance(speed, int | float) else 1.0,
        goes_on=kept.get("goes_on") is True,
        personas=_living(store, [PersonaId(item) for item in named if isinstance(item, int)])
        if isinstance(named, list)
        else frozenset(),
    )


def _living(store: Store, persona_ids: Collection[PersonaId]) -> frozenset[PersonaId]:
    present, trashed = store.personas.summaries_of(persona_ids)
    return frozenset(summary.id for summary in (*present, *trashed))
