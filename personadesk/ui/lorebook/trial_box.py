"""The box that tries a book: a text goes in, and what it calls comes out while one types."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.lorebook import Lorebook
from personadesk.services.lorebook import Activation, LoreLine
from personadesk.services.lorebooks import LoreScene
from personadesk.ui.lorebook.controls import Switch, TextArea
from personadesk.ui.lorebook.lab import LoreLab
from personadesk.ui.lorebook.outcome_list import OutcomeList, OutcomeModel, outcomes_of, summary_of
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.views import ViewFrame

DEBOUNCE_MS = 250


class TrialBox(QWidget):
    """Tries while it is on screen, one test at a time; a late result of an older text is not shown."""

    entry_wanted = Signal(str, str)  # a book's key and an entry's uid
    tested = Signal(object)  # Activation

    def __init__(self, *, themes: ThemeSource, lab: LoreLab) -> None:
        super().__init__()
        self._lab = lab
        self._books: tuple[Lorebook, ...] = ()
        self._scene: LoreScene | None = None
        self._busy = False
        self._stale = True
        self.text = TextArea(
            themes,
            accessible=self.tr("Text to try"),
            placeholder=self.tr("Type or paste what somebody might say"),
            lines=4,
        )
        self.after_chat = Switch(themes, self.tr("After the last messages of the conversation"))
        self.after_chat.setVisible(lab.persona_id is not None)
        self.summary = Label(themes, ink="muted", wrap=True)
        self.model = OutcomeModel()
        self.list = OutcomeList(model=self.model, themes=themes)
        self.frame = ViewFrame(themes, self.list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.text)
        layout.addWidget(self.after_chat)
        layout.addWidget(self.summary)
        layout.addWidget(self.frame, 1)
        self._filler = QWidget()
        layout.addWidget(self._filler, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._run)
        self.text.value_changed.connect(self._wait)
        self.after_chat.value_changed.connect(self._take_scene)
        self.list.entry_wanted.connect(self.entry_wanted)
        self._show(Activation(), ())

    def set_books(self, books: Sequence[Lorebook]) -> None:
        """Try these from now on, the first one first."""
        if tuple(books) != self._books:
            self._books = tuple(books)
            self._wait()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._wait()

    # -- inside

    def _wait(self, _value: object = None) -> None:
        self._stale = True
        if self.isVisible():
            self._timer.start()

    def _take_scene(self, wanted: bool) -> None:
        self._scene = None
        if wanted:
            self._lab.read_scene(owner=self, then=self._keep_scene, failed=self._fail)
        else:
            self._wait()

    def _keep_scene(self, scene: LoreScene) -> None:
        if self.after_chat.isChecked():
            self._scene = scene
            self._wait()

    def _run(self) -> None:
        if self._busy:
            return
        text = self.text.text.toPlainText()
        scene = self._scene
        self._stale = False
        lines = (*(scene.lines if scene else ()), *([LoreLine(text)] if text.strip() else []))
        if not lines:
            self._show(Activation(), ())
            return
        self._busy = True
        self._lab.test(
            self._books,
            text,
            scene,
            owner=self,
            then=lambda activation: self._accept(activation, lines),
            failed=self._fail,
        )

    def _accept(self, activation: Activation, lines: Sequence[LoreLine]) -> None:
        self._busy = False
        if self._stale:
            self._timer.start()
        self._show(activation, lines)
        self.tested.emit(activation)

    def _fail(self, problem: UserFacingError) -> None:
        self._busy = False
        self._show(Activation(), ())
        self.summary.setText(f"{problem.sentence} {problem.next_step}".strip())

    def _show(self, activation: Activation, lines: Sequence[LoreLine]) -> None:
        rows = outcomes_of(activation, lines)
        self.model.fill(rows)
        self.frame.setVisible(bool(rows))
        self._filler.setVisible(not rows)
        words = summary_of(activation, self._lab.service.most_told())
        if not lines:
            words = self.tr("The entries that a text calls appear here, with the reason and in the prompt's order.")
        self.summary.setText(words)
        self.list.setFocusPolicy(Qt.FocusPolicy.StrongFocus if rows else Qt.FocusPolicy.NoFocus)
