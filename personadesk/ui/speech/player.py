"""Plays speech as it comes, clip after clip, one voice at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from personadesk.domain.speech import SpeechChunk
from personadesk.ui.speech.outputs import SAMPLE_BYTES, Output, Silence, open_device

TICK_MS = 30
DUCKED = 0.2
MOST_WRITTEN = 64 * 1024
KEPT_CLIPS = 6
"""How many that were heard are kept, to be heard again."""


@dataclass(slots=True)
class _Clip:
    """`start_s` is when it begins in its output's time, once any of it has been handed over."""

    number: int
    rate: int = 0
    pieces: list[memoryview] = field(default_factory=list)
    piece: int = 0
    offset: int = 0
    start_s: float | None = None
    told: bool = False

    @property
    def waits(self) -> bool:
        """Whether there is some of it that was not handed over."""
        return self.piece < len(self.pieces)

    def rewind(self) -> None:
        self.piece = self.offset = 0
        self.start_s = None
        self.told = False

    def next_bytes(self) -> bytes:
        return bytes(self.pieces[self.piece][self.offset : self.offset + MOST_WRITTEN])

    def take(self, count: int) -> None:
        self.offset += count
        if self.offset >= len(self.pieces[self.piece]):
            self.piece, self.offset = self.piece + 1, 0


class SpeechPlayer(QObject):
    """GUI thread. A `key` names what is spoken; its sound comes in clips with ascending numbers.

    `open_output` is asked when the first sound comes, with its rate, and again for a clip of another rate.
    """

    clip_began = Signal(int)  # the number of the clip that is heard now
    ended = Signal(str)  # key; not for what was stopped
    output_missing = Signal()  # at the first sound that nobody can hear

    def __init__(
        self, *, open_output: Callable[[int], Output | None] = open_device, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._open_output = open_output
        self._missing_told = False
        self._volume = 1.0
        self._ducked = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._output: Output | None = None
        self._clips: list[_Clip] = []
        self._forget()

    @property
    def key(self) -> str:
        """What is spoken, or about to be; "" for nothing."""
        return self._key

    @property
    def paused(self) -> bool:
        return self._paused

    def begin(self, key: str) -> None:
        """Make room for another speech: what was spoken stops."""
        self.stop()
        self._key = key

    def open_clip(self, number: int) -> None:
        """The sound that comes next belongs to this clip; the one before is whole."""
        self._clips.append(_Clip(number))

    def feed(self, chunk: SpeechChunk) -> None:
        """Play this behind what came before."""
        if not self._clips:
            self.open_clip(0)
        clip = self._clips[-1]
        clip.rate = chunk.sample_rate
        if chunk.pcm:
            clip.pieces.append(memoryview(chunk.pcm))
        if not self._paused:
            self._timer.start()
            self._tick()

    def finish(self, *, finished: bool = True) -> None:
        """Nothing more comes; with False, something does after all."""
        self._finished = finished
        if not self._paused and self._key:
            self._timer.start()

    def go_to(self, number: int) -> bool:
        """Go on with this clip at once. Returns False where it is not kept any more: it has to come again."""
        kept = not self._clips or number >= self._clips[0].number
        self._drop_output()
        self._clips = [clip for clip in self._clips if kept and clip.number >= number - KEPT_CLIPS]
        for clip in self._clips:
            clip.rewind()
        self._from = number
        if self._key and not self._paused:
            self._timer.start()
            self._tick()
        return kept

    def drop_waiting(self) -> int | None:
        """Throw away the clips of which nothing was handed to the output; the first one's number, None for none."""
        waiting = [clip.number for clip in self._clips if clip.number >= self._from and clip.start_s is None]
        if not waiting:
            return None
        self._clips = [clip for clip in self._clips if clip.number < waiting[0]]
        return waiting[0]

    def set_volume(self, volume: float) -> None:
        """From 0 to 1, at once and for what comes."""
        self._volume = volume
        if self._output is not None:
            self._output.set_volume(_loudness(self._volume, ducked=self._ducked))

    def duck(self, ducked: bool) -> None:
        """Be quieter than the volume that was set, until told otherwise."""
        self._ducked = ducked
        self.set_volume(self._volume)

    def pause(self) -> None:
        self._paused = True
        self._timer.stop()
        if self._output is not None:
            self._output.pause()

    def resume(self) -> None:
        self._paused = False
        if self._output is not None:
            self._output.resume()
        if self._key:
            self._timer.start()

    def stop(self) -> None:
        """Be silent at once."""
        self._timer.stop()
        self._drop_output()
        self._forget()

    # -- inside

    def _forget(self) -> None:
        self._key = ""
        self._rate = 0
        self._written = 0
        self._clips.clear()
        self._from = 0
        self._finished = False
        self._paused = False

    def _drop_output(self) -> None:
        output, self._output = self._output, None
        if output is not None:
            output.stop()
        self._written = 0

    def _open(self, rate: int) -> Output:
        output = self._open_output(rate) or self._silence(rate)
        output.set_volume(_loudness(self._volume, ducked=self._ducked))
        self._output, self._rate, self._written = output, rate, 0
        return output

    def _silence(self, rate: int) -> Output:
        if not self._missing_told:
            self._missing_told = True
            self.output_missing.emit()
        return Silence(rate)

    @property
    def _written_s(self) -> float:
        return self._written / SAMPLE_BYTES / self._rate if self._rate else 0.0

    def _is_heard(self) -> bool:
        """Whether all that was handed over has been heard."""
        return self._output is None or self._output.played_s >= self._written_s - TICK_MS / 1000

    def _tick(self) -> None:
        output = self._output
        if output is not None and not output.works:
            self._go_silent(output)
        self._write()
        self._tell_clips()
        # Whoever was told may have stopped it or gone elsewhere.
        if self._key and self._finished and not self._next_clip() and self._is_heard():
            key = self._key
            self.stop()
            self.ended.emit(key)

    def _go_silent(self, output: Output) -> None:
        """The device went: what it had not taken goes on in silence."""
        output.stop()
        for clip in self._clips:
            if clip.start_s is not None:
                clip.start_s = 0.0
        self._output = self._silence(self._rate)
        self._written = 0

    def _next_clip(self) -> _Clip | None:
        return next((clip for clip in self._clips if clip.number >= self._from and clip.waits), None)

    def _write(self) -> None:
        while (clip := self._next_clip()) is not None:
            output = self._output
            if output is None or self._rate != clip.rate:
                if not self._is_heard() or any(clip.start_s is not None and not clip.told for clip in self._clips):
                    return
                self._drop_output()
                output = self._open(clip.rate)
            if clip.start_s is None:
                clip.start_s = self._written_s
            piece = clip.next_bytes()
            taken = output.write(piece)
            self._written += taken
            clip.take(taken)
            if taken < len(piece):
                return

    def _tell_clips(self) -> None:
        if self._output is None:
            return
        played_s = self._output.played_s
        began = [clip for clip in self._clips if clip.start_s is not None and clip.start_s <= played_s]
        fresh = [clip for clip in began if not clip.told]
        for clip in fresh:
            clip.told = True
        if began:
            oldest = began[-1].number - KEPT_CLIPS
            self._clips = [clip for clip in self._clips if clip.number >= oldest]
        if fresh:
            self.clip_began.emit(fresh[-1].number)


def _loudness(volume: float, *, ducked: bool) -> float:
    return volume * (DUCKED if ducked else 1.0)
