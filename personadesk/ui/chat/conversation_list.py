"""All conversations of one persona: found, opened, named, archived, thrown away, exported."""

from collections.abc import Coroutine, Sequence
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListView, QMenu, QSizePolicy, QWidget

from personadesk.domain.conversation import Conversation
from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet, Event
from personadesk.domain.ids import ConversationId, PersonaId, TrashId
from personadesk.services.chat import ChatService
from personadesk.services.conversations import ConversationService
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.conversation_rows import ConversationModel, ConversationPainter
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Chip, Kind
from personadesk.ui.widgets.fields import Label, SearchField
from personadesk.ui.widgets.toasts import ToastStack
from personadesk.ui.widgets.views import ViewFrame, set_ground

READ_AT_ONCE = 60
"""Conversations whose last words are read together; the rest follows, so many at a time."""
SETTLE_MS = 120
HEIGHT_PX = 620


class ConversationList(FramedDialog):
    """Stays open while things are done. What it signals is for whoever knows the chat."""

    chosen = Signal(object)  # ConversationId to open
    left_out = Signal(object)  # ConversationId: archived or in the trash now
    export_requested = Signal(object)  # Conversation
    import_requested = Signal()
    begin_requested = Signal()

    def __init__(
        self,
        *,
        bridge: Bridge,
        themes: ThemeSource,
        service: ConversationService,
        chat: ChatService,
        persona_id: PersonaId,
        name: str,
        here: ConversationId | None,
        parent: QWidget,
    ) -> None:
        super().__init__(themes=themes, parent=parent, width_px=760)
        self._bridge = bridge
        self._service = service
        self._chat = chat
        self._persona_id = persona_id
        self._name = name
        self.set_title(self.tr("Conversations with %s") % name)
        self.toasts = ToastStack(themes, self)
        self.search = SearchField(themes, placeholder=self.tr("Search by title"))
        self.archived = Chip(themes, self.tr("Archived"))
        self.model = ConversationModel(self)
        self.model.here = here
        self.list = QListView()
        self._painter = ConversationPainter(model=self.model, themes=themes, parent=self)
        self.frame = ViewFrame(themes, self.list)
        self.empty = Label(themes, ink="muted", wrap=True)
        self.open_button = Button(themes, self.tr("Open"), kind=Kind.PRIMARY)
        self.rename = Button(themes, self.tr("Rename"), icon="edit", compact=True)
        self.archive = Button(themes, self.tr("Archive"), icon="archive", compact=True)
        self.export = Button(themes, self.tr("Export…"), icon="external-link", compact=True)
        self.trash = Button(themes, self.tr("Move to trash"), icon="trash", compact=True)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLE_MS)
        self._settling.timeout.connect(self.read)
        self._build()
        self._connect()
        self._dress(themes.theme)
        self.read()

    @property
    def selected(self) -> Conversation | None:
        return self.model.conversation(self.list.currentIndex().row())

    def read(self) -> None:
        """Read the list anew; the same conversation stays selected."""
        self._bridge.run(self._service.listing(self._persona_id), owner=self, then=self._take, failed=self._say)

    # -- building

    def _build(self) -> None:
        themes = self.themes
        self.list.setModel(self.model)
        self.list.setItemDelegate(self._painter)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName(self.tr("Conversations"))
        self.list.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.setMouseTracking(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        find = QHBoxLayout()
        find.setSpacing(10)
        find.addWidget(self.search, 1)
        find.addWidget(self.archived)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for button in (self.rename, self.archive, self.export, self.trash):
            acts.addWidget(button)
        acts.addStretch(1)
        self.content.addLayout(find)
        self.content.addWidget(self.frame, 1)
        self.content.addWidget(self.empty, 1)
        self.content.addLayout(acts)
        begin = Button(themes, self.tr("New conversation"), icon="plus")
        begin.clicked.connect(self.begin_requested)
        bring = Button(themes, self.tr("Import…"), icon="import")
        bring.clicked.connect(self.import_requested)
        close = Button(themes, self.tr("Close"))
        close.clicked.connect(self.reject)
        self.buttons.addWidget(begin)
        self.buttons.addWidget(bring)
        self.buttons.addStretch(1)
        self.buttons.addWidget(close)
        self.buttons.addWidget(self.open_button)
        stops = (self.search, self.archived, self.list, self.rename, self.archive, self.export, self.trash)
        for first, second in pairwise((*stops, begin, bring, close, self.open_button)):
            QWidget.setTabOrder(first, second)
        self.search.setFocus()

    def _connect(self) -> None:
        self.search.changed.connect(self._narrow)
        self.search.left.connect(self._enter_list)
        self.search.entered.connect(self._open)
        self.archived.toggled.connect(self._narrow)
        self.list.activated.connect(self._open)
        self.list.customContextMenuRequested.connect(self._open_menu)
        self.list.selectionModel().currentChanged.connect(self._allow)
        self.model.renamed.connect(self._save_title)
        self.open_button.clicked.connect(self._open)
        self.rename.clicked.connect(self._begin_rename)
        self.archive.clicked.connect(self._archive)
        self.export.clicked.connect(self._export)
        self.trash.clicked.connect(self._throw_away)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.list, self._throw_away)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        self.themes.changed.connect(self._dress)
        self._bridge.events.connect(self._hear)

    # -- reading

    def _hear(self, event: Event) -> None:
        if isinstance(event, ChangeSet) and (
            event.conversations or (event.trash and self._persona_id in event.personas)
        ):
            self._settling.start()

    def _take(self, conversations: Sequence[Conversation]) -> None:
        if self._painter.editing:
            # A name that is being typed would be lost.
            self._settling.start()
            return
        chosen = self.selected.id if self.selected else self.model.here
        self.model.fill(conversations)
        if self.archived.isChecked() and not self.model.archived_count():
            self.archived.setChecked(False)
        self._select(chosen)
        self._read_words([item.id for item in conversations])

    def _read_words(self, conversation_ids: Sequence[ConversationId]) -> None:
        first, rest = conversation_ids[:READ_AT_ONCE], conversation_ids[READ_AT_ONCE:]
        if not first:
            return

        def take(words: dict[ConversationId, str]) -> None:
            self.model.take_words(words)
            self._read_words(rest)

        self._bridge.run(self._service.newest_words(self._persona_id, first), owner=self, then=take, failed=self._say)

    def _narrow(self) -> None:
        chosen = self.selected.id if self.selected else None
        self.model.narrow(self.search.line.text(), archived=self.archived.isChecked())
        self._select(chosen)

    def _select(self, conversation_id: ConversationId | None) -> None:
        """Select a conversation, or the first that is shown."""
        row = max(self.model.row_of(conversation_id), 0)
        self.list.setCurrentIndex(self.model.index(row))
        self._show_words()
        self._allow()

    def _show_words(self) -> None:
        some = self.model.rowCount() > 0
        self.frame.setVisible(some)
        self.empty.setVisible(not some)
        aside = self.model.archived_count()
        self.archived.setVisible(aside > 0)
        self.archived.set_text(self.tr("Archived (%s)") % aside)
        if self.search.line.text().strip():
            self.empty.setText(self.tr("No title holds these words. Try fewer of them."))
        elif aside and not self.archived.isChecked():
            self.empty.setText(self.tr("Every conversation is archived. Begin a new one, or look among the archived."))
        else:
            self.empty.setText(self.tr("There is no conversation with %s yet. Begin one.") % self._name)

    def _allow(self, _now: object = None, _before: object = None) -> None:
        chosen = self.selected
        for button in (self.open_button, self.rename, self.archive, self.export, self.trash):
            button.setEnabled(chosen is not None)
        aside = chosen is not None and chosen.archived
        self.archive.set_text(self.tr("Take out of the archive") if aside else self.tr("Archive"))

    # -- doing

    def _enter_list(self) -> None:
        if self.model.rowCount():
            self.list.setFocus(Qt.FocusReason.TabFocusReason)

    def _open(self, _index: QModelIndex | QPersistentModelIndex | None = None) -> None:
        chosen = self.selected
        if chosen is not None:
            self.accept()
            self.chosen.emit(chosen.id)

    def _begin_rename(self) -> None:
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.list.edit(self.list.currentIndex())

    def _save_title(self, conversation: Conversation, title: str) -> None:
        self._do(self._chat.rename_conversation(self._persona_id, conversation.id, title))

    def _archive(self) -> None:
        chosen = self.selected
        if chosen is None:
            return
        aside = not chosen.archived
        self._bridge.run(
            self._service.archive(self._persona_id, chosen.id, archived=aside),
            owner=self,
            then=lambda _none: self._archived(chosen.id, aside),
            failed=self._say,
        )

    def _archived(self, conversation_id: ConversationId, aside: bool) -> None:
        self.read()
        if aside:
            self.toasts.say(
                self.tr("Conversation archived."),
                action=self.tr("Undo"),
                act=lambda: self._do(self._service.archive(self._persona_id, conversation_id, archived=False)),
            )
            self.left_out.emit(conversation_id)

    def _throw_away(self) -> None:
        chosen = self.selected
        if chosen is not None:
            self._bridge.run(
                self._chat.delete_conversation(self._persona_id, chosen.id),
                owner=self,
                then=lambda trash_id: self._thrown_away(chosen.id, trash_id),
                failed=self._say,
            )

    def _thrown_away(self, conversation_id: ConversationId, trash_id: TrashId) -> None:
        self.read()
        self.toasts.say(
            self.tr("Conversation moved to the trash."),
            action=self.tr("Undo"),
            act=lambda: self._do(self._chat.restore(trash_id)),
        )
        self.left_out.emit(conversation_id)

    def _export(self) -> None:
        if self.selected is not None:
            self.export_requested.emit(self.selected)

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        self._bridge.run(work, owner=self, then=lambda _none: self.read(), failed=self._say)

    def _say(self, problem: UserFacingError) -> None:
        self.toasts.say(f"{problem.sentence} {problem.next_step}".strip(), bad=True)

    def _open_menu(self, at: QPoint) -> None:
        if self.selected is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(self.themes.theme))
        ink = self.themes.theme.muted
        menu.addAction(icon("chat", ink), self.tr("Open"), self._open)
        menu.addAction(icon("edit", ink), self.tr("Rename"), self._begin_rename)
        menu.addAction(icon("archive", ink), self.archive.text(), self._archive)
        menu.addAction(icon("external-link", ink), self.tr("Export…"), self._export)
        menu.addAction(icon("trash", ink), self.tr("Move to trash"), self._throw_away)
        menu.popup(self.list.viewport().mapToGlobal(at))

    def _dress(self, theme: Theme) -> None:
        set_ground(self.list, theme)
