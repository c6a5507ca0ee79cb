"""A section of the editor: a title, a word about it, and fields with what is wrong beside them."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from personadesk.domain.persona import PersonaCard
from personadesk.services.macros import check
from personadesk.services.persona_editing import TokenCounts
from personadesk.ui.editor.bound import Bound, BoundText
from personadesk.ui.editor.desk import EditorWork
from personadesk.ui.editor.places import SectionKey, field_title, section_title
from personadesk.ui.editor.token_words import token_words
from personadesk.ui.theme.source import scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.fields import Label

CHECK_MS = 400
LONGEST_CHECKED = 200_000
MOST_HINTS = 3


@dataclass(frozen=True, slots=True)
class _Row:
    field: Bound
    problem: Label
    hint: Label | None


class Section(QScrollArea):
    """Subclasses add their fields in `build`, which runs when the section is first shown."""

    models_requested = Signal()
    shelf_requested = Signal()
    key = SectionKey.BASICS
    wide = False
    """Whether it needs the preview's room for itself."""

    def __init__(self, work: EditorWork) -> None:
        super().__init__()
        self.work = work
        self.themes = work.themes
        self._rows: dict[str, _Row] = {}
        inner = QWidget()
        self.column = QVBoxLayout(inner)
        self.column.setContentsMargins(26, 18, 26, 24)
        self.column.setSpacing(6)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.tokens = Label(self.themes, ink="faint")
        self._add_head()
        self.checker = QTimer(self)
        self.checker.setSingleShot(True)
        self.checker.setInterval(CHECK_MS)
        self.checker.timeout.connect(self.check_macros)
        self.build()
        self.column.addStretch(1)
        self.show_card(work.state.card)
        if work.read_only:
            self.set_read_only()
        self.check_macros()
        self.themes.changed.connect(self._apply_theme)
        self._apply_theme(self.themes.theme)

    # -- for subclasses

    def build(self) -> None:
        raise NotImplementedError

    def sentence(self) -> str:
        """What stands under the title."""
        return ""

    def show_card(self, card: PersonaCard) -> None:
        for name, row in self._rows.items():
            row.field.put(getattr(card, name))
        self.checker.start()

    def set_read_only(self) -> None:
        """Show everything, change nothing."""
        for row in self._rows.values():
            row.field.set_read_only(True)

    def reveal(self, name: str) -> None:
        """Bring a field into view and give it the focus."""
        row = self._rows.get(name)
        if row is not None:
            row.field.target.setFocus(Qt.FocusReason.OtherFocusReason)
            self.show_widget(row.field)

    def begin(self) -> None:
        """Give the focus to the first that can take it."""
        inner = self.widget()
        reached = inner.nextInFocusChain() if inner is not None else None
        while inner is not None and reached is not None and inner.isAncestorOf(reached):
            if reached.focusPolicy() & Qt.FocusPolicy.TabFocus and reached.isVisible() and reached.isEnabled():
                reached.setFocus(Qt.FocusReason.OtherFocusReason)
                return
            reached = reached.nextInFocusChain()

    @property
    def waiting(self) -> str:
        """Why nothing can be saved yet, "" where it can."""
        return ""

    # -- for the editor

    def says(self, name: str) -> bool:
        """Whether what is wrong with a field can be shown beside it."""
        return name in self._rows

    def show_problems(self, problems: Mapping[str, str]) -> None:
        for name, row in self._rows.items():
            sentence = problems.get(name, "")
            row.problem.setText(sentence)
            row.problem.setVisible(bool(sentence))
            row.field.set_wrong(sentence)

    def show_tokens(self, counts: TokenCounts) -> None:
        self.tokens.setText(token_words(counts.sections.get(self.key, 0), estimated=counts.estimated))

    def show_widget(self, widget: QWidget) -> None:
        inner = self.widget()
        if inner is not None:
            top = widget.mapTo(inner, QPoint(0, 0)).y()
            self.ensureVisible(0, top + min(widget.height(), self.height() // 2), 0, 40)
            self.ensureVisible(0, top, 0, 40)

    # -- inside

    def add_field(
        self,
        name: str,
        field: Bound,
        *,
        sentence: str = "",
        beside: QWidget | None = None,
        into: QVBoxLayout | None = None,
    ) -> None:
        """Add a field of the card with its caption; `beside` stands at the caption's other end."""
        column = into if into is not None else self.column
        column.addSpacing(10)
        caption = QHBoxLayout()
        title = Label(self.themes, field_title(name))
        title.setBuddy(field.target)
        caption.addWidget(title, 1)
        if beside is not None:
            caption.addWidget(beside)
        column.addLayout(caption)
        column.addWidget(field)
        if sentence:
            column.addWidget(Label(self.themes, sentence, ink="faint", wrap=True))
        self.watch_field(name, field, column)

    def watch_field(self, name: str, field: Bound, column: QVBoxLayout) -> None:
        """Tie a field to the card, with room for what is wrong with it."""
        problem = Label(self.themes, ink="bad", wrap=True)
        problem.hide()
        column.addWidget(problem)
        hint: Label | None = None
        if isinstance(field, BoundText):
            hint = Label(self.themes, ink="warn", wrap=True)
            hint.hide()
            column.addWidget(hint)
        self._rows[name] = _Row(field, problem, hint)
        field.edited.connect(lambda value, tied=field: self._take(name, tied, value))

    def _take(self, name: str, field: Bound, value: object) -> None:
        self.work.state.put(name, typed=field.typed, **{name: value})
        self.checker.start()

    def _add_head(self) -> None:
        head = QHBoxLayout()
        title = Label(self.themes, section_title(self.key), bold=True, size_pt=self.font().pointSizeF() * 1.2)
        head.addWidget(title, 1)
        head.addWidget(self.tokens)
        self.column.addLayout(head)
        if self.sentence():
            self.column.addWidget(Label(self.themes, self.sentence(), ink="muted", wrap=True))

    def check_macros(self) -> None:
        for row in self._rows.values():
            if row.hint is not None and isinstance(row.field, BoundText):
                words = macro_hint(row.field.value)
                row.hint.setText(words)
                row.hint.setVisible(bool(words))

    def _apply_theme(self, theme: Theme) -> None:
        self.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))


def macro_hint(text: str) -> str:
    """What will not be filled in a text, a sentence a line; "" where all is well."""
    if len(text) > LONGEST_CHECKED or not ("{{" in text or "}}" in text):
        return ""
    sentences = dict.fromkeys(problem.sentence for problem in check(text))
    return "\n".join(list(sentences)[:MOST_HINTS])
