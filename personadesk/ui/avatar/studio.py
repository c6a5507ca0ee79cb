"""Where a picture is read, cropped and finished for the avatar field."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QMimeData, QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from personadesk.domain.avatar import AvatarChoice, Crop
from personadesk.domain.errors import UserFacingError
from personadesk.ui.avatar.crop_dialog import HEIGHT_PX, CropDialog
from personadesk.ui.avatar.intake import Offer, offered
from personadesk.ui.avatar.making import (
    Finished,
    Looked,
    finish,
    finish_own,
    finished_again,
    look,
    look_again,
    look_at_kept,
)
from personadesk.ui.avatar.port import PictureReader
from personadesk.ui.bridge import Bridge
from personadesk.ui.theme.source import ThemeSource

T = TypeVar("T")


class AvatarStudio(QObject):
    """One picture at a time: a new one takes the place of what is still being read. GUI thread."""

    finished = Signal(object)  # Finished
    failed = Signal(object)  # UserFacingError
    waiting = Signal(bool)
    left = Signal()

    def __init__(self, *, themes: ThemeSource, bridge: Bridge, reader: PictureReader, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._bridge = bridge
        self._reader = reader
        self._widget = parent
        self._turn = 0
        self._crop: Crop | None = None
        self._source = b""

    def take_file(self, path: str) -> None:
        self.take(Offer(path=Path(path)))

    def take_mime(self, mime: QMimeData) -> None:
        """Take what was dropped or pasted."""
        try:
            offer = offered(mime)
        except UserFacingError as problem:
            self.failed.emit(problem)
        else:
            self.take(offer)

    def take(self, offer: Offer) -> None:
        """Read what a user gives and let it be cropped."""
        self._crop = None
        self._run(look(self._reader, offer), self._open_crop)

    def take_own(self, path: Path) -> None:
        """Take one of the program's own pictures as it is."""
        self._run(finish_own(path), self._done)

    def crop_again(self, source: bytes, crop: Crop | None) -> None:
        self._crop = crop
        self._run(look_again(self._reader, source), self._open_crop)

    def crop_kept(self, path_of: Callable[[str], Path], sha256: str) -> None:
        """Crop a picture of the library further; `path_of` is asked on a worker thread."""
        self._crop = None
        self._run(look_at_kept(self._reader, path_of, sha256), self._open_crop)

    def show_again(self, choice: AvatarChoice) -> None:
        """Take a picture that was finished before."""
        self._run(finished_again(choice), self._done)

    def stop(self) -> None:
        """Let nothing come of what is being read."""
        self._turn += 1
        self.waiting.emit(False)

    # -- inside

    def _run(self, work: Coroutine[Any, Any, T], then: Callable[[T], None]) -> None:
        self._turn += 1
        turn = self._turn

        def arrived(result: T) -> None:
            if turn == self._turn:
                self.waiting.emit(False)
                then(result)

        def refused(problem: UserFacingError) -> None:
            if turn == self._turn:
                self.waiting.emit(False)
                self.failed.emit(problem)

        self.waiting.emit(True)
        self._bridge.run(work, owner=self, then=arrived, failed=refused)

    def _open_crop(self, looked: Looked) -> None:
        self._source = looked.source
        dialog = CropDialog(themes=self._themes, preview=looked.preview, crop=self._crop, parent=self._widget.window())
        dialog.taken.connect(self._cut, Qt.ConnectionType.QueuedConnection)
        dialog.finished.connect(self.left)
        dialog.show_fitting(HEIGHT_PX)

    def _cut(self, crop: Crop) -> None:
        self._run(finish(self._reader, self._source, crop), self._done)

    def _done(self, finished: Finished) -> None:
        self.finished.emit(finished)
