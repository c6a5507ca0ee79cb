"""Records with the real recorder from the system's microphone until it has enough, and prints the pitch in Hz."""

import itertools
import sys

from PySide6.QtCore import QTimer

from personadesk.app import make_application
from personadesk.paths import find_resources
from personadesk.services.engine import Engine
from personadesk.services.events import EventHub
from personadesk.ui.bridge import Bridge
from personadesk.ui.speech.microphone import loudness
from personadesk.ui.speech.recorder import Recorder
from personadesk.ui.theme.icons import install_icons
from personadesk.ui.theme.source import ThemeChoice, ThemeSource

ENOUGH_S = 1.0
LOUD = 0.5
PATIENCE_MS = 20_000


def main() -> int:
    application = make_application()
    resources = find_resources()
    install_icons(resources / "icons")
    engine, bridge = Engine(), Bridge()
    bridge.attach(engine=engine, hub=EventHub())
    themes = ThemeSource(folder=resources / "themes", choice=ThemeChoice.DARK)
    recorder = Recorder(themes, bridge, count_ms=50)
    took: list[tuple[bytes, int]] = []
    loudest = [0.0]

    def take(pcm: bytes, rate: int) -> None:
        took.append((pcm, rate))
        application.quit()

    def listen(level: float) -> None:
        loudest[0] = max(loudest[0], level)
        if recorder.duration_s >= ENOUGH_S:
            recorder.stop_button.click()

    recorder.recorded.connect(take)
    recorder.microphone.level.connect(listen)
    recorder.failed.connect(lambda words: (sys.stderr.write(words), application.exit(1)))
    QTimer.singleShot(PATIENCE_MS, application, lambda: application.exit(2))
    recorder.show()
    recorder.begin()
    code = application.exec()
    bridge.close()
    engine.close()
    if took:
        pcm, rate = took[0]
        samples = memoryview(pcm).cast("h")
        crossings = sum(before < 0 <= after for before, after in itertools.pairwise(samples))
        sys.stdout.write(f"{round(crossings * rate / len(samples))} {loudness(pcm) > LOUD and loudest[0] > LOUD}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
