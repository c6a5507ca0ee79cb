"""The window while an import runs behind it. `python -m tests.benchmarks.migration_window [COUNT]`

The real window, shown, with the wizard's own progress page and the desk that the wizard uses. The figure
is the longest time between two turns of the event loop; an idle window's stands beside it, and so does
that of a window beside a thread which does nothing but count: what Python itself takes.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from personadesk.app import DesktopApp, make_application
from personadesk.domain.errors import UserFacingError
from personadesk.domain.migration import Choices
from personadesk.paths import find_paths
from personadesk.process import take_over_collection
from personadesk.ui.wizard.migration_desk import MigrationDesk
from personadesk.ui.wizard.run_page import RunPage
from tests.benchmarks.migration import make_profiles
from tests.benchmarks.window import Stalls, rest, until

IDLE_MS = 3_000


class Steps:
    """Waits for one step of the desk after the other, turning the event loop."""

    def __init__(self, desk: MigrationDesk, stalls: Stalls) -> None:
        self._desk = desk
        self._stalls = stalls

    def take(self, label: str, start: Callable[..., None], *arguments: Any) -> Any:
        answers: list[Any] = []
        self._stalls.watch(True)
        start(*arguments, owner=self._desk, then=answers.append, failed=answers.append)
        while not answers:
            rest(20)
        print(f"{label:38} {self._stalls.longest_ms:8.1f} ms longest stall   (bar 50 ms)")
        self._stalls.watch(False)
        if isinstance(answers[0], UserFacingError):
            raise SystemExit(answers[0].sentence)
        return answers[0]


def idle(label: str, stalls: Stalls) -> None:
    stalls.watch(True)
    rest(IDLE_MS)
    print(f"{label:38} {stalls.longest_ms:8.1f} ms longest stall   (floor)")
    stalls.watch(False)


def beside_a_busy_thread(stalls: Stalls) -> None:
    ended = threading.Event()

    def count() -> None:
        number = 0
        while not ended.is_set():
            number += 1

    thread = threading.Thread(target=count)
    thread.start()
    idle("the window beside a thread that counts", stalls)
    ended.set()
    thread.join()


def main(count: int = 10_000) -> None:
    take_over_collection()
    application = make_application()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "bot" / "profiles"
        make_profiles(folder, count)
        app = DesktopApp(application=application, paths=find_paths(str(Path(place) / "desk")))
        app.window.resize(1280, 800)
        app.show()
        until(lambda: app.window.chat is not None and app.roster.loaded)
        rest(1_000)
        stalls = Stalls()
        idle("the window alone", stalls)
        beside_a_busy_thread(stalls)
        desk = MigrationDesk(app.backend.migration, app.bridge, app.window)
        page = RunPage(app.themes)
        desk.progressed.connect(page.show_progress)
        page.resize(700, 400)
        page.show()
        steps = Steps(desk, stalls)
        [found] = steps.take("looking at the folder", desk.inspect, folder)
        plan = steps.take(f"dry run of {count:,} profiles", desk.plan, found, Choices())
        page.begin()
        steps.take(f"import of {count:,} profiles", desk.run, plan)
        page.close()
        app.window.close()
        app.close()


if __name__ == "__main__":
    main(*[int(argument) for argument in sys.argv[1:]])
