"""How loud voices are, whether they speak by themselves, and what is kept of what they said."""

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.ui.editor.sliders import NamedSlider
from personadesk.ui.speech.voices import Voices
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Chip
from personadesk.ui.widgets.fields import Label


class VoicesSection(QWidget):
    """`volume_chosen` carries a share from 0 to 1; it is heard at once."""

    volume_chosen = Signal(float)
    speaking_chosen = Signal(bool)  # whether replies are spoken by themselves

    def __init__(self, *, themes: ThemeSource, voices: Voices, volume: float) -> None:
        super().__init__()
        self._voices = voices
        self.volume = NamedSlider(themes, self.tr("Volume"), 0.0, 1.0)
        self.volume.put(volume)
        self.volume.moved.connect(voices.player.set_volume)
        self.volume.moved.connect(self.volume_chosen)
        self.speaking = Chip(themes, self.tr("Speak replies by themselves"), icon="volume")
        self.speaking.setChecked(voices.speaks_replies)
        self.speaking.clicked.connect(self._choose_speaking)
        self.kept = Label(themes, ink="muted", wrap=True)
        self.clear = Button(themes, self.tr("Clear"), compact=True)
        self.clear.setAccessibleName(self.tr("Clear the kept speech"))
        self.clear.setEnabled(False)
        self.clear.clicked.connect(self._clear)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.kept, 1)
        row.addWidget(self.clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.volume)
        layout.addWidget(self.speaking, 0, Qt.AlignmentFlag.AlignLeading)
        layout.addLayout(row)
        voices.measure_kept(owner=self, then=self._show_kept)

    def _choose_speaking(self) -> None:
        self._voices.set_speaks_replies(self.speaking.isChecked())
        self.speaking_chosen.emit(self.speaking.isChecked())

    def _clear(self) -> None:
        self._voices.forget_kept(owner=self, then=self._look_again)

    def _look_again(self, _cleared: None) -> None:
        self._voices.measure_kept(owner=self, then=self._show_kept)

    def _show_kept(self, size_bytes: int) -> None:
        size = QLocale().formattedDataSize(size_bytes, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)
        self.kept.setText(self.tr("What was said is kept, so that it is heard at once the next time: %s.") % size)
        self.clear.setEnabled(size_bytes > 0)
