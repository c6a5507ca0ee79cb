"""The bridge between the engine thread and the window: coroutines out, results and events back."""

import logging
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from personadesk.domain.errors import UserFacingError

if TYPE_CHECKING:
    # Imported when the engine is: asyncio and the events are not on the way to the first picture.
    from concurrent.futures import Future

    from personadesk.domain.events import Event
    from personadesk.services.engine import Engine
    from personadesk.services.events import EventHub

log = logging.getLogger(__name__)
T = TypeVar("T")


class Bridge(QObject):
    """Lives in the GUI thread. `events` re-emits every service event there, in order."""

    events = Signal(object)
    failed = Signal(object)  # UserFacingError that no caller took
    _arrived = Signal(object)
    _done = Signal(object, object)
    _came = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine: Engine | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._arrived.connect(self.events, Qt.ConnectionType.QueuedConnection)
        self._done.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._came.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)
        self._closed = False

    def attach(self, *, engine: "Engine", hub: "EventHub") -> None:
        """Join the engine and its events, once they are there."""
        self._engine = engine
        self._unsubscribe = hub.subscribe(self._carry)

    def run(
        self,
        coroutine: Coroutine[Any, Any, T],
        *,
        owner: QObject | None = None,
        then: Callable[[T], None] | None = None,
        failed: Callable[[UserFacingError], None] | None = None,
    ) -> "Future[T]":
        """Run a coroutine on the engine; `then` or `failed` is called in the GUI thread.

        Neither is called once `owner` is gone. A UserFacingError without `failed` goes to the
        `failed` signal; any other exception is a bug and reaches the crash dialog.
        """
        if self._engine is None:
            coroutine.close()
            raise RuntimeError("Nothing can run before the engine is attached.")
        future = self._engine.submit(coroutine)
        future.add_done_callback(lambda done: self._post(done, (owner, then, failed)))
        return future

    def stream(
        self,
        items: AsyncGenerator[T],
        *,
        owner: QObject,
        each: Callable[[T], None],
        then: Callable[[None], None],
        failed: Callable[[UserFacingError], None],
    ) -> "Future[None]":
        """Run a generator on the engine; `each` item, then its end, arrive in order in the GUI thread.

        Cancelling the future closes the generator; what is on its way by then still arrives.
        """

        async def carry() -> None:
            try:
                async for item in items:
                    if not self._closed:
                        self._came.emit(item, (owner, each))
            finally:
                await items.aclose()

        return self.run(carry(), owner=owner, then=then, failed=failed)

    def close(self) -> None:
        """Let nothing more through: the window is going."""
        self._closed = True
        if self._unsubscribe is not None:
            self._unsubscribe()

    def _carry(self, event: "Event") -> None:
        if not self._closed:
            self._arrived.emit(event)

    def _post(self, future: "Future[Any]", waiting: object) -> None:
        if not self._closed:
            self._done.emit(future, waiting)

    def _hand_over(self, item: object, waiting: tuple[QObject, Any]) -> None:
        owner, each = waiting
        if not self._closed and shiboken6.isValid(owner):
            each(item)

    def _deliver(self, future: "Future[Any]", waiting: tuple[QObject | None, Any, Any]) -> None:
        from concurrent.futures import CancelledError

        owner, then, failed = waiting
        if self._closed or (owner is not None and not shiboken6.isValid(owner)):
            return
        try:
            result = future.result()
        except CancelledError:
            return
        except UserFacingError as problem:
            if failed is not None:
                failed(problem)
            else:
                self.failed.emit(problem)
            return
        except Exception:  # noqa: BLE001  a bug from another thread, handed to the crash dialog as it is
            sys.excepthook(*sys.exc_info())
            return
        if then is not None:
            then(result)
