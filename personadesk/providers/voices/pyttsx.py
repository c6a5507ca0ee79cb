"""The voices of Windows and macOS through pyttsx3. Imported by the child process alone."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from personadesk.providers.voices.child import CannotSpeak
from personadesk.providers.voices.frames import Frame

_RATE_NORMAL = 200


class PyttsxSpeaker:
    """A Speaker. Each passage goes through a file of its own: pyttsx3 gives sound no other way.

    Raises CannotSpeak("not installed") where the system has no voices that pyttsx3 knows.
    """

    def __init__(self) -> None:
        self._engine = _engine()
        self._by_itself = self._engine.getProperty("voice")
        self._stopping = False

    def answer(self, order: Frame) -> Iterator[tuple[Frame, bytes]]:
        if order["do"] == "voices":
            yield {"voices": [_described(voice) for voice in self._engine.getProperty("voices")]}, b""
            return
        self._stopping = False
        self._engine.setProperty("voice", order["voice"] or self._by_itself)
        self._engine.setProperty("rate", round(_RATE_NORMAL * order["speed"]))
        said_s = 0.0
        for text, start in order["passages"]:
            if self._stopping:
                return
            pcm, rate = self._say(text)
            marks = [["sentence", start, start + len(text), round(said_s * 1000)]]
            said_s += len(pcm) / 2 / rate
            yield {"rate": rate, "marks": marks}, pcm

    def stop(self) -> None:
        self._stopping = True

    def _say(self, text: str) -> tuple[bytes, int]:
        import soundfile

        with tempfile.TemporaryDirectory(prefix="personadesk-voice-") as folder:
            # The first file that pyttsx3 2.99 writes can stay empty.
            for attempt in range(2):
                path = Path(folder) / f"{attempt}.wav"
                self._engine.save_to_file(text, str(path))
                self._engine.runAndWait()
                if path.is_file() and path.stat().st_size > 0:
                    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
                    if len(samples):
                        return samples[:, 0].astype("<i2").tobytes(), rate
        raise CannotSpeak("silent")


def _engine() -> Any:
    try:
        import pyttsx3

        return pyttsx3.init()
    except (ImportError, OSError, RuntimeError) as error:
        raise CannotSpeak("not installed") from error


def _described(voice: Any) -> dict[str, str]:
    languages = [said.decode(errors="replace") if isinstance(said, bytes) else said for said in voice.languages or ()]
    language = languages[0].strip("\x05\x02").replace("_", "-") if languages else ""
    gender = str(voice.gender or "").lower().removeprefix("voicegender")
    return {
        "id": voice.id,
        "name": voice.name,
        "language": language,
        "gender": gender if gender in ("male", "female") else "",
    }
