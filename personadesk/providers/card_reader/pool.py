"""The parent's side: a few reading processes, each with one file at a time, started and ended as they are needed."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from personadesk.domain.avatar import Crop
from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import IncomingPersona
from personadesk.formats.card_files import without_pixels
from personadesk.providers.card_reader import frames
from personadesk.providers.card_reader.process import Gone, Reader
from personadesk.services.card_ports import PreparedAvatar, ReadCard, ReaderUnavailable

log = logging.getLogger(__name__)

CHILD_COMMAND = (sys.executable, "-P", "-m", "personadesk.providers.card_reader")
"""How a reading process is started. A frozen program passes its own command."""

_MOST_PROCESSES = 2

_Answer = TypeVar("_Answer")


class ReadingPool:
    """Belongs to the engine's event loop; a thread for each process waits for its answers."""

    def __init__(
        self,
        *,
        command: Sequence[str],
        processes: int | None = None,
        limit_s: float = 10.0,
        idle_s: float = 30.0,
    ) -> None:
        processes = processes or min(_MOST_PROCESSES, os.cpu_count() or 1)
        self._command = tuple(command)
        self._limit_s = limit_s
        self._idle_s = idle_s
        self._places = asyncio.Semaphore(processes)
        # One more, so that ending a process never waits behind the reading of a file.
        self._threads = ThreadPoolExecutor(processes + 1, thread_name_prefix="reader")
        self._resting: list[Reader] = []
        self._reading: set[Reader] = set()
        self._closed = False
        self._nobody_asks = asyncio.Event()
        self._nobody_asks.set()
        self._endings: set[asyncio.Future[None]] = set()
        self._rest_timer: asyncio.TimerHandle | None = None
        self._asked = 0

    async def close(self) -> None:
        """End the processes and wait until they are gone. Who waits for an answer gets an error; so do all after."""
        self._closed = True
        for reader in self._reading:
            reader.kill()
        await self._nobody_asks.wait()
        self._stop_rest_timer()
        self._end_resting()
        while self._endings:
            await asyncio.gather(*self._endings)
        self._threads.shutdown(wait=False)

    async def ask(
        self,
        head: frames.Head,
        content: bytes,
        read: Callable[[frames.Head, Sequence[bytes]], _Answer],
    ) -> _Answer:
        """What a process says of `content`. Raises UserFacingError; `read` may raise Garbled."""
        self._stop_rest_timer()
        self._asked += 1
        self._nobody_asks.clear()
        try:
            async with self._places:
                answer, blobs = await self._answer(head, content)
        finally:
            self._asked -= 1
            if not self._asked:
                self._nobody_asks.set()
                self._stop_rest_timer()
                self._rest_timer = asyncio.get_running_loop().call_later(self._idle_s, self._end_resting)
        if "error" in answer:
            raise frames.error_of(answer)
        try:
            return read(answer, blobs)
        except frames.Garbled:
            raise _crashed() from None

    async def _answer(self, head: frames.Head, content: bytes) -> tuple[frames.Head, list[bytes]]:
        if self._closed:
            raise _unavailable()
        reader = self._a_reader()
        self._reading.add(reader)
        whole = False
        try:
            async with asyncio.timeout(self._limit_s):
                loop = asyncio.get_running_loop()
                answer = await loop.run_in_executor(self._threads, reader.ask, head, content)
            whole = True
        except TimeoutError:
            log.info("a file was given up after %.1f s", self._limit_s)
            raise UserFacingError(
                f"This file took longer than {self._limit_s:g} seconds to read.",
                "Choose another one, or a smaller one.",
            ) from None
        except Gone:
            raise (_unavailable() if self._closed else _crashed()) from None
        except OSError as error:
            raise _unavailable() from error
        finally:
            self._reading.discard(reader)
            if whole:
                self._resting.append(reader)
            else:
                # One whose answer nobody waits for any more would give it to the next who asks.
                reader.kill()
                self._end(reader)
        return answer

    def _a_reader(self) -> Reader:
        while self._resting:
            reader = self._resting.pop()
            if reader.is_usable:
                return reader
            self._end(reader)
        return Reader(self._command)

    def _end_resting(self) -> None:
        while self._resting:
            self._end(self._resting.pop())

    def _end(self, reader: Reader) -> None:
        ending = asyncio.get_running_loop().run_in_executor(self._threads, reader.end)
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    def _stop_rest_timer(self) -> None:
        if self._rest_timer is not None:
            self._rest_timer.cancel()
            self._rest_timer = None


class ProcessCardReader(ReadingPool):
    """A CardReader."""

    def __init__(
        self,
        *,
        processes: int | None = None,
        command: Sequence[str] = CHILD_COMMAND,
        limit_s: float = 10.0,
        idle_s: float = 30.0,
    ) -> None:
        super().__init__(processes=processes, command=command, limit_s=limit_s, idle_s=idle_s)

    async def read(self, content: bytes, name: str) -> ReadCard:
        return await self.ask({"do": "read", "name": name}, without_pixels(content), frames.texts_of)

    async def unpack(self, content: bytes, name: str) -> IncomingPersona:
        order = {"do": "unpack", "name": name}
        return await self.ask(order, content, lambda head, blobs: frames.incoming_of(head, blobs, content))

    async def picture(self, content: bytes, name: str) -> PreparedAvatar | None:
        return await self.ask({"do": "picture", "name": name}, content, frames.picture_of)

    async def prepare_avatar(self, content: bytes, crop: Crop | None) -> PreparedAvatar:
        cut = None if crop is None else [crop.x, crop.y, crop.side]
        return await self.ask({"do": "prepare_avatar", "crop": cut}, content, frames.avatar_of)

    async def to_png(self, content: bytes) -> bytes:
        return await self.ask({"do": "to_png"}, content, lambda _, blobs: b"".join(blobs))


def _crashed() -> UserFacingError:
    return UserFacingError("This file made the program that reads it stop.", "Nothing else was harmed. Leave it out.")


def _unavailable() -> ReaderUnavailable:
    return ReaderUnavailable(
        "The program that reads files could not be started.", "Close other programs, and try again."
    )
