"""How fast the voices are: the first sound, seconds of work for a second of sound, and what the window adds to it."""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

from PySide6.QtCore import QElapsedTimer, QEventLoop, QObject, QTimer

from personadesk.app import make_application, take_over_collection
from personadesk.domain.speech import KOKORO, SpeechChunk, SpeechError, SpeechSettings
from personadesk.domain.voice import VoiceChoice
from personadesk.paths import find_resources
from personadesk.providers.voices.kokoro.engine import KokoroVoices
from personadesk.providers.voices.system import SystemVoices
from personadesk.services.engine import Engine
from personadesk.services.events import EventHub
from personadesk.services.speech.cache import SpeechCache
from personadesk.services.speech.script import Part, Script
from personadesk.services.speech.speaking import Speaker
from personadesk.services.speech.spoken_text import SpokenWords
from personadesk.services.voice_ports import Synthesizer
from personadesk.ui.bridge import Bridge
from personadesk.ui.speech.multimedia import find_devices
from personadesk.ui.speech.outputs import Output, Silence, open_device
from personadesk.ui.speech.reading import Reading

TEXT = (
    "Good evening. The moon is up, and I have written two poems since supper. "
    "Would you like to hear the first one, or shall we have some tea before?"
)


async def measure(engine: Synthesizer, voice: str, when: str) -> None:
    began = time.perf_counter()
    first_s = sound_s = 0.0
    async for chunk in engine.synthesise(TEXT, voice, SpeechSettings()):
        first_s = first_s or time.perf_counter() - began
        sound_s += chunk.duration_s
    took_s = time.perf_counter() - began
    print(
        f"{engine.engine:8} {when:5} first sound {first_s:5.2f} s   {sound_s:5.2f} s of sound in {took_s:5.2f} s"
        f"   factor {took_s / sound_s:.3f}"
    )


async def measure_stop(engine: Synthesizer, voice: str) -> None:
    sound = engine.synthesise(TEXT * 20, voice, SpeechSettings())
    async with aclosing(sound):  # type: ignore[type-var]
        await anext(sound)
        began = time.perf_counter()
    print(f"{engine.engine:8} a stop took {(time.perf_counter() - began) * 1000:.1f} ms")


async def main() -> None:
    natural = KokoroVoices(folder=find_resources() / "voices", models_dir=Path("/nowhere"))
    for engine, voice in ((SystemVoices(), ""), (natural, "af_heart")):
        try:
            for when in ("cold", "warm"):
                await measure(engine, voice, when)
            await measure_stop(engine, voice)
        except SpeechError as error:
            print(f"{engine.engine:8} {error}")
        finally:
            await engine.close()


class Timed:
    """An engine that notes how long it takes for its first sound: on a busy computer every time differs."""

    def __init__(self, engine: Synthesizer) -> None:
        self._engine = engine
        self.firsts_s: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def synthesise(self, text: str, voice: str, settings: SpeechSettings) -> AsyncGenerator[SpeechChunk, None]:
        began = time.perf_counter()
        first = True
        async with aclosing(self._engine.synthesise(text, voice, settings)) as sound:  # type: ignore[type-var]
            async for chunk in sound:
                if first:
                    self.firsts_s.append(time.perf_counter() - began)
                    first = False
                yield chunk


class _Counted(Silence):
    def __init__(self, rate: int, window: "Window") -> None:
        super().__init__(rate)
        self._rate = rate
        self._window = window

    def write(self, pcm: bytes) -> int:
        taken = super().write(pcm)
        self._window.sound_s += taken / 2 / self._rate
        return taken


class Window:
    """What a window has of speech, with an output that notes when it gets its first sound, and a heartbeat."""

    def __init__(self, engine: Synthesizer, cache: Path) -> None:
        self.engine = Engine()
        self.speaker = Speaker(engines=(engine,), cache=SpeechCache(cache))
        self._owner = QObject()
        self.bridge = Bridge(self._owner)
        self.bridge.attach(engine=self.engine, hub=EventHub())
        self.reading = Reading(
            bridge=self.bridge,
            speaker=self.speaker,
            clones=_none,
            open_output=self._open,
            prepare=find_devices,
            parent=self._owner,
        )
        self.reading.failed.connect(lambda problem: print(problem))
        self.first_sound = 0.0
        self.sound_s = 0.0
        self.longest_gap_ms = 0.0
        self._clock = QElapsedTimer()
        self._clock.start()
        self._heart = QTimer(self._owner)
        self._heart.timeout.connect(self._beat)
        self._heart.start(2)

    def say(self, text: str, choice: VoiceChoice, *, growing: bool = False) -> float:
        """Begin to say a text; returns when that was."""

        async def find() -> tuple[str, VoiceChoice]:
            return text, choice

        self.first_sound = 0.0
        began = time.perf_counter()
        self.reading.begin("a", Script(Part("a", find, growing=growing), words=SpokenWords()))
        return began

    def wait(self, holds: Callable[[], bool], most_s: float = 60.0) -> None:
        self._clock.restart()
        until = time.perf_counter() + most_s
        loop = QEventLoop()
        looking = QTimer()
        looking.timeout.connect(lambda: loop.quit() if holds() or time.perf_counter() > until else None)
        looking.start(1)
        loop.exec()

    def close(self) -> None:
        self.reading.stop()
        self.engine.submit(self.speaker.close()).result(10)
        self.bridge.close()
        self.engine.close()

    def _open(self, rate: int) -> Output:
        device = open_device(rate)
        if device is not None:
            device.stop()
        self.first_sound = time.perf_counter()
        self.sound_s = 0.0
        return _Counted(rate, self)

    def _beat(self) -> None:
        self.longest_gap_ms = max(self.longest_gap_ms, self._clock.nsecsElapsed() / 1e6)
        self._clock.restart()


async def _none() -> Mapping[str, str]:
    return {}


def measure_window(untimed: Synthesizer, voice: str) -> None:
    engine = Timed(untimed)
    choice = VoiceChoice(preset=f"{engine.engine}:{voice}") if engine.engine == KOKORO else VoiceChoice(system=voice)
    sentences = ["The moon is up over the old town tonight.", *TEXT.split(". ")[1:]]
    with tempfile.TemporaryDirectory() as folder:
        window = Window(engine, Path(folder))
        window.wait(lambda: False, 3.0)
        print(f"{engine.engine:8} an idle window's longest pause {window.longest_gap_ms:.1f} ms")
        window.longest_gap_ms = 0.0
        # The first use loads what sound needs.
        window.say("Well then.", choice)
        window.wait(lambda: window.first_sound > 0)
        window.reading.stop()
        print(f"{engine.engine:8} the window's longest pause at its first use {window.longest_gap_ms:.1f} ms")
        window.longest_gap_ms = 0.0

        engine.firsts_s.clear()
        began = window.say(TEXT, choice)
        window.wait(lambda: window.first_sound > 0)
        preview_s, own_s = window.first_sound - began, engine.firsts_s[0]
        window.wait(lambda: window.reading.key == "")
        began = window.say(TEXT, choice)
        window.wait(lambda: window.first_sound > 0)
        kept_s = window.first_sound - began
        window.wait(lambda: window.reading.key == "")
        kept_sound_s = window.sound_s
        silent_s = time.perf_counter() - window.first_sound - kept_sound_s

        engine.firsts_s.clear()
        window.say("", choice, growing=True)
        whole = " ".join(sentences)
        ended = 0.0
        for at in range(3, len(whole), 3):
            window.reading.grow("a", whole[:at])
            if not ended and at >= len(sentences[0]):
                ended = time.perf_counter()
            window.wait(lambda: False, 0.033)
        window.reading.end_text("a", whole)
        window.wait(lambda: window.first_sound > 0)
        streaming_s, own_sentence_s = window.first_sound - ended, engine.firsts_s[0]
        window.wait(lambda: window.reading.heard >= 1)
        print(
            f"{engine.engine:8} preview {preview_s * 1000:5.0f} ms, the engine's own {own_s * 1000:5.0f} ms"
            f" (factor {preview_s / own_s:.2f}), kept {kept_s * 1000:4.0f} ms"
            f" with {silent_s * 1000:.0f} ms of silence in {kept_sound_s:.1f} s"
        )
        print(
            f"{engine.engine:8} while it is written {streaming_s * 1000:5.0f} ms after the first sentence,"
            f" the engine's own {own_sentence_s * 1000:5.0f} ms"
            f" (beyond it {(streaming_s - own_sentence_s) * 1000:4.0f} ms)"
        )
        print(f"{engine.engine:8} the window's longest pause meanwhile {window.longest_gap_ms:.1f} ms")
        window.close()


def main_of_window() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    take_over_collection()
    application = make_application()
    measure_window(SystemVoices(), "")
    natural = KokoroVoices(folder=find_resources() / "voices", models_dir=Path("/nowhere"))
    measure_window(natural, "af_heart")
    del application


if __name__ == "__main__":
    asyncio.run(main())
    main_of_window()
