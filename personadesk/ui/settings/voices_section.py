"""How voices are heard: how loud, where, by themselves or not, and what is kept of what they said."""

import asyncio

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.ui.editor.sliders import NamedSlider
from personadesk.ui.settings.choice_button import ChoiceButton
from personadesk.ui.settings.elevenlabs_section import ElevenLabsSection
from personadesk.ui.settings.voice_engines import VoiceEngines
from personadesk.ui.speech.desk import VoiceDesk
from personadesk.ui.speech.outputs import output_devices
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Chip
from personadesk.ui.widgets.fields import Label

KEPT_MB = (50, 200, 1000)


class VoicesSection(QWidget):
    """`volume_chosen` carries a share from 0 to 1; all of it takes effect at once. The page's other two groups,
    `engines` and `elevenlabs`, are made with it.
    """

    volume_chosen = Signal(float)
    speaking_chosen = Signal(bool)  # whether replies are spoken by themselves
    output_chosen = Signal(str)  # a device's id, "" for the system's
    limit_chosen = Signal(int)  # megabytes of kept speech

    def __init__(self, *, themes: ThemeSource, desk: VoiceDesk, volume: float, kept_mb: int) -> None:
        super().__init__()
        self._themes = themes
        self._desk = desk
        voices = self._voices = desk.voices
        self.volume = NamedSlider(themes, self.tr("Volume"), 0.0, 1.0, percent=True)
        self.volume.put(volume)
        self.volume.moved.connect(voices.player.set_volume)
        self.volume.moved.connect(self.volume_chosen)
        self.output = ChoiceButton(themes, accessible=self.tr("Sound output"))
        self.output.chosen.connect(self._choose_output)
        self.speaking = Chip(themes, self.tr("Speak every reply as it comes"), icon="volume")
        self.speaking.setChecked(voices.speaks_replies)
        self.speaking.clicked.connect(self._choose_speaking)
        self.going_on = Chip(themes, self.tr("Go on speaking when another persona is opened"))
        self.going_on.setChecked(voices.habits.goes_on)
        self.going_on.clicked.connect(self._choose_going_on)
        self.kept = Label(themes, ink="muted", wrap=True)
        self.limit = ChoiceButton(themes, accessible=self.tr("How much kept speech may take"))
        self.limit.offer([(str(size), self.tr("At most %s") % _megabytes(size)) for size in KEPT_MB], str(kept_mb))
        self.limit.chosen.connect(self._choose_limit)
        self.clear = Button(themes, self.tr("Clear"), compact=True)
        self.clear.setAccessibleName(self.tr("Clear the kept speech"))
        self.clear.setEnabled(False)
        self.clear.clicked.connect(self._clear)
        self.engines = VoiceEngines(themes=themes, desk=desk)
        self.elevenlabs = ElevenLabsSection(themes=themes, bridge=desk.bridge, account=desk.account)
        self.elevenlabs.changed.connect(self.engines.look)
        self.engines.key_wanted.connect(self.elevenlabs.give_key)
        self._build()
        self.output.offer([("", self.tr("System default"))], "")
        self._looked = False

    def showEvent(self, event: QShowEvent) -> None:
        """Look at devices, engines and the account once somebody does."""
        super().showEvent(event)
        if not self._looked:
            self._looked = True
            self._voices.kept.measure(owner=self, then=self._show_kept)
            self.engines.look()
            self.elevenlabs.look()
            self._desk.bridge.run(asyncio.to_thread(self._voices.prepare), owner=self, then=self._list_outputs)

    def _build(self) -> None:
        device = QHBoxLayout()
        device.setSpacing(10)
        device.addWidget(Label(self._themes, self.tr("Sound output"), ink="muted"), 1)
        device.addWidget(self.output)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.kept, 1)
        row.addWidget(self.limit)
        row.addWidget(self.clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.volume)
        layout.addLayout(device)
        for chip in (self.speaking, self.going_on):
            layout.addWidget(chip, 0, Qt.AlignmentFlag.AlignLeading)
        layout.addLayout(row)

    def _list_outputs(self, _loaded: None) -> None:
        devices = output_devices()
        chosen = self._desk.outputs.chosen
        gone = [] if not chosen or chosen in dict(devices) else [(chosen, self.tr("The chosen one (not there now)"))]
        self.output.offer([("", self.tr("System default")), *devices, *gone], chosen)

    def _choose_output(self, device_id: str) -> None:
        self._desk.outputs.choose(device_id)
        self.output_chosen.emit(device_id)

    def _choose_speaking(self) -> None:
        self._voices.set_speaks_replies(self.speaking.isChecked())
        self.speaking_chosen.emit(self.speaking.isChecked())

    def _choose_going_on(self) -> None:
        self._voices.set_goes_on(self.going_on.isChecked())

    def _choose_limit(self, megabytes: str) -> None:
        self.limit_chosen.emit(int(megabytes))
        self._desk.limit_kept(int(megabytes))
        self._look_again(None)

    def _clear(self) -> None:
        self._voices.kept.forget(owner=self, then=self._look_again)

    def _look_again(self, _done: None) -> None:
        self._voices.kept.measure(owner=self, then=self._show_kept)

    def _show_kept(self, size_bytes: int) -> None:
        size = QLocale().formattedDataSize(size_bytes, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)
        self.kept.setText(self.tr("What was said is kept, so that it is heard at once the next time: %s.") % size)
        self.clear.setEnabled(size_bytes > 0)


def _megabytes(size: int) -> str:
    return QLocale().formattedDataSize(size * 1024 * 1024, 0, QLocale.DataSizeFormat.DataSizeTraditionalFormat)
