"""What the window knows of the chat model: its state, and bringing its file here with progress."""

from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from personadesk.domain.chat import FetchProgress, ModelState, ModelStatus
from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import Event, ModelChanged
from personadesk.services.models import Catalogue, ModelEntry, ModelFetcher
from personadesk.ui.bridge import Bridge


class WatchedModel(Protocol):
    """The model in use, as far as the window asks about it."""

    @property
    def status(self) -> ModelStatus: ...
    async def warm_up(self) -> None: ...
    async def refresh(self) -> ModelStatus: ...
    async def choose(self, model_id: str) -> ModelStatus: ...


class ModelDesk(QObject):
    """GUI thread. `progressed` carries a FetchProgress while a fetch runs, None at its end."""

    changed = Signal(object)  # ModelStatus
    progressed = Signal(object)
    fetch_failed = Signal(object)  # UserFacingError
    fetched = Signal()
    seen = Signal()  # which models are here is known anew
    _reported = Signal(object)

    def __init__(
        self,
        *,
        bridge: Bridge,
        model: WatchedModel,
        catalogue: Catalogue,
        fetcher: ModelFetcher,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._model = model
        self._fetcher = fetcher
        self._fetching: Future[Path] | None = None
        self.fetching_id = ""
        self.catalogue = catalogue
        self.here: frozenset[str] = frozenset()
        self.status = model.status
        self.progress: FetchProgress | None = None
        bridge.events.connect(self._take_event)
        self._reported.connect(self._show_progress)

    @property
    def entry(self) -> ModelEntry:
        """The model in use."""
        return self.catalogue.get(self.status.info.id)

    @property
    def usable(self) -> bool:
        return self.status.state not in (ModelState.MISSING, ModelState.DAMAGED)

    @property
    def fetching(self) -> bool:
        return self._fetching is not None

    def look(self) -> None:
        """See which files are there, without loading anything."""
        self._bridge.run(self._model.refresh(), owner=self)
        self._bridge.run(self._list_here(), owner=self, then=self._know_here)

    def warm_up(self) -> None:
        """Load the model while the user types, so that the first word comes sooner."""
        if self.status.state is ModelState.RESTING:
            self._bridge.run(self._model.warm_up(), owner=self)

    def choose(self, model_id: str) -> None:
        """Let another model answer from now on."""
        self._bridge.run(self._model.choose(model_id), owner=self, then=lambda _status: self.look())

    def fetch(self, model_id: str = "") -> None:
        """Fetch a model's file, by default that of the one in use. Another one is in use once it is here."""
        wanted = model_id or self.entry.id
        self._begin(wanted, lambda report: self._fetcher.fetch(wanted, report))

    def adopt(self, picked: Path) -> None:
        """Take a file the user chose, if it is the right one."""
        wanted = self.entry.id
        self._begin(wanted, lambda report: self._fetcher.adopt(wanted, picked, report))

    def cancel(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            self._end()

    async def _list_here(self) -> frozenset[str]:
        return frozenset([entry.id for entry in self.catalogue.models if await self._fetcher.is_here(entry.id)])

    def _know_here(self, here: frozenset[str]) -> None:
        self.here = here
        self.seen.emit()

    def _begin(
        self, model_id: str, bring: Callable[[Callable[[FetchProgress], None]], Coroutine[Any, Any, Path]]
    ) -> None:
        if self._fetching is not None:
            return
        self.fetching_id = model_id
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
        brought = self.fetching_id
        self._end()
        if brought != self.entry.id:
            self.choose(brought)
        else:
            self.look()
        self.fetched.emit()

    def _failed(self, problem: UserFacingError) -> None:
        self._end()
        self.fetch_failed.emit(problem)

    def _end(self) -> None:
        self._fetching = self.progress = None
        self.fetching_id = ""
        self.progressed.emit(None)

    def _take_event(self, event: Event) -> None:
        if isinstance(event, ModelChanged):
            self.status = event.status
            self.changed.emit(event.status)
