"""What may be wrong with a data directory: each a sentence and a next step, and nothing altered."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from personadesk import __version__
from personadesk.domain.errors import StoreDamaged, StoreError, StoreTooNew, StoreUnavailable
from personadesk.storage.database import open_database
from personadesk.storage.opening import SCHEMA_VERSION
from tests.fakes import FakeClock
from tests.storage.conftest import Desk


def refusal(data_dir: Path, clock: FakeClock) -> StoreError:
    """Open, and return the error that every way in gives."""
    database = open_database(data_dir, clock=clock, busy_timeout_ms=50)
    try:
        with pytest.raises(StoreError) as caught:
            database.opened().result()
        for future in (
            database.early_summaries(),
            database.early_settings(),
            database.submit_read(lambda store: store.personas.summaries()),
            database.submit_write(lambda store: store.people.you()),
        ):
            assert future.exception() is caught.value
    finally:
        database.close()
    assert caught.value.sentence.endswith(".")
    assert caught.value.next_step.endswith(".")
    return caught.value


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and not file.name.endswith(("-wal", "-shm"))
    }


@pytest.fixture
def filled(data_dir: Path, clock: FakeClock) -> Path:
    """A closed store with one conversation of 200 long messages."""
    desk = Desk(open_database(data_dir, clock=clock))
    desk.say(desk.conversation(desk.persona("Luna").id), *(f"{number} " + "boats " * 100 for number in range(200)))
    desk.database.close()
    return data_dir


def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    place = tmp_path / "data"
    place.write_text("precious")

    for data_dir in (place, place / "below"):
        error = refusal(data_dir, clock)
        assert isinstance(error, StoreUnavailable)
        assert "is a file" in error.sentence
    assert place.read_text() == "precious"


def test_a_database_that_is_a_folder_is_refused(data_dir: Path, clock: FakeClock) -> None:
    (data_dir / "personadesk.sqlite3").mkdir()

    assert "is a folder" in refusal(data_dir, clock).sentence


def overwrite_header(file: Path) -> None:
    with file.open("r+b") as handle:
        handle.write(os.urandom(4096))


def overwrite_all(file: Path) -> None:
    file.write_bytes(b"this is not a database. " * 1_000)


def cut_in_half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def cut_to_a_few_bytes(file: Path) -> None:
    os.truncate(file, 50)


@pytest.mark.parametrize("damage", [overwrite_header, overwrite_all, cut_in_half, cut_to_a_few_bytes])
def test_a_damaged_file_is_refused_and_left_as_it_is(
    filled: Path, clock: FakeClock, damage: Callable[[Path], None]
) -> None:
    damage(filled / "personadesk.sqlite3")
    before = fingerprint(filled)

    error = refusal(filled, clock)

    assert isinstance(error, StoreDamaged)
    assert "backups" in error.next_step
    assert fingerprint(filled) == before


def test_damage_that_only_shows_in_use_is_a_sentence_when_it_does(filled: Path, clock: FakeClock) -> None:
    file = filled / "personadesk.sqlite3"
    with closing(dbapi2.connect(str(file))) as connection:
        [root] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_messages_path'").fetchone()
    with file.open("r+b") as handle:
        handle.seek((root - 1) * 4096)
        handle.write(b"\xee" * 4096)
    database = open_database(filled, clock=clock)

    def read_all() -> object:
        persona_id = database.early_summaries().result()[0].id
        conversations = database.submit_read(lambda store: store.for_persona(persona_id).conversations()).result()
        return database.submit_read(lambda store: store.for_persona(persona_id).block(conversations[0].id, 0)).result()

    with pytest.raises(StoreDamaged, match="damaged"):
        read_all()
    database.close()


def test_another_programs_database_is_refused_and_left_as_it_is(data_dir: Path, clock: FakeClock) -> None:
    with closing(dbapi2.connect(str(data_dir / "personadesk.sqlite3"))) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    before = fingerprint(data_dir)

    error = refusal(data_dir, clock)

    assert "another program" in error.sentence
    assert fingerprint(data_dir) == before


def test_a_newer_database_is_refused_naming_both_versions(filled: Path, clock: FakeClock) -> None:
    with closing(dbapi2.connect(str(filled / "personadesk.sqlite3"))) as connection:
        connection.execute("PRAGMA user_version = 7")
    before = fingerprint(filled)

    error = refusal(filled, clock)

    assert isinstance(error, StoreTooNew)
    assert "version 7" in error.sentence
    assert f"up to {SCHEMA_VERSION}" in error.sentence
    assert __version__ in error.sentence
    assert fingerprint(filled) == before


def test_a_database_that_another_program_holds_is_refused(filled: Path, clock: FakeClock) -> None:
    with closing(dbapi2.connect(str(filled / "personadesk.sqlite3"), isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")

        error = refusal(filled, clock)

    assert isinstance(error, StoreUnavailable)
    assert "Another program" in error.sentence


def test_a_write_that_meets_a_lock_is_a_sentence_and_works_once_the_lock_is_gone(
    filled: Path, clock: FakeClock
) -> None:
    database = open_database(filled, clock=clock, busy_timeout_ms=50)
    database.opened().result()
    desk = Desk(database)

    with closing(dbapi2.connect(str(filled / "personadesk.sqlite3"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="Another program"):
            desk.persona("Maya")
        seen = [item.name for item in desk.read(lambda store: store.personas.summaries())]
        other.execute("ROLLBACK")

    assert seen == ["Luna"]
    assert desk.persona("Maya").card.name == "Maya"
    database.close()


READ_ONLY = """
import os, pathlib, sys
from personadesk.domain.errors import StoreUnavailable
from personadesk.services.clock import SystemClock
from personadesk.storage.database import open_database

own, *refused = map(pathlib.Path, sys.argv[1:])
# Everything is imported before rights are given up: the interpreter may belong to another user.
warm = open_database(own, clock=SystemClock())
warm.submit_read(lambda store: store.personas.summaries()).result()
warm.close()
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
for folder in refused:
    database = open_database(folder, clock=SystemClock())
    try:
        database.submit_write(lambda store: store.settings.set("x", 1)).result()
        print("written")
    except StoreUnavailable as error:
        print(error)
    finally:
        database.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="permission bits")
def test_a_data_directory_that_cannot_be_written_is_refused(clock: FakeClock) -> None:
    # Not under pytest's own folder, which other users can't enter: the child gives up root's rights.
    with tempfile.TemporaryDirectory(prefix="pd-read-only-") as name:
        ground = Path(name)
        empty, parent, filled = (ground / folder for folder in ("empty", "parent", "filled"))
        desk = Desk(open_database(filled, clock=clock))
        desk.persona("Luna")
        desk.database.close()
        empty.mkdir()
        parent.mkdir()
        before = fingerprint(filled)
        for folder in (empty, parent, filled, ground):
            folder.chmod(0o555 if folder != ground else 0o755)

        ran = subprocess.run(
            [sys.executable, "-c", READ_ONLY, *map(str, (ground / "own", empty, parent / "missing", filled))],
            capture_output=True,
            text=True,
            check=True,
        )

        left = list(empty.iterdir()), fingerprint(filled)
        for folder in (empty, parent, filled):
            folder.chmod(0o755)
    lines = ran.stdout.splitlines()
    assert len(lines) == 3
    for line, folder in zip(lines, (empty, parent / "missing", filled), strict=True):
        assert line.startswith(f"PersonaDesk can't write to {folder}.")
        assert "--data-dir" in line
    assert left == ([], before)
