"""Moving files of a folder that somebody else uses: copy, sync, compare, and only then remove."""

import contextlib
import os
import shutil
from pathlib import Path
from uuid import uuid4

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
            if goal.exists():
                if goal.is_symlink() or goal.read_bytes() != origin.read_bytes():
                    raise UserFacingError(f"{to} is there already and says something else.", "Both stay.")
            else:
                _copy(origin, goal)
            origin.unlink()
            sync_folder(origin.parent)
        except OSError as error:
            raise UserFacingError(f"{path} could not be moved: {error.strerror}.", "It stays where it is.") from error

    def take_back(self, base: Path, path: str, to: str) -> bool:
        origin, goal = _inside(base, path), _inside(base, to)
        if origin.exists() or not goal.is_file() or goal.is_symlink():
            return False
        try:
            _copy(goal, origin)
            goal.unlink()
            sync_folder(goal.parent)
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


def _copy(origin: Path, goal: Path) -> None:
    """Copy under a temporary name; under its own it is whole."""
    fresh = goal.with_name(f".{goal.name}.{uuid4().hex[:8]}")
    try:
        shutil.copy2(origin, fresh)
        handle = os.open(fresh, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if fresh.read_bytes() != origin.read_bytes():
            raise OSError(5, "the copy differs")
        fresh.replace(goal)
    finally:
        fresh.unlink(missing_ok=True)
    sync_folder(goal.parent)
