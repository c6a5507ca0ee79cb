"""Making a backup: copy, sync, read everything back, compare, and only then give the archive its name."""

import contextlib
import errno
import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from personadesk.domain.errors import Stopped, UserFacingError
from personadesk.domain.migration import Found, Progress, Stage
from personadesk.services.migration_ports import BackupReader, Cancelled, Entry, Tell
from personadesk.services.ports import Clock
from personadesk.storage import backup_format
from personadesk.storage.backup_format import Kept, Manifest, Special
from personadesk.storage.backup_restore import TarBackup
from personadesk.storage.source_files import (
    PIECE,
    Below,
    Changed,
    read_steady,
    shown,
    signature,
    unreadable,
    walk_below,
)

PART_SUFFIX = ".part"
_EARLIER = re.compile(r"profiles_backup_\d{8}_\d{6}(_\d+)?\.tar(\.part)?")
_TELL_EVERY_S = 0.05
_CANNOT_LINK = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NEW_FILE = (
    os.O_RDWR
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOINHERIT", 0)
    | getattr(os, "O_BINARY", 0)
)


class TarBackups:
    """Backups as one plain tar each."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock

    def name(self, folder: Path, now: datetime) -> Path:
        return _free(folder, "profiles_backup", now)

    def make(self, found: Found, target: Path, *, tell: Tell, cancelled: Cancelled) -> BackupReader:
        return self._archived(
            found.base, found.trees, target, _Ticker(tell, cancelled), lambda below: walk_below(below, found.trees)
        )

    def open(self, path: Path) -> BackupReader:
        try:
            with Below(path.parent) as below:
                file = os.fdopen(below.open(path.name)[0], "rb", buffering=PIECE)
            with contextlib.ExitStack() as closing:
                closing.callback(file.close)
                manifest = backup_format.read_manifest(backup_format.last_member(file))
                for _ in backup_format.compare(file, manifest):
                    pass
                closing.pop_all()
        except OSError as error:
            raise unreadable(str(path), error) from error
        return TarBackup(path, file, manifest, self._set_aside)

    def _now(self) -> datetime:
        return self._clock.now() if self._clock else datetime.now(UTC)

    def _set_aside(self, folder: Path, base: Path, paths: Sequence[str]) -> tuple[Path, frozenset[str]]:
        """Archive single files before others take their place; returns where, and which are in there."""
        target = _free(folder, "profiles_set_aside", self._now())
        with contextlib.closing(
            self._archived(
                base,
                (".",),
                target,
                _Ticker(lambda _: None, lambda: False),
                lambda _: [Entry(path, "file") for path in paths],
            )
        ) as backup:
            return target, frozenset(backup.manifest.files)

    def _archived(
        self,
        base: Path,
        trees: Sequence[str],
        target: Path,
        ticker: "_Ticker",
        entries: Callable[[Below], Iterable[Entry]],
    ) -> TarBackup:
        part = target.with_name(target.name + PART_SUFFIX)
        manifest = Manifest(self._now().isoformat(), str(base), tuple(trees))
        try:
            below = Below(base)
        except OSError as error:
            raise unreadable(str(base), error) from error
        with below:
            try:
                file = os.fdopen(os.open(part, _NEW_FILE, 0o600), "w+b", buffering=PIECE)
            except OSError as error:
                raise _cannot_write(target, error) from error
            try:
                with file:
                    own = _identity(os.fstat(file.fileno()))
                    _Copy(below, file, manifest, own, ticker).copy(entries)
                    where = _write_manifest(file, manifest)
                    _read_back(part, where, manifest, ticker)
                ticker.stop_if_cancelled()
                _name_it(part, target)
            except OSError as error:
                _remove(part)
                raise _cannot_write(target, error) from error
            except BaseException:
                _remove(part)
                raise
        return TarBackup(target, _opened(target), manifest, self._set_aside)


class _Ticker:
    """Tells of progress at most twenty times a second and stops where the user cancelled."""

    def __init__(self, tell: Tell, cancelled: Cancelled) -> None:
        self._tell = tell
        self._cancelled = cancelled
        self._next = 0.0

    def stop_if_cancelled(self) -> None:
        if self._cancelled():
            raise Stopped("The backup was cancelled.", "Start again whenever you like. Nothing was changed.")

    def tick(self, stage: Stage, done: int, total: int, path: str = "", *, now: bool = False) -> None:
        self.stop_if_cancelled()
        moment = time.monotonic()
        if now or moment >= self._next:
            self._next = moment + _TELL_EVERY_S
            self._tell(Progress(stage, done, total, path))


class _Copy:
    """Copies entries into an archive and lists them in its manifest."""

    def __init__(self, below: Below, out: BinaryIO, manifest: Manifest, own: tuple[int, int], ticker: _Ticker) -> None:
        self._below = below
        self._out = out
        self._manifest = manifest
        self._own = own
        self._ticker = ticker

    def copy(self, entries: Callable[[Below], Iterable[Entry]]) -> None:
        found = iter(entries(self._below))
        while (entry := self._next(found)) is not None:
            self._ticker.tick(Stage.BACK_UP, len(self._manifest.files), 0, entry.path)
            self._one(entry)

    def _next(self, found: Iterator[Entry]) -> Entry | None:
        try:
            return next(found, None)
        except OSError as error:
            raise unreadable(self._manifest.base, error) from error

    def _one(self, entry: Entry) -> None:
        if entry.kind == "file":
            self._file(entry)
        elif entry.kind == "folder":
            self._out.write(backup_format.header(entry.path, 0, entry.mode, entry.mtime_ns, is_folder=True))
            self._manifest.folders[entry.path] = (entry.mode, entry.mtime_ns)
        elif entry.kind == "link":
            target = ""
            with contextlib.suppress(OSError):
                target = self._below.link_target(entry.path)
            self._special(entry, "link", "Links are not followed.", target)
        elif entry.kind == "unreadable":
            self._special(entry, "unreadable", "It may not be read.")
        else:
            self._special(entry, "special", "It is not a regular file.")

    def _file(self, entry: Entry) -> None:
        if _EARLIER.fullmatch(entry.path.rpartition("/")[2]):
            self._special(entry, "backup", "It is an earlier backup, or this one.")
            return
        try:
            if not self._small(entry):
                self._large(entry)
        except _SourceFailed as failed:
            why = unreadable(entry.path, failed.error).sentence
            self._special(entry, "unreadable", why)
        except Changed as changed:
            self._special(entry, "changed", changed.sentence)

    def _small(self, entry: Entry) -> bool:
        """Archive a file that fits in memory; False where it does not."""
        try:
            content, digest, status = read_steady(self._below, entry.path, PIECE, or_nothing=True)
        except OSError as error:
            raise _SourceFailed(error) from error
        if content is None:
            return False
        if _identity(status) != self._own:
            offset = self._begin(entry.path, status)
            self._out.write(content)
            self._finish(entry.path, Kept(offset, status.st_size, _mode(status), status.st_mtime_ns, digest))
        return True

    def _large(self, entry: Entry) -> None:
        for _ in range(2):
            start = self._out.tell()
            try:
                handle, before = self._below.open(entry.path)
            except OSError as error:
                raise _SourceFailed(error) from error
            try:
                if _identity(before) == self._own:
                    return
                offset = self._begin(entry.path, before)
                digest = self._pieces(handle, before.st_size)
                if digest and signature(os.fstat(handle)) == signature(before):
                    kept = Kept(offset, before.st_size, _mode(before), before.st_mtime_ns, digest)
                    self._finish(entry.path, kept)
                    return
            except _SourceFailed:
                self._take_back(start)
                raise
            finally:
                os.close(handle)
            self._take_back(start)
        raise Changed(f"{shown(entry.path)} changed while it was copied.", "Close the program that writes it.")

    def _pieces(self, handle: int, size: int) -> bytes:
        """Copy so many bytes; returns their digest, empty where there were fewer."""
        digest = hashlib.sha256()
        while size:
            self._ticker.tick(Stage.BACK_UP, len(self._manifest.files), 0)
            try:
                piece = os.read(handle, min(size, PIECE))
            except OSError as error:
                raise _SourceFailed(error) from error
            if not piece:
                return b""
            digest.update(piece)
            self._out.write(piece)
            size -= len(piece)
        return digest.digest()

    def _begin(self, path: str, status: os.stat_result) -> int:
        self._out.write(backup_format.header(path, status.st_size, _mode(status), status.st_mtime_ns))
        return self._out.tell()

    def _finish(self, path: str, kept: Kept) -> None:
        self._out.write(backup_format.padding(kept.size))
        self._manifest.files.add(path, kept)

    def _take_back(self, position: int) -> None:
        self._out.seek(position)
        self._out.truncate()

    def _special(self, entry: Entry, kind: str, why: str, target: str = "") -> None:
        self._manifest.special.append(Special(entry.path, kind, why, target))


class _SourceFailed(Exception):
    """The source could not be read, which is no fault of the archive."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _mode(status: os.stat_result) -> int:
    return stat.S_IMODE(status.st_mode)


def _write_manifest(out: BinaryIO, manifest: Manifest) -> tuple[int, int, bytes]:
    """Write the manifest and the archive's end and sync both; returns where it is, its size and digest."""
    name, number = "MANIFEST.json", 0
    while any(path.casefold() == name.casefold() for path in manifest.files):
        number += 1
        name = f"MANIFEST-{number}.json"
    start = out.tell()
    out.write(backup_format.header(name, 0, 0o600, 0))
    digest = hashlib.sha256()
    for piece in backup_format.manifest_pieces(manifest):
        digest.update(piece)
        out.write(piece)
    offset = start + backup_format.BLOCK
    size = out.tell() - offset
    out.write(backup_format.padding(size) + backup_format.end())
    out.seek(start)
    out.write(backup_format.header(name, size, 0o600, time.time_ns()))
    out.flush()
    os.fsync(out.fileno())
    return offset, size, digest.digest()


def _read_back(part: Path, where: tuple[int, int, bytes], manifest: Manifest, ticker: _Ticker) -> None:
    with part.open("rb", buffering=PIECE) as file:
        if hasattr(os, "posix_fadvise"):
            # Else it would be compared with what is still in memory.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        total = len(manifest.files)
        ticker.tick(Stage.CHECK_BACKUP, 0, total, now=True)
        try:
            for done, path in enumerate(backup_format.compare(file, manifest), 1):
                ticker.tick(Stage.CHECK_BACKUP, done, total, path, now=done == total)
            offset, size, digest = where
            file.seek(offset)
            if backup_format.digest_of(file, size) != digest:
                raise backup_format.not_whole()
        except Stopped:
            raise
        except UserFacingError as error:
            raise UserFacingError(
                f"The backup in {part.parent} could not be read back as it was written.",
                "Choose another place for the backup; this disk may be failing.",
            ) from error


def _name_it(part: Path, target: Path) -> None:
    """Give the archive its name, which nothing else may have by now."""
    try:
        os.link(part, target)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        # A file system without links, such as exFAT.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, "exists") from error
        part.rename(target)
    try:
        part.unlink(missing_ok=True)
        _sync_folder(target.parent)
    except OSError:
        _remove(target)
        raise


def _sync_folder(folder: Path) -> None:
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _opened(target: Path) -> BinaryIO:
    try:
        return target.open("rb", buffering=PIECE)
    except OSError as error:
        raise unreadable(str(target), error) from error


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _free(folder: Path, stem: str, now: datetime) -> Path:
    stem = f"{stem}_{now:%Y%m%d_%H%M%S}"
    number = 1
    path = folder / f"{stem}.tar"
    while os.path.lexists(path) or os.path.lexists(f"{path}{PART_SUFFIX}"):
        number += 1
        path = folder / f"{stem}_{number}.tar"
    return path


def _cannot_write(target: Path, error: OSError) -> UserFacingError:
    if error.errno in _FULL:
        sentence = f"The disk with {target.parent} is full, so the backup could not be made."
    elif error.errno == errno.EEXIST:
        sentence = f"{target.name} is already in {target.parent}."
    elif error.errno == errno.ENOENT:
        sentence = f"The folder {target.parent} is not there."
    else:
        sentence = f"The backup could not be written to {target.parent}."
    return UserFacingError(sentence, "Choose another place for the backup.")
