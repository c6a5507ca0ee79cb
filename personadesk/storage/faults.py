"""What the driver's and the disk's errors mean to a person. Imports no driver."""

import errno
from pathlib import Path

from personadesk.domain.errors import StoreDamaged, StoreError, StoreUnavailable
from personadesk.storage.places import BACKUPS_NAME

_READONLY = 8
_BUSY = frozenset({5, 6})
_FULL = 13
_CANNOT_WRITE = frozenset({3, _READONLY, 14})
_INPUT_OUTPUT = 10
_DAMAGED = frozenset({11, 26})
# sqlcipher3 0.6.4 gives no result code for what its backup() met, only SQLite's words for it.
_WORDS = {
    "database is locked": 5,
    "attempt to write a readonly database": _READONLY,
    "disk I/O error": _INPUT_OUTPUT,
    "database disk image is malformed": 11,
    "database or disk is full": _FULL,
    "unable to open database file": 14,
    "file is not a database": 26,
}


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
    code: int = getattr(error, "sqlite_errorcode", None) or _WORDS.get(str(error), 0)
    return code & 0xFF
