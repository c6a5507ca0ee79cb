"""The process that speaks with the system's voices: eSpeak NG on Linux, pyttsx3 elsewhere."""

import sys
from collections.abc import Iterator

from personadesk.providers.voices.child import Speaker, serve
from personadesk.providers.voices.frames import Frame


class SystemSpeaker:
    """Opens the system's engine at the first question, so that its absence is an answer too."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._opened: Speaker | None = None

    def answer(self, order: Frame) -> Iterator[tuple[Frame, bytes]]:
        if self._opened is None:
            self._opened = _open(self._kind)
        return self._opened.answer(order)

    def stop(self) -> None:
        if self._opened is not None:
            self._opened.stop()


def _open(kind: str) -> Speaker:
    if kind == "espeak":
        from personadesk.providers.voices.espeak import EspeakSpeaker

        return EspeakSpeaker()
    from personadesk.providers.voices.pyttsx import PyttsxSpeaker

    return PyttsxSpeaker()


if __name__ == "__main__":
    serve(SystemSpeaker(sys.argv[1]))
