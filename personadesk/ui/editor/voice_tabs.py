"""Which of a voice's three sources is on show."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QWidget

from personadesk.domain.voice import VoiceChoice, VoiceSource
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Chip
from personadesk.ui.widgets.flow import FlowLayout


class VoiceTabs(QWidget):
    """`chosen` carries the VoiceSource that is to be shown. What the voice has is marked with a dot."""

    chosen = Signal(object)  # VoiceSource

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._voice = VoiceChoice()
        self.current = VoiceSource.PRESET
        self.tabs = {
            VoiceSource.PRESET: Chip(themes, self.tr("Preset")),
            VoiceSource.SAMPLE: Chip(themes, self.tr("Its own voice")),
            VoiceSource.SYSTEM: Chip(themes, self.tr("System voice")),
        }
        group = QButtonGroup(self)
        row = FlowLayout(self)
        for source, tab in self.tabs.items():
            group.addButton(tab)
            row.addWidget(tab)
            tab.clicked.connect(lambda _checked=False, wanted=source: self.choose(wanted))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.tabs[self.current].setChecked(True)
        themes.changed.connect(self._mark)

    def choose(self, source: VoiceSource) -> None:
        self.current = source
        self.tabs[source].setChecked(True)
        self.chosen.emit(source)

    def show_voice(self, voice: VoiceChoice) -> None:
        """Mark what a voice has."""
        self._voice = voice
        self._mark()

    def _mark(self) -> None:
        has = {
            VoiceSource.PRESET: bool(self._voice.preset),
            VoiceSource.SAMPLE: bool(self._voice.sample),
            VoiceSource.SYSTEM: bool(self._voice.system),
        }
        for source, tab in self.tabs.items():
            tab.set_dot(self._themes.theme.ok if has[source] else None)
            tab.setAccessibleDescription(self.tr("chosen") if has[source] else "")
