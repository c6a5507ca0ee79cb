"""The database and its threads.

One thread owns the one writing connection; two read on connections that refuse writes. Importing
this module and starting a database costs the caller next to nothing: the driver is opened on the
writing thread, and SQLAlchemy is imported there by the first work that needs it.
"""

import contextlib
import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from personadesk.domain.errors import StoreUnavailable
from personadesk.domain.persona import PersonaSummary
from personadesk.storage.assets import AssetFiles
from personadesk.storage.places import DATABASE_NAME

if TYPE_CHECKING:
    # The ports' values are not on the way to the cards.
    from personadesk.services.ports import Clock, JsonValue, Store
    from personadesk.storage.driver import RawConnection
    from personadesk.storage.transactions import Transactions

T = TypeVar("T")

READERS = 2
BUSY_TIMEOUT_MS = 5_000
"""How long a statement waits for another program's lock. This program never waits for itself."""


def open_database(data_dir: Path, *, clock: "Clock", busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> "SqliteDatabase":
    """Start opening the database of a data directory and return at once; `opened()` tells how it went."""
    return SqliteDatabase(data_dir, clock=clock, busy_timeout_ms=busy_timeout_ms)


class SqliteDatabase:
    """The Database port over one SQLite file. Safe from any thread and any asyncio loop.

    Where the file can't be opened, every future and every call raises the StoreError that says why.
    """

    def __init__(self, data_dir: Path, *, clock: "Clock", busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self._data_dir = data_dir
        self._file = str(data_dir / DATABASE_NAME)
        self._clock = clock
        self._busy_timeout_ms = busy_timeout_ms
        self._files = AssetFiles(data_dir)
        self._write_queue = ThreadPoolExecutor(1, "database-writer")
        self._read_queue = ThreadPoolExecutor(READERS, "database-reader")
        self._reader = threading.local()
        self._importing = threading.Lock()
        self._summaries: Future[list[PersonaSummary]] = Future()
        self._settings: Future[dict[str, JsonValue]] = Future()
        # Written on the database threads; read by others once those have ended.
        self._raw: RawConnection | None = None
        self._writer: Transactions | None = None
        self._in_use: list[Transactions] = []
        self._closed = False
        self._asked = self._asked_by_then = 0
        self._resting = True
        self._place: tuple[int, int] | None = None
        self._opened = self._write_queue.submit(self._open)

    @property
    def data_dir(self) -> Path:
        return self._data_dir

    def opened(self) -> Future[None]:
        """Ends when the file is open, created or upgraded where needed, or with a StoreError."""
        return self._opened

    def early_summaries(self) -> Future[list[PersonaSummary]]:
        """What `store.personas.summaries()` gave when the file was opened: there before SQLAlchemy is imported."""
        return self._summaries

    def early_settings(self) -> "Future[dict[str, JsonValue]]":
        """Every setting as it was when the file was opened."""
        return self._settings

    def asset_path(self, sha256: str) -> Path:
        """Return where an asset's file is, on the caller's thread. Raises NotFound."""
        return self._files.path(sha256)

    def submit_write(self, work: "Callable[[Store], T]") -> Future[T]:
        """Queue `work` for the writing thread, in a transaction of its own."""
        return self._write_queue.submit(self._run_write, work)

    def submit_large_write(self, work: "Callable[[Store], T]") -> Future[T]:
        """The same for a transaction of many megabytes: the log is written into the file once its future has ended."""
        done = self._write_queue.submit(self._run_large_write, work)
        self._write_queue.submit(self._write_log_back)
        return done

    def submit_read(self, work: "Callable[[Store], T]") -> Future[T]:
        """Queue `work` for a reading thread. It sees one state of the store, with every write that had ended."""
        return self._read_queue.submit(self._run_read, work)

    def rest(self) -> None:
        """Give back what SQLite has read of the file, where nothing was asked since the last time. Returns at once.

        A long reply alone leaves megabytes with it: a text that is stored again as it grows goes through many pages.
        """
        idle, self._asked_by_then = self._asked == self._asked_by_then, self._asked
        if idle and not self._resting and not self._closed:
            self._resting = True
            self._write_queue.submit(self._shrink)

    def back_up(self, label: str) -> Path:
        """Copy the database to the backups folder, check the copy, and return its path. Blocks."""
        return self._write_queue.submit(self._back_up, label).result()

    async def write(self, work: "Callable[[Store], T]") -> T:
        """Cancelling the caller does not take the write back: what was handed over is stored."""
        import asyncio  # a caller that awaits has it; one that only starts up should not wait for it

        # One hop each way: futures wrapped in futures are a third of what a message takes beside its sync.
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def finish(settle: "Callable[[], None]") -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(lambda: None if done.done() else settle())

        def act() -> None:
            try:
                result = self._run_write(work)
            except BaseException as error:
                failure = error
                finish(lambda: done.set_exception(failure))
                raise
            finish(lambda: done.set_result(result))

        self._write_queue.submit(act)
        return await done

    async def read(self, work: "Callable[[Store], T]") -> T:
        import asyncio

        return await asyncio.wrap_future(self.submit_read(work))

    def close(self) -> None:
        """Do what is queued, write the log into the file, and close. Blocks until it is done."""
        if self._closed:
            return
        self._closed = True
        self._read_queue.shutdown()
        closing = self._write_queue.submit(self._close)
        self._write_queue.shutdown()
        closing.result()

    def _open(self) -> None:
        from personadesk.storage.driver import translated
        from personadesk.storage.opening import open_for_writing
        from personadesk.storage.summaries import PRESENT, summary_from

        try:
            self._raw = open_for_writing(self._data_dir, now=self._clock.now(), busy_timeout_ms=self._busy_timeout_ms)
            with translated(self._data_dir):
                summaries = [summary_from(row) for row in self._raw.execute(PRESENT).fetchall()]
                settings = self._raw.execute("SELECT key, value FROM settings").fetchall()
        except BaseException as error:
            self._summaries.set_exception(error)
            self._settings.set_exception(error)
            raise
        self._place = _identity(self._file)
        self._settings.set_result({key: json.loads(value) for key, value in settings})
        self._summaries.set_result(summaries)

    def _run_write(self, work: "Callable[[Store], T]") -> T:
        if self._writer is None:
            self._opened.result()
            assert self._raw is not None
            self._writer = self._transactions(self._raw, writing=True)
        self._check_place()
        self._note_work()
        return self._writer.run(work)

    def _run_large_write(self, work: "Callable[[Store], T]") -> T:
        self._opened.result()
        assert self._raw is not None
        [pages] = self._raw.execute("PRAGMA wal_autocheckpoint").fetchall()
        self._raw.execute("PRAGMA wal_autocheckpoint = 0")
        try:
            return self._run_write(work)
        finally:
            self._raw.execute(f"PRAGMA wal_autocheckpoint = {pages[0]:d}")

    def _write_log_back(self) -> None:
        from personadesk.storage.driver import DriverError

        # What can't be written back now is tried again after a later write, and at the next start.
        if self._raw is not None:
            with contextlib.suppress(DriverError):
                self._raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _back_up(self, label: str) -> Path:
        from personadesk.storage.upgrade import back_up

        self._opened.result()
        assert self._raw is not None
        return back_up(self._raw, self._data_dir, label=label, now=self._clock.now())

    def _check_place(self) -> None:
        """Refuse to write into a file that nobody will find again: SQLite itself would not notice."""
        if _identity(self._file) != self._place:
            raise StoreUnavailable(
                f"The folder {self._data_dir} was moved, replaced or deleted while PersonaDesk was running.",
                "Copy what you still need from the window, put the folder back and start PersonaDesk again.",
            )

    def _run_read(self, work: "Callable[[Store], T]") -> T:
        own: Transactions | None = getattr(self._reader, "transactions", None)
        if own is None:
            from personadesk.storage.opening import open_for_reading

            self._opened.result()
            raw = open_for_reading(self._data_dir, busy_timeout_ms=self._busy_timeout_ms)
            own = self._reader.transactions = self._transactions(raw, writing=False)
        self._note_work()
        return own.run(work)

    def _note_work(self) -> None:
        self._asked += 1
        self._resting = False

    def _shrink(self) -> None:
        for transactions in self._in_use:
            transactions.shrink()

    def _transactions(self, raw: "RawConnection", *, writing: bool) -> "Transactions":
        # Two threads that import packages full of circles at once can meet half of one.
        with self._importing:
            from personadesk.storage.transactions import Transactions

        transactions = Transactions(raw, data_dir=self._data_dir, files=self._files, clock=self._clock, writing=writing)
        self._in_use.append(transactions)
        return transactions

    def _close(self) -> None:
        from personadesk.storage.driver import DriverError

        for reader in self._in_use:
            if reader is not self._writer:
                reader.close()
        if self._raw is not None:
            # A log that could not be written back now is written back at the next start.
            with contextlib.suppress(DriverError):
                self._raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if self._writer is not None:
            self._writer.close()
        elif self._raw is not None:
            self._raw.close()


def _identity(file: str) -> tuple[int, int] | None:
    """Which file stands under the database's name right now; None for none. Asked before every write."""
    try:
        found = os.stat(file)  # noqa: PTH116  a Path takes three times as long
    except OSError:
        return None
    return found.st_dev, found.st_ino
