"""The welcome's page on who answers and who speaks: a better model, servers on this computer, the voice."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from personadesk.services.model_shelf import OWN_PREFIX
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.settings.model_list import ModelRow
from personadesk.ui.speech.desk import VoiceDesk
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.fields import CardPanel, Label
from personadesk.ui.wizard.found_servers import FoundServers
from personadesk.ui.wizard.voice_panel import VoicePanel


class ModelVoicePage(QWidget):
    """Looks at files, servers and voices each time it is shown, and never before. A fetch goes on without it.

    `begun` comes when something was set going. `voices` None leaves the voice out. `titled` puts the page's title
    over it.
    """

    begun = Signal()

    def __init__(
        self, *, models: ModelDesk, voices: VoiceDesk | None, themes: ThemeSource, titled: bool = False
    ) -> None:
        super().__init__()
        self._models = models
        self._themes = themes
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        if titled:
            size = self.font().pointSizeF() * 1.6
            self._column.addWidget(Label(themes, self.tr("Model and voice"), bold=True, size_pt=size, wrap=True))
        sentence = self.tr("Everything works as it is: a small model came with PersonaDesk. All of this can wait; it "
                           "stays in the settings.")  # fmt: skip
        self._column.addWidget(Label(themes, sentence, ink="muted", wrap=True))
        self.models = [
            ModelRow(entry=entry, desk=models, themes=themes, takes_over=True)
            for entry in models.catalogue.models
            if not entry.small and not entry.id.startswith(OWN_PREFIX)
        ]
        if self.models:
            better = self._section(
                self.tr("A better model"),
                self.tr("It remembers more and stays in character. You can close this while it is fetched; "
                        "it answers as soon as it is here."),
            )  # fmt: skip
            for row in self.models:
                better.addWidget(row)
                row.fetch.clicked.connect(self.begun)
        self.servers: FoundServers | None = None
        if models.providers is not None:
            self.servers = FoundServers(desk=models.providers, themes=themes)
            self.servers.used.connect(self.begun)
            self._section(self.tr("Models that run here already")).addWidget(self.servers)
        self.voice: VoicePanel | None = None
        if voices is not None:
            self.voice = VoicePanel(desk=voices, themes=themes)
            self.voice.weights.fetch.clicked.connect(self.begun)
            self._section(self.tr("The voice")).addWidget(self.voice)
        self._column.addStretch(1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._models.look()
        if self.servers is not None:
            self.servers.look()
        if self.voice is not None:
            self.voice.look()

    def _section(self, title: str, sentence: str = "") -> QVBoxLayout:
        self._column.addSpacing(8)
        self._column.addWidget(Label(self._themes, title, bold=True, wrap=True))
        if sentence:
            self._column.addWidget(Label(self._themes, sentence, ink="muted", wrap=True))
        panel = CardPanel(self._themes)
        layout = QVBoxLayout(panel)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(12)
        self._column.addWidget(panel)
        return layout
