"""Speech as a file that other programs play: WAV, OGG or MP3."""

import io
from enum import StrEnum


class SoundKind(StrEnum):
    """The value is the file's ending."""

    WAV = "wav"
    OGG = "ogg"
    MP3 = "mp3"


_WRITTEN_AS = {
    SoundKind.WAV: ("WAV", "PCM_16"),
    SoundKind.OGG: ("OGG", "VORBIS"),
    SoundKind.MP3: ("MP3", "MPEG_LAYER_III"),
}
_BLOCK = 65_536
"""Frames written at once: libsndfile's Vorbis encoder overflows its stack on much longer ones."""


def sound_file(pcm: bytes, sample_rate: int, kind: SoundKind) -> bytes:
    """`pcm` is signed 16-bit mono, little-endian. Blocks: a minute takes some 0.3 s as MP3 or OGG."""
    import numpy
    import soundfile

    samples = numpy.frombuffer(pcm, dtype="<i2")
    container, coding = _WRITTEN_AS[kind]
    target = io.BytesIO()
    with soundfile.SoundFile(
        target, "w", samplerate=sample_rate, channels=1, format=container, subtype=coding
    ) as written:
        for start in range(0, len(samples), _BLOCK):
            written.write(samples[start : start + _BLOCK])
    return target.getvalue()


def flac_file(pcm: bytes, sample_rate: int) -> bytes:
    """`pcm` is signed 16-bit mono, little-endian. Blocks: two minutes take some 0.2 s."""
    import numpy
    import soundfile

    target = io.BytesIO()
    soundfile.write(target, numpy.frombuffer(pcm, dtype="<i2"), sample_rate, format="FLAC", subtype="PCM_16")
    return target.getvalue()
