"""The trash empties itself after a while, and never because a clock went wrong."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from personadesk.domain.persona import PersonaCard
from personadesk.services.ports import Store
from personadesk.services.trash_keeping import empty_old
from personadesk.storage.database import open_database
from tests.fakes import FakeClock

Run = Callable[[Callable[[Store], object]], object]


@pytest.fixture
def run(data_dir: Path, clock: FakeClock) -> Iterator[Run]:
    database = open_database(data_dir, clock=clock)
    yield lambda work: database.submit_write(work).result(30)
    database.close()


def trashed(run: Run) -> None:
    run(lambda store: store.trash.entries() or store.personas.trash(store.personas.create(PersonaCard("Mira")).id))


def left(run: Run) -> object:
    return run(lambda store: [entry.label for entry in store.trash.entries()])


def look(run: Run, clock: FakeClock) -> None:
    run(lambda store: empty_old(store, clock.now()))


def test_what_lay_there_for_a_month_is_deleted_for_good(run: Run, clock: FakeClock) -> None:
    look(run, clock)
    trashed(run)
    clock.advance(days=29)
    look(run, clock)
    assert left(run) == ["Mira"]

    clock.advance(days=2)
    look(run, clock)

    assert left(run) == []


def test_a_clock_that_jumped_years_ahead_empties_nothing(run: Run, clock: FakeClock) -> None:
    look(run, clock)
    trashed(run)

    clock.advance(days=3650)
    look(run, clock)

    assert left(run) == ["Mira"]


def test_a_long_holiday_keeps_the_trash_until_the_start_after(run: Run, clock: FakeClock) -> None:
    look(run, clock)
    trashed(run)
    clock.advance(days=90)
    look(run, clock)
    assert left(run) == ["Mira"]

    clock.advance(days=1)
    look(run, clock)

    assert left(run) == []


def test_a_clock_that_went_back_empties_nothing(run: Run, clock: FakeClock) -> None:
    trashed(run)
    look(run, clock)

    clock.advance(days=-400)
    look(run, clock)

    assert left(run) == ["Mira"]
