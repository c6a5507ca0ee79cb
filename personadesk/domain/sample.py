"""A recording of somebody's voice: what a persona's own voice is made of."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

SAMPLE_LIMIT_BYTES = 10_000_000
SHORTEST_S = 3.0
LONGEST_S = 120.0
BEST_FROM_S, BEST_TO_S = 10.0, 30.0
OPENED_S = 600.0
"""A longer recording is not opened; between LONGEST_S and this, a part of it can be chosen."""


class SoundFormat(StrEnum):
    """The value is the file's usual ending."""

    MP3 = "mp3"
    WAV = "wav"
    OGG = "ogg"
    OPUS = "opus"
    M4A = "m4a"
    FLAC = "flac"


MEDIA_TYPES = {
    SoundFormat.MP3: "audio/mpeg",
    SoundFormat.WAV: "audio/wav",
    SoundFormat.OGG: "audio/ogg",
    SoundFormat.OPUS: "audio/ogg",
    SoundFormat.M4A: "audio/mp4",
    SoundFormat.FLAC: "audio/flac",
}


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording, decoded. `pcm` is signed 16-bit mono, little-endian, at `sample_rate`.

    `source_rate` and `channels` are the file's. `peaks` are the loudest values of up to PEAKS stretches of equal
    length, 0 to 255. `peak` is the loudest of all, 1.0 as loud as can be; `loudness_db` is the mean of what is not
    silent, 0 for the loudest there is; `silence` and `clipped` are shares of the whole.
    """

    format: SoundFormat
    sample_rate: int
    source_rate: int
    channels: int
    peak: float
    loudness_db: float
    silence: float
    clipped: float
    pcm: bytes = field(repr=False)
    peaks: bytes = field(repr=False)

    @property
    def duration_s(self) -> float:
        return len(self.pcm) / 2 / self.sample_rate

    def part(self, start_s: float, end_s: float) -> bytes:
        """The PCM of a stretch."""
        start, end = (round(moment * self.sample_rate) * 2 for moment in (start_s, end_s))
        return self.pcm[max(0, start) : max(0, end)]


PEAKS = 1200


@dataclass(frozen=True)
class VoiceSample:
    """A recording's file that is not stored yet, as it will be."""

    content: bytes = field(repr=False)
    media_type: str

    @cached_property
    def sha256(self) -> str:
        """What a VoiceChoice calls it. Takes some 10 ms for the largest."""
        return hashlib.sha256(self.content).hexdigest()
