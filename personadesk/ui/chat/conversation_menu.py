"""The menu of a persona's conversations: switch, begin, name, put aside, delete."""

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from personadesk.domain.conversation import Conversation
from personadesk.domain.ids import TrashId
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.conversation_words import title_of
from personadesk.ui.chat.open_chat import OpenChat
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.toasts import ToastStack

MOST_SHOWN = 20
TITLE_CHARS = 48


class ConversationMenu(QObject):
    """`chosen` carries a ConversationId to open, None for the one used last."""

    chosen = Signal(object)
    save_speech_requested = Signal()
    list_requested = Signal()
    archive_requested = Signal()
    export_requested = Signal()
    import_requested = Signal()
    jump_requested = Signal()
    impersonate_requested = Signal()

    def __init__(
        self, *, bridge: Bridge, current: OpenChat, themes: ThemeSource, toasts: ToastStack, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._current = current
        self._themes = themes
        self._toasts = toasts
        self._widget = parent
        self.can_speak = False

    def title_of(self, conversation: Conversation) -> str:
        """Its name, or the day it began."""
        return title_of(conversation)

    def open(self, point: QPoint) -> None:
        """Show the menu at a global point."""
        menu = QMenu(self._widget)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(self._themes.theme))
        for conversation in self._listed():
            title = self.title_of(conversation)
            shown = title if len(title) <= TITLE_CHARS else title[: TITLE_CHARS - 1] + "…"
            entry = QAction(shown.replace("&", "&&"), menu)
            entry.setCheckable(True)
            entry.setChecked(conversation.id == self._current.conversation_id)
            entry.triggered.connect(lambda _checked=False, item=conversation: self.chosen.emit(item.id))
            menu.addAction(entry)
        ink = self._themes.theme.muted
        menu.addAction(icon("history", ink), self.tr("All conversations…"), self.list_requested.emit)
        menu.addSeparator()
        menu.addAction(icon("plus", ink), self.tr("New conversation"), self.begin)
        menu.addAction(icon("edit", ink), self.tr("Name this conversation…"), self.rename)
        aside = self._current.conversation is not None and self._current.conversation.archived
        archive = self.tr("Take out of the archive") if aside else self.tr("Archive")
        menu.addAction(icon("archive", ink), archive, self.archive_requested.emit)
        menu.addAction(icon("trash", ink), self.tr("Move to trash"), self.delete)
        menu.addSeparator()
        menu.addAction(icon("arrow-down", ink), self.tr("Go to a date…"), self.jump_requested.emit)
        menu.addAction(icon("user", ink), self.tr("Write my next message"), self.impersonate_requested.emit)
        menu.addSeparator()
        menu.addAction(icon("external-link", ink), self.tr("Export…"), self.export_requested.emit)
        menu.addAction(icon("import", ink), self.tr("Import a chat…"), self.import_requested.emit)
        if self.can_speak:
            menu.addAction(icon("volume", ink), self.tr("Save as speech…"), self.save_speech_requested.emit)
        menu.popup(point)

    def begin(self) -> None:
        """Begin a new conversation; the others stay in the menu."""
        chat, persona_id = self._current.chat, self._current.persona_id
        if chat is not None and persona_id is not None:
            self._bridge.run(chat.new_conversation(persona_id), owner=self, then=lambda made: self.chosen.emit(made.id))

    def rename(self) -> None:
        conversation = self._current.conversation
        if conversation is None:
            return
        dialog = QInputDialog(self._widget)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Name this conversation"))
        dialog.setLabelText(self.tr("Name"))
        dialog.setTextValue(conversation.title)
        dialog.textValueSelected.connect(lambda title: self.save_title(conversation, title))
        dialog.open()

    def delete(self) -> None:
        chat, conversation = self._current.chat, self._current.conversation
        if chat is not None and conversation is not None:
            self._bridge.run(
                chat.delete_conversation(conversation.persona_id, conversation.id),
                owner=self,
                then=self._deleted,
            )

    def save_title(self, conversation: Conversation, title: str) -> None:
        if self._current.chat is None:
            return
        self._bridge.run(
            self._current.chat.rename_conversation(conversation.persona_id, conversation.id, title),
            owner=self,
        )

    def _deleted(self, trash_id: TrashId) -> None:
        self._toasts.say(
            self.tr("Conversation moved to the trash."), action=self.tr("Undo"), act=lambda: self._restore(trash_id)
        )
        self.chosen.emit(None)

    def _restore(self, trash_id: TrashId) -> None:
        chat, deleted_from = self._current.chat, self._current.persona_id
        if chat is not None:
            self._bridge.run(
                chat.restore(trash_id),
                owner=self,
                then=lambda _none: self.chosen.emit(None) if self._current.persona_id == deleted_from else None,
            )

    def _listed(self) -> list[Conversation]:
        """Those at hand, and the one that is open wherever it lies."""
        here = self._current.conversation_id
        return [item for item in self._current.conversations if not item.archived or item.id == here][:MOST_SHOWN]
