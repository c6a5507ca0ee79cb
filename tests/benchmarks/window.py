"""The real window on a large store: switching personas, scrolling, the grid, memory.

`python -m tests.benchmarks.window [MESSAGES] [PERSONAS]`. Times run from the call to the end of the
paint that shows its result. The floor is the paint of a bare list of the same size, in the same run.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QListWidget, QWidget

from personadesk.app import DesktopApp, make_application
from personadesk.domain.ids import PersonaId
from personadesk.paths import find_paths
from personadesk.process import take_over_collection
from tests.benchmarks.big_store import build

PATIENCE_MS = 30_000


class Paints(QObject):
    """Counts a widget's paints and knows when the last one ended."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.count += 1
        return False


class Stalls(QObject):
    """The longest time between two turns of the event loop."""

    def __init__(self) -> None:
        super().__init__()
        self.longest_ms = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._turn)

    def watch(self, watching: bool) -> None:
        self._last = time.perf_counter()
        self.longest_ms = 0.0
        if watching:
            self._timer.start()
        else:
            self._timer.stop()

    def _turn(self) -> None:
        now = time.perf_counter()
        self.longest_ms = max(self.longest_ms, (now - self._last) * 1000)
        self._last = now


def until(holds: Callable[[], bool]) -> None:
    """Run the event loop until something holds."""
    loop = QEventLoop()
    timer = QTimer()
    timer.setInterval(0)
    timer.timeout.connect(lambda: loop.quit() if holds() else None)
    timer.start()
    QTimer.singleShot(PATIENCE_MS, loop.quit)
    loop.exec()
    if not holds():
        raise SystemExit("waited in vain")


def rest(ms: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def timed(work: Callable[[], object], paints: Paints, ready: Callable[[], bool] = lambda: True) -> float:
    """Milliseconds from the call to the first paint for which `ready` holds."""
    before = paints.count
    start = time.perf_counter()
    work()
    until(lambda: ready() and paints.count > before)
    return (time.perf_counter() - start) * 1000


def say(label: str, values: list[float], floor: float, bar: str = "") -> None:
    median = statistics.median(values)
    worst = max(values)
    print(f"{label:38} {median:8.1f} ms   worst {worst:7.1f}   {median / floor:8.1f} x floor  {bar}")


def resident(label: str) -> None:
    print(f"{label:38} {psutil.Process().memory_info().rss / 1e6:8.0f} MB resident")


def floor_ms(rows: int) -> float:
    """Show and paint a bare list of as many rows."""
    bare = QListWidget()
    bare.setUniformItemSizes(True)
    bare.addItems([f"row {number}" for number in range(rows)])
    bare.resize(960, 700)
    paints = Paints(bare.viewport())
    bare.show()
    until(lambda: paints.count > 0)
    values = [timed(lambda: bare.viewport().update(), paints) for _ in range(15)]
    bare.close()
    return statistics.median(values)


def measure_chat(app: DesktopApp, big: PersonaId, small: PersonaId, floor: float) -> None:
    window = app.window
    chat = window.chat
    assert chat is not None
    paints = Paints(chat.transcript.viewport())

    def opened(persona: PersonaId) -> Callable[[], bool]:
        return lambda: chat.conversation_id is not None and chat.model.rowCount() > 0 and chat.persona_id == persona

    first = timed(lambda: window.open_persona(big), paints, opened(big))
    print(f"{'open the last page, the first time':38} {first:8.1f} ms")
    rest(300)
    resident(f"with {chat.model.rowCount():,} messages open")
    to_small, to_big = [], []
    stalls = Stalls()
    stalls.watch(True)
    for _ in range(25):
        to_small.append(timed(lambda: window.open_persona(small), paints, opened(small)))
        rest(15)
        to_big.append(timed(lambda: window.open_persona(big), paints, opened(big)))
        rest(15)
    say("switch to the long conversation", to_big, floor, "(bar: median 50 ms)")
    say("switch to a short one", to_small, floor)
    print(f"{'longest GUI stall while switching':38} {stalls.longest_ms:8.1f} ms   (bar 100 ms)")
    stalls.watch(False)
    bar = chat.transcript.verticalScrollBar()

    def scroll(value: int) -> float:
        taken = timed(lambda: bar.setValue(value), paints)
        rest(10)
        return taken

    say("scroll step in the real window", [scroll(bar.value() - 120) for _ in range(120)], floor)
    jumps = [scroll(round(bar.maximum() * share)) for share in (0.1, 0.7, 0.3, 0.9, 0.5)]
    say("jump anywhere by the scroll bar", jumps, floor)
    resident("after scrolling")


def measure_reply(app: DesktopApp, persona: PersonaId) -> None:
    """A real reply of the embedded model: first word, stalls, and how long Stop takes."""
    window = app.window
    chat = window.chat
    assert chat is not None
    window.open_persona(persona)
    until(lambda: chat.conversation_id is not None)

    def last_text() -> str:
        message = chat.model.message_at(chat.model.rowCount() - 1)
        return message.text if message is not None else ""

    def ask(text: str) -> float:
        chat.composer.editor.setPlainText(text)
        start = time.perf_counter()
        chat.composer.action.click()
        until(lambda: chat.replying)
        until(lambda: bool(last_text()) or not chat.replying)
        return (time.perf_counter() - start) * 1000

    print(f"{'first word, the model asleep':38} {ask('Good evening! What did you do today?'):8.0f} ms")
    stalls = Stalls()
    stalls.watch(True)
    until(lambda: not chat.replying)
    print(f"{'longest GUI stall while streaming':38} {stalls.longest_ms:8.1f} ms   (bar 100 ms)")
    stalls.watch(False)
    print(f"{'first word, the model awake':38} {ask('And what will you do tomorrow?'):8.0f} ms")
    start = time.perf_counter()
    chat.composer.action.click()
    until(lambda: not chat.replying)
    print(f"{'Stop to stopped, saved and shown':38} {(time.perf_counter() - start) * 1000:8.1f} ms   (bar 200 ms)")
    resident("the window, after two replies")


def measure_grid(app: DesktopApp, floor: float) -> None:
    window = app.window
    page = window.library
    paints = Paints(page.grid.viewport())
    print(f"{'personas':38} {len(app.roster.personas):8,}")
    shows = []
    for _ in range(5):
        shows.append(timed(window.show_library, paints))
        window.open_previous()
        rest(80)
    window.show_library()
    rest(100)
    say("show the grid", shows, floor)
    bar = page.grid.verticalScrollBar()

    def scroll(value: int) -> float:
        return timed(lambda: bar.setValue(value), paints)

    def search(words: str) -> float:
        taken = timed(lambda: page.search.line.setText(words), paints, lambda: page.model.query == words)
        rest(20)
        return taken

    say("scroll the grid by 56 px", [scroll(bar.value() + 56) for _ in range(100)], floor)
    say("jump in the grid", [scroll(round(bar.maximum() * share)) for share in (0.2, 0.8, 0.5, 0.95, 0.05)], floor)
    words = ("a", "ada", "ada c", "hana", "zzz", "chidi", "")
    say("filter as one types (60 ms of it wait)", [search(item) for item in words], floor)
    resident("with the grid")


def main(messages: int = 100_000, personas: int = 5_000) -> None:
    take_over_collection()
    application = make_application()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder) / "data"
        store = build(data_dir, messages=messages, personas=personas)
        app = DesktopApp(application=application, paths=find_paths(str(data_dir)))
        app.window.resize(1280, 800)
        app.show()
        until(lambda: app.window.chat is not None and app.roster.loaded)
        rest(500)
        resident("idle, library shown, no model loaded")
        floor = floor_ms(personas)
        print(f"{'bare list repainted':38} {floor:8.1f} ms   (floor)")
        small = next(item for item in app.roster.personas if item != store.persona_id)
        measure_chat(app, store.persona_id, small, floor)
        measure_grid(app, floor)
        measure_reply(app, small)
        app.window.close()
        app.close()


if __name__ == "__main__":
    main(*[int(argument) for argument in sys.argv[1:]])
