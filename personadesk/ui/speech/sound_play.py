"""Plays a piece of recorded sound, and tells where it is."""

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from personadesk.ui.bridge import Bridge
from personadesk.ui.speech.multimedia import load_multimedia
from personadesk.ui.speech.outputs import SAMPLE_BYTES, Output, Silence, open_device

TICK_MS = 30
MOST_WRITTEN = 64 * 1024


class SoundPlay(QObject):
    """GUI thread. `open_output` is asked for each sound, with its rate, once `prepare` was called on another thread."""

    changed = Signal(bool)  # whether it plays
    position = Signal(float)  # seconds of what is played
    output_missing = Signal()

    def __init__(
        self, *, bridge: Bridge, open_output: Callable[[int], Output | None] = open_device, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.open_output = open_output
        self.prepare: Callable[[], None] = load_multimedia
        self._turn = 0
        self._output: Output | None = None
        self._pcm = b""
        self._rate = 0
        self._given = 0
        self.playing = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def play(self, pcm: bytes, sample_rate: int) -> None:
        """Play signed 16-bit mono from its beginning, in place of what is played."""
        self.stop()
        self._pcm, self._rate, self._given = pcm, sample_rate, 0
        self.playing = True
        turn = self._turn
        self.changed.emit(True)
        # The sound's library takes a while to load: not here.
        self._bridge.run(asyncio.to_thread(self.prepare), owner=self, then=lambda _none: self._begin(turn))

    def stop(self) -> None:
        self._turn += 1
        self._timer.stop()
        output, self._output = self._output, None
        if output is not None:
            output.stop()
        self._pcm = b""
        if self.playing:
            self.playing = False
            self.changed.emit(False)

    # -- inside

    def _begin(self, turn: int) -> None:
        if turn != self._turn:
            return
        self._output = self.open_output(self._rate)
        if self._output is None:
            self._output = Silence(self._rate)
            self.output_missing.emit()
        self._timer.start()
        self._tick()

    def _tick(self) -> None:
        output = self._output
        if output is None:
            return
        while self._given < len(self._pcm):
            taken = output.write(self._pcm[self._given : self._given + MOST_WRITTEN])
            self._given += taken
            if taken < MOST_WRITTEN:
                break
        played_s = output.played_s
        self.position.emit(played_s)
        if not output.works or played_s >= len(self._pcm) / SAMPLE_BYTES / self._rate - TICK_MS / 1000:
            self.stop()
