"""Where somebody who dictates pauses: by loudness over a floor of noise that is measured all the time."""

import math
from array import array
from collections import deque

FRAME_S = 0.02
SAMPLE_BYTES = 2
FLOOR_S = 2.0
"""Between words and before closed lips it is as quiet as the room, at least once in this time."""
FLOOR_SHARE = 0.1
FLOOR_EVERY_FRAMES = 10
OVER_FLOOR_DB = 10.0
QUIETEST_SPEECH_DB = -52.0
ROOM_DB = -62.0
"""The floor before anything was measured."""
SPEECH_S = 0.16
"""Less than this is a click or a cough."""
BEFORE_S = 0.4
AFTER_S = 0.3
PAUSE_S = 0.9
LONGEST_S = 28.0
"""What is transcribed at once goes up to half a minute; beyond, even without a pause, a passage ends."""


class PauseFinder:
    """Takes signed 16-bit mono PCM as it comes, and gives passages of speech with a little quiet around them."""

    def __init__(self, sample_rate: int, *, pause_s: float = PAUSE_S) -> None:
        self._frame_bytes = round(FRAME_S * sample_rate) * SAMPLE_BYTES
        self._pause_frames = round(pause_s / FRAME_S)
        self._levels: deque[float] = deque([ROOM_DB] * round(FLOOR_S / FRAME_S), maxlen=round(FLOOR_S / FRAME_S))
        self._floor_db = ROOM_DB
        self._floor_age = 0
        self._rest = b""
        self._begin()

    @property
    def speaking(self) -> bool:
        """Whether a passage has begun that has not ended."""
        return self._spoken_frames >= round(SPEECH_S / FRAME_S)

    def take(self, pcm: bytes) -> list[bytes]:
        """The passages that ended with what came."""
        ended = []
        self._rest += pcm
        while len(self._rest) >= self._frame_bytes:
            frame, self._rest = self._rest[: self._frame_bytes], self._rest[self._frame_bytes :]
            passage = self._take_frame(frame)
            if passage:
                ended.append(passage)
        return ended

    def finish(self) -> bytes:
        """The passage that had begun, b"" where nobody spoke; it starts anew."""
        passage = b"".join(self._frames) if self._spoken_frames else b""
        self._rest = b""
        self._begin()
        return passage

    # -- inside

    def _begin(self) -> None:
        self._frames: list[bytes] = []
        self._spoken_frames = 0
        self._quiet_frames = 0
        self._loudest_db = QUIETEST_SPEECH_DB

    def _take_frame(self, frame: bytes) -> bytes:
        level = level_db(frame)
        self._measure_floor(level)
        self._frames.append(frame)
        threshold = max(self._floor_db + OVER_FLOOR_DB, QUIETEST_SPEECH_DB)
        if self._loudest_db <= threshold:
            # What was taken for speech was the room, before it was known how loud that is.
            self._spoken_frames = 0
        if level > threshold:
            self._spoken_frames += 1
            self._quiet_frames = 0
            self._loudest_db = max(self._loudest_db, level)
        else:
            self._quiet_frames += 1
        if not self.speaking:
            before = round(BEFORE_S / FRAME_S)
            if self._quiet_frames > before:
                self._spoken_frames = 0
            if not self._spoken_frames:
                del self._frames[:-before]
            return b""
        if self._quiet_frames < self._pause_frames and len(self._frames) * FRAME_S < LONGEST_S:
            return b""
        silent = max(0, self._quiet_frames - round(AFTER_S / FRAME_S))
        passage = b"".join(self._frames[: len(self._frames) - silent])
        self._begin()
        return passage

    def _measure_floor(self, level: float) -> None:
        self._levels.append(level)
        self._floor_age += 1
        if self._floor_age >= FLOOR_EVERY_FRAMES:
            self._floor_age = 0
            self._floor_db = sorted(self._levels)[round(len(self._levels) * FLOOR_SHARE)]


def level_db(frame: bytes) -> float:
    """How loud a frame is, in decibels below the loudest there is."""
    samples = array("h", frame)
    power = sum(sample * sample for sample in samples) / max(1, len(samples))
    return 10 * math.log10(power / 32768**2) if power > 0 else -100.0
