"""Conversations out of the window and into it, as files: asked for, dropped, written."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QStandardPaths, Qt, QTimer
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog

from personadesk.domain.chat_file import ChatFormat
from personadesk.domain.conversation import Conversation
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.formats.chat_files import FILE_LIMIT, HEAD_BYTES, begins_chat
from personadesk.services.chat_exports import BroughtChat, ChatExports, ChatFile
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.chat.conversation_words import messages_words, title_of
from personadesk.ui.chat.whole_file import show_in_folder, write_whole
from personadesk.ui.widgets.toasts import ToastStack

if TYPE_CHECKING:
    # Imported when it is shown.
    from personadesk.ui.chat.chat_import_dialog import ChatImportDialog

CHAT_ENDINGS = (".jsonl", ".json")
SHOWN_AFTER_MS = 1_000
MOST_NOTES = 3


class ChatFiles(QObject):
    """The pane's child. A file that is dropped and no chat goes with the next message."""

    def __init__(
        self,
        *,
        bridge: Bridge,
        pane: ChatPane,
        toasts: ToastStack,
        files: ChatExports,
    ) -> None:
        super().__init__(pane)
        self._bridge = bridge
        self._pane = pane
        self.toasts = toasts
        self._files = files
        self._bringing: Future[list[BroughtChat | UserFacingError]] | None = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(SHOWN_AFTER_MS)
        self._patience.timeout.connect(self._show_progress)
        self._progress: ChatImportDialog | None = None
        self._waiting_for = 0
        pane.setAcceptDrops(True)
        pane.installEventFilter(self)

    # -- out

    def ask(self, conversation: Conversation | None = None) -> None:
        """Ask for the form of a conversation, by default the open one, then for the place."""
        chosen = conversation or self._pane.current.conversation
        if chosen is None:
            return
        from personadesk.ui.chat.chat_export_dialog import HEIGHT_PX, ChatExportDialog

        here = chosen.id == self._pane.conversation_id
        positions = self._selected() if here else None
        dialog = ChatExportDialog(
            themes=self._pane.themes,
            title=title_of(chosen),
            selected=self._counted(positions),
            parent=self._pane.window(),
        )
        dialog.chosen.connect(lambda form, some: self.export(chosen, form, positions if some else None))
        dialog.show_fitting(HEIGHT_PX)

    def export(self, conversation: Conversation, form: ChatFormat, only: range | None = None) -> None:
        """Make the file, then ask for its place."""
        self._bridge.run(
            self._files.write(conversation.persona_id, conversation.id, form, only),
            owner=self,
            then=self._ask_where,
            failed=self._say_problem,
        )

    def _selected(self) -> range | None:
        """The positions of the messages that are selected in the transcript."""
        selected = self._pane.transcript.pointer.selected
        if selected is None or selected.empty:
            return None
        first, last = selected.ends
        return range(first.order, last.order + 1)

    def _counted(self, positions: range | None) -> int:
        model = self._pane.model
        if positions is None:
            return 0
        return model.row_of_position(positions[-1]) - model.row_of_position(positions[0]) + 1

    def _ask_where(self, file: ChatFile) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        dialog = QFileDialog(self._pane.window(), self.tr("Save as"), folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        ending = Path(file.name).suffix
        dialog.setNameFilter(f"*{ending}")
        dialog.setDefaultSuffix(ending.removeprefix("."))
        dialog.selectFile(file.name)
        dialog.fileSelected.connect(lambda name: self.save(file, Path(name)))
        dialog.open()

    def save(self, file: ChatFile, path: Path) -> None:
        self._bridge.run(
            asyncio.to_thread(write_whole, path, file.content),
            owner=self,
            then=lambda _none: self._say_saved(path),
            failed=self._say_problem,
        )

    def _say_saved(self, path: Path) -> None:
        self.toasts.say(
            self.tr("Saved as %s.") % path.name, action=self.tr("Show in folder"), act=lambda: show_in_folder(path)
        )

    # -- in

    def choose(self) -> None:
        """Ask for files with chats."""
        dialog = QFileDialog(self._pane.window(), self.tr("Import chats"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([self.tr("Chats") + " (*.jsonl *.json)", self.tr("All files") + " (*)"])
        dialog.filesSelected.connect(lambda names: self.bring([Path(name) for name in names]))
        dialog.open()

    def bring(self, paths: Sequence[Path]) -> None:
        """Store each file's conversation as one of the persona on screen, and open the last of them."""
        persona_id = self._pane.persona_id
        if persona_id is None or not paths:
            return
        if self._bringing is not None:
            self.toasts.say(self.tr("Another import is still under way. Wait for its end."), bad=True)
            return
        self._waiting_for = len(paths)
        self._patience.start()
        self._bringing = self._bridge.run(
            self._bring_all(persona_id, paths),
            owner=self,
            then=lambda brought: self._show_brought(persona_id, brought),
            failed=self._fail,
        )

    def cancel(self) -> None:
        """Leave the files that are not stored yet."""
        if self._bringing is not None:
            self._bringing.cancel()
            self._end()

    async def _bring_all(self, persona_id: PersonaId, paths: Sequence[Path]) -> list[BroughtChat | UserFacingError]:
        outcome: list[BroughtChat | UserFacingError] = []
        for path in paths:
            try:
                content = await asyncio.to_thread(_read, path)
                outcome.append(await self._files.bring(persona_id, content, path.name))
            except UserFacingError as problem:
                outcome.append(_about(path, problem))
        return outcome

    def _show_progress(self) -> None:
        if self._bringing is None or self._progress is not None:
            return
        from personadesk.ui.chat.chat_import_dialog import ChatImportDialog

        self._progress = ChatImportDialog(themes=self._pane.themes, files=self._waiting_for, parent=self._pane.window())
        self._progress.rejected.connect(self.cancel)
        self._progress.show_fitting(220)

    def _end(self) -> None:
        self._bringing = None
        self._patience.stop()
        dialog, self._progress = self._progress, None
        if dialog is not None:
            dialog.rejected.disconnect(self.cancel)
            dialog.close()

    def _fail(self, problem: UserFacingError) -> None:
        self._end()
        self._say_problem(problem)

    def _show_brought(self, persona_id: PersonaId, outcome: Sequence[BroughtChat | UserFacingError]) -> None:
        self._end()
        for problem in [each for each in outcome if isinstance(each, UserFacingError)][:MOST_NOTES]:
            self._say_problem(problem)
        brought = [each for each in outcome if isinstance(each, BroughtChat)]
        if not brought:
            return
        if len(brought) == 1:
            said = self.tr("Imported a conversation of %s.") % messages_words(brought[0].messages)
        else:
            said = self.tr("Imported %s conversations.") % len(brought)
        notes = [note for each in brought for note in each.notes]
        self.toasts.say(" ".join([said, *notes[:MOST_NOTES]]))
        if self._pane.persona_id == persona_id:
            self._pane.conversations.chosen.emit(brought[-1].conversation.id)

    # -- dropped

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)
        if event.type() in kinds and isinstance(event, QDropEvent) and _all_may_be_chats(event):
            event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop:
                self.drop(_local(event))
            return True
        return False

    def drop(self, paths: Sequence[Path]) -> None:
        """Bring in the chats among these files; the others go with the next message."""
        self._bridge.run(asyncio.to_thread(_parted, paths), owner=self, then=lambda parts: self._take_dropped(*parts))

    def _take_dropped(self, chats: Sequence[Path], others: Sequence[Path]) -> None:
        if others:
            self._pane.composer.editor.files_given.emit(list(others))
        self.bring(chats)

    def _say_problem(self, problem: UserFacingError) -> None:
        self.toasts.say(f"{problem.sentence} {problem.next_step}".strip(), bad=True)


def _all_may_be_chats(event: QDropEvent) -> bool:
    paths = _local(event)
    return event.source() is None and bool(paths) and all(path.suffix.lower() in CHAT_ENDINGS for path in paths)


def _local(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]


def _parted(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Chats by what is in them, and all else: a card, a lorebook, data. Blocks."""
    chats = [path for path in paths if _is_chat(path)]
    return chats, [path for path in paths if path not in chats]


def _is_chat(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return begins_chat(file.read(HEAD_BYTES))
    except OSError:
        return False


def _read(path: Path) -> bytes:
    """Blocks. Raises UserFacingError."""
    size = -1
    try:
        if path.is_file():
            size = path.stat().st_size
        if 0 <= size <= FILE_LIMIT:
            return path.read_bytes()
    except OSError:
        size = -1
    if size > FILE_LIMIT:
        limit = f"A chat has up to {FILE_LIMIT // 1_000_000} MB; this file is larger."
        raise UserFacingError(limit, "Split it, and bring it in in parts.")
    raise UserFacingError("This file can't be read.", "Check that it is still there and may be opened.")


def _about(path: Path, problem: UserFacingError) -> UserFacingError:
    return UserFacingError(f"{path.name}: {problem.sentence}", problem.next_step)
