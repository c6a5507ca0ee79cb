"""Beside the chat: the lorebooks that the persona reads, what the last prompt held of them, and what they tell now."""

from collections.abc import Callable

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet, MessageAppended, MessageChanged, PathChanged, ReplyEnded
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.domain.told_lore import ToldEntry
from personadesk.services.lorebook import Activation
from personadesk.services.lorebooks import LorebookService, LoreScene, OpenBook
from personadesk.ui.bridge import Bridge
from personadesk.ui.lorebook.lab import LoreLab
from personadesk.ui.lorebook.outcome_list import (
    OutcomeList,
    OutcomeModel,
    outcomes_of,
    summary_of,
    told_outcomes,
    told_summary,
)
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.views import ViewFrame
from personadesk.ui.wizard.row_model import plain

SETTLE_MS = 200
"""Several events come with one reply: they are read about once."""

MOST_NAMED = 6

MOST_REMEMBERED = 50
"""Conversations whose last prompt is known."""


class LorePage(QWidget):
    """Reads while it is on screen. `entry_wanted` carries a book of the shelf and an entry's uid."""

    shelf_requested = Signal()
    entry_wanted = Signal(object, str)  # OpenBook

    def __init__(self, *, bridge: Bridge, service: LorebookService, themes: ThemeSource) -> None:
        super().__init__()
        self._bridge = bridge
        self._service = service
        self._about: tuple[PersonaId, ConversationId] | None = None
        self._asked = 0
        self._books: list[OpenBook] = []
        self._told: dict[ConversationId, tuple[ToldEntry, ...]] = {}
        small = self.font().pointSizeF() * 0.92
        self.heading = Label(themes, ink="faint", bold=True, elide=True, size_pt=small)
        self.books = Label(themes, wrap=True)
        self.summary = Label(themes, ink="muted", wrap=True)
        self.model = OutcomeModel()
        self.list = OutcomeList(model=self.model, themes=themes)
        self.frame = ViewFrame(themes, self.list)
        self.shelf_button = Button(themes, self.tr("Lorebooks…"), icon="book")
        self.shelf_button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.heading)
        layout.addWidget(self.books)
        layout.addWidget(self.summary)
        layout.addWidget(self.frame, 1)
        self._filler = QWidget()
        layout.addWidget(self._filler, 1)
        layout.addWidget(self.shelf_button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._read)
        self.shelf_button.clicked.connect(self.shelf_requested)
        self.list.entry_wanted.connect(self._ask_for_entry)
        bridge.events.connect(self._hear)
        self._show(Activation(), LoreScene())

    def show_chat(self, persona_id: PersonaId, conversation_id: ConversationId) -> None:
        """Show what a persona reads in one conversation."""
        if (persona_id, conversation_id) != self._about:
            self._about = (persona_id, conversation_id)
            self._books = []
            self._show(Activation(), LoreScene())
            self._wait()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._wait()

    # -- reading

    def _hear(self, event: object) -> None:
        if isinstance(event, ReplyEnded) and event.prompt_tokens:
            self._remember(event.message.conversation_id, event.lore)
        if self._about is None:
            return
        if isinstance(event, ChangeSet):
            if event.lorebooks:
                self._wait()
        elif isinstance(event, MessageAppended | MessageChanged | ReplyEnded):
            if event.message.conversation_id == self._about[1]:
                self._wait()
        elif isinstance(event, PathChanged) and event.conversation_id == self._about[1]:
            self._wait()

    def _remember(self, conversation_id: ConversationId, told: tuple[ToldEntry, ...]) -> None:
        self._told.pop(conversation_id, None)
        self._told[conversation_id] = told
        if len(self._told) > MOST_REMEMBERED:
            del self._told[next(iter(self._told))]

    def _wait(self) -> None:
        if self.isVisible():
            self._timer.start()

    def _read(self) -> None:
        if self._about is None:
            return
        self._asked += 1
        reading = self._service.read_by(self._about[0])
        self._bridge.run(reading, owner=self, then=self._while_asked(self._take_books), failed=self._fail)

    def _take_books(self, books: list[OpenBook]) -> None:
        self._books = books
        if self._about is None or not books:
            self._show(Activation(), LoreScene())
            return
        lab = LoreLab(self._bridge, self._service, *self._about)
        lab.read_scene(owner=self, then=self._while_asked(self._try), failed=self._fail)

    def _try(self, scene: LoreScene) -> None:
        lab = LoreLab(self._bridge, self._service)
        books = [opened.book for opened in self._books]
        show = self._while_asked(lambda activation: self._show(activation, scene))
        lab.test(books, "", scene, owner=self, then=show, failed=self._fail)

    def _while_asked(self, then: Callable[..., None]) -> Callable[..., None]:
        """Let a result through only as long as nothing newer has been asked for."""
        asked = self._asked

        def deliver(result: object) -> None:
            if asked == self._asked:
                then(result)

        return deliver

    def _fail(self, problem: UserFacingError) -> None:
        self._show(Activation(), LoreScene())
        self.summary.setText(f"{problem.sentence} {problem.next_step}".strip())

    # -- showing

    def _show(self, activation: Activation, scene: LoreScene) -> None:
        names = [plain(opened.shelved.name) for opened in self._books]
        more = len(names) - MOST_NAMED
        shown = ", ".join(names[:MOST_NAMED])
        if more > 0:
            shown = self.tr("{names} and {count} more").format(names=shown, count=QLocale().toString(more))
        self.heading.setText(self.tr("In use · %s") % QLocale().toString(len(names)))
        self.heading.setVisible(bool(names))
        self.books.setText(shown)
        self.books.setVisible(bool(names))
        told = self._told.get(self._about[1]) if self._about is not None else None
        rows = told_outcomes(told or ()) + outcomes_of(activation, scene.lines, self.tr("Told now, in this order"))
        self.model.fill(rows)
        self.frame.setVisible(bool(rows))
        self._filler.setVisible(not rows)
        self.list.setFocusPolicy(Qt.FocusPolicy.StrongFocus if rows else Qt.FocusPolicy.NoFocus)
        if names:
            words = self.tr("After the last messages: %s") % summary_of(activation, self._service.most_told())
        else:
            words = self.tr("No lorebook is read here. Open the lorebooks and choose who reads them.")
        if told is not None and (names or told):
            words = f"{told_summary(told)}\n{words}"
        self.summary.setText(words)

    def _ask_for_entry(self, book_key: str, uid: str) -> None:
        opened = next((item for item in self._books if item.book.key == book_key), None)
        if opened is not None:
            self.entry_wanted.emit(opened, uid)
