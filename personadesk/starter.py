"""Opens the store and builds what is behind the window, on a thread of its own."""

import importlib
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from personadesk.domain.errors import StoreError
from personadesk.paths import Paths

if TYPE_CHECKING:
    from personadesk.assembly import Backend

FOR_THE_WINDOW = (
    "window_parts",
    "chat.chat_pane",
    "cards.card_desk",
    "wizard.migration_desk",
    "lorebook.inspector_page",
    "editor.desk",
    "editor.opening",
)
"""What `Joining` has made, in personadesk.ui: imported here, as `Joining` is, it does not hold the window up."""

PAINTING_S = 0.25
"""How long the cards have the interpreter to themselves, at most."""


class Starter(QObject):
    """Builds the backend and tells the window, in the GUI thread."""

    cards_read = Signal(object)  # list[PersonaSummary]
    ready = Signal(object)  # Backend
    failed = Signal(object)  # StoreError
    broken = Signal(object)  # an Exception that is a bug

    def __init__(self, paths: Paths, parent: QObject) -> None:
        super().__init__(parent)
        self._paths = paths
        self._thread: threading.Thread | None = None
        self._painted = threading.Event()
        self.built: Backend | None = None

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self, before: "Backend | None") -> None:
        """Build a backend, once the one of a failed try is closed."""
        self.built = None
        self._painted.clear()
        self._thread = threading.Thread(target=self._run, args=(before,), name="starter", daemon=True)
        self._thread.start()

    def go_on(self) -> None:
        """The cards are on screen."""
        self._painted.set()

    def wait(self) -> None:
        """Block until the thread has ended."""
        self.go_on()
        if self._thread is not None:
            self._thread.join(15)

    def _run(self, before: "Backend | None") -> None:
        try:
            self._build(before)
        except Exception as bug:  # noqa: BLE001  a bug on this thread, raised again in the window's
            self.broken.emit(bug)

    def _build(self, before: "Backend | None") -> None:
        if before is not None:
            before.close()
        from personadesk.services.clock import SystemClock
        from personadesk.storage.database import open_database

        database = open_database(self._paths.data_dir, clock=SystemClock())
        try:
            summaries = database.early_summaries().result()
        except StoreError as problem:
            database.close()
            self.failed.emit(problem)
            return
        self.cards_read.emit(summaries)
        self._painted.wait(PAINTING_S)
        import personadesk.joining  # noqa: F401  for the window
        from personadesk.assembly import Backend

        for module in FOR_THE_WINDOW:
            importlib.import_module(f"personadesk.ui.{module}")
        from personadesk.ui.chat.markdown_blocks import preload

        preload()
        self.built = Backend(self._paths, database=database)
        self.ready.emit(self.built)
