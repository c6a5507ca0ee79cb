"""What a user does in a chat: send, stop, try again, swipe, edit, delete, follow a link."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from personadesk.domain.conversation import Conversation, Edit, Message, Role
from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.domain.ids import TrashId
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.composer import Composer, joined
from personadesk.ui.chat.open_chat import OpenChat
from personadesk.ui.chat.transcript_model import TranscriptModel
from personadesk.ui.chat.transcript_view import TranscriptView
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.widgets.toasts import ToastStack

LIVE_SCHEMES = ("http", "https", "mailto")


class ChatActions(QObject):
    """Carries the signals of composer and transcript to the chat service."""

    def __init__(
        self,
        *,
        bridge: Bridge,
        desk: ModelDesk,
        current: OpenChat,
        composer: Composer,
        model: TranscriptModel,
        toasts: ToastStack,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._desk = desk
        self._current = current
        self._composer = composer
        self._model = model
        self._toasts = toasts
        self.prepare: Callable[[str], str | None] = str
        """Gives what of a text is to be sent, None for nothing."""
        composer.send_requested.connect(self.send)
        composer.stop_requested.connect(self.stop)
        composer.edit_requested.connect(self.save_edit)
        composer.edit_last_requested.connect(self.edit_last)
        composer.draft_changed.connect(self.save_draft)
        composer.edit_changed.connect(self._keep_edit)
        composer.edit_left.connect(lambda edit: self._forget_edit(edit.message))
        composer.typed.connect(desk.warm_up)

    def listen_to(self, view: TranscriptView) -> None:
        view.swipe_requested.connect(self.show_swipe)
        view.regenerate_requested.connect(self.regenerate)
        view.retry_requested.connect(self.regenerate)
        view.continue_requested.connect(self.go_on)
        view.edit_requested.connect(self._begin_edit)
        view.delete_requested.connect(self.delete)
        view.link_activated.connect(self.open_link)
        view.copied.connect(self._say_copied)

    def send(self, written: str) -> None:
        chat, conversation = self._current.chat, self._current.conversation
        if chat is None or conversation is None:
            return
        text = self.prepare(written)
        if text is None:
            return
        if not self._desk.usable:
            kept = self.tr("Your message stays here until then.")
            self._composer.say(f"{self._desk.status.sentence} {kept}")
            return
        self._composer.clear()
        self._current.drafts[conversation.id] = ""
        self._bridge.run(
            chat.send(conversation.persona_id, conversation.id, text),
            owner=self,
            failed=partial(self._could_not_send, conversation, written),
        )

    def _could_not_send(self, conversation: Conversation, text: str, problem: UserFacingError) -> None:
        """Return the text to where it was written, also when another chat is on screen by now."""
        why = f"{problem.sentence} {problem.next_step}".strip()
        if conversation.id == self._current.conversation_id:
            self._composer.put_back(text)
            self._composer.say(why)
            return
        self._keep_draft(conversation, joined(text, self._current.drafts.get(conversation.id, "")))
        self._toasts.say(self.tr("A message could not be sent and waits in its chat. %s") % why, bad=True)

    def stop(self) -> None:
        if self._current.chat is not None and self._current.conversation is not None:
            self._bridge.run(self._current.chat.stop(self._current.conversation.id), owner=self)

    def save_draft(self, draft: str) -> None:
        if self._current.conversation is not None:
            self._keep_draft(self._current.conversation, draft)

    def _keep_draft(self, conversation: Conversation, draft: str) -> None:
        self._current.drafts[conversation.id] = draft
        if self._current.chat is not None:
            self._bridge.run(self._current.chat.save_draft(conversation.persona_id, conversation.id, draft))

    def edit_last(self) -> None:
        """Edit the newest thing the user said, if it is among the rows at hand."""
        for row in range(self._model.rowCount() - 1, -1, -1):
            message = self._model.message_at(row)
            if message is None:
                return
            if message.role is Role.USER:
                self._begin_edit(message)
                return

    def _begin_edit(self, message: Message) -> None:
        self.go_on_editing(Edit(message, message.text))

    def begin_instead(self, message: Message) -> None:
        """Write something else in place of what the user said then; sending it begins a branch."""
        self.go_on_editing(Edit(message, message.text, instead=True))

    def go_on_editing(self, edit: Edit) -> None:
        """Put an edit into the composer as far as it has come."""
        self._composer.begin_edit(edit)
        self._keep_edit(edit)
        if edit.instead:
            self._composer.say(self.tr("Sent as a branch: what came after stays, beside it."))

    def say_instead(self, message: Message, text: str) -> None:
        """Say something else in place of what the user said then, as a branch; `hindrance` is asked before."""
        chat, conversation = self._current.chat, self._current.conversation
        if chat is None or conversation is None:
            return
        self._bridge.run(
            chat.send_instead(message, text),
            owner=self,
            failed=partial(self._could_not_send, conversation, f"/instead {text}"),
        )

    def hindrance(self) -> str:
        """Why no reply can be asked for now; "" where one can."""
        if self._composer.replying:
            return self.tr("A reply is still being written. Wait for its end or press Stop.")
        return "" if self._desk.usable else self._desk.status.sentence

    def save_edit(self, edit: Edit) -> None:
        """Put what was written in the message's place. Where that can't be, it stays or comes back, with the reason."""
        chat, conversation, message = self._current.chat, self._current.conversation, edit.message
        if chat is None or conversation is None:
            return
        hindrance = self.hindrance() if edit.instead else ""
        if hindrance:
            self._composer.say(hindrance)
            return
        self._composer.end_edit()
        work: Coroutine[Any, Any, Message | None]
        if edit.instead:
            work = chat.send_instead(message, edit.text)
        elif edit.text != message.text:
            work = chat.edit(message.persona_id, message.id, edit.text)
        else:
            self._forget_edit(message)
            return
        self._bridge.run(
            work,
            owner=self,
            then=lambda _done: self._forget_edit(message),
            failed=partial(self._could_not_save, conversation, edit),
        )

    def _could_not_save(self, conversation: Conversation, edit: Edit, problem: UserFacingError) -> None:
        """Open the edit again where it was; without its message, or beside another edit, its words join the draft."""
        why = f"{problem.sentence} {problem.next_step}".strip()
        here = conversation.id == self._current.conversation_id
        another = self._composer.edit_in_progress if here else self._current.edits.get(conversation.id)
        if isinstance(problem, NotFound) or another is not None:
            self._could_not_send(conversation, edit.text, problem)
            self._forget_edit(edit.message)
        elif here:
            self.go_on_editing(edit)
            self._composer.say(why)
        else:
            self._keep_edit(edit)
            self._toasts.say(self.tr("An edit could not be saved and waits in its chat. %s") % why, bad=True)

    def _keep_edit(self, edit: Edit) -> None:
        self._current.edits[edit.message.conversation_id] = edit
        if self._current.chat is not None:
            self._bridge.run(self._current.chat.keep_edit(edit))

    def _forget_edit(self, message: Message) -> None:
        kept = self._current.edits.get(message.conversation_id)
        if kept is None or kept.message.id == message.id:
            self._current.edits[message.conversation_id] = None
        if self._current.chat is not None:
            self._bridge.run(self._current.chat.forget_edit(message))

    def show_swipe(self, message: Message, index: int) -> None:
        if self._current.chat is not None:
            self._bridge.run(self._current.chat.show_swipe(message.persona_id, message.id, index), owner=self)

    def regenerate(self, message: Message) -> None:
        """Ask for another reply; of the user's own last message, for one at all."""
        chat = self._current.chat
        if chat is None:
            return
        if not self._desk.usable:
            self._composer.say(self._desk.status.sentence)
            return
        if message.role is Role.USER:
            self._bridge.run(chat.answer(message.persona_id, message.conversation_id), owner=self)
        else:
            self._bridge.run(chat.regenerate(message.persona_id, message.conversation_id, message.id), owner=self)

    def go_on(self, message: Message) -> None:
        """Let a reply that broke off go on in the same text."""
        chat = self._current.chat
        if chat is None:
            return
        if not self._desk.usable:
            self._composer.say(self._desk.status.sentence)
            return
        self._bridge.run(chat.continue_reply(message.persona_id, message.conversation_id, message.id), owner=self)

    def delete(self, message: Message) -> None:
        if self._current.chat is not None:
            self._bridge.run(self._current.chat.delete_message(message), owner=self, then=self._offer_undo)

    def _offer_undo(self, trash_id: TrashId) -> None:
        self._toasts.say(self.tr("Message deleted."), action=self.tr("Undo"), act=lambda: self._restore(trash_id))

    def _restore(self, trash_id: TrashId) -> None:
        if self._current.chat is not None:
            self._bridge.run(self._current.chat.restore(trash_id), owner=self)

    def open_link(self, address: str) -> None:
        url = QUrl(address)
        if url.scheme() in LIVE_SCHEMES:
            QDesktopServices.openUrl(url)

    def _say_copied(self) -> None:
        self._toasts.say(self.tr("Copied."))
