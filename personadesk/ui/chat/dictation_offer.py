"""What stands in the composer the first time somebody dictates: what is needed, and one click to have it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.services.weights_ports import WHISPER_WEIGHTS
from personadesk.ui.settings.weights_row import WeightsRow
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.weights_desk import WeightsDesk
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label


class DictationOffer(QWidget):
    """How large it is and from where stands beside the button."""

    def __init__(self, themes: ThemeSource, desk: WeightsDesk) -> None:
        super().__init__()
        self.sentence = Label(
            themes,
            self.tr(
                "To write down what you say, this computer needs a model that hears. What you say stays here then. "
                "A service can do it instead: Settings, Voices."
            ),
            wrap=True,
        )
        self.weights = WeightsRow(
            weights_id=WHISPER_WEIGHTS, name=desk.describe(WHISPER_WEIGHTS).label, desk=desk, themes=themes
        )
        self.later = Button(themes, icon="close", accessible=self.tr("Not now"), kind=Kind.GHOST, compact=True)
        head = QHBoxLayout()
        head.addWidget(self.sentence, 1)
        head.addWidget(self.later, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.weights)
