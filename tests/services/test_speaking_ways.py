"""Ways of speaking under a name: kept by the database, with names that tell them apart."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.events import ChangeSet, Event
from personadesk.domain.ids import PersonaId
from personadesk.domain.providers import PersonaModel, Preset
from personadesk.services.model_settings import store_persona_model, stored_persona_model
from personadesk.services.ports import Store
from personadesk.services.speaking_ways import WAYS_LIMIT, SpeakingWays
from personadesk.storage.database import open_database
from tests.fakes import FakeClock


def test_what_was_saved_is_there_after_a_restart_by_name(data_dir: Path, clock: FakeClock) -> None:
    async def save() -> None:
        database = open_database(data_dir, clock=clock)
        ways = SpeakingWays(database=database, publish=lambda _event: None)
        await ways.save("wild nights", temperature=1.4, top_p=0.99)
        await ways.save("Calm", temperature=0.2, top_p=0.8)
        database.close()

    async def start_again() -> list[tuple[str, float, float]]:
        database = open_database(data_dir, clock=clock)
        ways = await SpeakingWays(database=database, publish=lambda _event: None).all()
        database.close()
        return [(way.name, way.temperature, way.top_p) for way in ways]

    asyncio.run(save())

    assert asyncio.run(start_again()) == [("Calm", 0.2, 0.8), ("wild nights", 1.4, 0.99)]


def test_names_that_are_empty_too_long_or_taken_are_refused_and_nothing_changes(
    data_dir: Path, clock: FakeClock
) -> None:
    async def use() -> list[str]:
        database = open_database(data_dir, clock=clock)
        ways = SpeakingWays(database=database, publish=lambda _event: None)
        await ways.save("Calm", temperature=0.2, top_p=0.8)
        lively = await ways.save("Lively too", temperature=0.9, top_p=0.8)
        for name in ("", "  ", "x" * 41, "CALM"):
            with pytest.raises(InvalidInput):
                await ways.save(name, temperature=0.2, top_p=0.8)
            with pytest.raises(InvalidInput):
                await ways.rename(lively.id, name)
        with pytest.raises(InvalidInput):
            await ways.save("Beyond", temperature=3, top_p=0.8)
        with pytest.raises(NotFound):
            await ways.rename("gone", "Other")
        with pytest.raises(NotFound):
            await ways.delete("gone")
        names = [way.name for way in await ways.all()]
        database.close()
        return names

    assert asyncio.run(use()) == ["Calm", "Lively too"]


def test_there_is_an_end_to_how_many_are_kept(data_dir: Path, clock: FakeClock) -> None:
    async def use() -> int:
        database = open_database(data_dir, clock=clock)
        ways = SpeakingWays(database=database, publish=lambda _event: None)
        for number in range(WAYS_LIMIT):
            await ways.save(f"Way {number}", temperature=0.2, top_p=0.8)
        with pytest.raises(InvalidInput, match="ways of speaking are saved"):
            await ways.save("One more", temperature=0.2, top_p=0.8)
        kept = len(await ways.all())
        database.close()
        return kept

    assert asyncio.run(use()) == WAYS_LIMIT


def test_other_numbers_reach_every_persona_that_speaks_so_and_nobody_else(data_dir: Path, clock: FakeClock) -> None:
    told: list[Event] = []

    async def use() -> list[float]:
        database = open_database(data_dir, clock=clock)
        ways = SpeakingWays(database=database, publish=told.append)
        way = await ways.save("Calm", temperature=0.2, top_p=0.8)
        other = await ways.save("Wild", temperature=1.4, top_p=0.9)
        choices = (
            PersonaModel("x", Preset.OWN, temperature=0.2, top_p=0.8, max_tokens=90, way=way.id),
            PersonaModel(preset=Preset.OWN, temperature=0.2, top_p=0.8),
            PersonaModel(preset=Preset.OWN, temperature=1.4, top_p=0.9, way=other.id),
            PersonaModel(preset=Preset.LIVELY, temperature=0.2, way=way.id),
        )

        def store(store: Store) -> None:
            for number, choice in enumerate(choices, 1):
                store_persona_model(store, PersonaId(number), choice)
            store.settings.set("MODEL.PERSONA.9", {"way": way.id, "preset": "own"})

        await database.write(store)
        changed = await ways.renumber(way.id, temperature=0.5, top_p=0.7)
        await ways.delete(way.id)
        with pytest.raises(NotFound):
            await ways.renumber(way.id, temperature=0.5, top_p=0.7)
        with pytest.raises(InvalidInput):
            await ways.renumber(other.id, temperature=0.5, top_p=0)
        kept = await database.read(lambda store: [stored_persona_model(store, PersonaId(n)) for n in range(1, 5)])
        database.close()
        assert (changed.name, changed.temperature, changed.top_p) == ("Calm", 0.5, 0.7)
        assert kept[0] == replace(choices[0], temperature=0.5, top_p=0.7)
        return [choice.temperature for choice in kept]

    assert asyncio.run(use()) == [0.5, 0.2, 1.4, 0.2]
    assert ChangeSet(settings=frozenset({"speaking.ways", "model.persona.1"})) in told
