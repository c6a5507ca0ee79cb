"""The first thing it says: the greeting and others to swipe to, with a preview."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from personadesk.domain.persona import PersonaCard
from personadesk.services.macros import fill_macros
from personadesk.ui.editor.bound import BoundText
from personadesk.ui.editor.ordered_list import OrderedList
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.editor.section import Section, macro_hint
from personadesk.ui.widgets.fields import CardPanel, Label

SHOWN_LENGTH = 4000


class GreetingsSection(Section):
    """The list's first row is the card's greeting, the rest are its alternates."""

    key = SectionKey.GREETINGS

    def sentence(self) -> str:
        return self.tr(
            "The first thing it says. A new conversation begins with the first one; the others are a swipe away. "
            "Without one it waits for you."
        )

    def build(self) -> None:
        self._texts: list[str] = [""]
        self.list = OrderedList(self.themes, accessible=self.tr("Greetings"), add=self.tr("Add a greeting"))
        self.text = BoundText(
            self.themes,
            accessible=self.tr("Greeting"),
            placeholder=self.tr("What does it say? *Actions* stand between asterisks."),
            lines=8,
        )
        self.hint = Label(self.themes, ink="warn", wrap=True)
        self.column.addSpacing(10)
        self.column.addWidget(self.list)
        self.column.addSpacing(8)
        self.column.addWidget(self.text)
        self.column.addWidget(self.hint)
        self._add_preview()
        self.list.add_requested.connect(self.add)
        self.list.delete_requested.connect(self.delete)
        self.list.arranged.connect(self._arrange)
        self.list.current_changed.connect(self._show_current)
        self.text.edited.connect(self._type)
        self.work.state.changed.connect(self._show_preview)

    def show_card(self, card: PersonaCard) -> None:
        self._texts = [card.greeting, *card.alternate_greetings]
        self._show_rows(max(self.list.current, 0))
        self._show_current(self.list.current)

    def set_read_only(self) -> None:
        self.list.set_read_only(True)
        self.text.set_read_only(True)

    def reveal(self, name: str) -> None:
        self.text.target.setFocus(Qt.FocusReason.OtherFocusReason)

    def add(self) -> None:
        """Add an empty greeting after the last one and let it be typed."""
        self._texts.append("")
        self._show_rows(len(self._texts) - 1)
        self._store(typed=False)
        self._show_current(self.list.current)
        self.text.target.setFocus(Qt.FocusReason.OtherFocusReason)

    def delete(self, place: int) -> None:
        del self._texts[place]
        self._texts = self._texts or [""]
        self._show_rows(min(place, len(self._texts) - 1))
        self._store(typed=False)
        self._show_current(self.list.current)

    # -- inside

    def _add_preview(self) -> None:
        self.preview = Label(self.themes, wrap=True)
        self.preview.setAccessibleName(self.tr("Preview of the greeting"))
        self._panel = CardPanel(self.themes)
        inside = QVBoxLayout(self._panel)
        inside.setContentsMargins(16, 12, 16, 12)
        self._caption = Label(self.themes, ink="faint")
        inside.addWidget(self._caption)
        inside.addWidget(self.preview)
        self.column.addSpacing(8)
        self.column.addWidget(self._panel)

    def _arrange(self, order: list[int]) -> None:
        self._texts = [self._texts[place] for place in order]
        self._show_rows(self.list.current)
        self._store(typed=False)
        self._show_current(self.list.current)

    def _type(self, text: str) -> None:
        if 0 <= self.list.current < len(self._texts):
            self._texts[self.list.current] = text
            self.list.show_row(self.list.current, *self._row(self.list.current))
            self._store(typed=True)

    def _store(self, *, typed: bool) -> None:
        greeting, *others = self._texts
        self.work.state.put("greeting", typed=typed, greeting=greeting, alternate_greetings=tuple(others))

    def _show_rows(self, current: int) -> None:
        self.list.show_rows([self._row(place) for place in range(len(self._texts))], current)

    def _row(self, place: int) -> tuple[str, str]:
        label = self.tr("First") if place == 0 else str(place + 1)
        return label, self._texts[place] or self.tr("(empty)")

    def _show_current(self, place: int) -> None:
        self.work.state.seal()
        self.text.put(self._texts[place] if 0 <= place < len(self._texts) else "")
        self._show_preview()

    def _show_preview(self) -> None:
        card = self.work.state.card
        text = self.text.value
        filled = fill_macros(text[:SHOWN_LENGTH], char=card.prompt_name, user=self.work.contents.your_name)
        self.preview.setText(filled)
        self._caption.setText(self.tr("As %s says it") % (card.shown_name or self.tr("it")))
        self._panel.setVisible(bool(filled.strip()))
        self.checker.start()

    def check_macros(self) -> None:
        words = macro_hint(self.text.value)
        self.hint.setText(words)
        self.hint.setVisible(bool(words))
