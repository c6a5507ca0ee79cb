"""Rows on their way into the store: many at a time, which is what makes an import of thousands of files quick."""

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, event

_INSERTS = {
    "people": ("INSERT INTO people (id, uuid, name, is_you) VALUES ", "(?, ?, ?, 0)", ""),
    "import_rows": ("INSERT INTO import_rows (run_id, kind, row_id, mark) VALUES ", "(?, ?, ?, ?)", ""),
    "person_keys": ("INSERT OR REPLACE INTO person_keys (key, person_id, run_id) VALUES ", "(?, ?, ?)", ""),
    "import_files": (
        "INSERT INTO import_files (id, run_id, path, sha256, size, part, verdict, reason, group_key, persona_id,"
        " person_id, person_key, count, listed, content) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "",
    ),
    "memories": (
        "INSERT INTO memories (id, persona_id, person_id, kind, text, text_key, context, category, source,"
        " file_id, learned_at, times_observed, pinned, edited, created_at, updated_at) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, {now}, {now})",
        "",
    ),
    "observations": ("UPDATE memories SET times_observed = times_observed + 1 WHERE id = ", "?", ""),
    "memory_sources": (
        "INSERT INTO memory_sources (persona_id, memory_id, file_id, observed) VALUES ",
        "(?, ?, ?, ?)",
        " ON CONFLICT DO UPDATE SET observed = observed + excluded.observed",
    ),
    "profile_sources": (
        "INSERT OR REPLACE INTO profile_sources (persona_id, person_id, file_id, known_as, affection, stage,"
        " interactions, first_met, last_met, last_updated, details) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "",
    ),
}
"""In the order in which they point at each other. A run is one moment: `{now}` is the same in all its rows."""

_UUIDS = 64
_TURN_S = 0.0002
_TOGETHER = (256, 64, 16)
"""How many rows go into one statement, and after them fewer than the last: few lengths, so that SQLite prepares each
once, and few statements, since each waits for its turn when it is done."""
_STATEMENTS = 128
FLUSH_ROWS = 2_500
FLUSH_BYTES = 8 * 1024 * 1024

Rows = dict[str, list[tuple[Any, ...]]]
Mark = tuple[list[int], int]
"""How many rows of each table there were, and of all."""


class RowBuffer:
    """Gives ids out itself: one connection writes, and every id is above all that were ever given out."""

    def __init__(self, connection: Connection, *, now: int) -> None:
        """`now` is in microseconds since 1970, UTC."""
        self._connection = connection
        # The driver's own: what SQLAlchemy does for each statement adds up over thousands.
        self._cursor = connection.connection.cursor()
        self._now = now
        self._rows = _no_rows()
        self._thread: ThreadPoolExecutor | None = None
        self._writing: Future[None] | None = None
        self._last_ids: dict[str, int] = {}
        self._lasting: list[tuple[str, tuple[Any, ...]]] = []
        self._waiting = 0
        self._bytes = 0
        self._random = b""
        self.flushes = 0
        """How often everything was written."""

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Within it `flush_beside` writes on a thread of its own. SQLite lets Python go while it inserts, so further
        rows are made ready meanwhile; every other statement on the connection waits until the thread rests."""
        event.listen(self._connection, "before_cursor_execute", self._before_statement)
        usual = sys.getswitchinterval()
        # A statement takes a millisecond: it must not wait five for its turn.
        sys.setswitchinterval(_TURN_S)
        try:
            with ThreadPoolExecutor(1, "database-inserter") as self._thread:
                yield
                self._settle()
        finally:
            self._thread = self._writing = None
            sys.setswitchinterval(usual)
            event.remove(self._connection, "before_cursor_execute", self._before_statement)

    def next_id(self, table: str, count: int = 1) -> int:
        """The first of so many ids."""
        if table not in self._last_ids:
            given = self._connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
            self._last_ids[table] = given.scalar() or 0
        first = self._last_ids[table] + 1
        self._last_ids[table] += count
        return first

    def new_uuid(self) -> str:
        """A random UUID (version 4); the system is asked for many at a time."""
        if not self._random:
            self._random = os.urandom(16 * _UUIDS)
        number, self._random = self._random[:16].hex(), self._random[16:]
        variant = "89ab"[int(number[16], 16) & 3]
        return f"{number[:8]}-{number[8:12]}-4{number[13:16]}-{variant}{number[17:20]}-{number[20:]}"

    def add(self, table: str, row: tuple[Any, ...], size: int = 0) -> None:
        self._rows[table].append(row)
        self._waiting += 1
        self._bytes += size

    def add_all(self, table: str, rows: Sequence[tuple[Any, ...]], size: int) -> None:
        self._rows[table] += rows
        self._waiting += len(rows)
        self._bytes += size

    def add_lasting(self, table: str, row: tuple[Any, ...]) -> None:
        """Add a row that stays when what surrounds it is taken back."""
        self.add(table, row)
        self._lasting.append((table, row))

    @property
    def full(self) -> bool:
        return self._waiting >= FLUSH_ROWS or self._bytes >= FLUSH_BYTES

    def mark(self) -> Mark:
        """Note where a file begins. What was added before it is final now."""
        self._lasting.clear()
        return list(map(len, self._rows.values())), self._waiting

    def take_back(self, mark: Mark) -> None:
        """Drop what came after a mark. The ids that it used stay unused."""
        lengths, self._waiting = mark
        for rows, length in zip(self._rows.values(), lengths, strict=True):
            del rows[length:]
        for table, row in self._lasting:
            self.add(table, row)
        self._lasting.clear()

    def flush_until(self, mark: Mark) -> Mark:
        """Write what came before a mark, and return the mark as it is now: the beginning."""
        self._settle()
        lengths, waiting = mark
        for (table, rows), length in zip(self._rows.items(), lengths, strict=True):
            self._write(table, rows[:length])
            del rows[:length]
        self._waiting -= waiting
        return [0] * len(lengths), 0

    def flush(self) -> None:
        self._settle()
        self._write_all(self._taken())

    def flush_beside(self) -> None:
        """Write everything; within `beside` it may be written only after this returns."""
        self._settle()
        rows = self._taken()
        if self._thread is None:
            self._write_all(rows)
        else:
            self._writing = self._thread.submit(self._write_all, rows)

    def _taken(self) -> Rows:
        """What waits, which no longer does."""
        rows, self._rows = self._rows, _no_rows()
        self._waiting = 0
        self._bytes = 0
        self.flushes += 1
        return rows

    def _settle(self) -> None:
        """Wait for the thread. Raises what went wrong there."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _before_statement(self, *_: object) -> None:
        self._settle()

    def _write_all(self, rows: Rows) -> None:
        for table, of_table in rows.items():
            self._write(table, of_table)

    def _write(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        """Raises DriverError."""
        if table == "observations":
            self._cursor.executemany(_statement(table, 1, self._now), rows)
            return
        at = 0
        while at < len(rows):
            left = len(rows) - at
            together = next((most for most in _TOGETHER if left >= most), left)
            values = tuple(chain.from_iterable(rows[at : at + together]))
            self._cursor.execute(_statement(table, together, self._now), values)
            at += together


def _no_rows() -> Rows:
    return {table: [] for table in _INSERTS}


@lru_cache(_STATEMENTS)
def _statement(table: str, rows: int, now: int) -> str:
    head, row, tail = _INSERTS[table]
    return head + ", ".join([row.format(now=now)] * rows) + tail
