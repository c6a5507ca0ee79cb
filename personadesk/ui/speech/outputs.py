"""Where sound goes: a device, or nowhere at the pace of one."""

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QElapsedTimer

if TYPE_CHECKING:
    from PySide6.QtCore import QIODevice
    from PySide6.QtMultimedia import QAudioSink

AHEAD_S = 0.6
"""How much a device is given ahead: the GUI thread may be busy for as long."""
SAMPLE_BYTES = 2


class Output(Protocol):
    """Takes signed 16-bit mono, little-endian. GUI thread."""

    def write(self, pcm: bytes) -> int:
        """Take as many bytes as there is room for; returns how many."""
        ...

    @property
    def played_s(self) -> float:
        """How much of what it took was heard."""
        ...

    @property
    def works(self) -> bool: ...

    def set_volume(self, volume: float) -> None:
        """From 0 to 1, as it is heard: half is half as loud."""
        ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def stop(self) -> None:
        """Be silent at once, and for good."""
        ...


class Silence:
    """Takes sound at the pace at which it would be heard."""

    def __init__(self, sample_rate: int) -> None:
        self._bytes_a_second = sample_rate * SAMPLE_BYTES
        self._taken = 0
        self._played_s = 0.0
        self._clock = QElapsedTimer()
        self._clock.start()

    @property
    def played_s(self) -> float:
        if self._clock.isValid():
            self._played_s = min(self._played_s + self._clock.restart() / 1000, self._taken / self._bytes_a_second)
        return self._played_s

    @property
    def works(self) -> bool:
        return True

    def write(self, pcm: bytes) -> int:
        waiting = self._taken - round(self.played_s * self._bytes_a_second)
        room = max(0, round(AHEAD_S * self._bytes_a_second) - waiting)
        taken = min(len(pcm), room)
        self._taken += taken
        return taken

    def set_volume(self, volume: float) -> None:
        """Silence has none."""

    def pause(self) -> None:
        self._played_s = self.played_s
        self._clock.invalidate()

    def resume(self) -> None:
        self._clock.start()

    def stop(self) -> None:
        self._clock.invalidate()


class Device:
    """A QAudioSink that is written to."""

    def __init__(self, sink: "QAudioSink", stream: "QIODevice", sample_rate: int) -> None:
        self._sink = sink
        self._stream = stream
        self._bytes_a_second = sample_rate * SAMPLE_BYTES
        self._taken = 0

    @property
    def played_s(self) -> float:
        waiting = max(0, self._sink.bufferSize() - self._sink.bytesFree())
        return min(self._sink.processedUSecs() / 1e6, (self._taken - waiting) / self._bytes_a_second)

    @property
    def works(self) -> bool:
        from PySide6.QtMultimedia import QtAudio

        return self._sink.error() in (QtAudio.Error.NoError, QtAudio.Error.UnderrunError)

    def write(self, pcm: bytes) -> int:
        room = self._sink.bytesFree() // SAMPLE_BYTES * SAMPLE_BYTES
        taken = max(0, int(self._stream.write(pcm[:room]))) if room else 0
        self._taken += taken
        return taken

    def set_volume(self, volume: float) -> None:
        from PySide6.QtMultimedia import QtAudio

        scale = QtAudio.VolumeScale
        self._sink.setVolume(QtAudio.convertVolume(volume, scale.LogarithmicVolumeScale, scale.LinearVolumeScale))

    def pause(self) -> None:
        self._sink.suspend()

    def resume(self) -> None:
        self._sink.resume()

    def stop(self) -> None:
        self._sink.reset()
        self._sink.deleteLater()


def open_device(sample_rate: int) -> Output | None:
    """The system's sound output; None where there is none that works."""
    try:
        from PySide6.QtMultimedia import QAudioFormat, QAudioSink, QMediaDevices
    except ImportError:
        return None
    device = QMediaDevices.defaultAudioOutput()
    form = QAudioFormat()
    form.setSampleRate(sample_rate)
    form.setChannelCount(1)
    form.setSampleFormat(QAudioFormat.SampleFormat.Int16)
    if device.isNull() or not device.isFormatSupported(form):
        return None
    sink = QAudioSink(device, form)
    sink.setBufferSize(round(AHEAD_S * sample_rate) * SAMPLE_BYTES)
    opened = Device(sink, sink.start(), sample_rate)
    return opened if opened.works else None
