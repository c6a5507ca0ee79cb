"""The microphone, with a sound server of its own: what is played there is heard here."""

import asyncio
import itertools
import math
import subprocess
import sys
import wave
from array import array
from pathlib import Path

import pytest

from personadesk.domain.dictation import LISTENING_RATE
from personadesk.domain.speech import SpeechError, SpeechSettings
from personadesk.providers.voices.system import SystemVoices
from tests.ear import can_hear, make_ear, plain_words
from tests.pulse import SoundServer, needs_sound_server, sound_server

__all__ = ["sound_server"]

TONE_HZ = 440
SAID = "Tell me a story about the moon."


def write_wav(path: Path, pcm: bytes, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)


def tone(seconds: float, rate: int = 44_100) -> bytes:
    times = (at / rate for at in range(int(seconds * rate)))
    return array("h", (round(20_000 * math.sin(math.tau * TONE_HZ * time)) for time in times)).tobytes()


def listen(server: SoundServer, wav: Path) -> bytes:
    """The passage that the system's microphone hears while a file is played."""
    passage = wav.with_suffix(".raw")
    with subprocess.Popen(
        [sys.executable, "-m", "tests.ui.listening_child", passage],
        env=server.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        if child.stdout.readline():
            server.play(wav)
        assert child.wait(timeout=60) == 0, child.stderr.read()
    return passage.read_bytes()


async def spoken(text: str) -> tuple[bytes, int]:
    voices = SystemVoices()
    try:
        chunks = [chunk async for chunk in voices.synthesise(text, "gmw/en-US", SpeechSettings())]
    finally:
        await voices.close()
    return b"".join(chunk.pcm for chunk in chunks), chunks[0].sample_rate


@needs_sound_server
def test_a_tone_that_is_played_is_heard_as_one_passage(sound_server: SoundServer, tmp_path: Path) -> None:
    wav = tmp_path / "tone.wav"
    write_wav(wav, tone(0.5) + bytes(2 * 44_100), 44_100)

    heard = listen(sound_server, wav)

    samples = [sample for sample in array("h", heard) if abs(sample) > 100]
    crossings = sum(before < 0 < after for before, after in itertools.pairwise(samples))
    assert crossings * LISTENING_RATE / len(samples) == pytest.approx(TONE_HZ, abs=15)


@needs_sound_server
@pytest.mark.embedded_model
@pytest.mark.skipif(not can_hear(), reason="the ear's weights are not installed: packaging/test.sh does that")
def test_what_is_said_into_the_microphone_is_understood(sound_server: SoundServer, tmp_path: Path) -> None:
    try:
        pcm, rate = asyncio.run(spoken(SAID))
    except SpeechError as error:
        pytest.skip(error.sentence)
    wav = tmp_path / "said.wav"
    write_wav(wav, pcm + bytes(2 * rate), rate)

    async def understand(heard: bytes) -> str:
        ear = await make_ear()
        try:
            return (await ear.transcribe(heard, "en")).text
        finally:
            await ear.close()

    heard = listen(sound_server, wav)

    # A busy machine drops a little of the sound: most words come through.
    assert {"story", "moon"} <= set(plain_words(asyncio.run(understand(heard))))


@needs_sound_server
def test_what_is_played_can_be_recorded(sound_server: SoundServer, tmp_path: Path) -> None:
    wav, raw = tmp_path / "tone.wav", tmp_path / "heard.raw"
    write_wav(wav, tone(0.3), 44_100)

    with sound_server.recording(raw, rate=16_000):
        sound_server.play(wav)

    samples = array("h", raw.read_bytes()[: raw.stat().st_size // 2 * 2])
    assert max(samples) == pytest.approx(20_000, rel=0.1)
