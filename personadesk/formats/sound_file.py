"""Speech as a file that other programs play: WAV, OGG or MP3."""

import io
from enum import StrEnum
from typing import BinaryIO


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


class SoundWriter:
    """Writes a sound file as its sound comes, into an open file that can be written anywhere. Everything blocks."""

    def __init__(self, target: BinaryIO, sample_rate: int, kind: SoundKind) -> None:
        import soundfile

        self._rate = sample_rate
        container, coding = _WRITTEN_AS[kind]
        self._file = soundfile.SoundFile(
            target, "w", samplerate=sample_rate, channels=1, format=container, subtype=coding
        )

    def write(self, pcm: bytes, sample_rate: int) -> None:
        """`pcm` is signed 16-bit mono, little-endian, of any rate."""
        import numpy

        samples = numpy.frombuffer(pcm, dtype="<i2")
        if sample_rate != self._rate and len(samples):
            places = numpy.arange(round(len(samples) * self._rate / sample_rate)) * (sample_rate / self._rate)
            samples = numpy.interp(places, numpy.arange(len(samples)), samples).astype("<i2")
        for start in range(0, len(samples), _BLOCK):
            self._file.write(samples[start : start + _BLOCK])

    def close(self) -> None:
        """End the file's own structure; the open file stays open."""
        self._file.close()
