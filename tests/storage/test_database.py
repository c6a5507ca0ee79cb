import asyncio
import ctypes
import gc
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from personadesk.domain.errors import NotFound, StoreUnavailable
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaCard
from personadesk.services.ports import Database, Store
from personadesk.storage.database import SqliteDatabase, open_database
from tests.fakes import FakeClock
from tests.storage.conftest import Desk


def test_it_is_the_port_that_the_services_ask_for(desk: Desk) -> None:
    port: Database = desk.database

    async def use() -> list[str]:
        await port.write(lambda store: store.personas.create(PersonaCard("Luna")))
        return [item.name for item in await port.read(lambda store: store.personas.summaries())]

    assert asyncio.run(use()) == ["Luna"]


def test_work_that_raises_leaves_nothing_behind(desk: Desk) -> None:
    def work(store: Store) -> None:
        store.personas.create(PersonaCard("Luna"))
        store.for_persona(PersonaId(99))

    with pytest.raises(NotFound):
        desk.write(work)

    assert desk.read(lambda store: store.personas.summaries()) == []
    assert desk.persona("Luna").card.name == "Luna"


def test_a_write_on_a_reading_connection_fails(desk: Desk) -> None:
    with pytest.raises(OperationalError, match="readonly"):
        desk.read(lambda store: store.settings.set("theme", "dark"))

    assert desk.read(lambda store: store.settings.get("theme")) is None


def test_a_read_goes_on_while_another_thread_writes(desk: Desk) -> None:
    desk.persona("before")
    writing, go_on = threading.Event(), threading.Event()

    def slow_write(store: Store) -> None:
        store.personas.create(PersonaCard("during"))
        writing.set()
        assert go_on.wait(30)

    pending = desk.database.submit_write(slow_write)
    assert writing.wait(30)
    seen = [item.name for item in desk.read(lambda store: store.personas.summaries())]
    go_on.set()
    pending.result()

    assert seen == ["before"]


def test_work_runs_on_the_database_threads_alone(desk: Desk) -> None:
    writing = desk.write(lambda _: threading.current_thread().name)
    reading = desk.read(lambda _: threading.current_thread().name)

    assert writing.startswith("database-writer")
    assert reading.startswith("database-reader")


def test_a_write_is_stored_though_its_caller_was_cancelled(desk: Desk) -> None:
    started, go_on = threading.Event(), threading.Event()
    blocker = desk.database.submit_write(lambda _: (started.set(), go_on.wait(30)))
    assert started.wait(30)

    async def cancel_while_queued() -> None:
        task = asyncio.create_task(desk.database.write(lambda store: store.settings.set("kept", True)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel_while_queued())
    go_on.set()
    blocker.result()

    # On the writing thread too, so behind what was queued.
    assert desk.write(lambda store: store.settings.get("kept")) is True


def test_closing_does_what_is_queued_and_leaves_one_file(data_dir: Path, clock: FakeClock) -> None:
    database = open_database(data_dir, clock=clock)
    for number in range(50):
        database.submit_write(lambda store, number=number: store.settings.set(f"n{number}", number))

    database.close()
    database.close()

    assert [file.name for file in data_dir.iterdir()] == ["personadesk.sqlite3"]
    again = open_database(data_dir, clock=clock)
    assert len(again.early_settings().result()) == 50
    again.close()


def test_what_a_large_write_stored_reaches_the_file_and_so_does_what_comes_later(desk: Desk) -> None:
    file, megabytes = desk.database.data_dir / "personadesk.sqlite3", 6_000_000

    desk.database.submit_large_write(lambda store: store.settings.set("large", "x" * megabytes)).result()
    desk.write(lambda store: store.settings.set("small", 1))
    after_large = file.stat().st_size
    desk.write(lambda store: store.settings.set("usual", "y" * megabytes))

    assert after_large > megabytes
    assert file.stat().st_size > 2 * megabytes
    assert desk.read(lambda store: store.settings.get("large")) == "x" * megabytes


def test_a_large_write_that_fails_stores_nothing(desk: Desk) -> None:
    def work(store: Store) -> None:
        store.settings.set("large", 1)
        raise LookupError

    with pytest.raises(LookupError):
        desk.database.submit_large_write(work).result()

    assert desk.read(lambda store: store.settings.get("large")) is None


@pytest.mark.skipif(sys.platform != "linux", reason="it asks glibc how much is in use")
def test_at_rest_it_gives_back_what_was_read_and_goes_on(desk: Desk) -> None:
    text = "The lamp on the pier was lit. " * 2_000

    def grow(store: Store) -> None:
        for number in range(30):
            store.settings.set(f"draft {number}", text)

    desk.write(grow)
    assert desk.read(lambda store: store.settings.get("draft 29")) == text
    desk.database.rest()  # something was asked since the last time: it is left alone
    gc.collect()
    busy = in_use()

    desk.database.rest()
    # What shrinks runs on the writing thread, before whatever is asked of that next.
    assert desk.write(lambda store: store.settings.get("draft 0")) == text
    gc.collect()

    assert busy - in_use() > 1_000_000


class HeapFacts(ctypes.Structure):
    """glibc's `struct mallinfo2`."""

    _fields_ = tuple((f"field{number}", ctypes.c_size_t) for number in range(10))


def in_use() -> int:
    """What the C library has handed out, in bytes."""
    libc = ctypes.CDLL(None)
    libc.mallinfo2.restype = HeapFacts
    said = libc.mallinfo2()
    return int(said.field4 + said.field7)


def test_rest_waits_for_nobody(desk: Desk) -> None:
    desk.persona("Luna")
    reading, go_on = threading.Event(), threading.Event()

    def slow_read(store: Store) -> list[str]:
        before = [item.name for item in store.personas.summaries()]
        reading.set()
        assert go_on.wait(30)
        return before + [item.name for item in store.personas.summaries()]

    pending = desk.database.submit_read(slow_read)
    assert reading.wait(30)
    desk.database.rest()
    desk.database.rest()
    desk.persona("Maya")
    go_on.set()

    assert pending.result() == ["Luna", "Luna"]


def test_the_first_look_is_what_the_store_holds(data_dir: Path, clock: FakeClock) -> None:
    first = Desk(open_database(data_dir, clock=clock))
    empty = first.database.early_summaries().result()
    first.say(first.conversation(first.persona("Luna").id), "hello")
    first.write(lambda store: store.settings.set("theme", ["dark"]))
    first.database.close()

    second = Desk(open_database(data_dir, clock=clock))

    assert empty == []
    assert second.database.early_summaries().result() == second.read(lambda store: store.personas.summaries())
    assert second.database.early_settings().result() == {"theme": ["dark"]}
    second.database.close()


def test_the_first_look_needs_neither_sqlalchemy_nor_what_is_in_conversations(data_dir: Path, clock: FakeClock) -> None:
    open_database(data_dir, clock=clock).close()
    script = """
import sys, pathlib
from personadesk.services.clock import SystemClock
from personadesk.storage.database import open_database
assert "sqlcipher3" not in sys.modules
database = open_database(pathlib.Path(sys.argv[1]), clock=SystemClock())
database.early_summaries().result()
database.opened().result()
late = {"sqlalchemy", "alembic", "personadesk.services.ports", "personadesk.domain.conversation"}
print(sorted(late & set(sys.modules)))
database.close()
"""

    ran = subprocess.run([sys.executable, "-c", script, str(data_dir)], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"


def test_a_directory_with_any_name_can_hold_a_store(tmp_path: Path, clock: FakeClock) -> None:
    odd = tmp_path / "Ünïcode 日本 🦊 %20 ?x=1#y & 'quotes'" / "deep"
    database = SqliteDatabase(odd, clock=clock)

    Desk(database).persona("Luna")

    database.close()
    assert (odd / "personadesk.sqlite3").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps an open file where it is")
def test_a_folder_moved_away_takes_no_more_words_and_keeps_those_it_has(data_dir: Path, clock: FakeClock) -> None:
    place = data_dir / "store"
    database = open_database(place, clock=clock)
    database.submit_write(lambda store: store.personas.create(PersonaCard("Luna"))).result(30)
    place.rename(data_dir / "elsewhere")

    with pytest.raises(StoreUnavailable, match="was moved, replaced or deleted"):
        database.submit_write(lambda store: store.personas.create(PersonaCard("Ethan"))).result(30)

    (data_dir / "elsewhere").rename(place)
    database.submit_write(lambda store: store.personas.create(PersonaCard("Sam"))).result(30)
    names = database.submit_read(lambda store: sorted(item.name for item in store.personas.summaries())).result(30)
    database.close()
    assert names == ["Luna", "Sam"]
