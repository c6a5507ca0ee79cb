"""Beside the chat: what was pinned, starred or noted in it."""

from collections.abc import Sequence

from PySide6.QtCore import QLocale, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QListView, QVBoxLayout, QWidget

from personadesk.domain.conversation import Message
from personadesk.domain.events import Event, MessageChanged, PathChanged
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.services.conversations import ConversationService
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.marked_rows import MarkedModel, MarkedPainter
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.views import ViewFrame, set_ground

SETTLE_MS = 150


class MarkedPage(QWidget):
    """Reads while it is on screen. `chosen` carries a position of the conversation's path."""

    chosen = Signal(int)

    def __init__(self, *, bridge: Bridge, themes: ThemeSource, service: ConversationService) -> None:
        super().__init__()
        self._bridge = bridge
        self._service = service
        self._about: tuple[PersonaId, ConversationId] | None = None
        self._stale = False
        self.heading = Label(themes, ink="faint", bold=True, elide=True, size_pt=self.font().pointSizeF() * 0.92)
        self.model = MarkedModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(MarkedPainter(model=self.model, themes=themes, parent=self))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setAccessibleName(self.tr("Marked messages"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.frame = ViewFrame(themes, self.list)
        self.empty = Label(
            themes,
            self.tr("Nothing is marked here yet. Star, pin or note a message from its menu, and it is found here."),
            ink="muted",
            wrap=True,
        )
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.heading)
        layout.addWidget(self.frame, 1)
        layout.addWidget(self.empty, 1)
        self.setFocusProxy(self.list)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLE_MS)
        self._settling.timeout.connect(self._read)
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        bridge.events.connect(self._hear)
        themes.changed.connect(self._dress)
        self._dress(themes.theme)
        self._take(())

    def show_chat(self, persona_id: PersonaId, conversation_id: ConversationId, name: str) -> None:
        """Show what is marked in a conversation."""
        if self._about != (persona_id, conversation_id):
            self._about = (persona_id, conversation_id)
            self.model.name = name
            self._take(())
            self._read()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._read()

    # -- inside

    def _hear(self, event: Event) -> None:
        if self._about is None:
            return
        if isinstance(event, MessageChanged) and event.message.conversation_id == self._about[1]:
            message = event.message
            if message.starred or message.pinned or message.note or self.model.holds(message):
                self._settling.start()
        elif isinstance(event, PathChanged) and event.conversation_id == self._about[1]:
            self._settling.start()

    def _read(self) -> None:
        self._stale = not self.isVisible()
        about = self._about
        if self._stale or about is None:
            return
        self._bridge.run(
            self._service.marked_messages(*about),
            owner=self,
            then=lambda messages: self._take(messages) if about == self._about else None,
            failed=lambda _gone: self._take(()),
        )

    def _take(self, messages: Sequence[Message]) -> None:
        chosen = self.model.message(self.list.currentIndex().row())
        self.model.fill(messages)
        self.list.setCurrentIndex(self.model.index(max(self.model.row_of(chosen), 0)))
        self.frame.setVisible(bool(messages))
        self.heading.setVisible(bool(messages))
        self.heading.setText(self.tr("Marked here · %s") % QLocale().toString(len(messages)))
        self.empty.setVisible(not messages)

    def _choose(self, index: QModelIndex | QPersistentModelIndex) -> None:
        message = self.model.message(index.row())
        if message is not None:
            self.chosen.emit(message.position)

    def _dress(self, theme: Theme) -> None:
        set_ground(self.list, theme)
