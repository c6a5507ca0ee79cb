"""A reply of 32,000 tokens streams into an open chat: how long the window stands still, and what memory it takes.

`python -m tests.benchmarks.streaming [TOKENS]`. The whole way: model, service, store with its index, bridge,
transcript. The window's pauses stand beside those of the same window at rest, measured in the same run.
"""

import asyncio
import contextlib
import gc
import os
import sys
import tempfile
import time
from array import array
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from personadesk.app import make_application
from personadesk.domain.chat import ChatRequest, FinishReason, ReplyPiece
from personadesk.process import Collector, take_over_collection
from tests.ui.desk import Desk

TOKENS = 32_000
TOKENS_A_SECOND = 1_600
"""Ten times what a fast graphics card says."""
SENTENCE = "the lamp on the pier was lit before anyone asked, *and so* we stayed a while to count **boats**."
WORDS = SENTENCE.split()
REST_S = 5.0
LATER_S = 36.0
"""Until all that is given back has been: the store rests after 20 s without work, and memory is collected later."""
REPLIES = 3
TICK_MS = 1
MOST_TICKS = 200_000


class Bot:
    """What a Desk needs of pytest-qt's qtbot."""

    def addWidget(self, widget: QWidget) -> None:  # noqa: N802  its name there
        """Widgets go with the process."""

    def waitExposed(self, widget: QWidget) -> Any:  # noqa: N802
        QApplication.processEvents()
        return contextlib.nullcontext()

    def waitUntil(self, holds: Callable[[], object], timeout: int = 10_000) -> None:  # noqa: N802
        ends = time.monotonic() + timeout / 1_000
        while not holds():
            if time.monotonic() > ends:
                raise TimeoutError
            QApplication.processEvents()
            time.sleep(0.0005)


class Pulse:
    """Notes how long the event loop was away between two ticks, in room that is taken once: it is measured, too."""

    def __init__(self) -> None:
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._noted = array("d", [0.0]) * MOST_TICKS
        self._count = 0
        self._last = time.perf_counter()

    def pauses_ms(self) -> list[float]:
        """What was noted since the last time, the longest last."""
        noted, self._count = sorted(self._noted[: self._count]), 0
        return noted

    def measure(self, until: Callable[[], bool]) -> None:
        self._last = time.perf_counter()
        self._timer.start()
        while not until():
            QApplication.processEvents()
            time.sleep(0.0005)
        self._timer.stop()

    def _tick(self) -> None:
        now = time.perf_counter()
        if self._count < MOST_TICKS:
            self._noted[self._count] = (now - self._last) * 1_000
            self._count += 1
        self._last = now


async def stream(tokens: int, _request: ChatRequest) -> AsyncIterator[ReplyPiece]:
    began = time.perf_counter()
    for number in range(tokens):
        word = WORDS[number % len(WORDS)]
        yield ReplyPiece(f"{word}\n\n" if number % 97 == 96 else f"{word} ")
        ahead = number / TOKENS_A_SECOND - (time.perf_counter() - began)
        if ahead > 0.005:
            await asyncio.sleep(ahead)
    yield ReplyPiece("", FinishReason.STOP)


def after(seconds: float) -> Callable[[], bool]:
    """Whether so much time has gone by since now."""
    ends = time.monotonic() + seconds
    return lambda: time.monotonic() > ends


def tell(name: str, pauses: list[float]) -> None:
    print(
        f"{name:28} median {pauses[len(pauses) // 2]:6.1f} ms   p99 {pauses[int(len(pauses) * 0.99)]:6.1f} ms"
        f"   longest {pauses[-1]:6.1f} ms"
    )


def main() -> None:
    tokens = int(sys.argv[1]) if len(sys.argv) > 1 else TOKENS
    take_over_collection()
    make_application()
    with tempfile.TemporaryDirectory() as name:
        bot: Any = Bot()
        desk = Desk(Path(name), bot)
        desk.make("Luna", greeting="Good evening.")
        desk.show()
        desk.open("Luna")
        desk.answer("Warm up.", "*Well*, **here** I am.\n\nAnd here.")
        # A small model's replies end after a few sentences.
        desk.model.info = replace(desk.model.info, small=False)
        desk.model.stream = lambda request: stream(tokens, request)  # type: ignore[assignment,method-assign]
        # Once as long before, so that what grows is this reply's and not the program's first large one.
        desk.send("Tell me everything.")
        desk.until(lambda: desk.chat.replying)
        bot.waitUntil(lambda: not desk.chat.replying, timeout=200_000)
        # As the program does once its window is joined.
        collector = Collector(QApplication.instance())
        collector.giving_back.connect(desk.database.rest)
        collector.begin()
        pulse = Pulse()
        pulse.measure(after(REST_S))
        rest = pulse.pauses_ms()
        process = psutil.Process()
        gc.collect()
        sizes, peaks = [process.memory_info().rss], [0]
        began = time.perf_counter()
        for _ in range(REPLIES):
            desk.send("Tell me everything.")
            desk.until(lambda: desk.chat.replying)
            peak = [0]

            def over(peak: list[int] = peak) -> bool:
                peak[0] = max(peak[0], process.memory_info().rss)
                return not desk.chat.replying

            pulse.measure(over)
            peaks.append(peak[0] - sizes[-1])
            bot.waitUntil(after(LATER_S), timeout=100_000)
            gc.collect()
            sizes.append(process.memory_info().rss)
        took_s = time.perf_counter() - began
        text = len(desk.last().text.encode())
        print(f"{REPLIES} x {tokens:,} tokens, {text / 1e3:.0f} kB each, in {took_s:.1f} s: {desk.last().state}")
        tell("window at rest", rest)
        tell("while the replies stream", pulse.pauses_ms())
        stays = [now - before for before, now in pairwise(sizes)]
        print(
            f"memory, in sizes of the text: {max(peaks) / text:.1f} x at most while a reply streams;"
            f" {LATER_S:.0f} s later {sum(stays) / len(stays) / text:.1f} x stay of one"
            f" ({', '.join(f'{size / text:.1f}' for size in stays)})"
        )
        desk.close()


if __name__ == "__main__":
    main()
