"""Where sound goes: a device, or nowhere at the pace of one."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QElapsedTimer, QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtCore import QIODevice
    from PySide6.QtMultimedia import QAudioDevice, QAudioSink

AHEAD_S = 0.6
"""How much a device is given ahead: the GUI thread may be busy for as long."""
SAMPLE_BYTES = 2
STALLED_MS = 2500
"""A device that takes no sound for so long is gone, also where the system tells of no error."""


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
            # Whole milliseconds, asked for often, would lose the rest of each.
            passed_s = self._clock.nsecsElapsed() / 1e9
            self._clock.restart()
            self._played_s = min(self._played_s + passed_s, self._taken / self._bytes_a_second)
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
        self._place = (0, 0)
        self._paused = False
        self._still = QElapsedTimer()
        self._still.start()

    @property
    def played_s(self) -> float:
        waiting = max(0, self._sink.bufferSize() - self._sink.bytesFree())
        return min(self._sink.processedUSecs() / 1e6, (self._taken - waiting) / self._bytes_a_second)

    @property
    def works(self) -> bool:
        from PySide6.QtMultimedia import QtAudio

        return self._sink.error() in (QtAudio.Error.NoError, QtAudio.Error.UnderrunError) and not self._is_stalled()

    def _is_stalled(self) -> bool:
        place = (self._sink.processedUSecs(), self._sink.bytesFree())
        moves = place != self._place or place[1] >= self._sink.bufferSize() or self._paused
        self._place = place
        if moves:
            self._still.restart()
        return self._still.elapsed() > STALLED_MS

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
        self._paused = True
        self._sink.suspend()

    def resume(self) -> None:
        self._paused = False
        self._still.restart()
        self._sink.resume()

    def stop(self) -> None:
        self._sink.reset()
        self._sink.deleteLater()


def open_device(sample_rate: int) -> Output | None:
    """The system's sound output; None where there is none that works."""
    return _open(sample_rate, "")


def output_devices() -> list[tuple[str, str]]:
    """The id and the name of every device that can be heard, in the system's order. Loads QtMultimedia."""
    try:
        from PySide6.QtMultimedia import QMediaDevices
    except ImportError:
        return []
    return [(_id_of(device), device.description()) for device in QMediaDevices.audioOutputs()]


class SoundOutputs(QObject):
    """The device that voices come out of: the chosen one while it is there, else the system's. GUI thread."""

    fell_back = Signal()  # the chosen device is not there; once, until it is or another is chosen

    def __init__(
        self, parent: QObject | None = None, *, open_output: Callable[[int, str], Output | None] | None = None
    ) -> None:
        super().__init__(parent)
        self._open_output = open_output or _open
        self.chosen = ""
        self._told = False

    def choose(self, device_id: str) -> None:
        """By its id, "" for the system's; for the next sound."""
        self.chosen = device_id
        self._told = False

    def open(self, sample_rate: int) -> Output | None:
        """None where there is no device that works."""
        device = self._open_output(sample_rate, self.chosen)
        if device is None:
            return self._reopen(sample_rate) if self.chosen else None
        self._told = False
        return _Rerouted(device, self._reopen, sample_rate)

    def _reopen(self, sample_rate: int) -> Output | None:
        """The system's device, in place of the chosen one."""
        device = self._open_output(sample_rate, "")
        if device is not None and self.chosen and not self._told:
            self._told = True
            self.fell_back.emit()
        return device


class _Rerouted:
    """A device that goes on as another once it does not work any more. What the first had not played is lost."""

    def __init__(self, device: Output, reopen: Callable[[int], Output | None], sample_rate: int) -> None:
        self._device = device
        self._reopen = reopen
        self._rate = sample_rate
        self._rerouted = False
        self._taken = 0
        self._before_s = 0.0
        self._volume = 1.0
        self._paused = False

    @property
    def played_s(self) -> float:
        return self._before_s + self._device.played_s

    @property
    def works(self) -> bool:
        if self._device.works:
            return True
        if self._rerouted:
            return False
        self._rerouted = True
        other = self._reopen(self._rate)
        if other is None:
            return False
        self._device.stop()
        self._before_s = self._taken / SAMPLE_BYTES / self._rate
        self._device = other
        other.set_volume(self._volume)
        if self._paused:
            other.pause()
        return True

    def write(self, pcm: bytes) -> int:
        taken = self._device.write(pcm)
        self._taken += taken
        return taken

    def set_volume(self, volume: float) -> None:
        self._volume = volume
        self._device.set_volume(volume)

    def pause(self) -> None:
        self._paused = True
        self._device.pause()

    def resume(self) -> None:
        self._paused = False
        self._device.resume()

    def stop(self) -> None:
        self._device.stop()


def _open(sample_rate: int, device_id: str) -> Output | None:
    """None where the device is not there or does not work. "" is the system's."""
    try:
        from PySide6.QtMultimedia import QAudioFormat, QAudioSink, QMediaDevices
    except ImportError:
        return None
    device = QMediaDevices.defaultAudioOutput()
    if device_id:
        found = [known for known in QMediaDevices.audioOutputs() if _id_of(known) == device_id]
        if not found:
            return None
        device = found[0]
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


def _id_of(device: "QAudioDevice") -> str:
    return bytes(device.id().data()).decode("utf-8", "replace")
