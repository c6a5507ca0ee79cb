"""The window's composition root: builds, wires, starts and shuts down.

The order is for the eye: window, first picture, then the store, the cards, the engine and at last
the chat. What costs time to import is imported on the thread that needs it.
"""

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from personadesk.paths import Paths, find_paths
from personadesk.process import Collector, catch_bugs, quit_on_signals, take_over_collection
from personadesk.starter import Starter
from personadesk.ui.bridge import Bridge
from personadesk.ui.main_window import MainWindow
from personadesk.ui.roster import Roster
from personadesk.ui.single_instance import SingleInstance
from personadesk.ui.theme.icons import icon, install_icons
from personadesk.ui.theme.source import ThemeChoice, ThemeSource, palette
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.window_state import WindowStateFile

if TYPE_CHECKING:
    from personadesk.assembly import Backend
    from personadesk.domain.persona import PersonaSummary
    from personadesk.joining import Joining
    from personadesk.services.personas import LibraryListing

BODY_POINTS = 9.75


class DesktopApp(QObject):
    """One running window and everything behind it."""

    def __init__(
        self,
        *,
        application: QApplication,
        paths: Paths,
        instance: SingleInstance | None = None,
        state: WindowStateFile | None = None,
    ) -> None:
        super().__init__()
        self._application = application
        self._paths = paths
        self._instance = instance
        self.backend: Backend | None = None
        self.bridge = Bridge(self)
        self.state = state or WindowStateFile(paths.window_file)
        choice = self.state.state.theme
        self.themes = ThemeSource(
            folder=paths.resources / "themes",
            choice=ThemeChoice(choice) if choice in set(ThemeChoice) else ThemeChoice.SYSTEM,
            parent=self,
        )
        application.setPalette(palette(self.themes.theme))
        install_icons(paths.resources / "icons")
        self.roster = Roster(bridge=self.bridge, parent=self)
        self.avatars = Avatars(path_of=self._asset_path, cache_folder=paths.thumbnails_dir, parent=self)
        self.window = MainWindow(
            bridge=self.bridge, roster=self.roster, themes=self.themes, avatars=self.avatars, state=self.state
        )
        self._starter = Starter(paths, self)
        self._starter.cards_read.connect(self._show_cards)
        self._starter.ready.connect(self._take_backend)
        self._starter.failed.connect(self.window.show_problem)
        self._starter.broken.connect(self._raise)
        self.window.painted.connect(self._start)
        self.window.retry_requested.connect(self._start)
        self.window.folder_requested.connect(self._open_folder)
        self._collector = Collector(self)
        self._collector.giving_back.connect(self._rest)
        self._joining: Joining | None = None
        self._joined = False
        self._closed = False
        self._listening = False
        self.to_open: list[Path] = []

    def show(self) -> None:
        self.window.show()

    def close(self) -> None:
        """Stop streams, keep what they said, close the store. Blocks until all is on disk."""
        if self._closed:
            return
        self._closed = True
        self._collector.stop()
        if self._joining is not None:
            self._joining.stop()
        self._starter.wait()
        self.bridge.close()
        self.avatars.close()
        # One that was built but not taken yet is closed as well.
        backend = self.backend or self._starter.built
        if backend is not None:
            backend.close()
        if self._instance is not None:
            self._instance.release()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See the cards' first picture: what else is imported waits for it."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._starter.go_on)
        return False

    # -- inside

    def _start(self) -> None:
        if self._starter.running:
            return
        if self._instance is not None and not self._listening:
            self._listening = True
            self._instance.raise_requested.connect(self.window.come_forward)
            self._instance.files_requested.connect(self._open_later)
            self._instance.listen()
        before, self.backend = self.backend, None
        self._starter.start(before)

    def _raise(self, bug: Exception) -> None:
        """For the crash dialog: without what the starter builds, the window has nothing to say."""
        raise bug

    def _show_cards(self, summaries: "list[PersonaSummary]") -> None:
        """Show the library as it was when the file was opened: the rest follows."""
        if summaries and not self.roster.loaded:
            self.window.library.grid.viewport().installEventFilter(self)
            self.roster.show_personas(tuple(summaries), self.tr("You"))
        else:
            self._starter.go_on()

    def _take_backend(self, backend: "Backend") -> None:
        if self._closed:
            return
        self.backend = backend
        self.bridge.attach(engine=backend.engine, hub=backend.hub)
        self.roster.attach(backend.personas)
        self.bridge.run(backend.prepare(), owner=self, then=self._show_library, failed=self.window.show_problem)

    def _show_library(self, listing: "LibraryListing") -> None:
        self.window.clear_problem()
        self.roster.fill(listing)
        QTimer.singleShot(0, self, self._join)

    def _join(self) -> None:
        """Join the window and the services: after the cards, so that they are painted first."""
        if self.backend is None or self._closed or self._joining is not None:
            return
        from personadesk.joining import Joining

        self._joining = Joining(
            window=self.window,
            bridge=self.bridge,
            avatars=self.avatars,
            backend=self.backend,
            paths=self._paths,
            parent=self,
        )
        self._joining.ended.connect(self._begin)
        self._joining.start()

    def _begin(self) -> None:
        self._joined = True
        self._reopen()
        self._bring_in()
        self._collector.begin()

    def _rest(self) -> None:
        if self.backend is not None:
            self.backend.database.rest()

    def _bring_in(self) -> None:
        """What was opened from the desktop, else what the first start may offer."""
        imports = self.window.imports
        imports.begin(offer=not self.to_open)
        imports.open_paths(self.to_open)
        self.to_open = []

    def _open_later(self, files: list[Path]) -> None:
        """A second start brought files: now, or once the store is open."""
        self.to_open += files
        if self._joined:
            self.window.imports.open_paths(self.to_open)
            self.to_open = []

    def _reopen(self) -> None:
        last = self.state.state.persona
        if last and any(persona_id == last for persona_id in self.roster.personas):
            self.window.open_persona(next(item for item in self.roster.personas if item == last))

    def _asset_path(self, sha256: str) -> Path:
        """Runs on the avatar thread, which imports what it needs."""
        from personadesk.storage.assets import AssetFiles

        return AssetFiles(self._paths.data_dir).path(sha256)

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._paths.data_dir)))


def start_log_of(paths: Paths) -> None:
    """Begin the log: imported after the first picture."""
    from personadesk.log_file import start_log

    start_log(paths)


def make_application() -> QApplication:
    """The QApplication with PersonaDesk's name, style and font."""
    application = QApplication.instance()
    if isinstance(application, QApplication):
        application.setStyle("Fusion")
    else:
        # The style that setStyle returns has PySide6 make all of QStyle's enums: 6 ms before the first picture.
        application = QApplication(["personadesk", "-style", "fusion"])
    application.setApplicationName("PersonaDesk")
    application.setDesktopFileName("personadesk")
    font = QFont(application.font())
    if "Inter" in QFontDatabase.families():
        font.setFamily("Inter")
    if font.pointSizeF() < BODY_POINTS or not os.environ.get("DESKTOP_SESSION"):
        font.setPointSizeF(BODY_POINTS)
    application.setFont(font)
    return application


def main(data_dir: str | None = None, files: Sequence[Path] = ()) -> int:
    """Start the window, and bring `files` in there; returns the process's exit code."""
    take_over_collection()
    paths = find_paths(data_dir)
    application = make_application()
    with contextlib.suppress(OSError):
        paths.data_dir.mkdir(parents=True, exist_ok=True)
    instance = SingleInstance(paths.lock_file)
    if not instance.acquire():
        if instance.ask_to_raise(files):
            print("PersonaDesk is running already: its window comes forward.")
            return 0
        print("PersonaDesk is running with this data folder, and does not answer. Close it first.", file=sys.stderr)
        return 1
    app = DesktopApp(application=application, paths=paths, instance=instance)
    application.setWindowIcon(icon("personadesk", app.themes.theme.text, 64))
    catch_bugs(window=app.window, bridge=app.bridge, themes=app.themes)
    wakeup = quit_on_signals(application)
    app.window.painted.connect(lambda: start_log_of(paths))
    app.to_open = list(files)
    try:
        return run(application, app)
    finally:
        del wakeup


def run(application: QApplication, app: DesktopApp) -> int:
    """Show the window until it is closed; returns the exit code."""
    app.show()
    try:
        return application.exec()
    finally:
        app.close()
