"""The transcript on 100,000 messages: show, scroll, token, resize, memory; each beside a floor of the same run.

    python -m tests.benchmarks.transcript [messages]

The floor is what Qt alone needs to lay out and paint one message of the same kind into an image.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtGui import QFont, QImage, QPainter, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from personadesk.domain.conversation import (
    BLOCK_POSITIONS,
    Conversation,
    Message,
    Role,
    SwipeState,
    Transcript,
    TranscriptBlock,
)
from personadesk.domain.ids import ConversationId, MessageId, PersonaId, PersonId, SwipeId
from personadesk.ui.chat.markdown_blocks import preload
from personadesk.ui.chat.transcript_model import TranscriptModel
from personadesk.ui.chat.transcript_view import TranscriptView
from personadesk.ui.theme.icons import install_icons
from personadesk.ui.theme.tokens import load_theme

RESOURCES = Path(__file__).parents[2] / "resources"
SIZE = (1000, 760)
TAIL = 60
START = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("the ash falls over red mountain and a tower leans into the wind while nobody remembers who built it").split()  # noqa: SIM905 - reads better than a list
CONVERSATION = Conversation(ConversationId(1), "c", PersonaId(1), PersonId(1), "", "", START, START)


def text_of(position: int) -> str:
    """A message as people and models write them: mostly prose, some of it marked up."""
    chance = random.Random(position)
    words = [chance.choice(WORDS) for _ in range(chance.randint(3, 90))]
    if position % 7 == 0:
        words.insert(2, "*looks up*")
    if position % 11 == 0:
        return " ".join(words) + "\n\n1. **One** thing\n2. Another `thing`\n"
    if position % 53 == 0:
        return " ".join(words) + "\n\n```python\nfor word in words:\n    print(word)\n```\n"
    return " ".join(words)


TEXTS = [text_of(position) for position in range(1_009)]


def message_at(position: int) -> Message:
    """The message of a path position; made when asked for, as a store would read it."""
    return Message(
        id=MessageId(position + 1),
        persona_id=PersonaId(1),
        conversation_id=CONVERSATION.id,
        parent_id=MessageId(position) if position else None,
        position=position,
        role=Role.USER if position % 2 else Role.PERSONA,
        text=TEXTS[position % len(TEXTS)],
        swipe_id=SwipeId(position + 1),
        swipe_index=0,
        swipe_count=1,
        state=SwipeState.COMPLETE,
        model="",
        error="",
        created_at=START + timedelta(minutes=position * 3),
    )


def transcript_of(count: int) -> Transcript:
    """The outline of `count` messages, with character counts that are about right."""
    blocks = []
    for index in range((count + BLOCK_POSITIONS - 1) // BLOCK_POSITIONS):
        held = min(BLOCK_POSITIONS, count - index * BLOCK_POSITIONS)
        blocks.append(TranscriptBlock(index, held, held * 240))
    tail = tuple(message_at(position) for position in range(max(0, count - TAIL), count))
    return Transcript(CONVERSATION, tuple(blocks), tail)


class Bench:
    """A view on `count` messages whose blocks come from memory as they are wanted."""

    def __init__(self, application: QApplication, count: int) -> None:
        self.application = application
        self.count = count
        self.process = psutil.Process()
        self.model = TranscriptModel()
        self.view = TranscriptView(load_theme(RESOURCES / "themes" / "dark.toml"))
        self.view.setModel(self.model)
        self.view.set_motion_allowed(False)
        self.view.resize(*SIZE)
        self.model.block_wanted.connect(self.serve)

    def serve(self, index: int) -> None:
        first = index * BLOCK_POSITIONS
        messages = [message_at(position) for position in range(first, min(first + BLOCK_POSITIONS, self.count))]
        self.model.accept_block(CONVERSATION.id, index, messages)

    def memory_mb(self) -> float:
        return float(self.process.memory_info().rss) / 1e6

    def paint(self) -> None:
        """Paint what has to be painted now, as the next frame would."""
        QTest.qWait(0)

    def timed(self, work: Callable[[int], None], times: int) -> list[float]:
        """Milliseconds of `work` and the painting after it, for each of so many times."""
        found = []
        for step in range(times):
            started = time.perf_counter()
            work(step)
            self.paint()
            found.append(1000 * (time.perf_counter() - started))
        return found

    def show(self) -> float:
        transcript = transcript_of(self.count)
        started = time.perf_counter()
        self.model.open(transcript)
        self.view.show()
        self.paint()
        return 1000 * (time.perf_counter() - started)

    def reopen(self) -> list[float]:
        """Opening again, as a switch of personas does; the window and the fonts are there."""
        transcript = transcript_of(self.count)
        return self.timed(lambda _step: self.model.open(transcript), 15)

    def scroll(self) -> list[float]:
        steps = self.timed(lambda _step: self.view.scroll_pixels(-120), 300)
        for share in (0.75, 0.5, 0.25):
            bar = self.view.verticalScrollBar()
            bar.setValue(int(bar.maximum() * share))
            QTest.qWait(40)
            steps += self.timed(lambda step: self.view.scroll_pixels(120 if step % 50 < 40 else -240), 150)
        return steps

    def tokens(self) -> list[float]:
        self.view.scroll_to_latest()
        live = replace(message_at(self.count), role=Role.PERSONA, text="", state=SwipeState.STREAMING)
        self.model.append(live)
        said = "*She nods.* " + text_of(3) + "\n\nA **second** paragraph. " + " ".join(WORDS * 6)
        words = said.split(" ")

        def grow(step: int) -> None:
            self.model.grow(live.id, live.swipe_id, " ".join(words[: step + 1]))

        return self.timed(grow, len(words))

    def resizes(self) -> list[float]:
        bar = self.view.verticalScrollBar()
        bar.setValue(bar.maximum() // 2)
        QTest.qWait(60)

        def resize(step: int) -> None:
            self.view.resize(SIZE[0] - 7 * (step % 40), SIZE[1])

        return self.timed(resize, 60)


def floor_ms() -> float:
    """Laying out and painting one message with nothing but a QTextDocument and an image."""
    image = QImage(620, 300, QImage.Format.Format_ARGB32_Premultiplied)
    found = []
    for position in range(200):
        started = time.perf_counter()
        document = QTextDocument()
        document.setPlainText(text_of(position))
        document.setTextWidth(600)
        painter = QPainter(image)
        document.drawContents(painter)
        painter.end()
        found.append(1000 * (time.perf_counter() - started))
    return statistics.median(found)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    application = QApplication([])
    font = QFont(application.font())
    font.setPointSizeF(9.75)
    application.setFont(font)
    install_icons(RESOURCES / "icons")
    before = psutil.Process().memory_info().rss / 1e6
    floor = floor_ms()
    bench = Bench(application, count)
    started = time.perf_counter()
    preload()
    loaded = 1000 * (time.perf_counter() - started)
    shown = bench.show()
    opened = bench.memory_mb()
    reopened, scrolled, resized, grown = bench.reopen(), bench.scroll(), bench.resizes(), bench.tokens()
    print(f"{count:,} messages at {SIZE[0]} x {SIZE[1]}; floor (one plain document): {floor:.2f} ms")
    print(f"{'':14}{'median':>9}{'mean':>9}{'p95':>9}{'worst':>9}{'x floor':>9}")
    for label, times in (
        ("import parser", [loaded]),
        ("first show", [shown]),
        ("open again", reopened),
        ("scroll step", scrolled),
        ("token", grown),
        ("resize", resized),
    ):
        median, worst = statistics.median(times), max(times)
        late = sorted(times)[int(len(times) * 0.95)]
        print(
            f"{label:14}{median:7.2f}ms{statistics.mean(times):7.2f}ms{late:7.2f}ms{worst:7.2f}ms{median / floor:9.1f}"
        )
    after = bench.memory_mb()
    print(
        f"memory        {after:7.1f}MB in all, {opened - before:.1f} MB for the view, {after - opened:.1f} MB after use"
    )
    print(f"held          {sum(1 for row in range(count) if bench.model.message_at(row)):,} messages")
    bench.view.close()


if __name__ == "__main__":
    main()
