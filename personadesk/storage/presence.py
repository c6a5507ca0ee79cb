"""Who else is using a data directory: window and terminal may share one, a recovery needs it alone."""

import contextlib
import logging
import os
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

FILE_NAME = "in-use.lock"


class Presence:
    """Marks a data directory as in use until `close`. The system drops the mark of a killed program.

    `alone` says whether nobody else used it when this began.
    """

    def __init__(self, data_dir: Path) -> None:
        self.alone = False
        self._file: IO[bytes] | None = None
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            self._file = (data_dir / FILE_NAME).open("ab")
        except OSError as error:
            log.info("the data directory could not be marked as in use: %s", type(error).__name__)
            return
        self.alone = _take(self._file)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


if os.name == "nt":

    def _take(file: IO[bytes]) -> bool:
        import msvcrt

        file.seek(0)
        with contextlib.suppress(OSError):
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            return True
        return False

else:

    def _take(file: IO[bytes]) -> bool:
        """Try for the file alone, then share it, so that whoever comes next sees that somebody is here."""
        import fcntl

        alone = True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            alone = False
        with contextlib.suppress(OSError):
            # Waits a moment at most: nobody keeps the file to himself.
            fcntl.flock(file, fcntl.LOCK_SH)
        return alone
