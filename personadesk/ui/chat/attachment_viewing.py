"""Looking at an attached file: its text, its picture, a copy of it, or in the program the system has for it."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock

from PySide6.QtCore import QCoreApplication, QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QPushButton, QWidget

from personadesk.domain.conversation import Attachment, Message
from personadesk.domain.errors import UserFacingError
from personadesk.services.attachments import AttachmentService
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.picture_viewer import HEIGHT_PX, PictureViewer
from personadesk.ui.chat.text_viewer import TextViewer
from personadesk.ui.chat.whole_file import write_whole
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.toasts import ToastStack

_SUFFIXES = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "application/pdf": (".pdf",),
}
READ_SUFFIXES = (".txt", ".md", ".csv", ".tsv", ".json", ".log", ".toml", ".yaml", ".yml", ".ini", ".srt")
"""What a text may be called when the system opens it: nothing that it would run."""


class AttachmentViewing(QObject):
    """GUI thread. Files are read, decoded and written behind."""

    def __init__(
        self, *, bridge: Bridge, themes: ThemeSource, toasts: ToastStack, files: AttachmentService, window: QWidget
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._themes = themes
        self._toasts = toasts
        self._files = files
        self._window = window
        self._folder: Path | None = None
        self._opened = 0
        self._lock = Lock()
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.forget)

    def show_waiting(self, file: Attachment) -> None:
        """Show a file whose text is at hand."""
        if file.is_picture:
            self._show_picture(file)
        else:
            self._show_text(file)

    def show_sent(self, message: Message, file: Attachment) -> None:
        """Show a file of a message, whose text has to be read."""
        if file.is_picture:
            self._show_picture(file)
        else:
            self._bridge.run(
                self._files.of_message(message),
                owner=self,
                then=lambda found: self._show_text(next((item for item in found if item.id == file.id), file)),
                failed=self._tell,
            )

    def save_copy(self, file: Attachment) -> None:
        """Ask where to, and write the file there."""
        dialog = QFileDialog(self._window.window(), self.tr("Save a copy"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(true_name(file))
        dialog.fileSelected.connect(lambda name: self._save(file, Path(name)))
        dialog.open()

    def open_outside(self, file: Attachment) -> None:
        """Let the system's own program show a copy of it."""
        self._bridge.run(self._copied(file), owner=self, then=self._open, failed=self._tell)

    def forget(self) -> None:
        """Delete the copies that were made for other programs."""
        with self._lock:
            folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    # -- inside

    def _show_picture(self, file: Attachment) -> None:
        viewer = PictureViewer(themes=self._themes, name=file.name, parent=self._window.window())
        viewer.save.clicked.connect(partial(self._on_click, self.save_copy, file))
        viewer.open_outside.clicked.connect(partial(self._on_click, self.open_outside, file))
        self._bridge.run(self._decoded(file), owner=viewer, then=viewer.show_picture, failed=self._tell)
        viewer.show_fitting(HEIGHT_PX)

    def _show_text(self, file: Attachment) -> None:
        viewer = TextViewer(self._themes.theme, title=file.name, text=file.text, parent=self._window.window())
        save, outside = QPushButton(self.tr("Save a copy…")), QPushButton(self.tr("Open with the system"))
        for button in (save, outside):
            viewer.buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        save.clicked.connect(partial(self._on_click, self.save_copy, file))
        outside.clicked.connect(partial(self._on_click, self.open_outside, file))
        viewer.open()

    @staticmethod
    def _on_click(act: Callable[[Attachment], None], file: Attachment, *_checked: bool) -> None:
        act(file)

    async def _decoded(self, file: Attachment) -> QImage:
        return await asyncio.to_thread(QImage.fromData, await self._files.content(file))

    async def _copied(self, file: Attachment) -> Path:
        content = await self._files.content(file)
        return await asyncio.to_thread(self._write_private, harmless_name(file), content)

    def _write_private(self, name: str, content: bytes) -> Path:
        with self._lock:
            if self._folder is None:
                # mkdtemp: nobody else on this computer can look into it.
                self._folder = Path(tempfile.mkdtemp(prefix="personadesk-"))
            self._opened += 1
            folder = self._folder / str(self._opened)
            folder.mkdir()
        path = folder / name
        write_whole(path, content)
        return path

    def _open(self, path: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._toasts.say(self.tr("No program opened this file. Save a copy of it instead."), bad=True)

    def _save(self, file: Attachment, path: Path) -> None:
        async def save() -> None:
            await asyncio.to_thread(write_whole, path, await self._files.content(file))

        said = self.tr("Saved as %s.") % path.name
        self._bridge.run(save(), owner=self, then=lambda _none: self._say(said), failed=self._tell)

    def _say(self, sentence: str) -> None:
        self._toasts.say(sentence)

    def _tell(self, problem: UserFacingError) -> None:
        self._toasts.say(f"{problem.sentence} {problem.next_step}".strip(), bad=True)


def true_name(file: Attachment) -> str:
    """Its name for the disk, with the ending that fits what it is: a stored picture may be of another kind."""
    name = "".join("_" if character in '/\\:*?"<>|' or ord(character) < 32 else character for character in file.name)
    name = name.strip(". ") or "file"
    suffixes = _SUFFIXES.get(file.media_type, ())
    if not suffixes or name.lower().endswith(suffixes):
        return name
    stem = Path(name).stem if file.is_picture else name
    return f"{stem}{suffixes[0]}"


def harmless_name(file: Attachment) -> str:
    """A name under which the system shows a file and never runs it."""
    name = true_name(file)
    known = file.media_type in _SUFFIXES or name.lower().endswith(READ_SUFFIXES)
    return name if known else f"{name}.txt"
