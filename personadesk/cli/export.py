"""`personadesk export`: give the files back that were brought in, byte for byte."""

import os
import sys
from pathlib import Path

from personadesk.domain.errors import UserFacingError
from personadesk.paths import Paths
from personadesk.services.clock import SystemClock
from personadesk.storage.database import open_database


def export(paths: Paths, folder: Path) -> int:
    """Write every file of the imports that are not undone into a new or empty folder."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserFacingError(f"{folder} is not empty.", "Name a new or an empty folder.")
    database = open_database(paths.data_dir, clock=SystemClock())
    try:
        count = database.submit_read(
            lambda store: sum(_put(folder, *kept) for kept in store.imports.originals())
        ).result()
    except OSError as error:
        raise UserFacingError(f"The files could not be written: {error.strerror}.", "Choose another place.") from error
    finally:
        database.close()
    print(f"{count} files were written to {folder}." if count else "Nothing was imported yet.", file=sys.stdout)
    return 0


def _put(folder: Path, path: str, content: bytes) -> int:
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    file = folder.joinpath(*parts)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("xb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    return 1
