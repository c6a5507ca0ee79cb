"""A verified backup: reading from it, and giving a folder's files their old content back."""

import contextlib
import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.storage.backup_format import Kept, Manifest, not_whole
from personadesk.storage.moments import from_stored
from personadesk.storage.source_files import PIECE, Below, Changed, kind_of, read_steady, shown, signature, unreadable

SetAside = Callable[[Path, Path, Sequence[str]], tuple[Path, frozenset[str]]]
"""Archives files of a base in a folder; returns where, and which could be."""

_FOLDER_MODE = 0o755


class TarBackup:
    """An archive whose bytes were compared with its manifest."""

    def __init__(self, path: Path, file: BinaryIO, manifest: Manifest, set_aside: SetAside) -> None:
        self._path = path
        self._file = file
        self._set_aside = set_aside
        self.manifest = manifest

    @property
    def path(self) -> Path:
        return self._path

    @property
    def base(self) -> Path:
        return Path(self.manifest.base)

    def read(self, path: str) -> tuple[bytes, bytes]:
        kept = self.manifest.files.get(path)
        if kept is None:
            raise NotFound(f"{shown(path)} is not in the backup {self._path.name}.", "Choose another backup.")
        try:
            if kept.size > PIECE:
                return b"".join(self.pieces(kept)), kept.sha256
            self._file.seek(kept.offset)
            content = self._file.read(kept.size)
        except OSError as error:
            raise unreadable(str(self._path), error) from error
        if hashlib.sha256(content).digest() != kept.sha256:
            raise not_whole()
        return content, kept.sha256

    def changed_at(self, path: str) -> datetime | None:
        kept = self.manifest.files.get(path)
        return None if kept is None else from_stored(kept.mtime_ns // 1000)

    def pieces(self, kept: Kept) -> Iterator[bytes]:
        """A file's bytes; raises UserFacingError at their end if they are not what was backed up."""
        digest, left, position = hashlib.sha256(), kept.size, kept.offset
        while left:
            self._file.seek(position)
            piece = self._file.read(min(left, PIECE))
            if not piece:
                break
            digest.update(piece)
            yield piece
            left -= len(piece)
            position += len(piece)
        if digest.digest() != kept.sha256:
            raise not_whole()

    def restore(self, base: Path, *, only: frozenset[str] | None = None) -> tuple[int, tuple[str, ...]]:
        try:
            with Below(base) as below:
                return _Restoring(self, below, only).run(lambda paths: self._set_aside(self._path.parent, base, paths))
        except OSError as error:
            raise unreadable(str(base), error) from error

    def close(self) -> None:
        self._file.close()


class _Restoring:
    """One restore: look at everything, set aside what differs, and only then write."""

    def __init__(self, backup: TarBackup, below: Below, only: frozenset[str] | None) -> None:
        self._backup = backup
        self._below = below
        self._only = only
        self._missing: list[str] = []
        self._differing: dict[str, tuple[int, int, int]] = {}
        self._said: list[str] = []
        self._written = 0
        self._unsynced: dict[str, None] = {}

    def run(self, set_aside: Callable[[list[str]], tuple[Path, frozenset[str]]]) -> tuple[int, tuple[str, ...]]:
        files = self._backup.manifest.files
        for path, kept in files.items():
            if self._only is None or path in self._only:
                self._look(path, kept)
        if self._only is not None:
            self._said += [f"{shown(path)} is not in the backup." for path in sorted(self._only - files.keys())]
        kept_aside: frozenset[str] = frozenset()
        if self._differing:
            _, kept_aside = set_aside(list(self._differing))
        for path in self._missing:
            self._write(path, None)
        for path, seen in self._differing.items():
            if path in kept_aside:
                self._write(path, seen)
            else:
                self._said.append(f"{shown(path)} was left as it is: what is in it now could not be set aside.")
        if self._only is None:
            for path in self._backup.manifest.folders:
                with self._telling(path):
                    self._folder(path)
        for folder in self._unsynced:
            with self._telling(folder):
                self._below.sync_folder(folder)
        return self._written, tuple(self._said)

    def _look(self, path: str, kept: Kept) -> None:
        """Sort a file in: missing, differing, or already as it was."""
        with self._telling(path):
            try:
                status = self._below.stat(path)
            except FileNotFoundError:
                self._missing.append(path)
                return
            if kind_of(status) != "file":
                self._said.append(f"{shown(path)} was left as it is: something else has that name now.")
                return
            if status.st_size == kept.size:
                _, digest, status = read_steady(self._below, path, 0)
                if digest == kept.sha256:
                    self._give_back(path, kept, status)
                    return
            self._differing[path] = signature(status)

    def _give_back(self, path: str, kept: Kept, status: os.stat_result) -> None:
        """Mode and time of a file whose content is what it was."""
        if (stat.S_IMODE(status.st_mode), status.st_mtime_ns) != (kept.mode, kept.mtime_ns):
            handle, _ = self._below.open(path)
            try:
                _set_mode_and_time(handle, kept)
            finally:
                os.close(handle)

    def _write(self, path: str, seen: tuple[int, int, int] | None) -> None:
        with self._telling(path):
            kept = self._backup.manifest.files[path]
            folder = path.rpartition("/")[0]
            self._folder(folder)
            temporary = f"{folder}/.{secrets.token_hex(8)}.part".removeprefix("/")
            handle = self._below.create(temporary)
            try:
                try:
                    for piece in self._backup.pieces(kept):
                        rest = memoryview(piece)
                        while rest:
                            rest = rest[os.write(handle, rest) :]
                    _set_mode_and_time(handle, kept)
                    os.fsync(handle)
                finally:
                    os.close(handle)
                self._unless_changed(path, seen)
                self._below.replace(temporary, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    self._below.remove(temporary)
                raise
            self._unsynced[folder] = None
            self._written += 1

    def _unless_changed(self, path: str, seen: tuple[int, int, int] | None) -> None:
        """Raise where a file is no longer what was looked at and set aside."""
        now = None
        with contextlib.suppress(FileNotFoundError):
            now = signature(self._below.stat(path))
        if now is not None and now != seen:
            raise Changed(f"{shown(path)} changed meanwhile.", "Close the program that writes it.")

    def _folder(self, path: str) -> None:
        """Make a folder and those above it where they are missing."""
        missing = []
        while path:
            try:
                if kind_of(self._below.stat(path)) != "folder":
                    raise OSError(errno.ENOTDIR, "not a folder")
                break
            except FileNotFoundError:
                missing.append(path)
                path = path.rpartition("/")[0]
        for folder in reversed(missing):
            mode, _ = self._backup.manifest.folders.get(folder, (_FOLDER_MODE, 0))
            # Without these three nothing could be put into it.
            self._below.make_folder(folder, mode | stat.S_IRWXU)
            self._unsynced[folder.rpartition("/")[0]] = None

    @contextlib.contextmanager
    def _telling(self, path: str) -> Iterator[None]:
        """What goes wrong with one file is said, and the others go on."""
        try:
            yield
        except OSError as error:
            self._said.append(f"{shown(path)} was left as it is: {_why(error)}")
        except UserFacingError as error:
            self._said.append(f"{shown(path)} was left as it is: {error.sentence}")


def _set_mode_and_time(handle: int, kept: Kept) -> None:
    if hasattr(os, "fchmod"):
        os.fchmod(handle, kept.mode)
    if os.utime in os.supports_fd:
        os.utime(handle, ns=(kept.mtime_ns, kept.mtime_ns))


def _why(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "it may not be changed."
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return "it lies behind a link."
    return "the disk could not be read or written."
