"""The bridge: results and events arrive in the GUI thread, in order, and never after the end."""

import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from personadesk.domain.errors import StoreUnavailable, UserFacingError
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import PersonaId
from personadesk.services.engine import Engine
from personadesk.services.events import EventHub
from personadesk.ui.bridge import Bridge

DONE_MS = 10_000


class Line:
    def __init__(self) -> None:
        self.engine = Engine()
        self.hub = EventHub()
        self.bridge = Bridge()
        self.bridge.attach(engine=self.engine, hub=self.hub)


@pytest.fixture
def line(qtbot: QtBot) -> Iterator[Line]:
    made = Line()
    yield made
    made.bridge.close()
    made.engine.close()


async def answer(value: str) -> str:
    return value


async def refuse() -> None:
    raise StoreUnavailable("The disk is full.", "Make room.")


def test_a_result_arrives_in_the_thread_of_the_window(line: Line, qtbot: QtBot) -> None:
    arrived: list[tuple[str, threading.Thread]] = []

    line.bridge.run(answer("yes"), then=lambda value: arrived.append((value, threading.current_thread())))

    qtbot.waitUntil(lambda: bool(arrived), timeout=DONE_MS)
    assert arrived == [("yes", threading.main_thread())]


def test_a_refusal_goes_to_whoever_asked_for_it(line: Line, qtbot: QtBot) -> None:
    taken: list[UserFacingError] = []

    with qtbot.assertNotEmitted(line.bridge.failed):
        line.bridge.run(refuse(), failed=taken.append)
        qtbot.waitUntil(lambda: bool(taken), timeout=DONE_MS)

    assert taken[0].sentence == "The disk is full."


def test_a_refusal_nobody_took_is_said_by_the_window(line: Line, qtbot: QtBot) -> None:
    with qtbot.waitSignal(line.bridge.failed, timeout=DONE_MS) as failed:
        line.bridge.run(refuse())

    assert isinstance(failed.args[0], StoreUnavailable)


def test_a_result_for_somebody_who_is_gone_is_dropped(line: Line, qtbot: QtBot) -> None:
    owner, arrived = QObject(), []
    still_here: list[str] = []
    line.bridge.run(answer("late"), owner=owner, then=arrived.append)
    line.bridge.run(answer("now"), then=still_here.append)
    owner.deleteLater()

    qtbot.waitUntil(lambda: bool(still_here), timeout=DONE_MS)

    assert arrived in ([], ["late"])
    line.bridge.run(answer("later"), then=still_here.append)
    qtbot.waitUntil(lambda: len(still_here) == 2, timeout=DONE_MS)


def test_a_bug_reaches_the_hook_for_faults(line: Line, qtbot: QtBot, swap_hook: Callable[[], list[type]]) -> None:
    async def stumble() -> None:
        raise ZeroDivisionError

    seen = swap_hook()
    line.bridge.run(stumble())

    qtbot.waitUntil(lambda: bool(seen), timeout=DONE_MS)
    assert seen == [ZeroDivisionError]


@pytest.fixture
def swap_hook() -> Iterator[Callable[[], list[type]]]:
    kept = sys.excepthook

    def swap() -> list[type]:
        seen: list[type] = []
        sys.excepthook = lambda kind, _problem, _trace: seen.append(kind)
        return seen

    yield swap
    sys.excepthook = kept


def test_events_of_another_thread_arrive_in_order(line: Line, qtbot: QtBot) -> None:
    arrived: list[ChangeSet] = []
    line.bridge.events.connect(arrived.append)
    sent = [ChangeSet(personas=frozenset({PersonaId(number)})) for number in range(200)]
    sender = threading.Thread(target=lambda: [line.hub(event) for event in sent])
    sender.start()
    sender.join()

    qtbot.waitUntil(lambda: len(arrived) == len(sent), timeout=DONE_MS)

    assert arrived == sent


def test_nothing_comes_through_once_it_is_closed(line: Line, qtbot: QtBot) -> None:
    arrived: list[object] = []
    line.bridge.events.connect(arrived.append)
    line.bridge.run(answer("late"), then=arrived.append)
    line.bridge.close()
    line.hub(ChangeSet())

    line.engine.submit(answer("done")).result(10)
    qtbot.wait(0)

    assert arrived == []


def test_nothing_can_run_before_there_is_an_engine(qtbot: QtBot) -> None:
    with pytest.raises(RuntimeError):
        Bridge().run(answer("early"))
