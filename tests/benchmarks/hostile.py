"""Chats full of messages that nobody writes by hand: how long the window stands still while they are read and used.

`python -m tests.benchmarks.hostile [NAME ...]`. The whole window on a real store. Each chat holds one kind of message;
the last holds all of them. It is opened, scrolled to its beginning and back, made narrower and wider, pointed at and
selected in, and a letter is looked for in it; then its text streams in as a reply. The figure is the longest time
between two turns of the event loop, of several rounds; the GUI thread's own work in that time stands beside it, for
a computer that is busy with other things holds the window up, too. A chat of plain messages is the floor.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from personadesk.app import make_application
from personadesk.domain.chat import ChatRequest, FinishReason, ReplyPiece
from personadesk.domain.conversation import Role
from personadesk.domain.incoming import IncomingChat, IncomingMessage
from personadesk.process import take_over_collection
from personadesk.services.ports import Store
from tests.benchmarks.streaming import Bot
from tests.ui.desk import Desk

BAR_MS = 100
ROUNDS = 3
SETTLE_S = 0.7
"""Longer than anything that is put off until a chat stands still."""
STEP_PX = 400
MOST_STEPS = 60
EDGE_PX = 40
POINTER_STEP_PX = 40
FIND_S = 0.6
STREAMED = 40_000
PIECE = 24
PIECE_S = 0.002

_ROW = "|" + " *cell* and more of it |" * 20 + "\n"
MESSAGES = {
    "table": _ROW + "|" + "-|" * 20 + "\n" + _ROW * 500,
    "small tables": "| a | b |\n|---|---|\n| 1 | 2 |\n\n" * 400,
    "wide cells": "|" + "a|" * 12 + "\n|" + "-|" * 12 + "\n" + ("|" + "word " * 60) * 12 + "|\n",
    "quotes": ">" * 1_000 + "deep\n\n" + "> > > > a\n\n> > b\n\n" * 300,
    "lists": "- " * 1_000 + "deep\n" + "".join(f"{'  ' * (n % 9)}- item {n}\n" for n in range(2_000)),
    "tasks": "- [ ] one\n- [x] two\n" * 1_500,
    "word": "x" * 500_000,
    "lines": "a line\n" * 3_000,
    "emphasis": "*a* **b** ***c*** _d_ " * 2_000,
    "open emphasis": "*a **b " * 3_000,
    "code": "```python\n" + "def go(where: str) -> None:  # there\n    print(f'{where}')\n" * 5_000 + "```",
    "codes": "```py\nx = 1\n```\n\n" * 1_000,
    "one code line": "```js\n" + "var x = [1, 'a', /b/]; " * 20_000 + "\n```",
    "pills": "`a` " * 5_000,
    "spoilers": "||a|| " * 5_000,
    "links": "[a](https://b.example/) https://c.example/d " * 1_500,
    "formulas": "$a_1$ \\(x " * 5_000,
    "right to left": "שלום עולם *abc* مرحبا 123 (x) " * 1_500,
    "overrides": "abc \u202e\u0645\u0631 漢字 😀 \u2066x\u2069 " * 1_500,
    "marks": ("Z" + "\u0301" * 50) * 2_000,
    "emoji": "😀👩‍👩‍👧 " * 8_000,
    "han": "漢字かな" * 10_000,
    "private use": "\ue000\uf8ff" * 9_000,
    "old script": "\U00012000\U00012001" * 9_000,
    "no characters": "\u0378\u0379\u0380" * 6_000,
    "invisible": "\U000e0041\U000e0042" * 9_000,
    "empty cells": "|" * 300 + "\n|" + "-|" * 300 + "\n" + "|\n" * 3_000,
    "addresses": "<https://a.example/b> <me@x.example> " * 2_500,
    "languages": "".join(
        f"```{name}\nvar x = 1\n```\n" for name in ["scala", "kotlin", "css", "js", "rust", "go", "swift", "php"]
    ),
    "million": "lorem ipsum *dolor* " * 50_000,
}
PLAIN = "A plain message of some words, as people write them.\n\nAnd another line."


def streamed_name(name: str) -> str:
    return f"{name}, streamed"


class Stalls:
    """The longest time that the event loop was away, and what the GUI thread itself did meanwhile."""

    def __init__(self) -> None:
        self._timer = QTimer()
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)

    def begin(self) -> None:
        self.longest_ms = self.own_ms = 0.0
        self._last, self._own = time.perf_counter(), time.thread_time()
        self._timer.start()

    def end(self) -> None:
        self._tick()
        self._timer.stop()

    def _tick(self) -> None:
        now, own = time.perf_counter(), time.thread_time()
        self.longest_ms = max(self.longest_ms, (now - self._last) * 1_000)
        self.own_ms = max(self.own_ms, (own - self._own) * 1_000)
        self._last, self._own = now, own


def turn(seconds: float) -> None:
    """Let the event loop run."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        QApplication.processEvents()
        time.sleep(0.0005)


def make_chat(desk: Desk, name: str, texts: list[str]) -> None:
    """As from a file: what is typed is shorter, what comes in is kept whole."""
    persona_id = desk.make(name)
    messages = [
        IncomingMessage(Role.PERSONA if number % 2 else Role.USER, (text,)) for number, text in enumerate(texts)
    ]

    def write(store: Store) -> None:
        store.for_persona(persona_id).take_chat(IncomingChat("Chat", tuple(messages)), store.people.you().id)

    desk.write(write)


def read(desk: Desk, name: str) -> None:
    """Open the chat, and go to its beginning and back as a wheel does."""
    desk.open(name)
    turn(SETTLE_S)
    view = desk.chat.transcript
    for direction in (-1, 1):
        for _ in range(MOST_STEPS):
            bar = view.verticalScrollBar()
            if bar.value() == (bar.minimum() if direction < 0 else bar.maximum()):
                break
            view.scroll_pixels(direction * STEP_PX)
            turn(0.004)
    view.scroll_to_latest()
    turn(SETTLE_S / 2)


def use(desk: Desk) -> None:
    """Make the window narrower and wider, run the pointer over the messages, select some, look for a letter."""
    window, view = desk.chat.window(), desk.chat.transcript
    size = window.size()
    for width in (size.width() - 60, size.width()):
        window.resize(width, size.height())
        turn(0.2)
    left, middle = Qt.MouseButton.LeftButton, view.viewport().width() // 3
    for pressed in (False, True):
        if pressed:
            QTest.mousePress(view.viewport(), left, pos=QPoint(middle, EDGE_PX))
        for y in range(EDGE_PX, view.viewport().height() - EDGE_PX, POINTER_STEP_PX):
            QTest.mouseMove(view.viewport(), QPoint(middle + y // 4, y))
            turn(0.01)
    QTest.mouseRelease(view.viewport(), left, pos=QPoint(middle, view.viewport().height() - EDGE_PX))
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    turn(0.2)
    QTest.keyClicks(QApplication.focusWidget(), "a")
    turn(FIND_S)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    turn(0.1)


def stream(desk: Desk, stalls: Stalls, name: str, text: str) -> float:
    """Let it come as a reply does; returns the longest own work in milliseconds."""

    async def reply(_request: ChatRequest) -> AsyncIterator[ReplyPiece]:
        for at in range(0, len(text), PIECE):
            yield ReplyPiece(text[at : at + PIECE])
            await asyncio.sleep(PIECE_S)
        yield ReplyPiece("", FinishReason.STOP)

    desk.open(name)
    desk.model.stream = reply  # type: ignore[assignment,method-assign]
    turn(SETTLE_S)
    stalls.begin()
    desk.send("Go on.")
    desk.until(lambda: desk.chat.replying)
    while desk.chat.replying:
        turn(0.02)
    turn(SETTLE_S)
    stalls.end()
    return stalls.own_ms


def measure(desk: Desk, stalls: Stalls, name: str, text: str) -> bool:
    """Whether it stays below the bar. `text` is streamed as well."""
    longest: list[float] = []
    own: list[float] = []
    for _ in range(ROUNDS):
        desk.open("Home")
        turn(0.3)
        stalls.begin()
        read(desk, name)
        use(desk)
        stalls.end()
        longest.append(stalls.longest_ms)
        own.append(stalls.own_ms)
    streamed = stream(desk, stalls, streamed_name(name), text[:STREAMED])
    over = max(*own, streamed) > BAR_MS
    rounds = "  ".join(f"{value:6.1f}" for value in longest)
    print(
        f"{name:16} longest away {rounds} ms   own work {max(own):6.1f} ms, streamed {streamed:6.1f} ms"
        f"{'   OVER' if over else ''}",
        flush=True,
    )
    return not over


def main(*wanted: str) -> None:
    take_over_collection()
    make_application()
    chosen = {name: text for name, text in MESSAGES.items() if not wanted or name in wanted}
    with tempfile.TemporaryDirectory() as place:
        bot: Any = Bot()
        desk = Desk(Path(place), bot)
        desk.show()
        make_chat(desk, "Home", [PLAIN])
        make_chat(desk, "plain", [PLAIN] * 40)
        for name, text in chosen.items():
            make_chat(desk, name, [text, text])
        make_chat(desk, "all of them", list(chosen.values()))
        chats = {"plain": PLAIN * 100} | chosen | {"all of them": "\n\n".join(text[:1_000] for text in chosen.values())}
        for name in chats:
            make_chat(desk, streamed_name(name), [PLAIN])
        desk.model.info = replace(desk.model.info, small=False)
        desk.open("Home")
        turn(1.0)
        stalls = Stalls()
        kept = [measure(desk, stalls, name, text) for name, text in chats.items()]
        print(f"bar {BAR_MS} ms: {sum(kept)} of {len(kept)} below")
        desk.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
