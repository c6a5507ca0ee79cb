"""How fast the voices are: the first sound, and seconds of work for a second of sound."""

import asyncio
import time
from contextlib import aclosing
from pathlib import Path

from personadesk.domain.speech import SpeechError, SpeechSettings
from personadesk.paths import find_resources
from personadesk.providers.voices.kokoro.engine import KokoroVoices
from personadesk.providers.voices.system import SystemVoices
from personadesk.services.voice_ports import Synthesizer

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


if __name__ == "__main__":
    asyncio.run(main())
