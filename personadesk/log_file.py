"""The log: a file in the data directory that says what happened, never what was said."""

import logging
import logging.handlers
import sys

from personadesk.paths import Paths

FILE_BYTES = 1_000_000
OLDER_FILES = 2


class LogFile(logging.handlers.RotatingFileHandler):
    """A line that the disk has no room for is lost; it leaves nothing in the terminal either."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)


def start_log(paths: Paths) -> None:
    """Log to the data directory from now on; where it can't be written, nowhere."""
    root = logging.getLogger("personadesk")
    root.setLevel(logging.INFO)
    # httpx logs addresses at INFO, and an address may carry a key.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    handler: logging.Handler
    try:
        paths.log_dir.mkdir(parents=True, exist_ok=True)
        handler = LogFile(
            paths.log_dir / "personadesk.log",
            maxBytes=FILE_BYTES,
            backupCount=OLDER_FILES,
            encoding="utf-8",
            delay=True,
        )
    except OSError:
        root.addHandler(logging.NullHandler())
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
