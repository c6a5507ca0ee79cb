"""What the wizard knows of a migration: its steps run on a worker, their progress and results come back here."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, Protocol, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import RunId
from personadesk.domain.migration import Choices, Found, Plan, Progress, Receipt, Run, UndoPreview, UndoResult
from personadesk.services.migration_ports import Cancelled, Tell
from personadesk.ui.bridge import Bridge

T = TypeVar("T")
Failed = Callable[[UserFacingError], None]

LEAST_BETWEEN_S = 0.05
"""Progress is shown 20 times a second at most."""


class MigrationWork(Protocol):
    """The migration service. Every method blocks."""

    def usual_places(self) -> list[Found]: ...
    def inspect(self, folder: Path) -> list[Found]: ...
    def plan(self, found: Found, choices: Choices, *, tell: Tell, cancelled: Cancelled) -> Plan: ...
    def run(self, plan: Plan, *, tell: Tell, cancelled: Cancelled) -> Receipt: ...
    def runs(self) -> list[Run]: ...
    def preview_undo(self, run_id: RunId) -> UndoPreview: ...
    def undo(self, run_id: RunId, *, restore_folder: bool = False) -> UndoResult: ...
    def recover(self) -> list[str]: ...


@dataclass(eq=False, slots=True)
class _Job:
    """One call on the worker. `told_at` belongs to the worker's thread, all else to the window's."""

    owner: QObject
    then: Callable[[Any], None]
    failed: Failed
    cancelled: Event = field(default_factory=Event)
    dropped: bool = False
    told_at: float = 0.0

    @property
    def wanted(self) -> bool:
        return not self.dropped and shiboken6.isValid(self.owner)


class MigrationDesk(QObject):
    """GUI thread. Results go to `then` or `failed` while `owner` lives; `progressed` carries a Progress."""

    progressed = Signal(object)
    _told = Signal(object, object)
    _broke = Signal(object)

    def __init__(self, work: MigrationWork, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._bridge = bridge
        self._job: _Job | None = None
        self._running = False
        self._told.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self._broke.connect(self._report_fault, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> bool:
        """Whether an import is under way."""
        return self._running

    def usual_places(self, *, owner: QObject, then: Callable[[list[Found]], None], failed: Failed) -> None:
        self._send(_Job(owner, then, failed), lambda _job: self._work.usual_places())

    def inspect(self, path: Path, *, owner: QObject, then: Callable[[list[Found]], None], failed: Failed) -> None:
        self._send(_Job(owner, then, failed), lambda _job: self._work.inspect(path))

    def plan(
        self, found: Found, choices: Choices, *, owner: QObject, then: Callable[[Plan], None], failed: Failed
    ) -> None:
        """Make a dry run. One that is still going on is cancelled, and nobody hears of it again."""
        self.drop()
        job = self._job = _Job(owner, then, failed)
        self._send(
            job, lambda job: self._work.plan(found, choices, tell=self._teller(job), cancelled=job.cancelled.is_set)
        )

    def run(self, plan: Plan, *, owner: QObject, then: Callable[[Receipt], None], failed: Failed) -> None:
        """Back up and import. It goes on even if `owner` is gone, until it is cancelled."""
        self.drop()
        job = self._job = _Job(owner, then, failed)
        self._running = True
        self._send(job, lambda job: self._work.run(plan, tell=self._teller(job), cancelled=job.cancelled.is_set))

    def runs(self, *, owner: QObject, then: Callable[[list[Run]], None], failed: Failed) -> None:
        self._send(_Job(owner, then, failed), lambda _job: self._work.runs())

    def preview_undo(
        self, run_id: RunId, *, owner: QObject, then: Callable[[UndoPreview], None], failed: Failed
    ) -> None:
        self._send(_Job(owner, then, failed), lambda _job: self._work.preview_undo(run_id))

    def undo(
        self,
        run_id: RunId,
        *,
        restore_folder: bool = False,
        owner: QObject,
        then: Callable[[UndoResult], None],
        failed: Failed,
    ) -> None:
        self._send(_Job(owner, then, failed), lambda _job: self._work.undo(run_id, restore_folder=restore_folder))

    def recover(self, *, owner: QObject, then: Callable[[list[str]], None], failed: Failed) -> None:
        self._send(_Job(owner, then, failed), lambda _job: self._work.recover())

    def cancel(self) -> None:
        """Ask what is going on to stop; it ends with a failure that says so."""
        if self._job is not None:
            self._job.cancelled.set()

    def drop(self) -> None:
        """Stop a dry run and hear no more of it."""
        if self._job is not None and not self._running:
            self._job.cancelled.set()
            self._job.dropped = True
            self._job = None

    # -- inside

    def _send(self, job: _Job, call: Callable[[_Job], T]) -> None:
        import asyncio

        async def work() -> T:
            try:
                return await asyncio.to_thread(call, job)
            except UserFacingError:
                raise
            except Exception:
                self._broke.emit(job)
                raise

        self._bridge.run(
            work(),
            owner=self,
            then=lambda result: self._settle(job, lambda: job.then(result)),
            failed=lambda problem: self._settle(job, lambda: job.failed(problem)),
        )

    def _teller(self, job: _Job) -> Tell:
        stage: list[object] = [None]

        def tell(progress: Progress) -> None:
            now = time.monotonic()
            if now - job.told_at >= LEAST_BETWEEN_S or progress.stage is not stage[0]:
                job.told_at, stage[0] = now, progress.stage
                self._told.emit(job, progress)

        return tell

    def _show(self, job: _Job, progress: Progress) -> None:
        if job is self._job:
            self.progressed.emit(progress)

    def _settle(self, job: _Job, answer: Callable[[], None]) -> None:
        if job is self._job:
            self._job = None
            self._running = False
        if job.wanted:
            answer()

    def _report_fault(self, job: _Job) -> None:
        """The crash dialog says what went wrong; whoever asked must not wait for ever."""
        problem = UserFacingError(
            self.tr("A fault in PersonaDesk broke this off."),
            self.tr("Start PersonaDesk again: it says how far it came, and finishes or undoes it."),
        )
        self._settle(job, lambda: job.failed(problem))
