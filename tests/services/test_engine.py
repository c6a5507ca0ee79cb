"""The engine thread: work from anywhere, ended in order."""

import asyncio
import gc
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future

import pytest

from personadesk.services.engine import Engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


async def _where() -> str:
    return threading.current_thread().name


def test_work_runs_on_the_engine_thread_whoever_hands_it_in(engine: Engine) -> None:
    found: list[str] = []
    other = threading.Thread(target=lambda: found.append(engine.submit(_where()).result(10)))

    other.start()
    other.join()

    assert [engine.submit(_where()).result(10), *found] == ["engine", "engine"]


def test_a_cancelled_future_cancels_its_work(engine: Engine) -> None:
    started, ended = threading.Event(), threading.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    future = engine.submit(work())
    assert started.wait(10)

    future.cancel()

    assert ended.wait(10)
    with pytest.raises(CancelledError):
        future.result(10)


class Waiting:
    """Work that waits for what only it knows, and cleans up over a turn of the loop."""

    def __init__(self, engine: Engine) -> None:
        self._started, self.cleaned = threading.Event(), threading.Event()
        engine.submit(self._work())
        assert self._started.wait(10)

    async def _work(self) -> None:
        self._started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.cleaned.set()


def test_work_that_nobody_else_knows_of_is_not_collected(caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine()
    work = Waiting(engine)

    engine.submit(asyncio.sleep(0)).result(10)
    gc.collect()
    engine.close()

    assert work.cleaned.is_set()
    assert caplog.records == []


def test_closing_lets_what_runs_clean_up() -> None:
    engine = Engine()
    work = Waiting(engine)

    engine.close()
    engine.close()

    assert work.cleaned.is_set()
    assert not engine.alive


def test_what_comes_while_it_closes_is_cancelled_and_never_left_unbegun() -> None:
    engine = Engine()
    closed = threading.Event()
    handed_in: list[Future[str]] = []

    def hand_in() -> None:
        while not closed.is_set() or len(handed_in) < 100:
            handed_in.append(engine.submit(_where()))

    busy = threading.Thread(target=hand_in)
    busy.start()
    engine.close()
    closed.set()
    busy.join()

    assert all(future.done() for future in handed_in)
    assert handed_in[-1].cancelled()


def test_a_task_that_dies_unseen_is_reported(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    reported = threading.Event()

    class Listener:
        def filter(self, _record: object) -> bool:
            reported.set()
            return True

    async def forget() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 // 0)

    caplog.handler.addFilter(Listener())
    engine.submit(forget()).result(10)

    assert reported.wait(10)
    (record,) = caplog.records
    assert record.name == "personadesk.services.engine"
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
