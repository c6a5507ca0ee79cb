"""What the window's process does beside its window."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from personadesk.process import Collector, memory_returner

_STATUS = Path("/proc/self/statm")


def resident() -> int:
    return int(_STATUS.read_text().split()[1]) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc keeps what is freed")
def test_memory_that_lies_free_between_what_is_used_is_given_back() -> None:
    give_back = memory_returner()
    pieces = [bytearray(16_000) for _ in range(4_000)]
    used = pieces[::200]
    pieces.clear()
    before = resident()

    give_back()

    assert before - resident() > 40_000_000
    assert len(used) == 20


def test_who_keeps_memory_without_need_is_asked_in_time(qtbot: QtBot) -> None:
    parent = QObject()
    collector = Collector(parent)

    with qtbot.waitSignal(collector.giving_back, timeout=10_000):
        collector.start(1)
    collector.stop()
