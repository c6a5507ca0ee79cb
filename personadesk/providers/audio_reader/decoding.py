"""What the reading process does with a recording: decode it and look at it. Runs there alone."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from personadesk.domain.errors import InvalidInput
from personadesk.domain.sample import OPENED_S, PEAKS, SoundFormat
from personadesk.formats.audio_heads import checked_format, refused
from personadesk.providers.card_reader import frames

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Samples = NDArray[numpy.int16]

_BLOCK = 65_536
_MOST_RATE = 48_000
_SLOWEST_RATE, _FASTEST_RATE = 4_000, 384_000
_MOST_CHANNELS = 8
_STRETCH_S = 0.05
_SILENT_DB = -50.0
_QUIETEST_DB = -120.0
_FULL = 32_700
_RUN = 3
"""So many full values in a row are clipped: a single one may be as it should."""
_WHOLE = 0.98


class _Raw(NamedTuple):
    samples: "Samples"
    rate: int
    channels: int


def done(order: frames.Head, content: bytes) -> list[bytes]:
    """Decode a recording and give the answer's frame. Raises InvalidInput."""
    found = checked_format(content)
    raw = _with_av(content) if found is SoundFormat.M4A else _with_soundfile(content)
    if not len(raw.samples):
        raise refused("There is no sound in this recording: it is 0 seconds long.", "Choose another one.")
    samples, rate = _slower(raw.samples, raw.rate)
    facts = {"format": found.value, "rate": rate, "source_rate": raw.rate, "channels": raw.channels}
    return frames.packed(facts | _measured(samples, rate), [samples.astype("<i2").tobytes(), _peaks(samples)])


def _with_soundfile(content: bytes) -> _Raw:
    import numpy
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            _check(file.samplerate, file.channels)
            if file.frames > OPENED_S * file.samplerate:
                _refuse_long(file.frames / file.samplerate)
            promised, blocks, count = file.frames, [], 0
            while len(block := file.read(_BLOCK, dtype="int16", always_2d=True)):
                blocks.append(_mono(block))
                count += len(block)
                if count > OPENED_S * file.samplerate:
                    _refuse_long(count / file.samplerate)
            # Some heads promise nothing, as a number beyond all bounds.
            if promised and count < promised * _WHOLE:
                _refuse_cut(count / file.samplerate)
            return _Raw(numpy.concatenate(blocks or [numpy.zeros(0, "int16")]), file.samplerate, file.channels)
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError) as error:
        raise _damaged() from error


def _with_av(content: bytes) -> _Raw:
    try:
        import av
        from av.error import FFmpegError
    except ImportError as error:
        raise refused(
            "M4A recordings can't be opened here: the part that reads them is not installed.",
            "Save the recording as MP3, WAV, OGG or FLAC and choose that file.",
        ) from error
    import numpy

    try:
        with av.open(io.BytesIO(content), metadata_errors="ignore") as file:
            if not file.streams.audio:
                raise refused("There is no sound in this file.", "Choose a recording.")
            stream = file.streams.audio[0]
            rate, channels = stream.rate or 0, stream.channels
            _check(rate, channels)
            if stream.duration and stream.time_base and float(stream.duration * stream.time_base) > OPENED_S:
                _refuse_long(float(stream.duration * stream.time_base))
            blocks, count = [], 0
            for block in _av_blocks(file, stream):
                blocks.append(block)
                count += len(block)
                if count > OPENED_S * rate:
                    _refuse_long(count / rate)
    except (FFmpegError, ValueError, ArithmeticError) as error:
        raise _damaged() from error
    samples = numpy.concatenate(blocks or [numpy.zeros(0, "int16")])
    return _Raw(samples, rate, channels)


def _av_blocks(file: object, stream: object) -> "Iterator[Samples]":
    from av.audio.resampler import AudioResampler

    resampler = AudioResampler(format="s16", layout="mono", rate=stream.rate)  # type: ignore[attr-defined]
    for frame in file.decode(stream):  # type: ignore[attr-defined]
        for made in resampler.resample(frame):
            yield made.to_ndarray()[0]
    for made in resampler.resample(None):
        yield made.to_ndarray()[0]


def _mono(block: "Samples") -> "Samples":
    return block[:, 0] if block.shape[1] == 1 else block.mean(axis=1).astype("int16")


def _slower(samples: "Samples", rate: int) -> "tuple[Samples, int]":
    """At most _MOST_RATE a second: a voice has nothing above it."""
    by = -(-rate // _MOST_RATE)
    if by == 1:
        return samples, rate
    whole = len(samples) // by * by
    return samples[:whole].reshape(-1, by).mean(axis=1).astype("int16"), rate // by


def _measured(samples: "Samples", rate: int) -> frames.Head:
    import numpy

    stretch = max(1, round(rate * _STRETCH_S))
    whole = max(stretch, len(samples) // stretch * stretch)
    padded = numpy.zeros(whole, "float32")
    padded[: min(whole, len(samples))] = samples[:whole]
    power = numpy.square(padded.reshape(-1, stretch) / 32_768).mean(axis=1)
    loud = power > 10 ** (_SILENT_DB / 10)
    mean = float(power[loud].mean()) if loud.any() else 0.0
    full = numpy.abs(samples.astype("int32")) >= _FULL
    run = full.copy()
    for by in range(1, _RUN):
        run[by:] &= full[:-by]
        run[:by] = False
    return {
        "peak": float(numpy.abs(samples.astype("int32")).max()) / 32_768,
        "loudness": 10 * float(numpy.log10(mean)) if mean > 0 else _QUIETEST_DB,
        "silence": float(1 - loud.mean()),
        "clipped": float(run.mean()),
    }


def _peaks(samples: "Samples") -> bytes:
    import numpy

    edges = numpy.linspace(0, len(samples), min(PEAKS, len(samples)) + 1).astype("int64")[:-1]
    loudest = numpy.maximum.reduceat(numpy.abs(samples.astype("int32")), edges)
    return bytes(numpy.minimum(255, loudest // 128).astype("uint8").tobytes())


def _check(rate: int, channels: int) -> None:
    if not (_SLOWEST_RATE <= rate <= _FASTEST_RATE and 1 <= channels <= _MOST_CHANNELS):
        raise _damaged()


def _refuse_long(duration_s: float) -> NoReturn:
    minutes = round(duration_s / 60)
    raise refused(
        f"This recording is {minutes} minutes long; one of up to {OPENED_S / 60:g} minutes can be opened.",
        "Cut 10 to 30 seconds out of it and choose those.",
    )


def _refuse_cut(duration_s: float) -> NoReturn:
    raise refused(
        f"This file is damaged: it breaks off after {duration_s:.1f} seconds.", "Save or copy it again and choose that."
    )


def _damaged() -> InvalidInput:
    return refused("This recording is damaged and can't be played.", "Save or copy it again and choose that.")
