"""What the window knows of models' files: which are here, what each needs, and bringing one here with progress."""

from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from personadesk.domain.chat import FetchProgress
from personadesk.domain.errors import UserFacingError
from personadesk.services.model_shelf import ShelfRow
from personadesk.services.models import KnownModels, ModelEntry, ModelFetcher
from personadesk.ui.bridge import Bridge


class Shelf(Protocol):
    """The models for this computer, and the user's own."""

    async def rows(self) -> tuple[ShelfRow, ...]: ...
    async def add(self, picked: Path, progress: Callable[[FetchProgress], None]) -> ModelEntry: ...
    async def delete(self, model_id: str) -> None: ...


class ModelFilesDesk(QObject):
    """GUI thread. `progressed` carries a FetchProgress while a fetch runs, None at its end."""

    progressed = Signal(object)
    fetch_failed = Signal(object)  # UserFacingError
    fetched = Signal()
    brought = Signal(str)  # the id of a model whose file came
    deleted = Signal()
    seen = Signal()  # which models are here is known anew
    taking = Signal(object)  # FetchProgress of a file of one's own
    taken = Signal(object)  # its ModelEntry, or the UserFacingError that says why not
    _reported = Signal(object)

    def __init__(
        self,
        *,
        bridge: Bridge,
        catalogue: KnownModels,
        fetcher: ModelFetcher,
        shelf: Shelf | None,
        parent: QObject | None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._fetcher = fetcher
        self._shelf = shelf
        self._rows: dict[str, ShelfRow] = {}
        self._fetching: Future[Path] | None = None
        self._takes_over = False
        self.catalogue = catalogue
        self.here: frozenset[str] = frozenset()
        self.fetching_id = ""
        self.failed_id = ""
        self.progress: FetchProgress | None = None
        self._reported.connect(self._show_progress)

    @property
    def fetching(self) -> bool:
        return self._fetching is not None

    @property
    def takes_files(self) -> bool:
        """Whether models of one's own can be added."""
        return self._shelf is not None

    @property
    def largest_id(self) -> str:
        """The largest of the models that suit this computer's memory; "" while nothing is known of it."""
        fitting = [row for row in self._rows.values() if row.fit.memory_bytes and row.fit.fits and not row.own]
        return max(fitting, key=lambda row: row.entry.size_bytes).entry.id if fitting else ""

    def row(self, model_id: str) -> ShelfRow | None:
        """What is known of a model's needs, once it was looked at."""
        return self._rows.get(model_id)

    def add_file(self, picked: Path) -> None:
        """Take in a model of the user's own. `taken` tells how it went."""
        if self._shelf is not None:
            self._bridge.run(
                self._shelf.add(picked, self.taking.emit),
                owner=self,
                then=self.taken.emit,
                failed=self.taken.emit,
            )

    def delete(self, model_id: str) -> None:
        """Delete a model's file from this computer."""
        if self._shelf is not None:
            self._bridge.run(
                self._shelf.delete(model_id),
                owner=self,
                then=lambda _done: self.deleted.emit(),
                failed=self.fetch_failed.emit,
            )

    def fetch(self, model_id: str, *, takes_over: bool = False) -> None:
        """Fetch a model's file. With `takes_over` it is the default once it is here, whatever is until then."""
        self._begin(model_id, lambda report: self._fetcher.fetch(model_id, report), takes_over=takes_over)

    def adopt(self, picked: Path, model_id: str) -> None:
        """Take a file the user chose as a model's, if it is the right one."""
        self._begin(model_id, lambda report: self._fetcher.adopt(model_id, picked, report))

    def cancel(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            self._end()
            # What has come is kept, and shown.
            self.look_at_files()

    async def _list_here(self) -> tuple[frozenset[str], tuple[ShelfRow, ...]]:
        if self._shelf is not None:
            rows = await self._shelf.rows()
            return frozenset([row.entry.id for row in rows if row.here]), rows
        here = [entry.id for entry in self.catalogue.models if await self._fetcher.is_here(entry.id)]
        return frozenset(here), ()

    def _know_here(self, known: tuple[frozenset[str], tuple[ShelfRow, ...]]) -> None:
        self.here, rows = known
        self._rows = {row.entry.id: row for row in rows}
        self.seen.emit()

    def _begin(
        self,
        model_id: str,
        bring: Callable[[Callable[[FetchProgress], None]], Coroutine[Any, Any, Path]],
        *,
        takes_over: bool = False,
    ) -> None:
        if self._fetching is not None:
            return
        self.fetching_id = model_id
        self._takes_over = takes_over
        self.failed_id = ""
        self._fetching = self._bridge.run(
            bring(self._reported.emit), owner=self, then=self._arrived, failed=self._failed
        )
        self._show_progress(FetchProgress(self.tr("Starting…"), 0, 0))

    def _show_progress(self, progress: FetchProgress) -> None:
        # One that was under way when the fetch ended comes after its end.
        if self._fetching is not None:
            self.progress = progress
            self.progressed.emit(progress)

    def _arrived(self, _path: Path) -> None:
        model_id = self.fetching_id
        self._end()
        self.brought.emit(model_id)
        self.fetched.emit()

    def _failed(self, problem: UserFacingError) -> None:
        self.failed_id = self.fetching_id
        self._end()
        self.fetch_failed.emit(problem)
        self.look_at_files()

    def look_at_files(self) -> None:
        """See which files are there. `seen` tells."""
        self._bridge.run(self._list_here(), owner=self, then=self._know_here)

    def _end(self) -> None:
        self._fetching = self.progress = None
        self.fetching_id = ""
        self.progressed.emit(None)
