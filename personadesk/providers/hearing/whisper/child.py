"""The process that runs Whisper: sound to words.

Its first order is "load": the folder of the weights and the threads. "hear" has the sound in base64 as "sound",
and gives a frame for each part of it, with "text" and "language";
its "names" are words to be expected, "" for none.
"""

import base64
import sys
import types
from collections.abc import Iterator
from typing import Any

from personadesk.providers.voices.child import CannotSpeak, serve
from personadesk.providers.voices.frames import Frame

_BEAM_SIZE = 5
_PAUSE_MS = 500
_MARGIN_MS = 250


class WhisperEar:
    def __init__(self) -> None:
        self._model: Any = None

    def answer(self, order: Frame) -> Iterator[tuple[Frame, bytes]]:
        if order["do"] == "load":
            if self._model is None:
                self._model = _loaded(order["folder"], order["threads"])
            return
        if self._model is None:
            raise CannotSpeak("not loaded")
        import numpy

        sound = numpy.frombuffer(base64.b64decode(order["sound"]), dtype="<i2").astype(numpy.float32) / 32768
        language = order["language"].partition("-")[0].lower()
        parts, about = self._model.transcribe(
            sound,
            language=language if language in self._model.supported_languages else None,
            beam_size=_BEAM_SIZE,
            # Tried again at a higher temperature, it makes things up where there is noise, and takes six times as long.
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            # In silence it hears what its training had there, such as thanks for watching.
            vad_filter=True,
            hotwords=order["names"] or None,
            vad_parameters={"min_silence_duration_ms": _PAUSE_MS, "speech_pad_ms": _MARGIN_MS},
        )
        for part in parts:
            yield {"text": part.text, "language": about.language}, b""

    def stop(self) -> None:
        """A part can't be cut short: who stops it ends the process."""


def _loaded(folder: str, threads: int) -> Any:
    # Only samples come here. The library would load FFmpeg for files, some 100 MB, and licences that are not ours.
    sys.modules.setdefault("av", types.ModuleType("av"))
    try:
        import onnxruntime
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise CannotSpeak("not installed") from error
    # On Windows the process's environment does not stop it.
    onnxruntime.disable_telemetry_events()
    try:
        return WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)
    except (RuntimeError, ValueError, OSError) as error:
        raise CannotSpeak("damaged") from error


if __name__ == "__main__":
    serve(WhisperEar())
