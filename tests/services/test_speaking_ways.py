"""Ways of speaking under a name: kept by the database, with names that tell them apart."""

import asyncio
from pathlib import Path

import pytest

from personadesk.domain.errors import InvalidInput, NotFound
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
