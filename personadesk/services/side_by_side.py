"""Doing the same to many: a few at a time, and what came of it kept in batches."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")

KEPT_AT_ONCE = 4
"""Batches that wait for the disk or the store: with others at the same disk, most of the time goes there."""

_END: Any = object()


async def side_by_side(
    work: Iterable[K],
    act: Callable[[K], Awaitable[V]],
    *,
    at_once: int,
    stopped: Callable[[], bool] = lambda: False,
) -> AsyncGenerator[tuple[K, V], None]:
    """Act on each, `at_once` at a time, and hand out what came of it as it comes. Once stopped, nothing new begins."""
    waiting = iter(work)
    under_way: dict[asyncio.Task[V], K] = {}
    try:
        while True:
            while len(under_way) < at_once and not stopped():
                item = next(waiting, _END)
                if item is _END:
                    break
                under_way[asyncio.ensure_future(_awaited(act(item)))] = item
            if not under_way:
                return
            done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield under_way.pop(task), task.result()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def in_batches(
    items: AsyncGenerator[V, None], full: Callable[[list[V]], bool], keep: Callable[[list[V]], Awaitable[None]]
) -> None:
    """Keep what comes, a full batch at a time: some go to the disk and one into the store while the next is made.

    What is left at the end comes when all others are kept.
    """
    batch: list[V] = []
    keeping: deque[asyncio.Task[None]] = deque()
    try:
        async with aclosing(items):
            async for item in items:
                batch.append(item)
                if full(batch):
                    if len(keeping) >= KEPT_AT_ONCE:
                        await keeping[0]
                        keeping.popleft()
                    keeping.append(asyncio.ensure_future(_awaited(keep(batch))))
                    batch = []
        while keeping:
            await keeping[0]
            keeping.popleft()
        if batch:
            await keep(batch)
    finally:
        await asyncio.gather(*keeping, return_exceptions=True)


async def _awaited(work: Awaitable[V]) -> V:
    return await work
