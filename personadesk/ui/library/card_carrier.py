"""Carrying cards out of the window as files, to wherever files can be dropped."""

import os
import shutil
import tempfile
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication

from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.ui.bridge import Bridge
from personadesk.ui.library.card_grid import CardGrid
from personadesk.ui.roster import Roster
from personadesk.ui.widgets.avatars import Avatars

MOST_CARRIED = 20
"""Of more that are selected, the one under the pointer is carried alone: a press should not write thousands."""
FACE_PX = 56
LONGEST_NAME = 80


class CardExport(Protocol):
    """Writes a persona's card."""

    def export_png(self, persona_id: PersonaId) -> Coroutine[Any, Any, bytes]:
        """The card in a PNG picture. For the engine thread."""
        ...


class CardCarrier(QObject):
    """The files are written while the button is held, and taken away when the program ends.

    Without `card_export` no card can be carried.
    """

    def __init__(self, *, bridge: Bridge, roster: Roster, avatars: Avatars, grid: CardGrid) -> None:
        super().__init__(grid)
        self.card_export: CardExport | None = None
        self._bridge = bridge
        self._roster = roster
        self._avatars = avatars
        self._grid = grid
        self._folder: Path | None = None
        self._lock = threading.Lock()
        self._ended = False
        self._times = 0
        self._people: list[PersonaId] = []
        self.paths: list[Path] = []
        self._writing: Future[list[Path]] | None = None
        self._begun = False
        grid.pointer.carry_prepared.connect(self._prepare)
        grid.pointer.carry_begun.connect(self._begin)
        grid.pointer.carry_dropped.connect(self._forget)

    def clear(self) -> None:
        """Take the files away: the program ends."""
        self._forget()
        with self._lock:
            self._ended = True
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    # -- inside

    def _prepare(self, persona_ids: Sequence[PersonaId]) -> None:
        self._forget()
        export = self.card_export
        people = [key for key in persona_ids if key in self._roster.personas]
        if export is None or not people:
            return
        self._people = people if len(people) <= MOST_CARRIED else [self._pressed(people)]
        self._times += 1
        names = [self._roster.personas[key].shown_name for key in self._people]
        self._writing = self._bridge.run(
            self._write(export, list(zip(self._people, names, strict=True)), self._times),
            owner=self,
            then=self._ready,
            failed=self._fail,
        )

    async def _write(self, export: CardExport, people: list[tuple[PersonaId, str]], number: int) -> list[Path]:
        """Runs on the engine; the files are written on a thread of its own pool."""
        import asyncio

        folder = await asyncio.to_thread(self._make_folder, number)
        paths: list[Path] = []
        for persona_id, name in people:
            content = await export.export_png(persona_id)
            path = _free_path(folder, name, {item.name.casefold() for item in paths})
            await asyncio.to_thread(path.write_bytes, content)
            paths.append(path)
        return paths

    def _make_folder(self, number: int) -> Path:
        with self._lock:
            if self._ended:
                raise CancelledError
            if self._folder is None:
                # mkdtemp: nobody else on this computer can look into it.
                self._folder = Path(tempfile.mkdtemp(prefix="personadesk-"))
            folder = self._folder / str(number)
            folder.mkdir()
            return folder

    def _ready(self, paths: list[Path]) -> None:
        self._writing = None
        self.paths = paths
        if self._begun:
            self._drag()

    def _begin(self) -> None:
        self._begun = True
        if self.paths:
            self._drag()

    def _drag(self) -> None:
        """Hand the files to the system's drag and drop, if the button is still held."""
        paths, people = self.paths, self._people
        self._forget()
        if not QApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            return
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        drag = QDrag(self._grid)
        drag.setMimeData(mime)
        summary = self._roster.personas.get(people[0])
        if summary is not None:
            ratio = self._grid.devicePixelRatioF()
            face = self._avatars.portrait(name=summary.shown_name, avatar=summary.avatar, size_px=FACE_PX, ratio=ratio)
            drag.setPixmap(face)
            drag.setHotSpot(QPoint(FACE_PX // 2, FACE_PX // 2))
        drag.exec(Qt.DropAction.CopyAction)

    def _forget(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
        self._writing = None
        self._begun = False
        self.paths = []
        self._people = []

    def _fail(self, problem: UserFacingError) -> None:
        """A press that was only a press should say nothing; one that carries should say why it can't."""
        if self._begun:
            self._bridge.failed.emit(problem)
        self._forget()

    def _pressed(self, people: list[PersonaId]) -> PersonaId:
        summary = self._grid.cards.summary(self._grid.currentIndex().row())
        return summary.id if summary is not None and summary.id in people else people[0]


def _free_path(folder: Path, name: str, taken: set[str]) -> Path:
    """A file name that every system takes, after the persona's."""
    clean = "".join(" " if character in '<>:"/\\|?*' or ord(character) < 32 else character for character in name)
    stem = " ".join(clean.split()).strip(". ")[:LONGEST_NAME] or "persona"
    # Windows keeps these names to itself, and most systems count a name in bytes, 255 of them.
    while len(os.fsencode(stem)) > 240:
        stem = stem[:-1]
    candidate, number = f"{stem}.png", 2
    while candidate.casefold() in taken:
        candidate, number = f"{stem} {number}.png", number + 1
    return folder / candidate
