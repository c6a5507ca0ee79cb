"""How it is: traits, style, personality, what it knows of itself, examples and instructions."""

from PySide6.QtWidgets import QWidget

from personadesk.domain.persona import TRAIT_LIMIT, TRAITS_LIMIT, CommunicationStyle, PersonaCard
from personadesk.ui.editor.bound import BoundLine, BoundLines, BoundText
from personadesk.ui.editor.chip_field import ChipField
from personadesk.ui.editor.examples import ExamplesField
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.editor.section import Section
from personadesk.ui.editor.style_field import StyleField
from personadesk.ui.widgets.buttons import Button, Kind

ORIGINAL = "{{original}}"


class PersonalitySection(Section):
    key = SectionKey.PERSONALITY

    def sentence(self) -> str:
        return self.tr("What the model acts on. Small models follow a few short words better than many long ones.")

    def build(self) -> None:
        self.traits = ChipField(
            self.themes,
            accessible=self.tr("Traits"),
            placeholder=self.tr("Add a trait"),
            known=self.work.contents.traits,
        )
        limits = self.tr("Up to %1 traits of up to %2 characters. Enter or a comma adds one.")
        self.add_field(
            "traits", self.traits, sentence=limits.replace("%1", str(TRAITS_LIMIT)).replace("%2", str(TRAIT_LIMIT))
        )
        self._add_style()
        self.personality = self._text(self.tr("Personality"), self.tr("How it thinks, feels and carries itself."), 5)
        self.add_field("personality", self.personality)
        self.key_facts = BoundLines(
            self.themes,
            accessible=self.tr("Key facts"),
            placeholder=self.tr("You keep a lighthouse.\nYou never lie."),
            lines=3,
        )
        self.add_field(
            "key_facts",
            self.key_facts,
            sentence=self.tr("A few very short sentences, one a line: what a small model is reminded of each time."),
        )
        self.scenario = self._text(self.tr("Scenario"), self.tr("Where and when you meet."), 4)
        self.add_field("scenario", self.scenario)
        self.examples = ExamplesField(self.themes)
        self.add_field(
            "example_dialogue",
            self.examples,
            sentence=self.tr("Shows how it talks. Examples are the first thing left out when a conversation is long."),
            beside=self.examples.switch,
        )
        self._add_instructions()
        self.work.state.changed.connect(self._follow)
        self._follow()

    def show_card(self, card: PersonaCard) -> None:
        super().show_card(card)
        self._follow()

    def set_read_only(self) -> None:
        super().set_read_only()
        for button in self._inserts:
            button.hide()

    # -- inside

    def _text(self, accessible: str, placeholder: str, lines: int) -> BoundText:
        return BoundText(self.themes, accessible=accessible, placeholder=placeholder, lines=lines)

    def _add_style(self) -> None:
        self.style_field = StyleField(self.themes)
        self.add_field("style", self.style_field)
        self.style_text = BoundLine(
            self.themes,
            accessible=self.tr("Style in your words"),
            placeholder=self.tr("short sentences, dry humour"),
        )
        self.column.addWidget(self.style_text)
        self.watch_field("style_text", self.style_text, self.column)

    def _add_instructions(self) -> None:
        self._inserts: list[Button] = []
        self.system_prompt = self._text(self.tr("System prompt"), self.tr("Empty: the program's own instructions."), 4)
        self.add_field(
            "system_prompt",
            self.system_prompt,
            sentence=self.tr("Takes the place of the program's own instructions. {{original}} stands for those."),
            beside=self._insert(self.system_prompt),
        )
        self.post_history = self._text(self.tr("Post-history instructions"), self.tr("Empty: none."), 4)
        self.add_field(
            "post_history_instructions",
            self.post_history,
            sentence=self.tr(
                "Said again right before each reply, so a few words weigh much. {{original}} stands for a program's "
                "own; this one has none."
            ),
            beside=self._insert(self.post_history),
        )

    def _insert(self, field: BoundText) -> QWidget:
        button = Button(self.themes, self.tr("Insert %s") % ORIGINAL, kind=Kind.GHOST, compact=True, icon="plus")
        button.clicked.connect(lambda: field.insert(ORIGINAL))
        self._inserts.append(button)
        return button

    def _follow(self) -> None:
        card = self.work.state.card
        self.style_text.setVisible(card.style is CommunicationStyle.CUSTOM)
        self.examples.set_names(card.prompt_name, self.work.contents.your_name)
