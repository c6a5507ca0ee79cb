"""The pictures of cards that a migration brings: one process for one run. Blocks."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from personadesk.providers.card_reader import frames
from personadesk.providers.card_reader.pool import CHILD_COMMAND
from personadesk.providers.card_reader.process import Gone, Reader
from personadesk.services.card_ports import ReaderUnavailable

log = logging.getLogger(__name__)


class PictureProcesses:
    """A PictureFitters."""

    def __init__(self, *, command: Sequence[str] = CHILD_COMMAND, limit_s: float = 10.0) -> None:
        self._command = tuple(command)
        self._limit_s = limit_s

    @contextmanager
    def started(self) -> Iterator["PictureProcess"]:
        process = PictureProcess(self._command, self._limit_s)
        try:
            yield process
        finally:
            process.end()


class PictureProcess:
    """A PictureFitter. The first picture starts it."""

    def __init__(self, command: Sequence[str], limit_s: float) -> None:
        self._command = command
        self._limit_s = limit_s
        self._reader = Reader(command)

    def fit(self, content: bytes) -> tuple[bytes, str] | None:
        if not self._reader.is_usable:
            self._reader.end(now=True)
            self._reader = Reader(self._command)
        deadline = threading.Timer(self._limit_s, self._reader.kill)
        deadline.start()
        try:
            head, blobs = self._reader.ask({"do": "fit"}, content)
            if "error" in head:
                return None
            avatar = frames.avatar_of(head, blobs)
        except (Gone, frames.Garbled):
            log.info("the picture of a card could not be read")
            return None
        except OSError as error:
            raise ReaderUnavailable(
                "The program that reads files could not be started.", "Close other programs, and try again."
            ) from error
        finally:
            deadline.cancel()
            deadline.join()
        return avatar.content, avatar.media_type

    def end(self) -> None:
        self._reader.end()
