"""Plays speech as it comes, one voice at a time."""

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from personadesk.domain.speech import MarkKind, SpeechChunk, SpeechMark
from personadesk.ui.speech.outputs import SAMPLE_BYTES, Output, Silence, open_device

TICK_MS = 30
DUCKED = 0.2
MOST_WRITTEN = 64 * 1024


class SpeechPlayer(QObject):
    """GUI thread. A `key` names what is spoken. `open_output` is asked when the first sound comes, with its rate."""

    started = Signal(str, str, str)  # key, the voice's name, a notice or ""
    position = Signal(str, int, int)  # key, the characters of the sentence that is being said
    ended = Signal(str)  # key; not for what was stopped
    output_missing = Signal()  # at the first sound that nobody can hear

    def __init__(
        self, *, open_output: Callable[[int], Output | None] = open_device, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._open_output = open_output
        self._told = False
        self._volume = 1.0
        self._ducked = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._output: Output | None = None
        self._forget()

    @property
    def key(self) -> str:
        """What is spoken, or about to be; "" for nothing."""
        return self._key

    def begin(self, key: str) -> None:
        """Make room for another speech: what was spoken stops."""
        self.stop()
        self._key = key

    def announce(self, voice: str, notice: str) -> None:
        """Say who is about to speak."""
        self.started.emit(self._key, voice, notice)

    def feed(self, chunk: SpeechChunk) -> None:
        """Play this behind what came before."""
        if self._output is None:
            self._rate = chunk.sample_rate
            self._output = self._open_output(chunk.sample_rate) or self._silence()
            self._output.set_volume(self._loudness)
            if self._paused:
                self._output.pause()
        self._waiting.append(memoryview(chunk.pcm))
        self._given += len(chunk.pcm)
        self._marks += [mark for mark in chunk.marks if mark.kind is MarkKind.SENTENCE]
        if not self._paused:
            self._timer.start()
            self._tick()

    def finish(self) -> None:
        """Nothing more comes."""
        self._finished = True
        if not self._paused:
            self._timer.start()

    def set_volume(self, volume: float) -> None:
        """From 0 to 1, at once and for what comes."""
        self._volume = volume
        if self._output is not None:
            self._output.set_volume(self._loudness)

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
        if self._output is not None:
            self._output.stop()
        self._forget()

    # -- inside

    @property
    def _loudness(self) -> float:
        return self._volume * (DUCKED if self._ducked else 1.0)

    def _forget(self) -> None:
        self._output = None
        self._key = ""
        self._rate = 0
        self._waiting: deque[memoryview] = deque()
        self._given = 0
        self._marks: list[SpeechMark] = []
        self._finished = False
        self._paused = False

    def _silence(self) -> Output:
        if not self._told:
            self._told = True
            self.output_missing.emit()
        return Silence(self._rate)

    def _tick(self) -> None:
        output = self._output
        if output is not None and not output.works:
            # The device went: what it had not taken goes on in silence.
            output.stop()
            output = self._output = self._silence()
            self._given = sum(len(piece) for piece in self._waiting)
            self._marks.clear()
        if output is not None:
            self._write(output)
            self._tell_place(output.played_s)
        heard = output is None or output.played_s >= self._given / SAMPLE_BYTES / self._rate - TICK_MS / 1000
        if self._finished and not self._waiting and heard:
            key = self._key
            self.stop()
            self.ended.emit(key)

    def _write(self, output: Output) -> None:
        while self._waiting:
            piece = self._waiting.popleft()
            taken = output.write(bytes(piece[:MOST_WRITTEN]))
            if taken < len(piece):
                self._waiting.appendleft(piece[taken:])
            if taken < min(len(piece), MOST_WRITTEN):
                return

    def _tell_place(self, played_s: float) -> None:
        said = [mark for mark in self._marks if mark.at_ms <= played_s * 1000]
        if said:
            self._marks = self._marks[len(said) :]
            self.position.emit(self._key, said[-1].start, said[-1].end)
