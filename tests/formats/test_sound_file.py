"""Speech as a file: what is written sounds as what was said."""

import io
import itertools
import math
from array import array

import pytest
import soundfile

from personadesk.formats.sound_file import SoundKind, sound_file

RATE = 24_000
TONE = array("h", [round(12_000 * math.sin(2 * math.pi * 440 * at / RATE)) for at in range(RATE * 4)]).tobytes()


@pytest.mark.parametrize("kind", list(SoundKind))
def test_a_tone_keeps_its_length_its_pitch_and_its_loudness(kind: SoundKind):
    content = sound_file(TONE, RATE, kind)

    samples, rate = soundfile.read(io.BytesIO(content), dtype="float64")
    middle = samples[rate : 3 * rate]
    crossings = sum(a < 0 <= b for a, b in itertools.pairwise(middle))
    assert abs(len(samples) / rate - 4) < 0.1
    assert abs(crossings / 2 - 440) < 2
    assert 0.33 < max(middle) < 0.41
    assert len(content) < len(TONE) // 4 or kind is SoundKind.WAV
