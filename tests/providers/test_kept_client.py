"""A service's client: one at a time, and none that is lost."""

import asyncio

from personadesk.providers.kept_client import KeptClient


class Client:
    def __init__(self) -> None:
        self.closed = False

    async def close(self) -> None:
        self.closed = True


def test_those_who_ask_at_once_share_a_client_and_none_stays_open() -> None:
    made: list[Client] = []

    def make() -> Client:
        made.append(Client())
        return made[-1]

    async def scenario() -> list[Client]:
        kept = KeptClient(Client.close)
        got = await asyncio.gather(*(kept.get("a-key", make) for _ in range(5)))
        got.append(await kept.get("another", make))
        await asyncio.gather(kept.get("another", make), kept.close())
        return got

    got = asyncio.run(scenario())

    assert len(set(map(id, got[:5]))) == 1
    assert got[5] is not got[0]
    assert len(made) == 2
    assert all(client.closed for client in made)
