"""What each typed command does."""

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QObject

from personadesk.domain.chat_file import ChatFormat
from personadesk.domain.conversation import Message, Role
from personadesk.services.conversations import ConversationService
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.chat_files import ChatFiles
from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.chat.conversation_desk import ConversationDesk
from personadesk.ui.chat.impersonation import Impersonation
from personadesk.ui.chat.message_offers import Act
from personadesk.ui.chat.slash_commands import slash_commands

FORMS = {
    "jsonl": ChatFormat.SILLYTAVERN,
    "sillytavern": ChatFormat.SILLYTAVERN,
    "json": ChatFormat.JSON,
    "md": ChatFormat.MARKDOWN,
    "markdown": ChatFormat.MARKDOWN,
    "txt": ChatFormat.TEXT,
    "text": ChatFormat.TEXT,
    "html": ChatFormat.HTML,
}

Ready = Callable[[], None]
"""What is to be done once the composer is empty."""


class SlashDoing(QObject):
    """The pane's child."""

    def __init__(
        self,
        *,
        bridge: Bridge,
        pane: ChatPane,
        service: ConversationService,
        desk: ConversationDesk,
        files: ChatFiles,
        impersonation: Impersonation,
    ) -> None:
        super().__init__(pane)
        self._bridge = bridge
        self._pane = pane
        self._service = service
        self._desk = desk
        self._files = files
        self._impersonation = impersonation
        self._prepare: dict[str, Callable[[str], Ready | str]] = {
            "new": lambda _rest: pane.conversations.begin,
            "title": self._title,
            "regenerate": lambda _rest: self._with_reply(pane.doing.regenerate),
            "continue": lambda _rest: self._continue(),
            "swipe": self._swipe,
            "branch": lambda _rest: self._on_message(Act.BRANCH, self._focused()),
            "instead": self._instead,
            "impersonate": lambda rest: pane.doing.hindrance() or (lambda: impersonation.begin(rest)),
            "memory": lambda rest: lambda: pane.inspector.acts.remember(rest),
            "note": self._note,
            "star": lambda _rest: self._on_message(Act.STAR, self._focused()),
            "pin": lambda _rest: self._on_message(Act.PIN, self._focused()),
            "find": lambda rest: lambda: pane.find_bar.look_for(rest),
            "jump": self._jump,
            "export": self._export,
            "archive": lambda _rest: desk.archive,
            "speak": lambda _rest: self._speak(),
            "stop": lambda _rest: self._stop,
            "help": lambda _rest: self._help,
        }

    def prepare(self, word: str, rest: str) -> Ready | str:
        """What a command is going to do, or a sentence why it can't be done."""
        return self._prepare[word](rest)

    # -- conversations

    def _title(self, rest: str) -> Ready | str:
        conversation = self._pane.current.conversation
        if conversation is None:
            return self._nothing_here()
        return lambda: self._pane.conversations.save_title(conversation, rest)

    def _jump(self, rest: str) -> Ready | str:
        if not rest:
            return self._desk.ask_for_date
        try:
            day = date.fromisoformat(rest)
        except ValueError:
            return self.tr("This is no date. Write the day as in /jump 2026-01-31.")
        return lambda: self._desk.jump(day)

    def _export(self, rest: str) -> Ready | str:
        conversation = self._pane.current.conversation
        if conversation is None:
            return self._nothing_here()
        if not rest:
            return self._files.ask
        form = FORMS.get(rest.lower().removeprefix("."))
        if form is None:
            return self.tr("There is no such format. Choose jsonl, json, md, txt or html.")
        return lambda: self._files.export(conversation, form)

    # -- replies

    def _with_reply(self, act: Callable[[Message], None]) -> Ready | str:
        last = self._last()
        if last is None:
            return self._nothing_here()
        if self._pane.replying:
            return self.tr("A reply is still being written. Wait for its end or press Stop.")
        if last.role is Role.PERSONA and last.parent_id is None:
            return self.tr("The greeting comes from the card. Write something first.")
        return lambda: act(last)

    def _continue(self) -> Ready | str:
        last = self._last()
        if last is None or last.role is not Role.PERSONA or not last.text:
            return self.tr("There is no reply that could go on.")
        return self._with_reply(self._pane.doing.go_on)

    def _swipe(self, rest: str) -> Ready | str:
        last = self._last()
        if last is None or last.role is not Role.PERSONA:
            return self.tr("There is no reply to choose from.")
        wanted = rest.lower() or "next"
        if wanted.isdecimal():
            index = int(wanted) - 1
        elif wanted in ("next", "prev", "previous"):
            index = last.swipe_index + (1 if wanted == "next" else -1)
        else:
            return self.tr("Write /swipe next, /swipe prev or a number.")
        if wanted == "next" and index >= last.swipe_count:
            return self._with_reply(self._pane.doing.regenerate)
        if not 0 <= index < last.swipe_count:
            if last.swipe_count == 1:
                return self.tr("There is only this one. Use /regenerate for another.")
            return self.tr("There are %s. Choose one of them.") % last.swipe_count
        return lambda: self._pane.doing.show_swipe(last, index)

    def _instead(self, rest: str) -> Ready | str:
        model = self._pane.model
        rows = range(model.rowCount() - 1, -1, -1)
        said = next((each for row in rows if (each := model.message_at(row)) and each.role is Role.USER), None)
        if said is None:
            return self.tr("You have said nothing yet that could be said differently.")
        if not rest:
            return lambda: self._pane.doing.begin_instead(said)
        return self._pane.doing.hindrance() or (lambda: self._pane.doing.say_instead(said, rest))

    def _stop(self) -> None:
        if self._impersonation.active:
            self._impersonation.stop()
        else:
            self._pane.doing.stop()

    # -- messages

    def _last(self) -> Message | None:
        return self._pane.model.message_at(self._pane.model.rowCount() - 1)

    def _focused(self) -> Message | None:
        """The one with the focus while it can be seen, else the last one."""
        row = self._pane.transcript.currentIndex().row()
        seen = row >= 0 and self._pane.transcript.seen.placed(row) is not None
        return (self._pane.model.message_at(row) if seen else None) or self._last()

    def _on_message(self, act: Act, message: Message | None) -> Ready | str:
        if message is None:
            return self._nothing_here()
        return lambda: self._pane.transcript.act(message, act)

    def _note(self, rest: str) -> Ready | str:
        message = self._focused()
        if message is None:
            return self._nothing_here()
        return lambda: self._save_note(message, rest)

    def _save_note(self, message: Message, text: str) -> None:
        self._bridge.run(self._service.mark(message, note=text), owner=self)

    def _speak(self) -> Ready | str:
        if not self._pane.transcript.speech.possible:
            return self.tr("There is no voice yet. Choose one in the settings.")
        last = self._last()
        if last is None or last.role is not Role.PERSONA or not last.text:
            return self.tr("There is no reply to be heard.")
        return self._on_message(Act.SPEAK, last)

    def _help(self) -> None:
        from personadesk.ui.chat.slash_help import HEIGHT_PX, SlashHelp

        dialog = SlashHelp(themes=self._pane.themes, commands=slash_commands(), parent=self._pane.window())
        dialog.show_fitting(HEIGHT_PX)

    def _nothing_here(self) -> str:
        return self.tr("There is nothing in this conversation yet. Write something first.")
