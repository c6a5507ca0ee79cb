"""What the window's process does beside its window: collect garbage, obey signals, report bugs."""

import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal
from PySide6.QtWidgets import QApplication

from personadesk import __version__
from personadesk.domain.errors import UserFacingError

if TYPE_CHECKING:
    from personadesk.ui.bridge import Bridge
    from personadesk.ui.main_window import MainWindow
    from personadesk.ui.theme.source import ThemeSource

log = logging.getLogger(__name__)

COLLECT_EVERY_MS = 2000
GIVE_BACK_EVERY = 5
"""Collections, after which freed memory goes back to the system."""


def take_over_collection() -> None:
    """Leave cyclic garbage to the window's timer: a worker's collection may destroy QObjects.

    It also spares the imports of start-up a dozen walks over everything imported before them. Threads
    change places oftener than Python's 5 ms, so that a picture never waits long for an import.
    """
    gc.disable()
    sys.setswitchinterval(0.002)


@cache
def memory_returner() -> Callable[[], None]:
    """What gives freed memory back to the system; it takes some tenths of a millisecond.

    glibc keeps it for each thread: texts that are written again and again while a reply grows leave ten times
    their size behind. Elsewhere there is nothing to be done.
    """
    import ctypes

    try:
        trim = ctypes.CDLL("libc.so.6").malloc_trim if sys.platform == "linux" else None
    except (OSError, AttributeError):
        trim = None  # another C library
    return (lambda: None) if trim is None else (lambda: trim(0))


class Collector(QTimer):
    """Collects in the GUI thread from its start on; what is there by then is never looked at again."""

    giving_back = Signal()
    """Soon freed memory goes back to the system: whoever keeps some without need may let go of it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.setInterval(COLLECT_EVERY_MS)
        self.timeout.connect(self._collect)
        self._collections = 0

    def begin(self) -> None:
        gc.freeze()
        self.start()

    def _collect(self) -> None:
        """One small collection; the larger generations when enough has piled up."""
        gc.collect(0)
        if gc.get_count()[1] > 8:
            gc.collect(1)
        if gc.get_count()[2] > 8:
            gc.collect(2)
        self._collections += 1
        match self._collections % GIVE_BACK_EVERY:
            case 0:
                memory_returner()()
            case 4:
                self.giving_back.emit()


def catch_bugs(*, window: "MainWindow", bridge: "Bridge", themes: "ThemeSource") -> None:
    """Whatever nobody caught goes to the log and, once at a time, to the crash dialog."""
    shown: list[QObject] = []

    def handle(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            window.close()
            return
        if isinstance(problem, UserFacingError):
            bridge.failed.emit(problem)
            return
        from personadesk.ui.dialogs.crash_dialog import CrashDialog, report_text

        report = report_text(__version__, kind, problem, trace)
        log.error("a fault nobody caught\n%s", report)
        if not shown:
            dialog = CrashDialog(themes=themes, report=report, parent=window)
            dialog.destroyed.connect(shown.clear)
            shown.append(dialog)
            dialog.show_fitting(560)

    sys.excepthook = handle


def quit_on_signals(application: QApplication) -> QObject:
    """Close in order on SIGTERM, SIGINT and a session's logout."""
    if os.name == "nt":
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: application.quit())
        # Python sees a signal between two of its own instructions only: a timer gives it some.
        ticker = QTimer(application)
        ticker.timeout.connect(lambda: None)
        ticker.start(250)
        return ticker
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: None)
    notifier = QSocketNotifier(reading, QSocketNotifier.Type.Read, application)
    notifier.activated.connect(lambda *_: application.quit())
    return notifier
