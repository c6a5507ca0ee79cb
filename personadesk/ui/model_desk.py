"""What the window knows of the chat model: its state, and bringing its file here with progress."""

from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from personadesk.domain.chat import FetchProgress, ModelState, ModelStatus
from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import Event, ModelChanged
from personadesk.services.models import ModelEntry, ModelFetcher
from personadesk.ui.bridge import Bridge


class WatchedModel(Protocol):
    """The model in use, as far as the window asks about it."""

    @property
    def status(self) -> ModelStatus: ...
    async def warm_up(self) -> None: ...
    async def refresh(self) -> ModelStatus: ...


class ModelDesk(QObject):
    """GUI thread. `progressed` carries a FetchProgress while a fetch runs, None at its end."""

    changed = Signal(object)  # ModelStatus
    progressed = Signal(object)
    fetch_failed = Signal(object)  # UserFacingError
    fetched = Signal()
    _reported = Signal(object)

    def __init__(
        self,
        *,
        bridge: Bridge,
        model: WatchedModel,
        entry: ModelEntry,
        fetcher: ModelFetcher,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._model = model
        self._fetcher = fetcher
        self._fetching: Future[Path] | None = None
        self.entry = entry
        self.status = model.status
        bridge.events.connect(self._take_event)
        self._reported.connect(self.progressed)

    @property
    def usable(self) -> bool:
        return self.status.state not in (ModelState.MISSING, ModelState.DAMAGED)

    @property
    def fetching(self) -> bool:
        return self._fetching is not None

    def look(self) -> None:
        """See whether the file is there, without loading anything."""
        self._bridge.run(self._model.refresh(), owner=self)

    def warm_up(self) -> None:
        """Load the model while the user types, so that the first word comes sooner."""
        if self.status.state is ModelState.RESTING:
            self._bridge.run(self._model.warm_up(), owner=self)

    def fetch(self) -> None:
        self._begin(lambda report: self._fetcher.fetch(self.entry.id, report))

    def adopt(self, picked: Path) -> None:
        """Take a file the user chose, if it is the right one."""
        self._begin(lambda report: self._fetcher.adopt(self.entry.id, picked, report))

    def cancel(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            self._end()

    def _begin(self, bring: Callable[[Callable[[FetchProgress], None]], Coroutine[Any, Any, Path]]) -> None:
        if self._fetching is not None:
            return
        self.progressed.emit(FetchProgress(self.tr("Starting…"), 0, 0))
        self._fetching = self._bridge.run(
            bring(self._reported.emit), owner=self, then=self._arrived, failed=self._failed
        )

    def _arrived(self, _path: Path) -> None:
        self._end()
        self.look()
        self.fetched.emit()

    def _failed(self, problem: UserFacingError) -> None:
        self._end()
        self.fetch_failed.emit(problem)

    def _end(self) -> None:
        self._fetching = None
        self.progressed.emit(None)

    def _take_event(self, event: Event) -> None:
        if isinstance(event, ModelChanged):
            self.status = event.status
            self.changed.emit(event.status)
