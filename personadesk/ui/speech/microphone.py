"""Sound from a microphone, as it comes, with how loud it is."""

import math
from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

if TYPE_CHECKING:
    from PySide6.QtCore import QIODevice
    from PySide6.QtMultimedia import QAudioSource

TICK_MS = 40
QUIETEST_DB = -60.0
AHEAD_S = 1.0
"""How much a device keeps for us: the GUI thread may be busy for as long."""
SAMPLE_BYTES = 2


class Input(Protocol):
    """Gives signed 16-bit mono, little-endian. GUI thread."""

    def read(self) -> bytes:
        """What came since the last time, whole samples; b"" for nothing."""
        ...

    @property
    def works(self) -> bool: ...

    def stop(self) -> None:
        """For good."""
        ...


class Microphone(QObject):
    """GUI thread. Nothing is opened before `start`; `open_input` is asked with the rate in samples a second."""

    heard = Signal(bytes)  # signed 16-bit mono PCM
    level = Signal(float)  # 0 for silence to 1 for the loudest there is, on a scale of decibels
    failed = Signal(str, str)  # a sentence and a next step; it is stopped then

    def __init__(
        self, *, open_input: "Callable[[int], Input | None] | None" = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._open_input = open_input or open_device
        self._input: Input | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def listening(self) -> bool:
        return self._input is not None

    def start(self, sample_rate: int) -> bool:
        """Listen; False, and `failed`, where there is nothing to listen with."""
        self.stop()
        self._input = self._open_input(sample_rate)
        if self._input is None:
            self.failed.emit(self.tr("No microphone found."), self.tr("Connect one and try again."))
            return False
        self._timer.start()
        return True

    def stop(self) -> None:
        """Let the device go; what it still holds comes before."""
        self._timer.stop()
        source, self._input = self._input, None
        if source is not None:
            self._hand_on(source.read())
            source.stop()
            self.level.emit(0.0)

    def _tick(self) -> None:
        source = self._input
        if source is None:
            return
        self._hand_on(source.read())
        if not source.works and self._input is source:
            self.stop()
            self.failed.emit(self.tr("The microphone went silent."), self.tr("Connect it again and start once more."))

    def _hand_on(self, pcm: bytes) -> None:
        if pcm:
            self.level.emit(loudness(pcm))
            self.heard.emit(pcm)


def loudness(pcm: bytes) -> float:
    """The loudest sample of signed 16-bit PCM, from 0 (silence) to 1, on a scale of decibels."""
    samples = array("h", pcm[: len(pcm) // SAMPLE_BYTES * SAMPLE_BYTES])
    peak = max(map(abs, samples), default=0)
    if peak == 0:
        return 0.0
    return min(1.0, max(0.0, 1.0 - 20 * math.log10(peak / 32768) / QUIETEST_DB))


class Device:
    """A QAudioSource that is read from."""

    def __init__(self, source: "QAudioSource", stream: "QIODevice") -> None:
        self._source = source
        self._stream = stream

    @property
    def works(self) -> bool:
        from PySide6.QtMultimedia import QtAudio

        return self._source.error() in (QtAudio.Error.NoError, QtAudio.Error.UnderrunError)

    def read(self) -> bytes:
        ready = self._source.bytesAvailable() // SAMPLE_BYTES * SAMPLE_BYTES
        return bytes(self._stream.read(ready).data()) if ready else b""

    def stop(self) -> None:
        self._source.stop()
        self._source.deleteLater()


def open_device(sample_rate: int) -> Input | None:
    """The system's microphone; None where there is none that works."""
    try:
        from PySide6.QtMultimedia import QAudioFormat, QAudioSource, QMediaDevices
    except ImportError:
        return None
    device = QMediaDevices.defaultAudioInput()
    form = QAudioFormat()
    form.setSampleRate(sample_rate)
    form.setChannelCount(1)
    form.setSampleFormat(QAudioFormat.SampleFormat.Int16)
    if device.isNull() or not device.isFormatSupported(form):
        return None
    source = QAudioSource(device, form)
    source.setBufferSize(round(AHEAD_S * sample_rate) * SAMPLE_BYTES)
    opened = Device(source, source.start())
    return opened if opened.works else None
