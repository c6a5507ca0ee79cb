"""The recorder, with a sound server of its own: what is played there is what is recorded."""

import math
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from tests.pulse import SoundServer, needs_sound_server, sound_server
from tests.sounds import sound

__all__ = ["sound_server"]

TONE_HZ = 440
RATE = 44_100


@needs_sound_server
def test_a_recording_holds_what_was_heard_while_it_ran(sound_server: SoundServer, tmp_path: Path) -> None:
    tone = tmp_path / "tone.wav"
    moments = numpy.arange(2 * RATE) / RATE
    tone.write_bytes(sound("wav", (numpy.sin(math.tau * TONE_HZ * moments) * 20_000).astype("int16"), rate=RATE))

    with subprocess.Popen(
        [sys.executable, "-m", "tests.ui.recording_child"],
        env=sound_server.environment | {"QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        if child.stdout.readline() == "recording\n":
            sound_server.play(tone)
        pitch = child.stdout.readline()
        assert child.wait(timeout=60) == 0, child.stderr.read()

    assert int(pitch) == pytest.approx(TONE_HZ, abs=15)
