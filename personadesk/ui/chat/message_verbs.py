"""What can be done with a message beside the common things: branches, marks, notes, quotes, its earlier texts."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QLocale, QObject, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QFileDialog, QMenu

from personadesk.domain.conversation import Branch, Message, WrittenText
from personadesk.domain.ids import MessageId
from personadesk.services.conversations import ConversationService
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.chat_actions import ChatActions
from personadesk.ui.chat.composer import Composer
from personadesk.ui.chat.conversation_words import messages_words
from personadesk.ui.chat.markdown_plain import plain_text
from personadesk.ui.chat.message_offers import Act
from personadesk.ui.chat.message_picture import draw_messages, write_picture
from personadesk.ui.chat.note_dialog import NoteDialog
from personadesk.ui.chat.texts_dialog import TextsDialog
from personadesk.ui.chat.transcript_days import day_label, local_day
from personadesk.ui.chat.transcript_view import TranscriptView
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.toasts import ToastStack

OPENING_CHARACTERS = 46


class MessageVerbs(QObject):
    """GUI thread. Made once the store is open."""

    def __init__(
        self,
        *,
        bridge: Bridge,
        themes: ThemeSource,
        toasts: ToastStack,
        view: TranscriptView,
        composer: Composer,
        doing: ChatActions,
        service: ConversationService,
    ) -> None:
        super().__init__(view)
        self._bridge = bridge
        self._themes = themes
        self._toasts = toasts
        self._view = view
        self._composer = composer
        self._doing = doing
        self._service = service
        view.verb_requested.connect(self.act)

    def act(self, message: Message, act: Act) -> None:
        match act:
            case Act.SAY_INSTEAD:
                self._doing.begin_instead(message)
            case Act.BRANCH:
                self._branch(message)
            case Act.BRANCHES:
                self._bridge.run(self._ways(message), owner=self, then=lambda ways: self._offer_ways(message, ways))
            case Act.STAR:
                self._bridge.run(self._service.mark(message, starred=not message.starred), owner=self)
            case Act.PIN:
                self._bridge.run(self._service.mark(message, pinned=not message.pinned), owner=self)
            case Act.NOTE:
                self._note(message)
            case Act.QUOTE:
                self._quote(message)
            case Act.TEXTS:
                self._bridge.run(
                    self._service.texts_of(message), owner=self, then=lambda texts: self._show_texts(message, texts)
                )
            case Act.COPY_PLAIN:
                self._view.copy(plain_text(message.text))
            case Act.PICTURE:
                self._ask_for_picture(message)
            case _:
                pass

    # -- branches

    def _branch(self, message: Message) -> None:
        async def branch() -> list[Branch]:
            await self._service.branch_after(message)
            return await self._service.branches(message)

        self._bridge.run(branch(), owner=self, then=lambda ways: self._say_branched(message, ways))

    def _say_branched(self, message: Message, ways: list[Branch]) -> None:
        self._composer.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        if not ways:
            self._toasts.say(self.tr("Write what comes next: this is where the conversation goes on."))
            return
        self._toasts.say(
            self.tr("What you write next begins a branch. What came after is kept."),
            action=self.tr("Go back"),
            act=lambda: self._go_to(message, ways[-1].first),
        )

    async def _ways(self, message: Message) -> tuple[list[Branch], list[Branch]]:
        return await self._service.siblings(message), await self._service.branches(message)

    def _offer_ways(self, message: Message, ways: tuple[list[Branch], list[Branch]]) -> None:
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(self._themes.theme))
        beside, onwards = ways
        if len(beside) > 1:
            menu.addSection(self.tr("In place of this message"))
            self._add_ways(menu, message, beside)
        if onwards and not any(way.on_path for way in onwards):
            menu.addSection(self.tr("Behind this message"))
            self._add_ways(menu, message, onwards)
        menu.popup(QCursor.pos())

    def _add_ways(self, menu: QMenu, message: Message, ways: list[Branch]) -> None:
        locale = QLocale()
        for way in ways:
            opening = way.opening or self.tr("No words")
            if len(opening) > OPENING_CHARACTERS:
                opening = opening[: OPENING_CHARACTERS - 1] + "…"
            day = day_label(local_day(way.newest_at), local_day(datetime.now(UTC)), locale)
            counted = messages_words(way.messages)
            action = menu.addAction(f"{opening}   ·   {counted}, {day}".replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(way.on_path)
            action.setEnabled(not way.on_path)
            action.triggered.connect(lambda _checked=False, first=way.first: self._go_to(message, first))

    def _go_to(self, message: Message, first: MessageId) -> None:
        self._bridge.run(self._service.show_branch(message, first), owner=self)

    # -- words

    def _note(self, message: Message) -> None:
        dialog = NoteDialog(themes=self._themes, text=message.note, parent=self._view.window())
        dialog.saved.connect(lambda text: self._save_note(dialog, message, text))
        dialog.show_fitting(320)

    def _save_note(self, dialog: NoteDialog, message: Message, text: str) -> None:
        self._bridge.run(
            self._service.mark(message, note=text),
            owner=dialog,
            then=lambda _none: dialog.accept(),
            failed=dialog.show_problem,
        )

    def _quote(self, message: Message) -> None:
        """Put what was said, or what is selected of it, into the composer as a quotation."""
        made = self._view.layout_of(self._view.transcript.row_of(message.id))
        words = self._view.pointer.selected_text(made) or message.text
        lines = "\n".join(f"> {line}".rstrip() for line in words.strip().splitlines())
        cursor = self._composer.editor.textCursor()
        before = "" if cursor.atBlockStart() else "\n"
        cursor.insertText(f"{before}{lines}\n\n")
        self._composer.editor.setTextCursor(cursor)
        self._composer.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_texts(self, message: Message, texts: list[WrittenText]) -> None:
        dialog = TextsDialog(themes=self._themes, texts=texts, shown=message.swipe_index, parent=self._view.window())
        dialog.chosen.connect(lambda index: self._doing.show_swipe(message, index))
        dialog.show_fitting(480)

    # -- a picture

    def _ask_for_picture(self, message: Message) -> None:
        rows = self._rows(message)
        dialog = QFileDialog(self._view.window(), self.tr("Save as a picture"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("PNG picture (*.png)"))
        dialog.setDefaultSuffix("png")
        dialog.selectFile(self.tr("conversation") + ".png")
        dialog.fileSelected.connect(lambda name: self._save_picture(rows, Path(name)))
        dialog.open()

    def _rows(self, message: Message) -> range:
        """The rows that are selected, if this message is among them; else its own."""
        row = self._view.transcript.row_of(message.id)
        selected = self._view.pointer.selected
        if selected is not None and not selected.empty:
            first, last = (self._view.transcript.row_of(place.message_id) for place in selected.ends)
            if 0 <= first <= row <= last:
                return range(first, last + 1)
        return range(row, row + 1)

    def _save_picture(self, rows: range, path: Path) -> None:
        drawn = draw_messages(self._view, rows)
        saved = [self.tr("Saved as %s.") % path.name]
        if drawn.left_out:
            saved.append(self.tr("%s had no room.") % messages_words(drawn.left_out))
        if drawn.cut:
            saved.append(self.tr("The message is longer than a picture can be: its end is left out."))
        if drawn.shortened:
            saved.append(self.tr("Long messages are shortened in it."))
        if drawn.cut or drawn.shortened:
            saved.append(self.tr("Export the conversation to have all of it."))
        self._bridge.run(
            asyncio.to_thread(write_picture, drawn.image, path),
            owner=self,
            then=lambda _none: self._say(" ".join(saved)),
            failed=lambda problem: self._say(f"{problem.sentence} {problem.next_step}", bad=True),
        )

    def _say(self, sentence: str, *, bad: bool = False) -> None:
        self._toasts.say(sentence, bad=bad)
