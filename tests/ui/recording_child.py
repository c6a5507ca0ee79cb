"""Records with the real recorder from the system's microphone, says when it does, and prints the pitch in Hz."""

import itertools
import sys

from PySide6.QtCore import QTimer

from personadesk.app import make_application
from personadesk.paths import find_resources
from personadesk.services.engine import Engine
from personadesk.services.events import EventHub
from personadesk.ui.bridge import Bridge
from personadesk.ui.speech.microphone import loudness
from personadesk.ui.speech.recorder import RATE, Recorder
from personadesk.ui.theme.icons import install_icons
from personadesk.ui.theme.source import ThemeChoice, ThemeSource

ENOUGH_S = 0.5
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
    loud = bytearray()
    said: list[bool] = []

    def take(pcm: bytes, rate: int) -> None:
        took.append((pcm, rate))
        application.quit()

    def listen(pcm: bytes) -> None:
        if recorder.recording and not said:
            said.append(True)
            sys.stdout.write("recording\n")
            sys.stdout.flush()
        if recorder.recording and loudness(pcm) > LOUD:
            loud.extend(pcm)
        if len(loud) >= ENOUGH_S * RATE * 2:
            loud.clear()
            recorder.stop_button.click()

    recorder.recorded.connect(take)
    recorder.microphone.heard.connect(listen)
    recorder.failed.connect(lambda words: (sys.stderr.write(words), application.exit(1)))
    QTimer.singleShot(PATIENCE_MS, application, lambda: application.exit(2))
    recorder.show()
    recorder.begin()
    code = application.exec()
    bridge.close()
    engine.close()
    if took:
        pcm, rate = took[0]
        samples = [sample for sample in memoryview(pcm).cast("h") if abs(sample) > 100]
        crossings = sum(before < 0 < after for before, after in itertools.pairwise(samples))
        sys.stdout.write(f"{round(crossings * rate / len(samples))}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
