"""Listens with the system's microphone until somebody has said something, and writes that passage to a file.

Its argument is the file, for 16-bit mono PCM. It prints "listening" once it hears anything, be it silence.
Without a microphone it ends with 1, without a word with 2.
"""

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTimer

from personadesk.domain.dictation import LISTENING_RATE
from personadesk.ui.speech.microphone import Microphone
from personadesk.ui.speech.pauses import PauseFinder

PATIENCE_MS = 30_000


def main() -> int:
    application = QCoreApplication(sys.argv)
    microphone = Microphone()
    finder = PauseFinder(LISTENING_RATE)
    told: list[bool] = []

    def take(pcm: bytes) -> None:
        if not told:
            told.append(True)
            sys.stdout.write("listening\n")
            sys.stdout.flush()
        for passage in finder.take(pcm):
            Path(sys.argv[1]).write_bytes(passage)
            application.exit(0)

    microphone.heard.connect(take)
    microphone.failed.connect(lambda sentence, _step: (sys.stderr.write(sentence), application.exit(1)))
    QTimer.singleShot(PATIENCE_MS, application, lambda: application.exit(2))
    QTimer.singleShot(0, application, lambda: microphone.start(LISTENING_RATE))
    code = application.exec()
    microphone.stop()
    return code


if __name__ == "__main__":
    sys.exit(main())
