"""The microphone, with a sound server of its own: what is played there is heard here."""

import math
import subprocess
import sys
import wave
from array import array
from pathlib import Path

import pytest

from tests.pulse import SoundServer, needs_sound_server, sound_server

__all__ = ["sound_server"]

TONE_HZ = 440


def write_tone(path: Path, seconds: float, rate: int = 44_100) -> None:
    samples = array(
        "h", (round(20_000 * math.sin(math.tau * TONE_HZ * at / rate)) for at in range(int(seconds * rate)))
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


@needs_sound_server
def test_a_tone_that_is_played_is_heard(sound_server: SoundServer, tmp_path: Path) -> None:
    tone = tmp_path / "tone.wav"
    write_tone(tone, 2.0)

    with sound_server.playing(tone):
        heard = subprocess.run(
            [sys.executable, "-m", "tests.ui.listening_child"],
            env=sound_server.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert heard.returncode == 0, heard.stdout + heard.stderr
    assert int(heard.stdout) == pytest.approx(TONE_HZ, abs=10)


@needs_sound_server
def test_what_is_played_can_be_recorded(sound_server: SoundServer, tmp_path: Path) -> None:
    tone, raw = tmp_path / "tone.wav", tmp_path / "heard.raw"
    write_tone(tone, 0.3)

    with sound_server.recording(raw, rate=16_000):
        sound_server.play(tone)

    samples = array("h", raw.read_bytes()[: raw.stat().st_size // 2 * 2])
    assert max(samples) == pytest.approx(20_000, rel=0.1)
