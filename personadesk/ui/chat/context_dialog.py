"""What fills the context, part by part, the summary that stands for what fell out, and the exact prompt."""

from PySide6.QtCore import QLocale, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.conversation import RunningSummary
from personadesk.domain.errors import UserFacingError
from personadesk.domain.prompt_parts import PartKind, PromptView
from personadesk.services.context import exact_text
from personadesk.ui.chat.context_bar import ContextBar, part_colour
from personadesk.ui.chat.text_viewer import TextViewer
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label, TextField


class _Dot(QWidget):
    def __init__(self, themes: ThemeSource, kind: PartKind) -> None:
        super().__init__()
        self._themes = themes
        self._kind = kind
        self.setFixedSize(12, 12)
        themes.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(part_colour(self._themes.theme, self._kind))
        painter.drawRoundedRect(QRectF(1, 1, 10, 10), 3, 3)


class ContextDialog(FramedDialog):
    """`summary_saved` carries the user's own words, "" to let the model write them again.

    Words that are not saved ask for a second press before it closes.
    """

    summary_saved = Signal(str)

    def __init__(self, *, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=620)
        self.set_title(self.tr("What fills the context"))
        self._view: PromptView | None = None
        self._kept = ""
        self._asked_to_leave = False
        self.bar = ContextBar(themes)
        self.waiting = Label(themes, self.tr("Counting…"), ink="muted", wrap=True)
        self.rows = QVBoxLayout()
        self.rows.setSpacing(4)
        self.policy = Label(themes, ink="muted", wrap=True)
        self.summary_title = Label(themes, self.tr("Running summary"), bold=True)
        self.summary_note = Label(themes, ink="faint", wrap=True)
        self.summary = TextField(
            themes,
            accessible=self.tr("Running summary"),
            placeholder=self.tr(
                "What was said before, in short. It is told to the model once the beginning falls out."
            ),
            lines=5,
        )
        self.unsaved = Label(
            themes, self.tr("The summary is not saved: press Discard to close without it."), ink="warn", wrap=True
        )
        self.unsaved.hide()
        self.problem = Label(themes, ink="bad", wrap=True)
        self.problem.hide()
        self.content.addWidget(self.bar)
        self.content.addWidget(self.waiting)
        self.content.addLayout(self.rows)
        self.content.addSpacing(6)
        self.content.addWidget(self.policy)
        self.content.addSpacing(10)
        self.content.addWidget(self.summary_title)
        self.content.addWidget(self.summary)
        self.content.addWidget(self.summary_note)
        self.content.addWidget(self.unsaved)
        self.content.addWidget(self.problem)
        self.content.addStretch(1)
        self.exact = Button(themes, self.tr("Show the exact prompt"))
        self.exact.setEnabled(False)
        self.exact.clicked.connect(self._show_exact)
        self.close_button = Button(themes, self.tr("Close"))
        self.close_button.clicked.connect(self.reject)
        self.save = Button(themes, self.tr("Save the summary"), kind=Kind.PRIMARY)
        self.save.setEnabled(False)
        self.save.clicked.connect(lambda: self.summary_saved.emit(self.summary.text.toPlainText()))
        self.buttons.addWidget(self.exact)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.close_button)
        self.buttons.addWidget(self.save)
        self.summary.changed.connect(self._allow_saving)

    def reject(self) -> None:
        """Escape, Close and the window's own button."""
        if self._is_changed() and not self._asked_to_leave:
            self._ask_to_leave(True)
        else:
            super().reject()

    def show_view(self, view: PromptView) -> None:
        """Show what was counted."""
        self._view = view
        self.note.setText(view.model)
        self.bar.show_view(view)
        self.waiting.hide()
        self.exact.setEnabled(True)
        locale = QLocale()
        for part in view.parts:
            self._add_row(part.kind, self._name(part.kind), locale.toString(part.tokens), part.tokens)
        free = locale.toString(view.free_tokens)
        total = locale.toString(view.context_tokens)
        self.note.setText(self.tr("{model} · {total} tokens").format(model=view.model, total=total))
        self.policy.setText(" ".join((self.tr("{free} tokens are free.").format(free=free), *self._dropped(view))))

    def show_summary(self, summary: RunningSummary | None) -> None:
        typed_before = self._is_changed()
        self._kept = summary.text if summary is not None else ""
        if not typed_before:
            self.summary.text.set_text(self._kept)
        if summary is None:
            words = self.tr("A model larger than the basic one writes it while nobody talks. You can write it, too.")
        elif summary.edited:
            words = self.tr("Your words stay as they are; what the model adds comes behind them.")
        else:
            words = self.tr("Written by the model. The conversation itself stays whole.")
        self.summary_note.setText(words)
        self.save.setEnabled(self._is_changed())

    def show_problem(self, problem: UserFacingError) -> None:
        self.waiting.hide()
        self.problem.setText(f"{problem.sentence} {problem.next_step}".strip())
        self.problem.show()

    # -- inside

    def _add_row(self, kind: PartKind, name: str, counted: str, tokens: int) -> None:
        share = 100 * tokens / self._view.context_tokens if self._view and self._view.context_tokens else 0
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(_Dot(self.themes, kind))
        label = Label(self.themes, name)
        row.addWidget(label, 1)
        number = Label(self.themes, f"{counted}  ({share:.0f} %)", ink="muted")
        number.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(number)
        self.rows.addLayout(row)

    def _name(self, kind: PartKind) -> str:
        return {
            PartKind.RULES: self.tr("Instructions"),
            PartKind.PERSONA: self.tr("The persona"),
            PartKind.MEMORY: self.tr("What it remembers"),
            PartKind.LORE: self.tr("Lorebooks"),
            PartKind.EXAMPLES: self.tr("Example dialogue"),
            PartKind.SUMMARY: self.tr("Running summary"),
            PartKind.HISTORY: self.tr("The conversation"),
            PartKind.REPLY: self.tr("Room for the reply"),
        }[kind]

    def _dropped(self, view: PromptView) -> list[str]:
        locale = QLocale()
        said = []
        for count, one, many in (
            (view.dropped_examples, self.tr("1 example is left out."), self.tr("%s examples are left out.")),
            (view.dropped_turns, self.tr("1 older message fell out."), self.tr("%s older messages fell out.")),
            (
                view.summarised_turns,
                self.tr("The summary tells of 1 of them."),
                self.tr("The summary tells of %s of them."),
            ),
        ):
            if count:
                said.append(one if count == 1 else many % locale.toString(count))
        said.append(
            self.tr("What does not fit goes in this order: examples, what the summary tells of, then the oldest.")
        )
        return said

    def _is_changed(self) -> bool:
        return self.summary.text.toPlainText().strip() != self._kept.strip()

    def _allow_saving(self) -> None:
        self.save.setEnabled(self._is_changed())
        self._ask_to_leave(False)

    def _ask_to_leave(self, asked: bool) -> None:
        self._asked_to_leave = asked
        self.unsaved.setVisible(asked)
        self.close_button.set_text(self.tr("Discard") if asked else self.tr("Close"))
        if asked:
            self.area.ensureWidgetVisible(self.unsaved)

    def _show_exact(self) -> None:
        if self._view is not None:
            TextViewer(
                self.themes.theme,
                title=self.tr("The exact prompt"),
                text=exact_text(self._view.turns),
                monospace=True,
                parent=self,
            ).open()
