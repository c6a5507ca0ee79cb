"""Opening the file: what may be opened, with which pragmas, and when it must be created or upgraded.

Nothing here imports SQLAlchemy or Alembic unless the schema has to change.
"""

from datetime import datetime
from pathlib import Path

from personadesk import __version__
from personadesk.domain.errors import StoreDamaged, StoreTooNew, StoreUnavailable
from personadesk.storage.driver import RawConnection, connect, scalar, translated
from personadesk.storage.faults import cannot_write, file_error
from personadesk.storage.places import DATABASE_NAME

SCHEMA_VERSION = 5
"""The newest revision in migrations/versions, as a number; `PRAGMA user_version` of an up-to-date file."""

APPLICATION_ID = 0x50444B31
"""Marks the file as PersonaDesk's ("PDK1"): https://sqlite.org/pragma.html#pragma_application_id."""

_WAL_KEPT_BYTES = 16 * 1024 * 1024


def open_for_writing(data_dir: Path, *, now: datetime, busy_timeout_ms: int) -> RawConnection:
    """Make the folder and the file where they are missing, upgrade an older one, and return the connection.

    Raises a StoreError where that can't be done; a file that can't be used is left as it is.
    """
    path = _database_path(data_dir)
    with translated(data_dir):
        connection = connect(path, busy_timeout_ms=busy_timeout_ms)
        try:
            found = _usable_version(connection, data_dir)
            _set_pragmas(connection, data_dir)
            if found < SCHEMA_VERSION:
                from personadesk.storage.upgrade import upgrade

                upgrade(connection, data_dir, found=found, now=now)
        except BaseException:
            connection.close()
            raise
    return connection


def open_for_reading(data_dir: Path, *, busy_timeout_ms: int) -> RawConnection:
    """Open a connection that refuses every write. The file must have been opened for writing before."""
    with translated(data_dir):
        connection = connect(data_dir / DATABASE_NAME, busy_timeout_ms=busy_timeout_ms)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def schema_version(connection: RawConnection) -> int:
    version: int = scalar(connection, "PRAGMA user_version")
    return version


def _database_path(data_dir: Path) -> Path:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise StoreUnavailable(
            f"{data_dir} can't hold PersonaDesk's data, because it or a part of it is a file and not a folder.",
            "Move that file away, or choose another folder with --data-dir.",
        ) from None
    except OSError as error:
        raise file_error(error, data_dir) from error
    path = data_dir / DATABASE_NAME
    try:
        if path.is_dir():
            raise StoreUnavailable(
                f"{path} is a folder, where PersonaDesk's database should be.",
                "Move that folder away, or choose another folder with --data-dir.",
            )
        if not path.exists():
            # SQLite would make it readable to everyone; its other files take over these rights.
            path.touch(mode=0o600)
    except OSError as error:
        raise cannot_write(data_dir) from error
    return path


def _usable_version(connection: RawConnection, data_dir: Path) -> int:
    """Return the schema version of a file that may be used, 0 for an empty one. Changes nothing."""
    found = schema_version(connection)
    ours = scalar(connection, "PRAGMA application_id") == APPLICATION_ID
    empty = not scalar(connection, "SELECT count(*) FROM sqlite_master")
    if not ours and not empty:
        raise StoreDamaged(
            f"{data_dir / DATABASE_NAME} is a database of another program.",
            "It was left as it is. Move it away, or choose another folder with --data-dir.",
        )
    if found > SCHEMA_VERSION:
        raise StoreTooNew(
            f"The database in {data_dir} has version {found};"
            f" this PersonaDesk ({__version__}) knows versions up to {SCHEMA_VERSION}.",
            "Install the newest PersonaDesk to open it. It was left as it is.",
        )
    return found


def _set_pragmas(connection: RawConnection, data_dir: Path) -> None:
    mode = scalar(connection, "PRAGMA journal_mode = WAL")
    if mode != "wal":
        raise StoreUnavailable(
            f"The disk with {data_dir} can't keep a database safe: SQLite's write-ahead log does not work on it.",
            "Choose a folder on a disk of this computer with --data-dir.",
        )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_KEPT_BYTES}")
