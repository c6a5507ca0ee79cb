"""A recording on show: drawn, played, judged, and cut."""

from html import escape

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.sample import SoundFormat
from personadesk.services.speech.samples import Finding, OpenedSample, can_be_used, findings
from personadesk.ui.bridge import Bridge
from personadesk.ui.speech.sound_play import SoundPlay
from personadesk.ui.speech.waveform import Waveform
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label

FORMATS = {
    SoundFormat.MP3: "MP3",
    SoundFormat.WAV: "WAV",
    SoundFormat.OGG: "OGG",
    SoundFormat.OPUS: "OGG Opus",
    SoundFormat.M4A: "M4A",
    SoundFormat.FLAC: "FLAC",
}


class SampleView(QWidget):
    """`part_changed` tells whenever another part is meant."""

    part_changed = Signal()

    def __init__(self, themes: ThemeSource, bridge: Bridge) -> None:
        super().__init__()
        self._themes = themes
        self.opened: OpenedSample | None = None
        self.sound_play = SoundPlay(bridge=bridge, parent=self)
        self.name = Label(themes, bold=True, elide=True)
        self.facts = Label(themes, ink="muted", wrap=True)
        self.wave = Waveform(themes)
        self.play = Button(themes, self.tr("Play"), icon="play", compact=True)
        self.length = Label(themes, ink="muted")
        self._findings = QVBoxLayout()
        self._findings.setSpacing(4)
        self._build()
        self.wave.changed.connect(self._show_part)
        self.play.clicked.connect(self._play_or_stop)
        self.sound_play.changed.connect(self._show_playing)
        self.sound_play.position.connect(self._show_place)

    @property
    def found(self) -> tuple[Finding, ...]:
        """What is to be said about the part that is meant."""
        if self.opened is None:
            return ()
        start, end = self.wave.part
        return findings(self.opened.sound, end - start)

    @property
    def usable(self) -> bool:
        return self.opened is not None and can_be_used(self.found)

    def show_sample(self, opened: OpenedSample, name: str) -> None:
        """Show another recording, all of it meant."""
        self.sound_play.stop()
        self.opened = opened
        sound = opened.sound
        self.name.setText(name)
        self.name.setToolTip(f"<p>{escape(name)}</p>")
        channels = self.tr("mono") if sound.channels == 1 else self.tr("stereo") if sound.channels == 2 else ""
        si = QLocale.DataSizeFormat.DataSizeSIFormat
        size = self.locale().formattedDataSize(len(opened.sample.content), 1, si)
        kilohertz = f"{sound.source_rate / 1000:g} kHz"
        self.facts.setText(" · ".join(filter(None, (FORMATS[sound.format], kilohertz, channels, size))))
        self.wave.show_sound(sound.peaks, sound.duration_s)
        self._show_part()

    def set_fixed(self, fixed: bool) -> None:
        """Let nothing be cut."""
        self.wave.set_fixed(fixed)

    def stop(self) -> None:
        self.sound_play.stop()

    # -- inside

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.play)
        row.addWidget(self.length, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        names = QVBoxLayout()
        names.setSpacing(1)
        names.addWidget(self.name)
        names.addWidget(self.facts)
        column.addLayout(names)
        column.addWidget(self.wave)
        column.addLayout(row)
        column.addLayout(self._findings)

    def _show_part(self) -> None:
        self.sound_play.stop()
        start, end = self.wave.part
        whole = self.tr("{length} seconds")
        part = self.tr("{start} to {end}: {length} seconds")
        words = whole if self.wave.is_whole else part
        self.length.setText(words.format(start=f"{start:.1f}", end=f"{end:.1f}", length=f"{end - start:.1f}"))
        self._say()
        self.part_changed.emit()

    def _say(self) -> None:
        found = self.found
        while self._findings.count() < len(found):
            self._findings.addWidget(Label(self._themes, wrap=True))
        for place in range(self._findings.count()):
            item = self._findings.itemAt(place)
            line = item.widget() if item is not None else None
            if not isinstance(line, Label):
                continue
            line.setVisible(place < len(found))
            if place < len(found):
                said = found[place]
                line.set_ink("bad" if said.bars else "warn" if said.next_step else "ok")
                line.setText(f"{said.sentence} {said.next_step}".strip())

    def _play_or_stop(self) -> None:
        if self.sound_play.playing:
            self.sound_play.stop()
        elif self.opened is not None:
            sound = self.opened.sound
            self.sound_play.play(sound.part(*self.wave.part), sound.sample_rate)

    def _show_playing(self, playing: bool) -> None:
        self.play.set_text(self.tr("Stop") if playing else self.tr("Play"))
        self.play.set_icon_name("stop" if playing else "play")
        if not playing:
            self.wave.set_cursor(None)

    def _show_place(self, second: float) -> None:
        start, end = self.wave.part
        self.wave.set_cursor(min(end, start + second))
