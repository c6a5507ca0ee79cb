"""What is done with whole conversations beside talking in them: listed, put aside, moved through, kept in step."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from personadesk.domain.conversation import Conversation
from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet, Event
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.services.conversations import ConversationService
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.chat_files import ChatFiles
from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.chat.marked_page import MarkedPage
from personadesk.ui.chat.transcript_days import local_day
from personadesk.ui.widgets.toasts import ToastStack

if TYPE_CHECKING:
    # Imported when it is opened.
    from personadesk.ui.chat.conversation_list import ConversationList


class ConversationDesk(QObject):
    """The pane's child."""

    def __init__(
        self, *, bridge: Bridge, pane: ChatPane, toasts: ToastStack, service: ConversationService, files: ChatFiles
    ) -> None:
        super().__init__(pane)
        self._bridge = bridge
        self._pane = pane
        self._toasts = toasts
        self._service = service
        self._files = files
        self._list: ConversationList | None = None
        self.marked = MarkedPage(bridge=bridge, themes=pane.themes, service=service)
        pane.inspector.add_page(self.tr("Marked"), self.marked)
        self.marked.chosen.connect(self._reveal)
        menu = pane.conversations
        menu.list_requested.connect(self.open_list)
        menu.archive_requested.connect(self.archive)
        menu.export_requested.connect(files.ask)
        menu.import_requested.connect(files.choose)
        menu.jump_requested.connect(self.ask_for_date)
        pane.shown.connect(self._follow)
        bridge.events.connect(self._hear)

    # -- the list

    def open_list(self) -> None:
        """Show all conversations of the persona on screen."""
        current = self._pane.current
        if current.chat is None or current.summary is None or self._list is not None:
            return
        from personadesk.ui.chat.conversation_list import HEIGHT_PX, ConversationList

        dialog = ConversationList(
            bridge=self._bridge,
            themes=self._pane.themes,
            service=self._service,
            chat=current.chat,
            persona_id=current.summary.id,
            name=current.summary.shown_name,
            here=current.conversation_id,
            parent=self._pane.window(),
        )
        dialog.chosen.connect(self._pane.conversations.chosen)
        dialog.left_out.connect(self._left_out)
        dialog.export_requested.connect(self._files.ask)
        dialog.import_requested.connect(dialog.accept)
        dialog.import_requested.connect(self._files.choose)
        dialog.begin_requested.connect(dialog.accept)
        dialog.begin_requested.connect(self._pane.conversations.begin)
        dialog.finished.connect(self._forget_list)
        self._list = dialog
        # The window's own can't be pressed while the dialog is open.
        self._files.toasts = dialog.toasts
        dialog.show_fitting(HEIGHT_PX)

    def _forget_list(self) -> None:
        self._list = None
        self._files.toasts = self._toasts

    def _left_out(self, conversation_id: ConversationId) -> None:
        if conversation_id == self._pane.conversation_id:
            self._pane.conversations.chosen.emit(None)

    # -- putting aside

    def archive(self) -> None:
        """Put the open conversation aside, or bring it back from there."""
        conversation = self._pane.current.conversation
        if conversation is None:
            return
        aside = not conversation.archived
        self._bridge.run(
            self._service.archive(conversation.persona_id, conversation.id, archived=aside),
            owner=self,
            then=lambda _none: self._archived(conversation) if aside else None,
        )

    def _archived(self, conversation: Conversation) -> None:
        self._toasts.say(
            self.tr("Conversation archived."), action=self.tr("Undo"), act=lambda: self._take_back(conversation)
        )
        self._left_out(conversation.id)

    def _take_back(self, conversation: Conversation) -> None:
        self._bridge.run(
            self._service.archive(conversation.persona_id, conversation.id, archived=False),
            owner=self,
            then=lambda _none: self._show_again(conversation),
        )

    def _show_again(self, conversation: Conversation) -> None:
        if self._pane.persona_id == conversation.persona_id:
            self._pane.conversations.chosen.emit(conversation.id)

    # -- going through it

    def ask_for_date(self) -> None:
        """Ask for a day of the open conversation, and go there."""
        conversation = self._pane.current.conversation
        if conversation is None:
            return
        from personadesk.ui.chat.jump_dialog import HEIGHT_PX, JumpDialog

        dialog = JumpDialog(
            themes=self._pane.themes,
            first=local_day(conversation.created_at),
            last=max(local_day(conversation.created_at), local_day(datetime.now(UTC))),
            parent=self._pane.window(),
        )
        dialog.chosen.connect(self.jump)
        self._bridge.run(
            self._service.spoken_days(conversation.persona_id, conversation.id),
            owner=dialog,
            then=dialog.show_spoken,
            # The calendar serves without.
            failed=lambda _problem: None,
        )
        dialog.show_fitting(HEIGHT_PX)

    def jump(self, day: date) -> None:
        """Show the first message from a local day on, or the last one before it."""
        conversation = self._pane.current.conversation
        if conversation is None:
            return
        self._bridge.run(
            self._service.position_at(
                conversation.persona_id, conversation.id, datetime.combine(day, time.min).astimezone()
            ),
            owner=self,
            then=lambda position: self._arrive(conversation.id, position),
            failed=self._say,
        )

    def _arrive(self, conversation_id: ConversationId, position: int | None) -> None:
        if conversation_id == self._pane.conversation_id and position is not None:
            self._reveal(position)

    def show_marked(self) -> None:
        """Show what is marked in the open conversation."""
        if self._pane.conversation_id is not None:
            self._pane.beside.show_page(self.marked)

    def _reveal(self, position: int) -> None:
        self._pane.beside.make_way()
        self._pane.reveal(position)
        self._pane.transcript.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # -- keeping in step

    def _follow(self, persona_id: PersonaId) -> None:
        current = self._pane.current
        if current.conversation is not None and current.summary is not None:
            self.marked.show_chat(persona_id, current.conversation.id, current.summary.shown_name)

    def _hear(self, event: Event) -> None:
        """A name, or its place in the archive, may have changed."""
        here = self._pane.conversation_id
        persona_id = self._pane.persona_id
        if not isinstance(event, ChangeSet) or not event.conversations or persona_id is None or here is None:
            return
        if here in event.conversations or persona_id in event.personas:
            self._bridge.run(
                self._service.listing(persona_id),
                owner=self,
                then=lambda listed: self._take_listing(persona_id, listed),
                # Whoever opens it next is told what is wrong.
                failed=lambda _problem: None,
            )

    def _take_listing(self, persona_id: PersonaId, listed: Sequence[Conversation]) -> None:
        if persona_id == self._pane.persona_id:
            self._pane.take_conversations(tuple(listed))

    def _say(self, problem: UserFacingError) -> None:
        self._toasts.say(f"{problem.sentence} {problem.next_step}".strip(), bad=True)
