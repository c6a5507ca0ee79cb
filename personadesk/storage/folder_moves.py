"""Moving files of a folder that somebody else uses: copy, sync, compare, and only then remove."""

import contextlib
import errno
import os
import shutil
from pathlib import Path

from personadesk.domain.errors import UserFacingError
from personadesk.storage.assets import sync_folder


class DiskMoves:
    """Never overwrites, never follows a link. `path` and `to` are relative to `base`."""

    def move(self, base: Path, path: str, to: str) -> None:
        origin, goal = _inside(base, path), _inside(base, to)
        try:
            if not origin.is_file() or origin.is_symlink():
                if goal.is_file():
                    return  # it was moved before
                raise UserFacingError(f"{path} is not there any more.", "Nothing was moved.")
            goal.parent.mkdir(exist_ok=True)
            there = goal.exists()
            if there and (goal.is_symlink() or goal.read_bytes() != origin.read_bytes()):
                raise UserFacingError(f"{to} is there already and says something else.", "Both stay.")
            if not there:
                _copy(origin, goal)
            try:
                origin.unlink()
            except OSError:
                if not there:
                    goal.unlink()
                raise
            _try_to_sync(origin.parent)
        except OSError as error:
            raise UserFacingError(f"{path} could not be moved: {error.strerror}.", "It stays where it is.") from error

    def is_taken(self, base: Path, to: str) -> bool:
        return os.path.lexists(_inside(base, to))

    def take_back(self, base: Path, path: str, to: str) -> bool:
        origin, goal = _inside(base, path), _inside(base, to)
        if not goal.is_file() or goal.is_symlink():
            return False
        try:
            if not os.path.lexists(origin):
                _copy(goal, origin)
            elif origin.is_symlink() or origin.read_bytes() != goal.read_bytes():
                return False  # else it was taken back before, as far as that
            goal.unlink()
            _try_to_sync(goal.parent)
            with contextlib.suppress(OSError):
                goal.parent.rmdir()  # where the move made it and nothing else is in it
        except OSError:
            return False
        return True

    def discard(self, path: Path, *, finished: bool = True) -> None:
        part = path.with_name(f"{path.name}.part")
        for place in (path, part) if finished else (part,):
            with contextlib.suppress(OSError):
                place.unlink(missing_ok=True)


def _inside(base: Path, path: str) -> Path:
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "" in parts:
        raise UserFacingError(f"{path} leads out of the folder.", "It is left alone.")
    return base.joinpath(*parts)


def _try_to_sync(folder: Path) -> None:
    """After a removal: at worst a power cut brings back a name beside the new one."""
    with contextlib.suppress(OSError):
        sync_folder(folder)


def _copy(origin: Path, goal: Path) -> None:
    """Copy under a temporary name; under its own it is whole."""
    # Always the same name, so that what a kill left there is gone with the next try.
    fresh = goal.with_name(f".{goal.name}.moving")
    try:
        fresh.unlink(missing_ok=True)
        shutil.copy2(origin, fresh)
        handle = os.open(fresh, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if fresh.read_bytes() != origin.read_bytes():
            raise OSError(errno.EIO, "the copy differs")
        fresh.replace(goal)
    except BaseException:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
    try:
        sync_folder(goal.parent)
    except OSError:
        goal.unlink()
        raise
