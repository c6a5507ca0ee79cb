"""Recordings for tests, made with the libraries that read them."""

import io
import math
import struct

import av
import numpy
import soundfile
from numpy.typing import NDArray

RATE = 16_000
Samples = NDArray[numpy.int16]
KINDS = {
    "wav": ("WAV", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}


def voice(seconds: float, *, rate: int = RATE, loud: float = 0.3) -> Samples:
    """Something that rises and falls as a voice does, with a pause now and then."""
    moments = numpy.arange(round(seconds * rate)) / rate
    tone = numpy.sin(2 * math.pi * 180 * moments) * numpy.clip(numpy.sin(2 * math.pi * 0.7 * moments) + 0.8, 0, 1)
    made: Samples = (tone * loud * 32_767).astype("int16")
    return made


def sound(kind: str, samples: Samples, *, rate: int = RATE) -> bytes:
    """`samples` as a file of this kind; two columns are two channels."""
    if kind == "m4a":
        return _m4a(samples, rate)
    container, coding = KINDS[kind]
    target = io.BytesIO()
    with soundfile.SoundFile(
        target, "w", rate, 1 if samples.ndim == 1 else samples.shape[1], format=container, subtype=coding
    ) as file:
        for start in range(0, len(samples), 65_536):
            file.write(samples[start : start + 65_536])
    return target.getvalue()


def video() -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as file:
        stream = file.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(numpy.zeros((32, 32, 3), "uint8"), format="rgb24")))
        file.mux(stream.encode(None))
    return target.getvalue()


def locked() -> bytes:
    """An M4A whose sound is marked as protected, as shops sell them."""
    return sound("m4a", voice(4)).replace(b"mp4a", b"drms", 1)


def three_hours() -> bytes:
    """A FLAC whose head promises three hours."""
    content = bytearray(sound("flac", voice(4)))
    (word,) = struct.unpack_from(">Q", content, 18)
    struct.pack_into(">Q", content, 18, word & ~0xFFFFFFFFF | RATE * 3 * 3600)
    return bytes(content)


def _m4a(samples: Samples, rate: int) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format="ipod") as file:
        stream = file.add_stream("aac", rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return target.getvalue()
