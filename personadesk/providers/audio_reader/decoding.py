"""What the reading process does with a recording: decode it and look at it. Runs there alone."""

import io
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from personadesk.domain.errors import InvalidInput
from personadesk.domain.sample import OPENED_S, PEAKS, SoundFormat
from personadesk.formats.audio_heads import checked_format, refused
from personadesk.providers.card_reader import frames
from personadesk.services.sample_ports import SoundDecoder

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


class Decoding:
    """What the reading process is to do. `decoder` is for what libsndfile can't read."""

    def __init__(self, decoder: SoundDecoder) -> None:
        self._decoder = decoder

    def __call__(self, order: frames.Head, content: bytes) -> list[bytes]:
        """Decode a recording and give the answer's frame. Raises InvalidInput."""
        found = checked_format(content)
        raw = _with_decoder(content, self._decoder) if found is SoundFormat.M4A else _with_soundfile(content)
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


def _with_decoder(content: bytes, decoder: SoundDecoder) -> _Raw:
    import numpy

    try:
        decoded = decoder(content, OPENED_S)
        _check(decoded.sample_rate, decoded.channels)
        values = numpy.frombuffer(decoded.pcm, dtype=f"<{decoded.kind}")
        block = values[: len(values) // decoded.channels * decoded.channels].reshape(-1, decoded.channels)
    except ImportError as error:
        raise refused(
            "M4A recordings can't be opened here: the part that reads them is not installed.",
            "Save the recording as MP3, WAV, OGG or FLAC and choose that file.",
        ) from error
    except (ValueError, TypeError) as error:
        raise _damaged() from error
    if len(block) > OPENED_S * decoded.sample_rate:
        _refuse_long(len(block) / decoded.sample_rate)
    return _Raw(_mono(_as_int16(block, decoded.kind)), decoded.sample_rate, decoded.channels)


def _as_int16(block: "NDArray[numpy.generic]", kind: str) -> "Samples":
    import numpy

    if kind == "f4":
        block = numpy.nan_to_num(block.astype("float32")).clip(-1, 1) * 32_767
    elif kind == "u1":
        block = (block.astype("int32") - 128) * 256
    elif kind == "i4":
        block = block.astype("int32") // 65_536
    made: Samples = block.astype("int16")
    return made


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
