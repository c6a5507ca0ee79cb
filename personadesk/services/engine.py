"""The engine thread: one asyncio loop for every stream and timer that is not Qt's."""

import asyncio
import logging
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")


class Engine:
    """An asyncio loop in a thread of its own. `submit` is safe from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_report)
        self._open = True
        self._gate = threading.Lock()
        self._under_way: set[Future[Any]] = set()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    @property
    def alive(self) -> bool:
        return not self._loop.is_closed()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the engine thread; cancelling the future cancels it.

        Once the engine is closing nothing begins any more: the future comes back cancelled.
        """
        with self._gate:
            if self._open:
                future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
                # asyncio itself holds a task weakly: one that waits for what only it knows would be collected.
                self._under_way.add(future)
                future.add_done_callback(self._under_way.discard)
                return future
        coroutine.close()
        refused: Future[T] = Future()
        refused.cancel()
        return refused

    def close(self, timeout_s: float = 5.0) -> None:
        """Cancel what still runs, wait for it to clean up, and end the thread."""
        with self._gate:
            if not self._open:
                return
            self._open = False
        # Whatever was submitted is a task by then: the loop takes calls in the order in which they came.
        asyncio.run_coroutine_threadsafe(self._cancel_all(), self._loop).result(timeout_s)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout_s)
        if not self._thread.is_alive():
            self._loop.close()

    @staticmethod
    async def _cancel_all() -> None:
        # Again, for what a task begins while it cleans up.
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _report(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what a task nobody waited for died of: a bug of ours, since all else is caught where it is understood."""
    log.error("%s", context["message"], exc_info=context.get("exception"))
