"""A folder with so many profiles that another process helps to read them."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from personadesk.domain.errors import Stopped
from personadesk.domain.migration import Choices, Plan, Progress, Stage
from personadesk.providers.card_reader.fitting import PictureProcesses
from personadesk.providers.profile_reader.process import ProfileProcesses
from personadesk.services.migration.reading import FROM_FILES, ReadAhead
from personadesk.services.migration.service import Migration
from personadesk.services.migration_ports import ProfileFile
from personadesk.storage.backup_archive import TarBackups
from personadesk.storage.folder_moves import DiskMoves
from personadesk.storage.foreign_databases import SqliteForeignDatabases
from personadesk.storage.run_journal import RunJournal
from personadesk.storage.source_files import DiskFiles
from tests.bot_folder import make_bot, tree
from tests.faults.ground import contents, make_profiles, opened

GONE = (sys.executable, "-c", "")


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many") / "bot"
    make_bot(folder)
    make_profiles(folder, FROM_FILES + 100)
    profiles = folder / "data" / "profiles" / "persona_1"
    (profiles / "user_5.json").write_bytes(b'{"user_id": 5, "facts": [')
    (profiles / "user_6.json").write_bytes(b'{"user_id": "6", "facts": ["NaN", {"fact": "odd", "weight": NaN}]}')
    return folder


def brought(desk: Path, bot: Path, profiles: ProfileProcesses) -> tuple[Plan, object, object]:
    """Plan, rows of the receipt and the contents of the store."""
    with opened(desk) as backend:
        migration = Migration(
            files=DiskFiles(),
            profiles=profiles,
            pictures=PictureProcesses(),
            databases=SqliteForeignDatabases(),
            backups=TarBackups(),
            journal=RunJournal(desk),
            moves=DiskMoves(),
            database=backend.database,
            back_up_store=backend.database.back_up,
            clock=backend.clock,
            publish=backend.hub,
            home=desk,
            program=desk,
        )
        plan = migration.plan(migration.inspect(bot)[0], Choices())
        receipt = migration.run(plan)
        assert receipt.backup is not None
        receipt.backup.unlink()
        return plan, receipt.rows, contents(desk)


def test_what_another_process_reads_is_what_this_one_would(bot: Path, tmp_path: Path) -> None:
    beside = brought(tmp_path / "beside", bot, ProfileProcesses())
    alone = brought(tmp_path / "alone", bot, ProfileProcesses(command=GONE))

    assert beside[0].rows == alone[0].rows
    assert beside[0].people == alone[0].people
    assert beside[1:] == alone[1:]


@pytest.mark.parametrize("stage", [Stage.LOOK, Stage.IMPORT])
def test_a_run_that_is_stopped_ends_the_other_process(bot: Path, tmp_path: Path, stage: Stage) -> None:
    reached: list[Progress] = []

    def tell(progress: Progress) -> None:
        if progress.stage is stage and progress.done:
            reached.append(progress)

    def cancelled() -> bool:
        return bool(reached)

    before = tree(bot)
    with opened(tmp_path / "desk") as backend:
        migration = backend.migration
        [found, *_] = migration.inspect(bot)
        with pytest.raises(Stopped):
            migration.run(
                migration.plan(found, Choices(), tell=tell, cancelled=cancelled), tell=tell, cancelled=cancelled
            )
        assert backend.migration.runs() == []
    assert tree(bot) == before


def test_an_item_keeps_its_place_and_its_reading_however_late_that_comes() -> None:
    behind = threading.Event()

    def there(files: list[ProfileFile]) -> list[str | None]:
        behind.wait()
        return [f"{name} there" for name, _ in files]

    def here(_: bytes, name: str) -> str:
        behind.set()
        return f"{name} here"

    with ThreadPoolExecutor(1) as thread:
        ahead = ReadAhead(
            lambda number: (str(number), b"") if number % 3 else None, lambda files: thread.submit(there, files), here
        )
        read = list(ahead.read(iter(range(2_000))))

    assert [number for number, _ in read] == list(range(2_000))
    assert all(said in (f"{number} there", f"{number} here") for number, said in read if number % 3)
    assert not any(said for number, said in read if not number % 3)
