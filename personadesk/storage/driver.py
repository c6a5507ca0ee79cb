"""The SQLite driver itself. Knows nothing of SQLAlchemy, so it is there long before."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlcipher3 import dbapi2

from personadesk.storage.faults import store_error

DriverError: type[Exception] = dbapi2.Error
SQLITE_VERSION: str = dbapi2.sqlite_version


class RawCursor(Protocol):
    @property
    def lastrowid(self) -> int | None: ...
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


def memory() -> RawConnection:
    """Open an empty database that is in no file."""
    connection: RawConnection = dbapi2.connect(":memory:", isolation_level=None, check_same_thread=False)
    return connection


def connect(path: Path, *, busy_timeout_ms: int, read_only: bool = False, immutable: bool = False) -> RawConnection:
    """Open a connection in autocommit mode: transactions are begun by name.

    `read_only` opens the file itself so, and fails where there is none; `immutable` too promises that
    nobody else writes it, and makes no file beside it. May be used from any one thread at a time.
    """
    mode = "mode=ro&immutable=1" if immutable else "mode=ro"
    name, uri = (f"{path.absolute().as_uri()}?{mode}", True) if read_only else (str(path), False)
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
