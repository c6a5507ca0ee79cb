"""Joins the meter in the composer with what fills the context."""

from PySide6.QtCore import QObject

from personadesk.services.context import ContextService
from personadesk.services.conversations import ConversationService
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.chat.context_dialog import ContextDialog

DIALOG_HEIGHT_PX = 600


class ContextDesk(QObject):
    """GUI thread. Counting happens behind, and may wake the model: the dialog is open meanwhile."""

    def __init__(
        self, *, bridge: Bridge, pane: ChatPane, context: ContextService, conversations: ConversationService
    ) -> None:
        super().__init__(pane)
        self._bridge = bridge
        self._pane = pane
        self._context = context
        self._conversations = conversations
        pane.composer.meter.clicked.connect(self.open)

    def open(self) -> None:
        """Show what the next prompt would hold, with what stands in the composer."""
        conversation = self._pane.current.conversation
        if conversation is None:
            return
        whose = conversation.persona_id, conversation.id
        dialog = ContextDialog(themes=self._pane.themes, parent=self._pane.window())
        dialog.summary_saved.connect(
            lambda text: self._bridge.run(
                self._conversations.edit_summary(*whose, text),
                owner=dialog,
                then=lambda _none: dialog.accept(),
                failed=dialog.show_problem,
            )
        )
        draft = self._pane.composer.editor.toPlainText()
        self._bridge.run(
            self._context.view(*whose, draft), owner=dialog, then=dialog.show_view, failed=dialog.show_problem
        )
        self._bridge.run(self._conversations.summary(*whose), owner=dialog, then=dialog.show_summary)
        dialog.show_fitting(DIALOG_HEIGHT_PX)
