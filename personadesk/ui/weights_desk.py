"""Fetching weights from the window: it goes on while dialogs come and go."""

from concurrent.futures import Future
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from personadesk.domain.chat import FetchProgress
from personadesk.domain.errors import UserFacingError
from personadesk.services.weights_ports import WeightsFetcher, WeightsInfo
from personadesk.ui.bridge import Bridge


class WeightsDesk(QObject):
    """GUI thread. One fetch a set of weights at a time."""

    progressed = Signal(str, object)  # id; FetchProgress, None once it has ended
    fetched = Signal(str)  # id
    fetch_failed = Signal(str, object)  # id, UserFacingError
    _reported = Signal(str, object)  # from the engine's thread

    def __init__(self, *, bridge: Bridge, fetcher: WeightsFetcher, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._fetcher = fetcher
        self._running: dict[str, Future[Path]] = {}
        self._reported.connect(self._show)

    def describe(self, weights_id: str) -> WeightsInfo:
        return self._fetcher.describe(weights_id)

    def is_fetching(self, weights_id: str) -> bool:
        return weights_id in self._running

    def fetch(self, weights_id: str) -> None:
        """Begin; does nothing where it has begun."""
        if weights_id in self._running:
            return

        def report(progress: FetchProgress) -> None:
            self._reported.emit(weights_id, progress)

        self._running[weights_id] = self._bridge.run(
            self._fetcher.fetch(weights_id, report),
            owner=self,
            then=partial(self._arrived, weights_id),
            failed=partial(self._failed, weights_id),
        )
        self.progressed.emit(weights_id, FetchProgress("", 0, 0))

    def cancel(self, weights_id: str) -> None:
        running = self._running.pop(weights_id, None)
        if running is not None:
            running.cancel()
            self.progressed.emit(weights_id, None)

    # -- inside

    def _show(self, weights_id: str, progress: FetchProgress) -> None:
        # One that was under way when the fetch ended comes after its end.
        if weights_id in self._running:
            self.progressed.emit(weights_id, progress)

    def _arrived(self, weights_id: str, _folder: Path) -> None:
        self._running.pop(weights_id, None)
        self.progressed.emit(weights_id, None)
        self.fetched.emit(weights_id)

    def _failed(self, weights_id: str, problem: UserFacingError) -> None:
        self._running.pop(weights_id, None)
        self.progressed.emit(weights_id, None)
        self.fetch_failed.emit(weights_id, problem)
