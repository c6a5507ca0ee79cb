"""Server-sent events with limits: how long one may take, and how large one may grow.

Imports httpx: reach it only through a lazy import.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

import httpx
import httpx_sse

from personadesk.domain.errors import ModelCrashed, ModelError
from personadesk.providers.chat.deadlines import Deadlines, NoAnswerInTime

EVENT_LIMIT_BYTES = 1_048_576


@dataclass(slots=True)
class _Pending:
    """Bytes that came since the last whole event."""

    count: int = 0


class _CappedBody(httpx.AsyncByteStream):
    """A response's decoded bytes, refused once more than the limit has come without a whole event."""

    def __init__(self, response: httpx.Response, limit_bytes: int, pending: _Pending) -> None:
        self._response = response
        self._limit_bytes = limit_bytes
        self._pending = pending

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_bytes():
            self._pending.count += len(chunk)
            if self._pending.count > self._limit_bytes:
                raise ModelError(
                    "The model's server sent an answer that is far too large.",
                    "Check in Settings, Models that the address is that of a chat model.",
                    retryable=False,
                )
            yield chunk


async def read_events(
    response: httpx.Response, *, deadlines: Deadlines, limit_bytes: int = EVENT_LIMIT_BYTES
) -> AsyncGenerator[str, None]:
    """Give the data of each event, until the stream ends or is closed.

    Comments (keep-alives) are not events: they extend no deadline. Raises ModelError where nothing
    came in time or an event is too large, ModelCrashed where the connection breaks or falls silent
    after the first event.
    """
    loop = asyncio.get_running_loop()
    total_end = loop.time() + deadlines.total_s
    began = False
    pending = _Pending()
    body = httpx.Response(
        200, headers={"Content-Type": "text/event-stream"}, stream=_CappedBody(response, limit_bytes, pending)
    )
    async with aclosing(httpx_sse.EventSource(body).aiter_sse()) as events:
        while True:
            patience_s = deadlines.idle_s if began else deadlines.first_s
            try:
                async with asyncio.timeout_at(min(loop.time() + patience_s, total_end)):
                    event = await anext(events)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise _too_slow(began=began) from error
            except httpx.TransportError as error:
                raise ModelCrashed(
                    "The connection to the model broke in the middle of the reply.", "Ask again."
                ) from error
            pending.count = 0
            began = True
            if event.data:
                yield event.data


def _too_slow(*, began: bool) -> ModelError:
    if began:
        return ModelCrashed("The model stopped answering in the middle of the reply.", "Ask again.")
    return NoAnswerInTime()
