"""Other programs' folders: read without following a link, opening anything but a regular file, or writing."""

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.services.migration_ports import Entry

PIECE = 1 << 20

_CLOEXEC = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_LIST = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _CLOEXEC
# A folder that may be entered and not listed can still be passed through.
_PASS = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | _CLOEXEC
# A FIFO that took a file's place since it was looked at would block for ever.
_READ = os.O_RDONLY | _NOFOLLOW | getattr(os, "O_NONBLOCK", 0) | _CLOEXEC | _BINARY
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _CLOEXEC | _BINARY
_HAS_DIR_FD = os.open in os.supports_dir_fd and os.scandir in os.supports_fd
_JUNCTION = 0xA0000003
_KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}


class Changed(UserFacingError):
    """A file that another program writes to while it is read."""


def shown(path: str) -> str:
    """A path fit to show: what is no UTF-8 becomes a question mark."""
    return path.encode("utf-8", "surrogateescape" if os.name != "nt" else "replace").decode("utf-8", "replace")


def is_inside(path: str) -> bool:
    """Say whether a relative path stays below the folder it is relative to."""
    parts = path.split("/")
    if os.name == "nt" and ("\\" in path or ":" in path):
        return False
    return "\0" not in path and not any(part in ("", ".", "..") for part in parts)


def kind_of(status: os.stat_result) -> str:
    if getattr(status, "st_reparse_tag", 0) == _JUNCTION:
        return "link"
    return _KINDS.get(stat.S_IFMT(status.st_mode), "special")


def signature(status: os.stat_result) -> tuple[int, int, int]:
    """What differs once a file was written to or replaced."""
    return status.st_size, status.st_mtime_ns, status.st_ino


class Below:
    """The files below one folder, reached name by name so that a link is followed nowhere on the way."""

    def __init__(self, base: Path) -> None:
        self._base_path = base
        self._parent = ""
        self._fd: int | None = None
        self._base: int | None = os.open(base, _PASS) if _HAS_DIR_FD else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._forget()
        if self._base is not None:
            os.close(self._base)
            self._base = None

    def stat(self, path: str) -> os.stat_result:
        fd, name = self._at(path)
        return os.stat(name, dir_fd=fd, follow_symlinks=False)

    def names(self, path: str) -> list[tuple[str, bool]]:
        """What a folder holds, sorted, and whether it is known to be a regular file already; "" is the base."""
        fd, name = self._at(path) if path else (self._base, ".")
        return sorted(self._listed(fd, name))

    def open(self, path: str) -> tuple[int, os.stat_result]:
        """Open a regular file for reading; anything else raises OSError."""
        fd, name = self._at(path)
        if not _NOFOLLOW and kind_of(os.lstat(name)) != "file":
            raise OSError(errno.ELOOP, "not a regular file")
        handle = os.open(name, _READ, dir_fd=fd)
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            os.close(handle)
            raise OSError(errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.ENXIO, "not a regular file")
        return handle, status

    def link_target(self, path: str) -> str:
        fd, name = self._at(path)
        return os.readlink(name, dir_fd=fd)

    def create(self, path: str) -> int:
        """Open a file that was not there for writing."""
        fd, name = self._at(path)
        return os.open(name, _CREATE, 0o600, dir_fd=fd)

    def make_folder(self, path: str, mode: int) -> None:
        fd, name = self._at(path)
        os.mkdir(name, mode, dir_fd=fd)

    def replace(self, temporary: str, path: str) -> None:
        """Rename a file over another in the same folder."""
        fd, name = self._at(path)
        _, old = self._at(temporary)
        os.replace(old, name, src_dir_fd=fd, dst_dir_fd=fd)

    def remove(self, path: str) -> None:
        fd, name = self._at(path)
        os.unlink(name, dir_fd=fd)

    def sync_folder(self, path: str) -> None:
        """Make the names in a folder last; "" is the base."""
        if _HAS_DIR_FD:
            fd, name = self._at(path) if path else (self._base, ".")
            handle = os.open(name, _LIST | _NOFOLLOW, dir_fd=fd)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _listed(self, fd: int | None, name: str) -> list[tuple[str, bool]]:
        if not _HAS_DIR_FD:
            with os.scandir(self._base_path if name == "." else name) as found:
                return [(entry.name, False) for entry in found]
        handle = os.open(name, _LIST | _NOFOLLOW, dir_fd=fd)
        try:
            with os.scandir(handle) as found:
                return [(entry.name, entry.is_file(follow_symlinks=False)) for entry in found]
        finally:
            os.close(handle)

    def _at(self, path: str) -> tuple[int | None, str]:
        """The folder a path is in, and its name there; where the system knows no such folders, a checked path."""
        parent, _, name = path.rpartition("/")
        if _HAS_DIR_FD and name not in ("", ".", ".."):
            return (self._fd if parent == self._parent and parent else self._entered(parent)), name
        if not is_inside(path):
            raise _outside(path)
        whole = self._base_path
        for part in path.split("/")[:-1]:
            whole = whole / part
            if kind_of(whole.lstat()) != "folder":
                raise OSError(errno.ENOTDIR, "not a folder")
        return None, str(whole / name)

    def _entered(self, parent: str) -> int | None:
        if not parent:
            return self._base
        if not is_inside(parent):
            raise _outside(parent)
        fd, rest = self._base, parent
        if self._fd is not None and parent.startswith(self._parent + "/"):
            fd, rest = os.dup(self._fd), parent[len(self._parent) + 1 :]
        for part in rest.split("/"):
            try:
                deeper = os.open(part, _PASS | _NOFOLLOW, dir_fd=fd)
            finally:
                if fd is not None and fd != self._base:
                    os.close(fd)
            fd = deeper
        self._forget()
        self._fd, self._parent = fd, parent
        return fd

    def _forget(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
        self._fd, self._parent = None, ""


def walk_below(below: Below, trees: Sequence[str]) -> Iterator[Entry]:
    """Everything below the trees but never what is behind a link; a tree within another comes once."""
    for tree in _apart(trees):
        if not tree:
            yield from _walk_folder(below, "", below.names(""))
            continue
        try:
            below.stat(tree)
        except FileNotFoundError:
            if tree == trees[0].rstrip("/"):
                raise
            continue
        yield from _walk_folder(below, tree.rpartition("/")[0], [(tree.rpartition("/")[2], False)])


def _walk_folder(below: Below, parent: str, names: list[tuple[str, bool]]) -> Iterator[Entry]:
    stack = [(parent + "/" if parent else "", iter(names))]
    while stack:
        prefix, rest = stack[-1]
        for name, is_file in rest:
            path = prefix + name
            if is_file:
                yield Entry(path, "file")
                continue
            try:
                status = below.stat(path)
            except FileNotFoundError:
                # Gone since the folder was listed.
                continue
            except OSError:
                yield Entry(path, "unreadable")
                continue
            if kind_of(status) != "folder":
                yield Entry(path, kind_of(status))
                continue
            try:
                inside = below.names(path)
            except OSError:
                yield Entry(path, "unreadable")
                continue
            yield Entry(path, "folder", status.st_mtime_ns, stat.S_IMODE(status.st_mode))
            stack.append((path + "/", iter(inside)))
            break
        else:
            stack.pop()


def _apart(trees: Sequence[str]) -> list[str]:
    """The trees in order, "" for all of it, without those within another."""
    kept: list[str] = []
    for tree in sorted({"" if tree in (".", "") else tree.rstrip("/") for tree in trees}, key=lambda t: t.split("/")):
        if tree and not is_inside(tree):
            raise _outside(tree)
        if not any(not other or tree.startswith(other + "/") for other in kept):
            kept.append(tree)
    return kept


def read_steady(
    below: Below, path: str, limit: int | None, *, or_nothing: bool = False
) -> tuple[bytes | None, bytes, os.stat_result]:
    """Content, digest and status of a file that nobody wrote to meanwhile; Changed after two attempts.

    Beyond the limit there is no content, and with `or_nothing` no digest either: the file is not read at all.
    """
    for _ in range(2):
        handle, before = below.open(path)
        try:
            if or_nothing and limit is not None and before.st_size > limit:
                return None, b"", before
            content, digest = _read_all(handle, before.st_size, limit)
            after = os.fstat(handle)
        finally:
            os.close(handle)
        if digest and signature(before) == signature(after):
            return content, digest, after
    raise Changed(f"{shown(path)} changed while it was read.", "Close the program that writes it and look again.")


def _read_all(handle: int, size: int, limit: int | None) -> tuple[bytes | None, bytes]:
    """Content, None if beyond the limit, and digest; the digest is empty where the size is not what it was."""
    if size <= PIECE and (limit is None or size <= limit):
        content = os.read(handle, size + 1)
        return content, hashlib.sha256(content).digest() if len(content) == size else b""
    pieces: list[bytes] | None = [] if limit is None or size <= limit else None
    digest, count = hashlib.sha256(), 0
    while piece := os.read(handle, PIECE):
        count += len(piece)
        if count > size:
            break
        digest.update(piece)
        if pieces is not None:
            pieces.append(piece)
    content_or_none = b"".join(pieces) if pieces is not None else None
    return content_or_none, digest.digest() if count == size else b""


class DiskFiles:
    """SourceFiles on the disk."""

    @contextlib.contextmanager
    def opened(self, base: Path) -> Iterator["DiskFolder"]:
        try:
            below = Below(base)
        except OSError as error:
            raise unreadable(str(base), error) from error
        with below:
            yield DiskFolder(base, below)

    def read(self, base: Path, path: str, limit: int | None = None) -> tuple[bytes | None, bytes, int]:
        with self.opened(base) as folder:
            return folder.read(path, limit)

    def head(self, base: Path, path: str, count: int) -> bytes:
        try:
            with Below(base) as below:
                handle, _ = below.open(path)
                try:
                    return os.read(handle, count)
                finally:
                    os.close(handle)
        except OSError as error:
            raise unreadable(path, error) from error

    def free_bytes(self, folder: Path) -> int:
        """Free space where a folder is, or would be."""
        for place in (folder, *folder.parents):
            with contextlib.suppress(OSError):
                return shutil.disk_usage(place).free
        return 0


class DiskFolder:
    """SourceFolder on the disk."""

    def __init__(self, base: Path, below: Below) -> None:
        self._base = base
        self._below = below

    def walk(self, trees: Sequence[str]) -> Iterator[Entry]:
        try:
            yield from walk_below(self._below, trees)
        except OSError as error:
            raise unreadable(str(self._base), error) from error

    def read(self, path: str, limit: int | None = None) -> tuple[bytes | None, bytes, int]:
        try:
            content, digest, status = read_steady(self._below, path, limit)
        except OSError as error:
            raise unreadable(path, error) from error
        return content, digest, status.st_size

    def size(self, path: str) -> int:
        try:
            return self._below.stat(path).st_size
        except OSError as error:
            raise unreadable(path, error) from error


def unreadable(path: str, error: OSError) -> UserFacingError:
    """What a failure to read means to a person."""
    name = shown(path)
    if error.errno == errno.ENOENT:
        return NotFound(f"{name} is not there any more.", "Look again.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return UserFacingError(f"{name} may not be read.", "Give yourself permission to read it and look again.")
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return UserFacingError(f"{name} is a link or lies behind one.", "Put the file itself in its place.")
    if error.errno in (errno.ENXIO, errno.EISDIR, errno.ENODEV, errno.EOPNOTSUPP):
        return UserFacingError(f"{name} is not a regular file.", "Leave it out.")
    return UserFacingError(f"{name} can't be read.", "Check that its disk is connected and healthy, then look again.")


def _outside(path: str) -> UserFacingError:
    return UserFacingError(f"{shown(path)} is not a place within the folder.", "Leave it out.")
