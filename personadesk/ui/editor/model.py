"""Which model answers as this persona, and how freely it speaks."""

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from personadesk.domain.chat import ModelState, ModelStatus
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaCard
from personadesk.domain.providers import PersonaModel, Preset
from personadesk.services.model_settings import LONGEST_REPLY_TOKENS
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.editor.section import Section
from personadesk.ui.editor.sliders import NamedSlider
from personadesk.ui.editor.speaking import WaysOfSpeaking
from personadesk.ui.settings.provider_consent import agreed_first
from personadesk.ui.settings.provider_models import ModelPicker
from personadesk.ui.settings.provider_words import ModelOffer, context_words
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import CardPanel, Label, LineField

PICKER_HEIGHT_PX = 520


class ModelSection(Section):
    """A choice takes effect at once, for built-in personas too: it is kept beside the card, not in it."""

    key = SectionKey.MODEL

    def sentence(self) -> str:
        return self.tr("This persona can have a model of its own, and its own way of speaking.")

    def build(self) -> None:
        self._choice = PersonaModel()
        self._add_choice()
        self._add_presets()
        self._add_numbers()
        self.told = Label(self.themes, ink="muted", wrap=True)
        self.column.addSpacing(8)
        self.column.addWidget(self.told)
        models = self.work.desk.models
        models.changed.connect(self._show_state)
        models.seen.connect(self._show)
        persona_id = self._persona_id
        # Until it is known what is stored, which what is chosen here would be laid over.
        self._set_usable(False)
        if persona_id is None:
            self.told.setText(self.tr("Save the persona first. Until then it answers with the default model."))
        else:
            models.ask_choice(persona_id, owner=self, then=self._take_stored)
        self._show()
        self._show_state(models.status)

    def show_card(self, card: PersonaCard) -> None:
        """The card says nothing of models."""

    def set_read_only(self) -> None:
        """What is chosen here is not the card's: it can be chosen for a built-in persona, too."""

    # -- building

    def _add_choice(self) -> None:
        self.name = Label(self.themes, bold=True, wrap=True)
        self.facts = Label(self.themes, ink="muted", wrap=True)
        self.state = Label(self.themes, ink="muted", wrap=True)
        self.choose = Button(self.themes, self.tr("Choose…"), compact=True)
        self.choose.setAccessibleName(self.tr("Choose this persona's model"))
        self.choose.clicked.connect(self._open_picker)
        self.default = Button(self.themes, self.tr("Use the default"), compact=True)
        self.default.clicked.connect(lambda: self._change(key=""))
        self.change = Button(self.themes, self.tr("Models…"), icon="cpu", compact=True)
        self.change.setAccessibleName(self.tr("Open the models in the settings"))
        self.change.clicked.connect(self.models_requested)
        panel = CardPanel(self.themes)
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(16, 14, 16, 14)
        inside.setSpacing(4)
        for label in (self.name, self.facts, self.state):
            inside.addWidget(label)
        row = QHBoxLayout()
        row.setContentsMargins(0, 6, 0, 0)
        row.setSpacing(8)
        for button in (self.choose, self.default):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.change)
        inside.addLayout(row)
        self.column.addSpacing(10)
        self.column.addWidget(panel)

    def _add_presets(self) -> None:
        self.column.addSpacing(14)
        self.column.addWidget(Label(self.themes, self.tr("How freely it speaks")))
        desk = self.work.desk
        self.ways = WaysOfSpeaking(themes=self.themes, bridge=desk.bridge, service=desk.editing.ways)
        self.ways.chosen.connect(lambda values: self._change(**values))
        self.presets = self.ways.presets
        self.column.addWidget(self.ways)

    def _add_numbers(self) -> None:
        self.temperature = NamedSlider(self.themes, self.tr("Temperature"), 0.0, 2.0)
        self.temperature.moved.connect(lambda value: self._change(temperature=round(value, 2), way=""))
        self.top_p = NamedSlider(self.themes, self.tr("Top-p"), 0.05, 1.0)
        self.top_p.moved.connect(lambda value: self._change(top_p=round(value, 2), way=""))
        width = max(slider.name.sizeHint().width() for slider in (self.temperature, self.top_p))
        for slider in (self.temperature, self.top_p):
            slider.name.setMinimumWidth(width)
            self.column.addWidget(slider)
        self.length = LineField(
            self.themes,
            accessible=self.tr("Longest reply, in tokens"),
            placeholder=self.tr("As suits the model"),
            limit=5,
        )
        self.length.line.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self.length.line.editingFinished.connect(self._take_length)
        caption = Label(self.themes, self.tr("Longest reply, in tokens"))
        caption.setBuddy(self.length.line)
        self.column.addSpacing(10)
        self.column.addWidget(caption)
        self.column.addWidget(self.length)

    # -- showing

    @property
    def _persona_id(self) -> PersonaId | None:
        persona = self.work.contents.persona
        return persona.id if persona is not None else None

    def _set_usable(self, usable: bool) -> None:
        for widget in (self.choose, self.default, self.temperature, self.top_p, self.length):
            widget.setEnabled(usable)
        self.ways.set_usable(usable)

    def _take_stored(self, choice: PersonaModel) -> None:
        self._choice = choice
        self._set_usable(True)
        self._show_state(self.work.desk.models.status)

    def _show(self) -> None:
        models, choice = self.work.desk.models, self._choice
        offers = {offer.key: offer for offer in models.offers()}
        default = offers.get(models.default_key)
        chosen = offers.get(choice.key)
        if not choice.key:
            name = default.name if default is not None else models.status.info.label
            self.name.setText(self.tr("The default model: %s") % name)
        else:
            self.name.setText(chosen.name if chosen is not None else choice.key)
        shown = chosen if choice.key else default
        tokens = context_words(shown.context_tokens) if shown is not None else ""
        where = shown.where if shown is not None else ""
        keeps = self.tr("keeps up to %s in mind") % tokens if tokens else ""
        self.facts.setText(", ".join(word for word in (where, keeps) if word))
        if choice.key and chosen is None:
            self.facts.setText(self.tr("It is not set up any more: the default model answers."))
        self.default.setVisible(bool(choice.key))
        self.ways.show_choice(choice)
        own = choice.preset is Preset.OWN
        for slider, value in ((self.temperature, choice.temperature), (self.top_p, choice.top_p)):
            slider.setVisible(own)
            slider.put(value)
        if not self.length.line.hasFocus():
            self.length.line.setText(str(choice.max_tokens) if choice.max_tokens else "")

    def _show_state(self, status: ModelStatus) -> None:
        words = {
            ModelState.READY: self.tr("Awake and ready."),
            ModelState.RESTING: self.tr("Resting. It wakes when you write to someone."),
            ModelState.LOADING: self.tr("Waking up…"),
        }.get(status.state, f"{status.sentence} {status.next_step}".strip())
        answering = self._choice.key or self.work.desk.models.default_key
        known = status.info.id == answering
        self.state.setText(words if known else "")
        self.state.setVisible(known)
        self._show()

    # -- choosing

    def _open_picker(self) -> None:
        picker = ModelPicker(
            themes=self.themes,
            title=self.tr("This persona's model"),
            offers=self.work.desk.models.offers(),
            chosen=self._choice.key,
            parent=self.window(),
        )
        picker.picked.connect(self._picked)
        picker.show_fitting(PICKER_HEIGHT_PX)

    def _picked(self, offer: ModelOffer) -> None:
        providers = self.work.desk.models.providers
        take = partial(self._change, key=offer.key)
        if providers is None:
            take()
        else:
            agreed_first(offer.key, desk=providers, themes=self.themes, parent=self.window(), then=take)

    def _take_length(self) -> None:
        text = self.length.line.text().strip()
        tokens = int(text) if text.isdecimal() and text.isascii() else 0
        self._change(max_tokens=min(tokens, LONGEST_REPLY_TOKENS))

    def _change(self, **values: object) -> None:
        choice = replace(self._choice, **values)  # type: ignore[arg-type]
        persona_id = self._persona_id
        if persona_id is None or choice == self._choice:
            self._show()
            return
        self._choice = choice
        self.told.setText("")
        self.work.desk.models.set_choice(persona_id, choice, owner=self, failed=self._tell)
        self._show()

    def _tell(self, problem: UserFacingError) -> None:
        self.told.setText(f"{problem.sentence} {problem.next_step}".strip())
