"""How fast dictation writes down, and the share of wrong words that Whisper hears of every natural voice.

Names of voices as arguments leave out the others.
"""

import asyncio
import sys
import time
from pathlib import Path

import psutil

from personadesk.domain.speech import SpeechSettings
from personadesk.paths import find_resources
from personadesk.providers.hearing.whisper.engine import WhisperHearing
from personadesk.providers.voices.kokoro.engine import KokoroVoices
from tests.ear import SENTENCES, can_hear, listened, make_ear, wrong_words

AT_ONCE = 4
MOST_WRONG = 0.10


async def said(voices: KokoroVoices, voice: str, text: str) -> tuple[bytes, int]:
    pcm, rate = b"", 0
    async for chunk in voices.synthesise(text, voice, SpeechSettings()):
        pcm, rate = pcm + chunk.pcm, chunk.sample_rate
    return pcm, rate


async def measure(voices: KokoroVoices, ear: WhisperHearing, voice: str) -> float:
    wrong = count = 0
    sound_s = speaking_s = hearing_s = 0.0
    misheard = []
    for at in range(0, len(SENTENCES), AT_ONCE):
        part = SENTENCES[at : at + AT_ONCE]
        began = time.perf_counter()
        pcm, rate = await said(voices, voice, " ".join(written for written, _ in part))
        speaking_s += time.perf_counter() - began
        sound_s += len(pcm) / 2 / rate
        began = time.perf_counter()
        heard = await ear.transcribe(listened(pcm, rate), "en")
        hearing_s += time.perf_counter() - began
        differ, words = wrong_words(" ".join(spoken for _, spoken in part), heard.text)
        wrong, count = wrong + differ, count + words
        if differ:
            misheard.append(f"    {differ}: {heard.text}")
    print(
        f"{voice:12} {wrong:3} of {count} words wrong, {wrong / count:6.1%}   {sound_s:5.1f} s of sound,"
        f" spoken in {speaking_s:5.1f} s, heard in {hearing_s:4.1f} s",
        *misheard,
        sep="\n",
        flush=True,
    )
    return wrong / count


async def measure_dictation(voices: KokoroVoices, ear: WhisperHearing) -> None:
    """Loading, then passages as one dictates them."""
    began = time.perf_counter()
    await ear.warm_up()
    loaded_s = time.perf_counter() - began
    ids = [child.pid for child in psutil.Process().children() if "hearing.whisper.child" in " ".join(child.cmdline())]
    print(f"dictation    ready in {loaded_s:.2f} s", flush=True)
    for text in ("Yes.", SENTENCES[0][0], " ".join(written for written, _ in SENTENCES[:4])):
        pcm, rate = await said(voices, "af_heart", text)
        began = time.perf_counter()
        await ear.transcribe(listened(pcm, rate))
        took_s = time.perf_counter() - began
        print(f"dictation    {len(pcm) / 2 / rate:5.1f} s of speech written down in {took_s:.2f} s", flush=True)
    print(f"dictation    {sum(psutil.Process(pid).memory_info().rss for pid in ids) / 1e6:.0f} MB while it is loaded")


async def main() -> int:
    if not can_hear():
        print("The weights of the ear are not here. Run: bash packaging/test.sh")
        return 1
    voices, ear = KokoroVoices(folder=find_resources() / "voices", models_dir=Path("/nowhere")), await make_ear()
    try:
        await measure_dictation(voices, ear)
        names = sys.argv[1:] or [voice.id for voice in await voices.voices()]
        shares = [await measure(voices, ear, name) for name in names]
    finally:
        await voices.close()
        await ear.close()
    print(f"on average {sum(shares) / len(shares):.1%}, at most {max(shares):.1%}, wanted below {MOST_WRONG:.0%}")
    return int(max(shares) >= MOST_WRONG)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
