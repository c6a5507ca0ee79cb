"""The parent's side: one process for one plan or one run."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from personadesk.domain.ready_profile import ProfileHead, ReadyProfile
from personadesk.formats.ready_profiles import heads_of, ready_of
from personadesk.providers.card_reader.process import Gone, Reader
from personadesk.services.migration_ports import ProfileFile

CHILD_COMMAND = (sys.executable, "-P", "-B", "-m", "personadesk.providers.profile_reader")
"""How the reading process is started. A frozen program passes its own command."""

_Answer = TypeVar("_Answer")


class ProfileProcesses:
    """A ProfileReaders."""

    def __init__(self, *, command: Sequence[str] = CHILD_COMMAND) -> None:
        self._command = tuple(command)

    @contextlib.contextmanager
    def started(self) -> Iterator["ProfileProcess"]:
        reader = Reader(self._command)
        with ThreadPoolExecutor(1, "profile-reader") as thread:
            process = ProfileProcess(reader, thread)
            try:
                yield process
            finally:
                reader.kill()
                thread.shutdown(cancel_futures=True)
                reader.end(now=True)


class ProfileProcess:
    """A ProfileReader. A thread of its own waits for the answers."""

    def __init__(self, reader: Reader, thread: ThreadPoolExecutor) -> None:
        self._reader = reader
        self._thread = thread
        # An empty order, so that it has started when the first files are there.
        self.heads([])

    def heads(self, files: Sequence[ProfileFile]) -> Future[list[ProfileHead | None]]:
        return self._thread.submit(self._asked, "heads", files, heads_of)

    def ready(self, files: Sequence[ProfileFile]) -> Future[list[ReadyProfile | None]]:
        return self._thread.submit(self._asked, "ready", files, ready_of)

    def _asked(
        self, what: str, files: Sequence[ProfileFile], read: Callable[[bytes], list[_Answer | None]]
    ) -> list[_Answer | None]:
        """What the process does not say, because it is gone or never was, is for the caller to find out."""
        names, contents = [name for name, _ in files], [content for _, content in files]
        head = {"do": what, "names": names, "sizes": list(map(len, contents))}
        try:
            _, [answer] = self._reader.ask(head, b"".join(contents))
            said = read(answer)
        except (Gone, OSError, ValueError, TypeError):
            return [None] * len(files)
        return said if len(said) == len(files) else [None] * len(files)
