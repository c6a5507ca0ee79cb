"""The faces in the grid: from the first request to a whole screen of thumbnails, decoded and from the cache.

`python -m tests.benchmarks.avatars [PERSONAS]`. Each persona has a picture of 512 x 512 of its own (a
few drawings with a pixel changed, so that each has its own SHA-256). The floor decodes and scales as
many files in a row, with nothing around it.
"""

import hashlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QBuffer, QByteArray, QEventLoop, QIODevice, QRectF, QTimer
from PySide6.QtGui import QColor, QGuiApplication, QImage, QImageWriter, QPainter

from personadesk.paths import find_resources
from personadesk.ui.avatar.thumbnails import cut_round, load_square
from personadesk.ui.widgets.avatars import MEMORY_BYTES, Avatars

FACE_PX = 56
SCREEN = 24
"""Cards on a screen of 1920 x 1080."""
STEPS = 60
PATIENCE_MS = 60_000


def make_assets(folder: Path, count: int) -> list[str]:
    """Files named by their SHA-256; all but the first are copies with other last bytes, which decoders pass over."""
    names = []
    drawings = sorted((find_resources() / "avatars_set").glob("*.svg"))
    pngs = []
    for path in drawings:
        square = load_square(path, 512)
        assert square is not None
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"png")).write(square)
        pngs.append(bytes(buffer.data().data()))
    for number in range(count):
        content = pngs[number % len(pngs)] + number.to_bytes(4, "big")
        name = hashlib.sha256(content).hexdigest()
        (folder / name).write_bytes(content)
        names.append(name)
    return names


class Screen:
    """Paints faces into a picture, as the grid does."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.avatars = Avatars(path_of=lambda sha256: folder / sha256, cache_folder=cache)
        self._canvas = QImage(FACE_PX * 6, FACE_PX * 4, QImage.Format.Format_ARGB32_Premultiplied)

    def paint(self, names: Sequence[str]) -> float:
        """Milliseconds of one paint."""
        start = time.perf_counter()
        self._canvas.fill(QColor("#14151c"))
        painter = QPainter(self._canvas)
        for number, name in enumerate(names):
            place = QRectF(number % 6 * FACE_PX, number // 6 * FACE_PX, FACE_PX, FACE_PX)
            self.avatars.paint(painter, place, name="Ada", avatar=name, ratio=1.0)
        painter.end()
        return (time.perf_counter() - start) * 1000

    def fill(self, names: Sequence[str]) -> float:
        """Milliseconds until every face of a screen is painted."""
        start = time.perf_counter()
        missing = set(names)
        loop = QEventLoop()

        def arrived(name: str) -> None:
            missing.discard(name)
            if not missing:
                loop.quit()

        self.avatars.ready.connect(arrived)
        self.paint(names)
        QTimer.singleShot(PATIENCE_MS, loop.quit)
        loop.exec()
        self.avatars.ready.disconnect(arrived)
        if missing:
            raise SystemExit("waited in vain")
        self.paint(names)
        return (time.perf_counter() - start) * 1000

    def close(self) -> None:
        self.avatars.close()


def main(personas: int = 10_000) -> None:
    application = QGuiApplication.instance() or QGuiApplication([])
    with tempfile.TemporaryDirectory() as root:
        assets, cache = Path(root) / "assets", Path(root) / "cache"
        assets.mkdir()
        names = make_assets(assets, personas)
        start = time.perf_counter()
        for name in names[:SCREEN]:
            square = load_square(assets / name, FACE_PX)
            assert square is not None
            cut_round(square)
        floor = (time.perf_counter() - start) * 1000
        print(f"{f'decode {SCREEN} pictures in a row':38} {floor:8.1f} ms   (floor)")
        cold = Screen(assets, cache)
        first = cold.fill(names[:SCREEN])
        print(f"{'first screen of thumbnails, cold':38} {first:8.1f} ms   {first / floor:8.2f} x floor  (bar 1.5)")
        cold.close()
        warm = Screen(assets, cache)
        first = warm.fill(names[:SCREEN])
        print(f"{'first screen of thumbnails, warm':38} {first:8.1f} ms   {first / floor:8.2f} x floor  (bar 0.5)")
        jumps = range(0, personas - SCREEN, max((personas - SCREEN) // STEPS, 1))
        paints = [warm.paint(names[row : row + SCREEN]) for row in jumps]
        print(
            f"{f'a paint while scrolling {personas:,}':38} {statistics.median(paints):8.1f} ms"
            f"   worst {max(paints):7.1f}   {'':8}        (bar: median 8 ms)"
        )
        last = warm.fill(names[-SCREEN:])
        print(f"{'the screen where the scrolling ends':38} {last:8.1f} ms   {last / floor:8.2f} x floor  (bar 2)")
        warm.close()
        print(f"{'thumbnails in memory, at most':38} {MEMORY_BYTES / 1e6:8.0f} MB")
    del application


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
