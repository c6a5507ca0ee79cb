"""The parent's side: hands recordings to the reading process, and believes nothing it says without looking."""

import math
import sys
from collections.abc import Sequence

from personadesk.domain.sample import OPENED_S, PEAKS, Sound, SoundFormat
from personadesk.formats.audio_heads import checked_format
from personadesk.providers.card_reader import frames
from personadesk.providers.card_reader.pool import ReadingPool

CHILD_COMMAND = (sys.executable, "-P", "-m", "personadesk.sample_child")
"""How the reading process is started. A frozen program passes its own command."""

_FASTEST_RATE = 384_000


class ProcessSampleReader(ReadingPool):
    """A SampleReader."""

    def __init__(self, *, command: Sequence[str] = CHILD_COMMAND, limit_s: float = 20.0, idle_s: float = 30.0) -> None:
        super().__init__(processes=1, command=command, limit_s=limit_s, idle_s=idle_s)

    async def read(self, content: bytes) -> Sound:
        checked_format(content)  # what its head tells needs no process
        return await self.ask({"do": "decode"}, content, _sound)


def _sound(head: frames.Head, blobs: Sequence[bytes]) -> Sound:
    """Raises Garbled."""
    try:
        pcm, peaks = blobs
        sound = Sound(
            format=SoundFormat(head["format"]),
            sample_rate=int(head["rate"]),
            source_rate=int(head["source_rate"]),
            channels=int(head["channels"]),
            peak=float(head["peak"]),
            loudness_db=float(head["loudness"]),
            silence=float(head["silence"]),
            clipped=float(head["clipped"]),
            pcm=pcm,
            peaks=peaks,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise frames.Garbled from error
    usable = 0 < sound.sample_rate <= sound.source_rate <= _FASTEST_RATE and len(pcm) % 2 == 0 and len(peaks) <= PEAKS
    measures = (sound.peak, sound.loudness_db, sound.silence, sound.clipped)
    if not usable or not all(map(math.isfinite, measures)) or not 0 < sound.duration_s <= OPENED_S + 1:
        raise frames.Garbled
    return sound
