"""Answers that may not be longer than what was asked for can be. Imports httpx: reach it only through a lazy import."""

from collections.abc import AsyncIterator
from typing import cast

import httpx

ANSWER_LIMIT_BYTES = 1024 * 1024
"""A passage of speech has some hundred words."""


def make_client(*, deadline_s: float, connect_s: float, trust_env: bool = True) -> httpx.AsyncClient:
    """Raises httpx.ReadError where an answer goes on beyond the limit. `trust_env`: through the system's proxy."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(deadline_s, connect=connect_s),
        event_hooks={"response": [_cap]},
        trust_env=trust_env,
        headers={"Accept-Encoding": "identity"},
    )


async def _cap(response: httpx.Response) -> None:
    """Runs before the body is read."""
    response.stream = _Capped(cast(httpx.AsyncByteStream, response.stream))


class _Capped(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken = 0
        async for part in self._stream:
            taken += len(part)
            if taken > ANSWER_LIMIT_BYTES:
                raise httpx.ReadError("The answer is too long.")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
