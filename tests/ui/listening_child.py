"""Listens with the system's microphone until it has heard something, and prints the pitch in Hz."""

import itertools
import sys

from PySide6.QtCore import QCoreApplication, QTimer

from personadesk.domain.dictation import LISTENING_RATE
from personadesk.ui.speech.microphone import Microphone, loudness

LOUD = 0.5
ENOUGH_S = 0.5
PATIENCE_MS = 20_000


def main() -> int:
    application = QCoreApplication(sys.argv)
    microphone = Microphone()
    heard = bytearray()

    def take(pcm: bytes) -> None:
        if loudness(pcm) > LOUD:
            heard.extend(pcm)
        if len(heard) >= ENOUGH_S * LISTENING_RATE * 2:
            microphone.stop()
            application.exit(0)

    microphone.heard.connect(take)
    microphone.failed.connect(lambda sentence, _step: (sys.stderr.write(sentence), application.exit(1)))
    QTimer.singleShot(PATIENCE_MS, application, lambda: application.exit(2))
    QTimer.singleShot(0, application, lambda: microphone.start(LISTENING_RATE))
    code = application.exec()
    if code == 0:
        samples = memoryview(heard).cast("h")
        crossings = sum(before < 0 <= after for before, after in itertools.pairwise(samples))
        sys.stdout.write(f"{round(crossings * LISTENING_RATE / len(samples))}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
