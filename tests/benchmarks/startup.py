"""Start-up: from the process's birth to the first picture, and to the library with its cards.

`python -m tests.benchmarks.startup [RUNS]`. The floor is a bare QMainWindow's first picture, started
in turn with the program so that both meet the same machine. Every run is a process of its own.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE = """
import time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, self.tell)
    def tell(self):
        print("painted", time.monotonic(), flush=True)
        QApplication.quit()

application = QApplication([])
window = Window()
window.resize(1280, 800)
window.show()
application.exec()
"""

PROGRAM = """
import sys, time
from personadesk.cli import build_parser
chosen = build_parser().parse_args(["--data-dir", sys.argv[1]])
from personadesk.app import DesktopApp, make_application
from personadesk.process import take_over_collection
from personadesk.paths import find_paths
from PySide6.QtCore import QEvent, QObject, QTimer

take_over_collection()
application = make_application()
app = DesktopApp(application=application, paths=find_paths(chosen.data_dir))

class Watch(QObject):
    '''Stalls: the longest time between two turns of the event loop, from the first picture on.'''
    def __init__(self):
        super().__init__()
        self.last = None
        self.longest = 0.0
        self.timer = QTimer(self)
        self.timer.setInterval(0)
        self.timer.timeout.connect(self.turn)
    def turn(self):
        now = time.monotonic()
        if self.last is not None:
            self.longest = max(self.longest, now - self.last)
        self.last = now

watch = Watch()

class Cards(QObject):
    '''Sees the grid's first picture after the roster has been filled.'''
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and app.roster.loaded and not self.property("told"):
            self.setProperty("told", True)
            QTimer.singleShot(0, lambda: print("cards", time.monotonic(), flush=True))
        return False

cards = Cards()
app.window.library.grid.viewport().installEventFilter(cards)

def painted():
    print("painted", time.monotonic(), flush=True)
    watch.timer.start()

app.window.painted.connect(painted)

def look():
    if app.window.chat is not None:
        QTimer.singleShot(700, done)
    else:
        QTimer.singleShot(20, look)

def done():
    print("stall", watch.longest, flush=True)
    import psutil
    print("resident", psutil.Process().memory_info().rss, flush=True)
    application.quit()

QTimer.singleShot(50, look)
app.show()
application.exec()
app.close()
"""


def run(code: str, *arguments: str) -> dict[str, float]:
    """Run one process; seconds since its birth by the name it printed ("stall" is a length, "resident" bytes)."""
    born = time.monotonic()
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as problem:
        print(problem.stderr, file=sys.stderr)
        raise
    found: dict[str, float] = {}
    for line in done.stdout.splitlines():
        name, value = line.split()
        found.setdefault(name, float(value) - (0.0 if name in ("stall", "resident") else born))
    return found


def main(runs: int = 7) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data_dir = str(Path(folder) / "data")
        # An installed program has its bytecode; a checkout that was edited writes it with its next start.
        run(PROGRAM, str(Path(folder) / "before"))
        first = run(PROGRAM, data_dir)
        bare, ours = [], []
        run(BARE)
        for _ in range(runs):
            bare.append(run(BARE)["painted"])
            ours.append(run(PROGRAM, data_dir))
    floor = statistics.median(bare)
    print(f"bare QMainWindow painted            {floor * 1000:7.0f} ms   (floor)")
    for name, label, bar in (("painted", "first painted window", 2.5), ("cards", "library with its cards", 4.0)):
        value = statistics.median(item[name] for item in ours)
        ratio = statistics.median(item[name] / base for item, base in zip(ours, bare, strict=True))
        print(f"{label:35} {value * 1000:7.0f} ms   {ratio:5.2f} x floor  (bar {bar})")
    print(
        f"{'  the very first start, cards':35} {first['cards'] * 1000:7.0f} ms   {first['cards'] / floor:5.2f} x floor"
    )
    resident = statistics.median(item["resident"] for item in ours)
    print(f"{'idle memory, no model loaded':35} {resident / 1e6:7.0f} MB   {'':5}          (bar 200 MB)")
    stall = max(item["stall"] for item in ours)
    print(f"{'longest GUI stall during start-up':35} {stall * 1000:7.0f} ms   {'':5}          (bar 100 ms)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
