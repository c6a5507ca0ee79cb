"""The library with 10,000 personas, tags and pictures: showing, filtering, scrolling, selecting, changing.

`python -m tests.benchmarks.library [PERSONAS]`. Times run from the call to the end of the paint that
shows its result. The floor is the paint of a bare QListView of as many rows, in the same run.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QBuffer, QStringListModel
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QListView

from personadesk.app import DesktopApp, make_application
from personadesk.paths import find_paths
from personadesk.process import take_over_collection
from personadesk.services.clock import SystemClock
from personadesk.services.ports import Store
from personadesk.storage.database import open_database
from personadesk.ui.library.card_model import Choice
from personadesk.ui.library.card_order import SortOrder
from tests.benchmarks.big_store import SEED, build
from tests.benchmarks.window import Paints, Stalls, resident, rest, say, timed, until

PICTURES = 400
PICTURE_PX = 256
MORE_TAGS = 120


def fill(data_dir: Path, personas: int) -> None:
    """Make the personas; most get one of PICTURES pictures and a tag of a long tail."""
    build(data_dir, messages=2_000, personas=personas)
    chance = random.Random(SEED)
    database = open_database(data_dir, clock=SystemClock())

    def work(store: Store) -> None:
        assets = [store.assets.put(picture(number), "image/png") for number in range(PICTURES)]
        tags = store.personas.tags()
        store.personas.set_tags(
            {
                persona: (*own, f"rare {min(int(chance.expovariate(0.05)), MORE_TAGS)}")
                for persona, own in tags.items()
                if chance.random() < 0.6
            }
        )
        for persona in tags:
            if chance.random() < 0.8:
                card = store.personas.get(persona).card
                store.personas.update_card(persona, card, avatar=chance.choice(assets))

    try:
        database.submit_write(work).result()
    finally:
        database.close()


def picture(number: int) -> bytes:
    """A PNG that no other number gives."""
    image = QImage(PICTURE_PX, PICTURE_PX, QImage.Format.Format_RGB32)
    image.fill(QColor.fromHsv(number * 37 % 360, 160, 200))
    painter = QPainter(image)
    painter.drawText(20, 60, str(number))
    painter.end()
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def floor_of(rows: int) -> tuple[float, float]:
    """Milliseconds that a bare list of as many rows needs to show itself, and for a step of scrolling."""
    bare = QListView()
    bare.setUniformItemSizes(True)
    bare.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    bare.setModel(QStringListModel([f"row {number}" for number in range(rows)], bare))
    bare.resize(960, 700)
    paints = Paints(bare.viewport())
    shown = timed(bare.show, paints)
    bar = bare.verticalScrollBar()
    steps = sorted(timed(lambda: bar.setValue(bar.value() + 56), paints) for _ in range(40))
    bare.close()
    return shown, steps[len(steps) // 2]


class Bench:
    def __init__(self, app: DesktopApp, shown_floor: float, step_floor: float) -> None:
        self.app = app
        self.window = app.window
        self.page = app.window.library
        self.paints = Paints(self.page.grid.viewport())
        self.shown_floor = shown_floor
        self.step_floor = step_floor

    def timed(self, work: Callable[[], object], ready: Callable[[], bool] = lambda: True) -> float:
        taken = timed(work, self.paints, ready)
        rest(25)
        return taken

    def show(self) -> None:
        shows = []
        for _ in range(8):
            self.window.open_persona(next(iter(self.app.roster.personas)))
            rest(120)
            shows.append(self.timed(self.window.show_library))
        say("switch to the library", shows, self.shown_floor, "(bar 60 ms)")

    def filter(self) -> None:
        field = self.page.search.line

        def key(words: str) -> float:
            return self.timed(lambda: field.setText(words), lambda: self.page.model.query == words)

        typed = ["a", "ad", "ada", "ada 1", "ada 12", "ada 1", "ada", "ad", "a", "", "h", "ha", "patient", "zzz", ""]
        say("filter, a key", [key(words) for words in typed], self.step_floor, "(bar 30 ms)")
        model = self.page.model
        tags = list(self.page.counts().tags)[:6]
        chosen = [self.timed(lambda tag=tag: self.page.show_filter(tag)) for tag in tags]  # type: ignore[misc]
        say("filter by a tag", chosen, self.step_floor)
        self.page.choose(Choice())
        orders = [self.timed(lambda order=order: self.page.set_order(order)) for order in SortOrder]  # type: ignore[misc]
        say("another order, the first time", orders, self.step_floor)
        self.page.set_order(SortOrder.RECENT)
        assert model.rowCount() > 0

    def scroll(self) -> None:
        bar = self.page.grid.verticalScrollBar()
        bar.setValue(0)
        rest(300)

        def to(value: int) -> float:
            return timed(lambda: bar.setValue(value), self.paints)

        say(
            "scroll step of 56 px, fresh cards",
            [to(bar.value() + 56) for _ in range(150)],
            self.step_floor,
            "(bar 5 ms)",
        )
        say("scroll step back, known cards", [to(bar.value() - 56) for _ in range(60)], self.step_floor, "(bar 5 ms)")
        jumps = [self.timed(lambda at=at: bar.setValue(round(bar.maximum() * at))) for at in (0.2, 0.8, 0.5, 0.9, 0.1)]  # type: ignore[misc]
        say("jump anywhere by the scroll bar", jumps, self.step_floor)
        bar.setValue(0)

    def select(self) -> None:
        selection = self.page.grid.selection
        taken = []
        for _ in range(5):
            taken.append(self.timed(selection.select_all))
            self.timed(selection.clear)
        say("select everyone", taken, self.step_floor)

    def change(self) -> None:
        """One persona's star, and a tag for a hundred: from the call to the store to the painted card."""
        roster, backend = self.app.roster, self.app.backend
        assert backend is not None
        service, ids = backend.library, list(self.page.model.ids())
        stalls = Stalls()
        stalls.watch(True)
        stars = []
        for persona in ids[:6]:
            run = service.set_favourites([persona], True)
            stars.append(
                self.timed(
                    lambda run=run: self.app.bridge.run(run), lambda persona=persona: roster.personas[persona].favourite
                )  # type: ignore[misc]
            )
        say("star one, stored and shown", stars, self.step_floor)
        print(f"{'longest GUI stall by it':38} {stalls.longest_ms:8.1f} ms")
        stalls.watch(True)
        many = ids[:100]
        run = service.add_tags(many, ["bench"])
        tagged = self.timed(lambda: self.app.bridge.run(run), lambda: "bench" in roster.personas[many[-1]].tags)
        say("tag a hundred, stored and shown", [tagged], self.step_floor)
        print(f"{'longest GUI stall by it':38} {stalls.longest_ms:8.1f} ms")
        stalls.watch(False)


def main(personas: int = 10_000) -> None:
    take_over_collection()
    application = make_application()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder) / "data"
        start = time.perf_counter()
        fill(data_dir, personas)
        print(f"{'personas':38} {personas:8,}   (made in {time.perf_counter() - start:.0f} s)")
        shown_floor, step_floor = floor_of(personas)
        print(f"{'bare list shown':38} {shown_floor:8.1f} ms   (floor)")
        print(f"{'bare list, a scroll step':38} {step_floor:8.1f} ms   (floor)")
        app = DesktopApp(application=application, paths=find_paths(str(data_dir)))
        app.window.resize(1280, 800)
        app.show()
        until(lambda: app.window.chat is not None and app.roster.loaded)
        rest(1500)
        resident("idle, library shown")
        bench = Bench(app, shown_floor, step_floor)
        bench.show()
        bench.filter()
        bench.scroll()
        bench.select()
        bench.change()
        resident("after all of it")
        app.window.close()
        app.close()


if __name__ == "__main__":
    main(*[int(argument) for argument in sys.argv[1:]])
