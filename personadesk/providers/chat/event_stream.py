"""Server-sent events with limits: how long one may take, and how large one may grow.

Imports httpx: reach it only through a lazy import.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import httpx
import httpx_sse

from personadesk.domain.errors import ModelCrashed, ModelError
from personadesk.providers.chat.deadlines import Deadlines, FellSilent, NoAnswerInTime

EVENT_LIMIT_BYTES = 1_048_576
STREAM_LIMIT_BYTES = 64 * 1_048_576
"""A thousand times the longest reply, with the JSON around each of its tokens."""


LAST_WAIT_S = 2.0
"""For what follows a reply's last word: counts, and the mark of the end."""


class Pace:
    """How long the next event may take. Whoever reads says `saw_life` for each that shows a model at work."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        now = asyncio.get_running_loop().time()
        self._total_end = now + deadlines.total_s
        self._next_end = now + deadlines.first_s
        self.began = False

    @property
    def end(self) -> float:
        """The loop's time by which something must come."""
        return min(self._next_end, self._total_end)

    def saw_life(self) -> None:
        self.began = True
        self._next_end = asyncio.get_running_loop().time() + self._deadlines.idle_s

    def saw_end(self) -> None:
        """The reply is whole: what may follow is worth little waiting."""
        self.began = True
        self._next_end = asyncio.get_running_loop().time() + LAST_WAIT_S

    def too_slow(self) -> ModelError:
        if self.began:
            return FellSilent(began=True)
        return NoAnswerInTime()


class _CappedBody(httpx.AsyncByteStream):
    """A response's decoded bytes, refused once too many have come without a whole event, or in all."""

    def __init__(self, response: httpx.Response, limit_bytes: int) -> None:
        self._response = response
        self._limit_bytes = limit_bytes
        self._total = 0
        self.pending = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_bytes():
            self.pending += len(chunk)
            self._total += len(chunk)
            if self.pending > self._limit_bytes or self._total > STREAM_LIMIT_BYTES:
                raise ModelError(
                    "The model's server sent an answer that is far too large.",
                    "Check in Settings, Models that the address is that of a chat model.",
                    retryable=False,
                )
            yield chunk


async def read_events(
    response: httpx.Response, *, pace: Pace, limit_bytes: int = EVENT_LIMIT_BYTES
) -> AsyncGenerator[str, None]:
    """Give the data of each event, until the stream ends or is closed.

    Comments (keep-alives) are not events: they extend no deadline. Raises ModelError where nothing
    came in time or an event is too large, ModelCrashed where the connection breaks or falls silent
    after the first sign of life.
    """
    capped = _CappedBody(response, limit_bytes)
    body = httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=capped)
    async with aclosing(httpx_sse.EventSource(body).aiter_sse()) as events:
        while True:
            try:
                async with asyncio.timeout_at(pace.end):
                    event = await anext(events)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise pace.too_slow() from error
            except httpx.TransportError as error:
                raise ModelCrashed(
                    "The connection to the model broke in the middle of the reply.", "Let it go on."
                ) from error
            capped.pending = 0
            if event.data:
                yield event.data
