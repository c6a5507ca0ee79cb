"""Joins the composer and the files that go with a message: chosen, dropped, pasted, taken out, sent."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QObject, QStandardPaths, Qt, QTimer
from PySide6.QtGui import QDropEvent, QImage, QImageWriter
from PySide6.QtWidgets import QFileDialog, QWidget

from personadesk.domain.attachment import PICTURE_LIMIT, estimated_tokens
from personadesk.domain.conversation import Attachment, Conversation
from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet, Event
from personadesk.domain.ids import ConversationId
from personadesk.services.attachments import AttachmentService
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.attachment_chips import AttachmentStrip
from personadesk.ui.chat.attachment_viewing import AttachmentViewing
from personadesk.ui.chat.attachment_words import picture_warning, size_warning
from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.chat.composer import local_files
from personadesk.ui.chat.picture_thumbs import PictureThumbs
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.toasts import ToastStack

SLOW_MS = 1_000
CHAT_SUFFIXES = (".jsonl", ".json")
"""Dropped alone they may be chats, which are brought in as such; who looks into them gives the others back."""


@dataclass(frozen=True, slots=True)
class _Step:
    """File `number` of `count` is read next, or was refused."""

    number: int
    count: int
    name: str
    problem: UserFacingError | None = None


@dataclass(slots=True)
class _Reading:
    conversation: Conversation
    step: _Step
    work: "Future[None] | None" = None


Given = Path | tuple[str, QImage | str]
"""A file on the disk, or a name and what is to be made a file."""


class AttachmentDesk(QObject):
    """GUI thread. Files are read one after another behind; each lands in the conversation it was given to."""

    def __init__(
        self,
        *,
        bridge: Bridge,
        pane: ChatPane,
        toasts: ToastStack,
        files: AttachmentService,
        thumbs: PictureThumbs,
        viewing: AttachmentViewing,
    ) -> None:
        super().__init__(pane)
        self._bridge = bridge
        self._pane = pane
        self._toasts = toasts
        self._files = files
        self._readings: list[_Reading] = []
        self._waiting: tuple[Attachment, ...] = ()
        self._asked = 0
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(self._say_reading)
        self.strip = AttachmentStrip(pane.themes, thumbs)
        self.button = Button(
            pane.themes, icon="attach", accessible=self.tr("Attach files"), kind=Kind.GHOST, compact=True
        )
        self._folder = ""
        composer = pane.composer
        composer.above.addWidget(self.strip)
        composer.foot.insertWidget(0, self.button)
        QWidget.setTabOrder(composer.editor, self.button)
        pane.setAcceptDrops(True)
        pane.installEventFilter(self)
        self._connect(viewing)
        self.look()

    def look(self) -> None:
        """Read which files wait in the conversation on screen."""
        conversation = self._pane.current.conversation
        if conversation is None:
            return
        self._asked += 1
        self._bridge.run(
            self._files.waiting(conversation.persona_id, conversation.id),
            owner=self,
            then=partial(self._show, self._asked, conversation.id),
            # A conversation that has just been deleted: what is shown next says so.
            failed=lambda _problem: None,
        )

    def ask(self) -> None:
        """Let files be chosen."""
        folder = self._folder or QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self._pane.window(), self.tr("Attach files"), folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._take_chosen)
        dialog.open()

    def attach(self, given: Sequence[Given]) -> None:
        """Read these and lay them into the conversation on screen."""
        conversation = self._pane.current.conversation
        if conversation is None or not given:
            return
        if self._pane.composer.edit_in_progress is not None:
            self._pane.composer.say(self.tr("Files go with a new message. Finish editing this one first."))
            return
        self.strip.say_problem("")
        reading = _Reading(conversation, _Step(1, len(given), _name(given[0])))
        self._readings.append(reading)
        reading.work = self._bridge.stream(
            self._read(conversation, given),
            owner=self,
            each=partial(self._take_step, reading),
            then=lambda _none: self._end(reading),
            failed=partial(self._break, reading),
        )
        self._slow.start()
        self._tell_composer()

    def cancel(self) -> None:
        """Read no more of what was given to the conversation on screen; what was read stays."""
        for reading in self._here():
            if reading.work is not None:
                reading.work.cancel()
            self._end(reading)
        self.look()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Files that are dropped anywhere on the chat, and its size."""
        kind = event.type()
        if isinstance(event, QDropEvent) and kind in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            files = attachable(event)
            self.strip.hint.setVisible(bool(files) and kind != QEvent.Type.Drop)
            if files:
                event.acceptProposedAction()
                if kind == QEvent.Type.Drop:
                    self.attach(files)
                return True
        elif kind == QEvent.Type.Resize:
            self.strip.fit()
        elif kind == QEvent.Type.DragLeave:
            self.strip.hint.hide()
        return False

    # -- inside

    def _connect(self, viewing: AttachmentViewing) -> None:
        composer, strip = self._pane.composer, self.strip
        self.button.clicked.connect(self.ask)
        strip.cancel.clicked.connect(self.cancel)
        strip.removed.connect(self._remove)
        strip.opened.connect(viewing.show_waiting)
        composer.editor.files_given.connect(self.attach)
        composer.editor.picture_given.connect(self._take_picture)
        composer.text_to_attach.connect(self._take_text)
        composer.opened.connect(self._start_afresh)
        composer.editing_changed.connect(self._set_editing)
        self._pane.desk.changed.connect(self._warn)
        self._bridge.events.connect(self._take_event)

    async def _read(self, conversation: Conversation, given: Sequence[Given]) -> AsyncGenerator[_Step]:
        whose = conversation.persona_id, conversation.id
        for number, item in enumerate(given, 1):
            yield _Step(number, len(given), _name(item))
            try:
                if isinstance(item, Path):
                    await self._files.add_file(*whose, item)
                else:
                    name, made = item
                    await self._files.add(*whose, await asyncio.to_thread(_as_file, made), name)
            except UserFacingError as problem:
                yield _Step(number, len(given), _name(item), problem)

    def _take_step(self, reading: _Reading, step: _Step) -> None:
        if reading not in self._readings:
            return
        reading.step = step
        if step.problem is None:
            if not self._slow.isActive():
                self._say_reading()
            return
        words = f"{step.name}: {step.problem.sentence} {step.problem.next_step}".strip()
        if reading.conversation.id == self._pane.conversation_id:
            shown = self.strip.problem.text()
            self.strip.say_problem(f"{shown}\n{words}" if shown else words)
        else:
            self._toasts.say(words, bad=True)

    def _break(self, reading: _Reading, problem: UserFacingError) -> None:
        self._take_step(reading, _Step(0, 0, reading.step.name, problem))
        self._end(reading)

    def _end(self, reading: _Reading) -> None:
        if reading in self._readings:
            self._readings.remove(reading)
        if not self._here():
            self._slow.stop()
            self.strip.say_reading("")
        self._tell_composer()

    def _say_reading(self) -> None:
        here = self._here()
        if not here:
            self.strip.say_reading("")
            return
        step = here[0].step
        words = self.tr("Reading %1…") if step.count == 1 else self.tr("Reading %1 (%2 of %3)…")
        words = words.replace("%3", str(step.count)).replace("%2", str(step.number)).replace("%1", step.name)
        self.strip.say_reading(words)

    def _here(self) -> list[_Reading]:
        return [item for item in self._readings if item.conversation.id == self._pane.conversation_id]

    def _show(self, asked: int, conversation_id: ConversationId, files: list[Attachment]) -> None:
        if asked != self._asked or conversation_id != self._pane.conversation_id:
            return
        self._waiting = tuple(files)
        self.strip.show_files(files)
        self.strip.order_behind(self.button)
        self._tell_composer()
        self._warn()

    def _warn(self, _status: object = None) -> None:
        info = self._pane.desk.status.info
        pictures = sum(file.is_picture for file in self._waiting)
        tokens = sum(estimated_tokens(file.characters) for file in self._waiting)
        words = (picture_warning(pictures, info, PICTURE_LIMIT), size_warning(tokens, info))
        self.strip.say_warning("\n".join(sentence for sentence in words if sentence))

    def _tell_composer(self) -> None:
        self._pane.composer.set_files(waiting=bool(self._waiting), reading=bool(self._here()))

    def _remove(self, file: Attachment) -> None:
        conversation = self._pane.current.conversation
        if conversation is None:
            return
        whose = conversation.persona_id, conversation.id

        async def take_out() -> bytes:
            content = await self._files.content(file)
            await self._files.remove(*whose, file.id)
            return content

        self._bridge.run(take_out(), owner=self, then=partial(self._offer_undo, conversation, file.name))

    def _offer_undo(self, conversation: Conversation, name: str, content: bytes) -> None:
        def put_back() -> None:
            work = self._files.add(conversation.persona_id, conversation.id, content, name)
            self._bridge.run(work, owner=self)

        self._toasts.say(self.tr("Taken out: %s") % name, action=self.tr("Undo"), act=put_back)

    def _start_afresh(self) -> None:
        """Another conversation stands in the pane."""
        self._waiting = ()
        self.strip.show_files(())
        self.strip.say_problem("")
        self.strip.say_warning("")
        if self._here():
            self._slow.start()
        self.strip.say_reading("")
        self._tell_composer()
        self.look()

    def _set_editing(self, editing: bool) -> None:
        """A message that is edited keeps the files it has."""
        self.button.setEnabled(not editing)
        self.strip.setVisible(not editing)

    def _take_event(self, event: Event) -> None:
        if isinstance(event, ChangeSet) and self._pane.conversation_id in event.conversations:
            self.look()

    def _take_chosen(self, names: list[str]) -> None:
        if names:
            self._folder = str(Path(names[0]).parent)
        self.attach([Path(name) for name in names])

    def _take_picture(self, image: QImage) -> None:
        self.attach([(self.tr("Pasted picture") + ".png", image)])

    def _take_text(self, text: str) -> None:
        self.attach([(self.tr("Pasted text") + ".txt", text)])
        self._pane.focus_composer()


def attachable(event: QDropEvent) -> list[Path]:
    """The files of a drag that the chat takes; none of a drag from this window, or of what is brought in."""
    files = local_files(event.mimeData()) if event.source() is None else []
    return [] if all(path.suffix.lower() in CHAT_SUFFIXES for path in files) else files


def _name(given: Given) -> str:
    return given.name if isinstance(given, Path) else given[0]


def _as_file(made: QImage | str) -> bytes:
    """Blocks, and belongs into a thread."""
    if isinstance(made, str):
        return made.encode("utf-8", "replace")
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(made)
    return bytes(buffer.data().data())
