"""The store for a dry run: read where it stands, and nothing is written, not even a lock file."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from personadesk.domain.errors import UserFacingError
from personadesk.services.ports import Clock, Store
from personadesk.storage.assets import AssetFiles
from personadesk.storage.driver import RawConnection, connect, memory, translated
from personadesk.storage.opening import SCHEMA_VERSION, schema_version
from personadesk.storage.places import DATABASE_NAME
from personadesk.storage.transactions import Transactions

T = TypeVar("T")


class DryDatabase:
    """Reads on the caller's thread. Where there is no database yet it is an empty one in memory."""

    def __init__(self, data_dir: Path, *, clock: Clock) -> None:
        """Raises UserFacingError where the database has another version than this program."""
        self._raw = _opened(data_dir, clock)
        self._transactions = Transactions(
            self._raw, data_dir=data_dir, files=AssetFiles(data_dir), clock=clock, writing=False
        )

    def submit_read(self, work: Callable[[Store], T]) -> Future[T]:
        future: Future[T] = Future()
        future.set_result(self._transactions.run(work))
        return future

    def submit_write(self, work: Callable[[Store], T]) -> Future[T]:
        raise RuntimeError("A dry run writes nothing.")

    submit_large_write = submit_write

    def back_up(self, label: str) -> Path:
        raise RuntimeError("A dry run writes nothing.")

    def close(self) -> None:
        self._transactions.close()


def _opened(data_dir: Path, clock: Clock) -> RawConnection:
    path = data_dir / DATABASE_NAME
    if not path.is_file():
        from personadesk.storage.upgrade import upgrade

        fresh = memory()
        upgrade(fresh, data_dir, found=0, now=clock.now())
        return fresh
    with translated(data_dir):
        # A log that somebody writes must be read too; where nobody does, SQLite would make one to read a WAL file.
        in_use = path.with_name(f"{DATABASE_NAME}-wal").exists()
        raw = connect(path, busy_timeout_ms=2_000, read_only=True, immutable=not in_use)
        version = schema_version(raw)
    if version != SCHEMA_VERSION:
        raw.close()
        raise UserFacingError("The database is of another version.", "Start PersonaDesk once, then try again.")
    return raw
