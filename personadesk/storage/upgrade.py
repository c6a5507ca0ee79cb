"""Creating the schema and bringing an older one up to date, with Alembic, and copies of a store that is open."""

from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from personadesk.storage.assets import sync_folder
from personadesk.storage.core import core_connection
from personadesk.storage.driver import RawConnection, connect, scalar, translated
from personadesk.storage.faults import damaged, file_error, store_error
from personadesk.storage.places import BACKUPS_NAME

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(
    connection: RawConnection, data_dir: Path, *, found: int, now: datetime, scripts: Path = MIGRATIONS
) -> None:
    """Run the revisions after `found` in one transaction, after a checked backup of a file that holds something.

    A revision that fails leaves the file as it was.
    """
    # A copy alone does without: it takes a tenth of a second, and 13 MB for good.
    from alembic import command
    from alembic.config import Config

    if found:
        back_up(connection, data_dir, label=f"version-{found}", now=now)
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    try:
        with core_connection(connection, begin="BEGIN IMMEDIATE") as core:
            config.attributes["connection"] = core
            command.upgrade(config, "head")
    except DBAPIError as error:
        meaning = store_error(error.orig, data_dir)
        if meaning is None:
            raise
        raise meaning from error


def back_up(connection: RawConnection, data_dir: Path, *, label: str, now: datetime) -> Path:
    """Copy the open database to the backups folder, check the copy, and return its path.

    Raises a StoreError, and leaves no half-made copy, where the disk is full or the copy is not sound.
    """
    folder = data_dir / BACKUPS_NAME
    path = folder / f"personadesk-{label}-{now:%Y%m%dT%H%M%S%f}Z.sqlite3"
    unfinished = path.with_suffix(".part")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for left in folder.glob(f"personadesk-{label}-*.part*"):
            left.unlink()  # of a program that was killed here
        with translated(data_dir), closing(connect(unfinished, busy_timeout_ms=0)) as copy:
            connection.backup(copy)
            # The copy takes over the write-ahead log's mode; without it a backup is one file.
            copy.execute("PRAGMA journal_mode = DELETE")
            if scalar(copy, "PRAGMA integrity_check") != "ok":
                raise damaged(data_dir)
        # SQLite synced the copy when its last transaction ended.
        unfinished.replace(path)
        sync_folder(folder)
    except OSError as error:
        raise file_error(error, data_dir) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return path
