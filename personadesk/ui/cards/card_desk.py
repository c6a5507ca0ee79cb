"""What the dialogs know of cards: the services' work runs on the engine, progress and results come back here."""

import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Event
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from personadesk.domain.card_import import CardCandidate, CardDecision, CardReport, PictureProblem
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.services.card_exports import CardFormat, ExportedFile
from personadesk.services.card_pictures import TellPictures
from personadesk.services.cards import Tell
from personadesk.ui.bridge import Bridge

LEAST_BETWEEN_S = 0.05
"""Progress is shown 20 times a second at most."""

Failed = Callable[[UserFacingError], None]
Chosen = Sequence[tuple[CardCandidate, CardDecision]]


class BringsCards(Protocol):
    """services/cards.py"""

    async def look(self, paths: Sequence[Path], tell: Tell = ...) -> list[CardCandidate]: ...
    async def look_at_bytes(self, content: bytes, name: str) -> CardCandidate: ...
    async def picture(self, candidate: CardCandidate) -> bytes: ...
    async def bring(self, chosen: Chosen, tell: Tell = ..., stopped: Callable[[], bool] = ...) -> CardReport: ...
    async def finish_pictures(self, tell: TellPictures = ...) -> Sequence[PictureProblem]: ...


class WritesCards(Protocol):
    """services/card_exports.py"""

    async def formats(self, persona_id: PersonaId) -> tuple[CardFormat, ...]: ...
    async def export(
        self, persona_id: PersonaId, kind: CardFormat, *, memories: bool = False, chats: bool = False
    ) -> ExportedFile: ...


class CardDesk(QObject):
    """GUI thread. Results go to `then` or `failed` while `owner` lives. `progressed` carries done, total and a name.

    `pictured` carries how many pictures of cards are prepared, and how many there are to be. At their end comes
    `pictures_finished` with those that can't be shown, or `pictures_put_off` with the reason why the rest waits.
    """

    progressed = Signal(int, int, str)
    pictured = Signal(int, int)
    pictures_finished = Signal(object)  # tuple[PictureProblem, ...]
    pictures_put_off = Signal(object)  # UserFacingError
    _told = Signal(int, int, str)
    _told_pictures = Signal(int, int)

    def __init__(
        self, *, brings: BringsCards, writes: WritesCards, bridge: Bridge, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._brings = brings
        self._writes = writes
        self._bridge = bridge
        self._stop = Event()
        self._looking: Future[Any] | None = None
        self._picturing: Future[Any] | None = None
        self._told_at = 0.0
        self._told.connect(self.progressed, Qt.ConnectionType.QueuedConnection)
        self._told_pictures.connect(self.pictured, Qt.ConnectionType.QueuedConnection)

    def look(
        self, paths: Sequence[Path], *, owner: QObject, then: Callable[[list[CardCandidate]], None], failed: Failed
    ) -> None:
        """Read files and folders; a look that is still going on is ended."""
        self.drop()
        self._looking = self._bridge.run(self._brings.look(paths, self._tell), owner=owner, then=then, failed=failed)

    def look_at_bytes(
        self, content: bytes, name: str, *, owner: QObject, then: Callable[[CardCandidate], None], failed: Failed
    ) -> None:
        self._bridge.run(self._brings.look_at_bytes(content, name), owner=owner, then=then, failed=failed)

    def picture(
        self, candidate: CardCandidate, side_px: int, *, owner: QObject, then: Callable[[QImage], None]
    ) -> None:
        """A candidate's picture, square and of that side; a null image where there is none."""

        async def work() -> QImage:
            content = await self._brings.picture(candidate)
            return await asyncio.to_thread(_square, content, side_px) if content else QImage()

        import asyncio

        self._bridge.run(work(), owner=owner, then=then, failed=lambda _problem: None)

    def bring(self, chosen: Chosen, *, owner: QObject, then: Callable[[CardReport], None], failed: Failed) -> None:
        """It goes on though `owner` is gone, until it is stopped."""
        self._stop.clear()
        work = self._brings.bring(chosen, self._tell, self._stop.is_set)
        self._bridge.run(work, owner=owner, then=then, failed=failed)

    def finish_pictures(self) -> None:
        """Have the pictures of cards prepared that are here without them, also those of an earlier start."""
        if self._picturing is None:
            self._picturing = self._bridge.run(
                self._brings.finish_pictures(self._told_pictures.emit),
                owner=self,
                then=self._end_pictures,
                failed=self._put_pictures_off,
            )

    def stop(self) -> None:
        """Begin no further card; what has come in stays."""
        self._stop.set()

    def drop(self) -> None:
        """End a look: nothing of it was stored."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def formats(
        self,
        persona_id: PersonaId,
        *,
        owner: QObject,
        then: Callable[[tuple[CardFormat, ...]], None],
        failed: Failed,
    ) -> None:
        self._bridge.run(self._writes.formats(persona_id), owner=owner, then=then, failed=failed)

    def export(
        self,
        persona_ids: Sequence[PersonaId],
        kind: CardFormat,
        place: Path,
        *,
        memories: bool = False,
        chats: bool = False,
        owner: QObject,
        then: Callable[[list[Path]], None],
        failed: Failed,
    ) -> None:
        """Write one persona to the file `place`, or many into the folder `place`, where nothing is overwritten."""

        async def write(persona_id: PersonaId) -> ExportedFile:
            return await self._writes.export(persona_id, kind, memories=memories, chats=chats)

        self._stop.clear()
        self._bridge.run(self._export(persona_ids, write, place), owner=owner, then=then, failed=failed)

    # -- inside

    def _end_pictures(self, problems: Sequence[PictureProblem]) -> None:
        self._picturing = None
        self.pictures_finished.emit(tuple(problems))

    def _put_pictures_off(self, problem: UserFacingError) -> None:
        self._picturing = None
        self.pictures_put_off.emit(problem)

    async def _export(
        self,
        persona_ids: Sequence[PersonaId],
        write: Callable[[PersonaId], Coroutine[Any, Any, ExportedFile]],
        place: Path,
    ) -> list[Path]:
        import asyncio

        written: list[Path] = []
        into_folder = len(persona_ids) > 1 or await asyncio.to_thread(place.is_dir)
        for number, persona_id in enumerate(persona_ids):
            if self._stop.is_set():
                break
            file = await write(persona_id)
            self._tell(number, len(persona_ids), file.name)
            target = await asyncio.to_thread(_write, place, file, into_folder)
            written.append(target)
        self._tell(len(written), len(persona_ids), "")
        return written

    def _tell(self, done: int, total: int, name: str) -> None:
        """Any thread."""
        now = time.monotonic()
        if now - self._told_at >= LEAST_BETWEEN_S or done >= total:
            self._told_at = now
            self._told.emit(done, total, name)


def _square(content: bytes, side_px: int) -> QImage:
    image = QImage.fromData(content)
    side = min(image.width(), image.height())
    cut = image.copy((image.width() - side) // 2, (image.height() - side) // 4, side, side)
    smooth = Qt.TransformationMode.SmoothTransformation
    return cut.scaled(side_px, side_px, Qt.AspectRatioMode.KeepAspectRatio, smooth)


def _write(place: Path, file: ExportedFile, into_folder: bool) -> Path:
    """Write under a temporary name first: a file of its own name is whole. Raises UserFacingError."""
    target = _free(place / file.name) if into_folder else place
    half = target.with_name(f".{target.name}.part")
    try:
        half.write_bytes(file.content)
        half.replace(target)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise UserFacingError(f"{target.name} can't be written: {error.strerror}.", "Choose another folder.") from error
    return target


def _free(target: Path) -> Path:
    number, candidate = 2, target
    while candidate.exists():
        candidate = target.with_name(f"{target.stem} {number}{target.suffix}")
        number += 1
    return candidate
