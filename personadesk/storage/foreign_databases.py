"""Other programs' SQLite files: which one it is, and its rows, without ever writing beside it."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from sqlcipher3 import dbapi2

from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import Incoming
from personadesk.domain.migration import SourceKind
from personadesk.storage import memu_database, mybella_database
from personadesk.storage.driver import DriverError

Row = Mapping[str, Any]

_MAGIC = b"SQLite format 3\0"
_BESIDE = ("-wal", "-journal")
"""What holds transactions that are not in the database itself yet."""

_KINDS = {SourceKind.MYBELLA: mybella_database, SourceKind.MEMU: memu_database}
_NEXT_STEP = "Close the program it belongs to, then try again."


class SqliteForeignDatabases:
    """Implements ForeignDatabases. Only ordinary tables are read, and of them only the columns that are named."""

    def sniff(self, base: Path, path: str) -> SourceKind | None:
        """Say whose database it is, None for what is nobody's or can't be read."""
        try:
            with _opened(base, path) as tables:
                return _kind(tables)
        except UserFacingError:
            return None

    def bring(self, base: Path, path: str, kind: SourceKind) -> Iterator[tuple[str, Incoming]]:
        """Read all of it at once, so that what is broken at its end brings nothing. Raises UserFacingError."""
        with _opened(base, path) as tables:
            if _kind(tables) is not kind or kind not in _KINDS:
                raise UserFacingError(f"{_shown(path)} is no such database.", "Choose another file.")
            return iter(tuple(_KINDS[kind].read(tables)))


class SqliteTables:
    """A foreign database's ordinary tables and their columns."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        # A view or a virtual table is a stranger's program: neither is ever asked for rows.
        found = connection.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
        self._columns = {_folded(name): self._columns_of(name) for (name,) in found.fetchall()}

    def has(self, table: str, *columns: str) -> bool:
        return set(columns) <= self._columns.get(table, set())

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """Yield these columns of a table's rows in the order of their ids; a column that is not there is None."""
        there = self._columns.get(table, set())
        wanted = [column for column in columns if column in there]
        if not wanted:
            return
        names = ", ".join(f'"{column}"' for column in wanted)
        order = ' ORDER BY "id"' if "id" in there else ""
        missing = dict.fromkeys(columns)
        for values in self._connection.execute(f'SELECT {names} FROM "{table}"{order}'):
            yield missing | dict(zip(wanted, values, strict=True))

    def _columns_of(self, table: str) -> set[str]:
        found = self._connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
        return {_folded(name) for (name,) in found.fetchall()}


def _folded(name: object) -> str:
    return str(name).lower()


def _kind(tables: SqliteTables) -> SourceKind | None:
    return next((kind for kind, program in _KINDS.items() if program.is_it(tables)), None)


@contextmanager
def _opened(base: Path, path: str) -> Iterator[SqliteTables]:
    try:
        _refuse_links(base, path)
        with _regular(base / path) as file, tempfile.TemporaryDirectory(prefix="personadesk-") as private:
            unsaved = [ending for ending in _BESIDE if _holds_something(base / (path + ending))]
            head = file.read(len(_MAGIC))
            if head != _MAGIC and (head or not unsaved):
                raise UserFacingError(f"{_shown(path)} is no SQLite database.", "Choose another file.")
            if unsaved:
                uri = _copied(base, path, file, unsaved, Path(private))
            else:
                uri = f"{(base / path).absolute().as_uri()}?mode=ro&immutable=1"
            with closing(_connected(uri)) as connection:
                yield SqliteTables(connection)
    except DriverError as error:
        raise UserFacingError(f"The database {_shown(path)} is damaged or encrypted.", _NEXT_STEP) from error
    except OSError as error:
        reason = error.strerror or "it is gone"
        raise UserFacingError(f"{_shown(path)} can't be read: {reason}.", _NEXT_STEP) from error


def _connected(uri: str) -> Any:
    connection = dbapi2.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    try:
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
    except DriverError:
        connection.close()
        raise
    return connection


def _copied(base: Path, path: str, file: BinaryIO, unsaved: Sequence[str], private: Path) -> str:
    """Copy the database with what is not in it yet; SQLite may write there, and it puts the two together."""
    copy = private / "copy.db"
    file.seek(0)
    with copy.open("wb") as target:
        shutil.copyfileobj(file, target)
    for ending in unsaved:
        with _regular(base / (path + ending)) as beside, (private / f"copy.db{ending}").open("wb") as target:
            shutil.copyfileobj(beside, target)
    return copy.as_uri()


def _refuse_links(base: Path, path: str) -> None:
    place = base
    for part in Path(path).parts:
        if part == ".." or (place := place / part).is_symlink():
            raise UserFacingError(f"{_shown(path)} is a link, and links are not followed.", "Choose the file itself.")


def _regular(place: Path) -> BinaryIO:
    """Open a regular file, and nothing that a link or a pipe was put in place of."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(place, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UserFacingError(f"{_shown(place.name)} is no regular file.", "Choose another file.")
    return os.fdopen(descriptor, "rb")


def _holds_something(place: Path) -> bool:
    try:
        found = place.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size > 0


def _shown(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "replace")
