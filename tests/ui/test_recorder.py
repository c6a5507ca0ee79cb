"""The recorder, with a sound server of its own: what is played there is what is recorded."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.pulse import SoundServer, needs_sound_server, sound_server
from tests.ui.test_microphone import TONE_HZ, write_tone

__all__ = ["sound_server"]


@needs_sound_server
def test_a_recording_holds_what_was_heard_while_it_ran(sound_server: SoundServer, tmp_path: Path) -> None:
    tone = tmp_path / "tone.wav"
    write_tone(tone, 8.0)

    with sound_server.playing(tone):
        recorded = subprocess.run(
            [sys.executable, "-m", "tests.ui.recording_child"],
            env=sound_server.environment | {"QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert recorded.returncode == 0, recorded.stdout + recorded.stderr
    pitch, was_loud = recorded.stdout.split()
    assert int(pitch) == pytest.approx(TONE_HZ, abs=20)
    assert was_loud == "True"
