"""Which model answers as this persona."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from personadesk.domain.chat import ModelState, ModelStatus
from personadesk.domain.persona import PersonaCard
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.editor.section import Section
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import CardPanel, Label


class ModelSection(Section):
    key = SectionKey.MODEL

    def sentence(self) -> str:
        return self.tr("All your personas answer with the model that is in use.")

    def build(self) -> None:
        self.name = Label(self.themes, bold=True, wrap=True)
        self.facts = Label(self.themes, ink="muted", wrap=True)
        self.state = Label(self.themes, ink="muted", wrap=True)
        self.change = Button(self.themes, self.tr("Models…"), icon="cpu", compact=True)
        self.change.setAccessibleName(self.tr("Open the models in the settings"))
        self.change.clicked.connect(self.models_requested)
        panel = CardPanel(self.themes)
        row = QHBoxLayout(panel)
        row.setContentsMargins(16, 14, 16, 14)
        words = QVBoxLayout()
        words.setSpacing(4)
        for label in (self.name, self.facts, self.state):
            words.addWidget(label)
        row.addLayout(words, 1)
        row.addWidget(self.change)
        self.column.addSpacing(10)
        self.column.addWidget(panel)
        models = self.work.desk.models
        models.changed.connect(self._show)
        self._show(models.status)

    def show_card(self, card: PersonaCard) -> None:
        """The card says nothing of models."""

    def set_read_only(self) -> None:
        """There is nothing to change."""

    def _show(self, status: ModelStatus) -> None:
        info = status.info
        self.name.setText(info.label)
        facts = self.tr("%1. It keeps up to %2 tokens in mind.")
        self.facts.setText(
            facts.replace("%1", info.where[:1].upper() + info.where[1:]).replace("%2", f"{info.context_tokens:,}")
        )
        words = {
            ModelState.READY: self.tr("Awake and ready."),
            ModelState.RESTING: self.tr("Resting. It wakes when you write to someone."),
            ModelState.LOADING: self.tr("Waking up…"),
        }.get(status.state, f"{status.sentence} {status.next_step}".strip())
        self.state.setText(words)
