"""The hub that carries events from services to whoever listens."""

import logging
import threading
from collections.abc import Callable

from personadesk.domain.events import Event

log = logging.getLogger(__name__)


class EventHub:
    """Passes every event to every listener, on the thread that publishes. Listeners must not block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[Callable[[Event], None], ...] = ()

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Add a listener and return the call that removes it."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def remove() -> None:
            with self._lock:
                self._listeners = tuple(item for item in self._listeners if item is not listener)

        return remove

    def __call__(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)
