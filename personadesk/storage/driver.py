"""The SQLite driver, and what its errors mean to a person. Knows nothing of SQLAlchemy, so it is cheap to import."""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlcipher3 import dbapi2

from personadesk.domain.errors import StoreDamaged, StoreError, StoreUnavailable

DATABASE_NAME = "personadesk.sqlite3"
BACKUPS_NAME = "backups"

DriverError: type[Exception] = dbapi2.Error
SQLITE_VERSION: str = dbapi2.sqlite_version

_READONLY = 8
_BUSY = frozenset({5, 6})
_FULL = 13
_CANNOT_WRITE = frozenset({3, _READONLY, 14})
_INPUT_OUTPUT = 10
_DAMAGED = frozenset({11, 26})


class RawCursor(Protocol):
    def fetchone(self) -> tuple[Any, ...] | None: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...


class RawConnection(Protocol):
    """The part of a DB-API connection that is used before SQLAlchemy is imported."""

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> RawCursor: ...
    def backup(self, target: "RawConnection") -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...


def connect(path: Path, *, busy_timeout_ms: int, read_only: bool = False) -> RawConnection:
    """Open a connection in autocommit mode: transactions are begun by name.

    `read_only` opens the file itself so, and fails where there is none. May be used from any one
    thread at a time.
    """
    name, uri = (f"{path.absolute().as_uri()}?mode=ro", True) if read_only else (str(path), False)
    connection: RawConnection = dbapi2.connect(
        name,
        timeout=busy_timeout_ms / 1000,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        uri=uri,
    )
    return connection


def scalar(connection: RawConnection, sql: str) -> Any:
    """Return the first column of the first row, None where there is no row."""
    row = connection.execute(sql).fetchone()
    return None if row is None else row[0]


@contextmanager
def translated(data_dir: Path) -> Iterator[None]:
    """Turn the driver's errors that are the disk's or the file's doing into StoreErrors."""
    try:
        yield
    except DriverError as error:
        meaning = store_error(error, data_dir)
        if meaning is None:
            raise
        raise meaning from error


def is_write_refused(error: BaseException | None) -> bool:
    """Say whether a statement failed because its connection may only read."""
    return _primary_code(error) == _READONLY


def store_error(error: BaseException | None, data_dir: Path) -> StoreError | None:
    """Return what a driver's error means to a person; None where it is a bug of ours."""
    code = _primary_code(error)
    if code in _BUSY:
        return StoreUnavailable(
            f"Another program is using the database in {data_dir}.", "Close that program and try again."
        )
    if code == _FULL:
        return StoreUnavailable(
            "The disk is full, so this could not be saved.", "Free some space and try again. What was saved is safe."
        )
    if code in _CANNOT_WRITE:
        return cannot_write(data_dir)
    if code == _INPUT_OUTPUT:
        return StoreUnavailable(
            f"The disk with {data_dir} could not be read or written.",
            "Check that it is connected, healthy and not full, then try again.",
        )
    if code in _DAMAGED:
        return damaged(data_dir)
    return None


def file_error(error: OSError, data_dir: Path) -> StoreError:
    """Return what a failure to read or write a file in the data directory means to a person."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreUnavailable(
            "The disk is full, so a file could not be saved.", "Free some space and try again. What was saved is safe."
        )
    return cannot_write(data_dir)


def cannot_write(data_dir: Path) -> StoreUnavailable:
    return StoreUnavailable(
        f"PersonaDesk can't write to {data_dir}.",
        "Give yourself permission to write there, or choose another folder with --data-dir.",
    )


def damaged(data_dir: Path) -> StoreDamaged:
    return StoreDamaged(
        f"The database in {data_dir} is damaged.",
        f"It was left as it is. Keep a copy of it, then put a backup from {data_dir / BACKUPS_NAME} in its place.",
    )


def _primary_code(error: BaseException | None) -> int:
    """The low byte of SQLite's result code, 0 where there is none: https://sqlite.org/rescode.html."""
    code: int = getattr(error, "sqlite_errorcode", None) or 0
    return code & 0xFF
