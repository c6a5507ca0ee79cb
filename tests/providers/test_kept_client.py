"""A service's client: one at a time, none that is lost, and none closed under those who use it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from personadesk.providers.kept_client import KeptClient


class Client:
    def __init__(self) -> None:
        self.closed = 0

    async def close(self) -> None:
        self.closed += 1


class Service:
    """A service with one kept client, and the clients that were made for it."""

    def __init__(self) -> None:
        self.made: list[Client] = []
        self.kept = KeptClient(Client.close)
        self.began: asyncio.Queue[Client] = asyncio.Queue()

    def make(self) -> Client:
        self.made.append(Client())
        return self.made[-1]

    async def ask(self, key: str, until: asyncio.Event | None = None) -> Client:
        """Use the client for a key until the event is set; it must not have been closed by then."""
        async with self.kept.use(key, self.make) as client:
            self.began.put_nowait(client)
            await (until.wait() if until is not None else asyncio.sleep(0))
            assert not client.closed
            return client


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 10))


def test_those_who_ask_at_once_share_a_client_and_none_stays_open() -> None:
    service = Service()

    async def scenario() -> None:
        got = await asyncio.gather(*(service.ask("a-key") for _ in range(5)))
        got.append(await service.ask("another"))
        await asyncio.gather(service.ask("another"), service.kept.close())
        assert len(set(map(id, got[:5]))) == 1
        assert got[5] is not got[0]

    run(scenario())

    assert [client.closed for client in service.made] == [1, 1]


def test_a_client_in_use_is_closed_by_the_last_who_leaves_it() -> None:
    service = Service()

    async def scenario() -> None:
        first, second = asyncio.Event(), asyncio.Event()
        asking = [asyncio.create_task(service.ask("a-key", until)) for until in (first, second)]
        assert await service.began.get() is await service.began.get()
        await service.ask("another")
        await service.kept.close()
        first.set()
        await asking[0]
        assert service.made[0].closed == 0
        second.set()
        await asking[1]

    run(scenario())

    assert [client.closed for client in service.made] == [1, 1]


def test_what_is_asked_after_the_end_still_leaves_nothing_open() -> None:
    service = Service()

    async def scenario() -> None:
        await service.ask("a-key")
        await service.kept.close()
        await service.ask("a-key")

    run(scenario())

    assert [client.closed for client in service.made] == [1, 1]
