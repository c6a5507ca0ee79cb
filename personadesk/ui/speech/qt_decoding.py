"""Qt's decoder, for recordings that libsndfile can't read. Blocks: for the reading process alone."""

from personadesk.services.sample_ports import Decoded


def decode(content: bytes, longest_s: float) -> Decoded:
    """A SoundDecoder."""
    from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice
    from PySide6.QtMultimedia import QAudioDecoder, QAudioFormat

    kinds = {
        QAudioFormat.SampleFormat.UInt8: "u1",
        QAudioFormat.SampleFormat.Int16: "i2",
        QAudioFormat.SampleFormat.Int32: "i4",
        QAudioFormat.SampleFormat.Float: "f4",
    }
    application = QCoreApplication.instance() or QCoreApplication([])
    source = QBuffer()
    source.setData(QByteArray(content))
    source.open(QIODevice.OpenModeFlag.ReadOnly)
    decoder = QAudioDecoder()
    pieces: list[bytes] = []
    formats: list[QAudioFormat] = []
    told: list[str] = []
    seconds = 0.0

    def take() -> None:
        nonlocal seconds
        while decoder.bufferAvailable():
            buffer = decoder.read()
            formats[:] = formats or [buffer.format()]
            pieces.append(bytes(buffer.constData()))
            seconds += buffer.frameCount() / max(1, buffer.format().sampleRate())
        if seconds > longest_s:
            application.quit()

    def fail() -> None:
        told.append(decoder.errorString())
        application.quit()

    decoder.bufferReady.connect(take)
    decoder.finished.connect(application.quit)
    decoder.error.connect(fail)
    decoder.setSourceDevice(source)
    decoder.start()
    if not told:
        application.exec()
    decoder.stop()
    if told or not formats or formats[0].sampleFormat() not in kinds:
        raise ValueError(told[0] if told else "nothing was decoded")
    form = formats[0]
    return Decoded(kinds[form.sampleFormat()], form.sampleRate(), form.channelCount(), b"".join(pieces))
