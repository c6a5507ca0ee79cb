"""Joins the meter in the composer with what fills the context."""

from concurrent.futures import Future

from PySide6.QtCore import QObject, QTimer

from personadesk.domain.conversation import Message
from personadesk.domain.events import ChangeSet, Event, MessageChanged, PathChanged, ReplyEnded, ReplyStarted
from personadesk.domain.prompt_parts import ContextFill
from personadesk.services.context import ContextService
from personadesk.services.conversations import ConversationService
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.chat.context_dialog import ContextDialog

DIALOG_HEIGHT_PX = 600

FILL_DELAY_MS = 200
"""After a conversation has come on screen, or has changed: who pages through personas has none of them counted."""


class ContextDesk(QObject):
    """GUI thread. Counting happens behind; for the dialog, which is open meanwhile, it may wake the model."""

    def __init__(
        self, *, bridge: Bridge, pane: ChatPane, context: ContextService, conversations: ConversationService
    ) -> None:
        super().__init__(pane)
        self._bridge = bridge
        self._pane = pane
        self._context = context
        self._conversations = conversations
        self._filling: Future[ContextFill] | None = None
        self._files_came = False
        """While a reply was written, which measures without them."""
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(FILL_DELAY_MS)
        self._delay.timeout.connect(self._fill)
        pane.composer.meter.clicked.connect(self.open)
        pane.shown.connect(self._begin)
        bridge.events.connect(self._take_event)
        if pane.current.conversation is not None:
            # It was opened while the window was being joined.
            self._begin()

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

    # -- filling the meter of a conversation that was opened, or whose prompt is another now

    def _begin(self, *_persona: object) -> None:
        self._cancel()
        self._delay.start()

    def _cancel(self) -> None:
        self._delay.stop()
        if self._filling is not None:
            self._filling.cancel()
            self._filling = None

    def _fill(self) -> None:
        conversation = self._pane.current.conversation
        if conversation is None or self._pane.replying:
            return
        self._files_came = False

        def show(fill: ContextFill) -> None:
            if self._pane.current.conversation_id == conversation.id:
                composer = self._pane.composer
                composer.set_context(fill.prompt_tokens, fill.context_tokens, estimated=fill.estimated)

        self._filling = self._bridge.run(
            self._context.fill(conversation.persona_id, conversation.id),
            owner=self,
            then=show,
            failed=lambda _problem: None,  # who writes is told why nobody answers
        )

    def _take_event(self, event: Event) -> None:
        """A reply measures better than a count: what was begun before must not come over it."""
        match event:
            case ReplyStarted(conversation_id=where) | ReplyEnded(message=Message(conversation_id=where)):
                if where == self._pane.current.conversation_id:
                    self._cancel()
                    if self._files_came and isinstance(event, ReplyEnded):
                        self._begin()
            case PathChanged(conversation_id=where) | MessageChanged(message=Message(conversation_id=where)):
                if where == self._pane.current.conversation_id:
                    self._begin()
            case ChangeSet() if self._changes_the_prompt(event):
                self._files_came |= self._pane.replying and bool(event.files)
                self._begin()

    def _changes_the_prompt(self, change: ChangeSet) -> bool:
        """Of what is open: by another model, name, book or file, by what the persona is or what it knows."""
        conversation = self._pane.current.conversation
        if conversation is None:
            return False
        whoever = bool(change.settings) or change.lorebooks or change.people
        of_it = conversation.id in change.files or conversation.persona_id in change.memories | change.cards
        return whoever or of_it
