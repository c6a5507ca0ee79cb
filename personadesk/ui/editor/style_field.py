"""How the persona talks: one of five ways, or words of one's own."""

from PySide6.QtWidgets import QWidget

from personadesk.domain.persona import CommunicationStyle
from personadesk.ui.editor.bound import Bound
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Chip
from personadesk.ui.widgets.flow import FlowLayout


class StyleField(Bound):
    """A CommunicationStyle."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        row = QWidget()
        flow = FlowLayout(row, spacing_px=6)
        self.chips: dict[CommunicationStyle, Chip] = {}
        for style, name in self._names().items():
            chip = Chip(themes, name)
            chip.clicked.connect(lambda _checked=False, chosen=style: self._choose(chosen))
            self.chips[style] = chip
            flow.addWidget(chip)
        self.column.addWidget(row)

    @property
    def target(self) -> QWidget:
        return next((chip for chip in self.chips.values() if chip.isChecked()), self)

    def put(self, value: object) -> None:
        for style, chip in self.chips.items():
            chip.setChecked(style is value)

    def set_read_only(self, read_only: bool) -> None:
        for chip in self.chips.values():
            chip.setEnabled(not read_only)

    def set_wrong(self, sentence: str) -> None:
        """Nothing can be wrong with it."""

    def _choose(self, style: CommunicationStyle) -> None:
        self.put(style)
        self.edited.emit(style)

    def _names(self) -> dict[CommunicationStyle, str]:
        return {
            CommunicationStyle.FRIENDLY: self.tr("Friendly"),
            CommunicationStyle.CASUAL: self.tr("Casual"),
            CommunicationStyle.PROFESSIONAL: self.tr("Professional"),
            CommunicationStyle.SUPPORTIVE: self.tr("Supportive"),
            CommunicationStyle.MOTIVATIONAL: self.tr("Motivational"),
            CommunicationStyle.CUSTOM: self.tr("In my own words"),
        }
