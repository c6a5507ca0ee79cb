"""A backup that was good when it was checked, and turns out bad while the import is under way."""

from collections.abc import Callable
from pathlib import Path

import pytest

from personadesk.domain.errors import UserFacingError
from personadesk.domain.migration import Progress, Stage
from personadesk.services.migration.reading import FROM_FILES
from personadesk.storage.checks import check_store
from tests.bot_folder import make_bot
from tests.faults.ground import archives, contents, make_profiles, opened, plan, sources

MANY = FROM_FILES + 1_400
"""Files are read ahead, a thousand of them and more: these are not all read when the first are stored."""
STORED_FIRST = 800
"""Thousands of rows are in the transaction by then."""


def overwritten(archive: Path) -> None:
    with archive.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(0)
        file.write(b"x" * size)


def cut_short(archive: Path) -> None:
    with archive.open("r+b") as file:
        file.truncate(archive.stat().st_size // 10)


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many") / "bot"
    make_bot(folder)
    make_profiles(folder, MANY)
    return folder


@pytest.mark.parametrize("spoil", [overwritten, cut_short])
def test_nothing_is_imported_from_a_backup_that_turns_bad(
    bot: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    original = sources(bot)
    spoiled: list[Path] = []

    def tell(progress: Progress) -> None:
        if progress.stage is Stage.IMPORT and progress.done >= STORED_FIRST and not spoiled:
            spoiled.extend(archives(bot))
            spoil(*spoiled)

    with opened(tmp_path / "desk") as backend:
        before = contents(tmp_path / "desk")
        with pytest.raises(UserFacingError, match="is not any more, so nothing was imported") as raised:
            backend.migration.run(plan(backend, bot, reorganize=False), tell=tell)
        assert raised.value.next_step

        assert len(spoiled) == 1
        assert contents(tmp_path / "desk") == before
        assert backend.migration.runs() == []
        assert backend.migration.recover() == []
        assert sources(bot) == original
        assert archives(bot) == []
        assert check_store(tmp_path / "desk").problems == ()

        receipt = backend.migration.run(plan(backend, bot, reorganize=False))
        assert receipt.backup is not None
        receipt.backup.unlink()
        assert len(receipt.rows) > MANY
