"""Writing a file whole or not at all, and showing where it lies."""

import os
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from personadesk.domain.errors import UserFacingError


def write_whole(path: Path, content: bytes) -> None:
    """Blocks, and belongs into a thread. What was there stays until all is written. Raises UserFacingError."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise UserFacingError(
            "The file can't be written there.", "Choose another folder, or make room on the disk."
        ) from error


def show_in_folder(path: Path) -> None:
    """Open the folder a file lies in."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
