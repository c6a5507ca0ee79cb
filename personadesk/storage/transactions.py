"""Running work in transactions on one connection. Imported on a database thread: it brings SQLAlchemy."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from personadesk.services.ports import Clock, Store
from personadesk.storage.assets import AssetFiles
from personadesk.storage.core import open_core
from personadesk.storage.driver import DriverError, RawConnection
from personadesk.storage.faults import is_write_refused, store_error
from personadesk.storage.store import SqlStore

T = TypeVar("T")
log = logging.getLogger(__name__)


class Transactions:
    """One connection's transactions, one after the other, on the thread that calls."""

    def __init__(
        self, connection: RawConnection, *, data_dir: Path, files: AssetFiles, clock: Clock, writing: bool
    ) -> None:
        self._raw = connection
        self._core = open_core(connection)
        self._data_dir = data_dir
        self._files = files
        self._clock = clock
        self._writing = writing
        self._busy = threading.Lock()

    def run(self, work: Callable[[Store], T]) -> T:
        """Run `work` in a transaction: committed when it returns, rolled back when it raises.

        Raises a StoreError for what is the disk's or the file's doing.
        """
        with self._busy:
            return self._run(work)

    def shrink(self) -> None:
        """Give back what SQLite has read of the file, from any thread; not while there is work. Raises nothing."""
        if self._busy.acquire(blocking=False):
            try:
                self._raw.execute("PRAGMA shrink_memory")
            except DriverError as error:
                log.info("SQLite's memory could not be given back: %s", error)
            finally:
                self._busy.release()

    def close(self) -> None:
        self._core.close()
        self._raw.close()

    def _run(self, work: Callable[[Store], T]) -> T:
        store = SqlStore(self._core, files=self._files, clock=self._clock)
        try:
            # By the driver: with SQLAlchemy's own events a message would take a tenth longer to be on the disk.
            self._raw.execute("BEGIN IMMEDIATE" if self._writing else "BEGIN")
            result = work(store)
            self._raw.execute("COMMIT")
        except (DBAPIError, DriverError) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            refused = is_write_refused(cause) and not self._writing
            meaning = None if refused else store_error(cause, self._data_dir)
            if meaning is None:
                raise
            raise meaning from error
        finally:
            if self._raw.in_transaction:
                self._raw.rollback()
            # What SQLAlchemy began with its first statement is over as well.
            if self._core.in_transaction():
                self._core.rollback()
        for path in store.discarded:
            self._remove(path)
        return result

    @staticmethod
    def _remove(path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("a file that no persona uses could not be removed: %s", error.strerror)
