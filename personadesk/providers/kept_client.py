"""A client of a web service that is kept between requests."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

Client = TypeVar("Client")


class KeptClient(Generic[Client]):
    """One client at a time, made by the first who asks; each is closed once, when nobody uses it any more.

    Of two who ask at once the second waits: each would make one, and the first of them would be lost without being
    closed. Nor is a client closed under those who use it: a request that still connects would leave its socket open.
    """

    def __init__(self, end: Callable[[Client], Awaitable[object]]) -> None:
        self._end = end
        self._kept: _Lent[Client] | None = None
        self._made_for = ""
        self._making = asyncio.Lock()
        self._over = False

    @asynccontextmanager
    async def use(self, made_for: str, make: Callable[[], Client]) -> AsyncGenerator[Client, None]:
        """The client for this key or host; `make` runs on a thread, since it imports what takes its time."""
        lent = await self._lend(made_for, make)
        try:
            yield lent.client
        finally:
            lent.users -= 1
            await self._end_unused(lent)

    async def close(self) -> None:
        """Close the client now, or when the last who uses it is done; from now on none is kept."""
        self._over = True
        async with self._making:
            await self._retire()

    async def _lend(self, made_for: str, make: Callable[[], Client]) -> "_Lent[Client]":
        async with self._making:
            if self._kept is None or made_for != self._made_for:
                await self._retire()
                self._kept = _Lent(await asyncio.to_thread(make))
                self._made_for = made_for
            lent = self._kept
            lent.users += 1
            if self._over:
                await self._retire()
            return lent

    async def _retire(self) -> None:
        lent, self._kept = self._kept, None
        if lent is not None:
            await self._end_unused(lent)

    async def _end_unused(self, lent: "_Lent[Client]") -> None:
        if lent is not self._kept and not lent.users:
            await self._end(lent.client)


class _Lent(Generic[Client]):
    """A client and how many use it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.users = 0
