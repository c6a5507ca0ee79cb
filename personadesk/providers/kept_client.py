"""A client of a web service that is kept between requests."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Client = TypeVar("Client")


class KeptClient(Generic[Client]):
    """One client at a time, made by the first who asks. Of two who ask at once the second waits: each would make one,
    and the first of them would be lost without being closed."""

    def __init__(self, end: Callable[[Client], Awaitable[object]]) -> None:
        self._end = end
        self._client: Client | None = None
        self._made_for = ""
        self._lock = asyncio.Lock()

    async def get(self, made_for: str, make: Callable[[], Client]) -> Client:
        """The client for this key or host; `make` runs on a thread, since it imports what takes its time."""
        async with self._lock:
            if self._client is None or made_for != self._made_for:
                await self._let_go()
                self._client = await asyncio.to_thread(make)
                self._made_for = made_for
            return self._client

    async def close(self) -> None:
        async with self._lock:
            await self._let_go()

    async def _let_go(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await self._end(client)
