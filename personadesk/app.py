"""The window's composition root: builds, wires, starts and shuts down.

The order is for the eye: window, first picture, then the store, the cards, the engine and at last
the chat. What costs time to import is imported on the thread that needs it.
"""

import contextlib
import gc
import importlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from personadesk import __version__
from personadesk.domain.errors import StoreError, UserFacingError
from personadesk.paths import Paths, find_paths
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
    from personadesk.services.personas import LibraryListing

log = logging.getLogger(__name__)

COLLECT_EVERY_MS = 2000
BODY_POINTS = 9.75


class _Starter(QObject):
    """Builds the backend on a thread of its own and tells the window, in the GUI thread."""

    cards_read = Signal(object)  # list[PersonaSummary]
    ready = Signal(object)  # Backend
    failed = Signal(object)  # StoreError

    def __init__(self, paths: Paths, parent: QObject) -> None:
        super().__init__(parent)
        self._paths = paths
        self.thread_: threading.Thread | None = None

    def start(self, before: "Backend | None") -> None:
        """Build a backend, once the one of a failed try is closed."""
        self.thread_ = threading.Thread(target=self._build, args=(before,), name="starter", daemon=True)
        self.thread_.start()

    def _build(self, before: "Backend | None") -> None:
        if before is not None:
            before.close()
        from personadesk.services.clock import SystemClock
        from personadesk.storage.database import open_database

        database = open_database(self._paths.data_dir, clock=SystemClock())
        try:
            self.cards_read.emit(database.early_summaries().result())
        except StoreError as problem:
            database.close()
            self.failed.emit(problem)
            return
        from personadesk.assembly import Backend

        # The window builds its chat from these next: imported here, they don't hold it up.
        for module in ("chat.chat_pane", "settings.settings_dialog", "editor.opening"):
            importlib.import_module(f"personadesk.ui.{module}")
        from personadesk.ui.chat.markdown_blocks import preload

        preload()
        self.ready.emit(Backend(self._paths, database=database))


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
        self._starter = _Starter(paths, self)
        self._starter.cards_read.connect(self._show_cards)
        self._starter.ready.connect(self._take_backend)
        self._starter.failed.connect(self.window.show_problem)
        self.window.painted.connect(self._start)
        self.window.retry_requested.connect(self._start)
        self.window.folder_requested.connect(self._open_folder)
        self._collector = QTimer(self)
        self._collector.setInterval(COLLECT_EVERY_MS)
        self._collector.timeout.connect(_collect)
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
        if self._starter.thread_ is not None:
            self._starter.thread_.join(15)
        self.bridge.close()
        self.avatars.close()
        if self.backend is not None:
            self.backend.close()
        if self._instance is not None:
            self._instance.release()

    # -- inside

    def _start(self) -> None:
        if self._starter.thread_ is not None and self._starter.thread_.is_alive():
            return
        if self._instance is not None and not self._listening:
            self._listening = True
            self._instance.raise_requested.connect(self.window.come_forward)
            self._instance.files_requested.connect(self._open_later)
            self._instance.listen()
        before, self.backend = self.backend, None
        self._starter.start(before)

    def _show_cards(self, summaries: "list[PersonaSummary]") -> None:
        """Show the library as it was when the file was opened: the rest follows."""
        if summaries and not self.roster.loaded:
            self.roster.show_personas(tuple(summaries), self.tr("You"))

    def _take_backend(self, backend: "Backend") -> None:
        self.backend = backend
        if self._closed:
            backend.close()
            return
        self.bridge.attach(engine=backend.engine, hub=backend.hub)
        self.roster.attach(backend.personas)
        self.bridge.run(backend.prepare(), owner=self, then=self._show_library, failed=self.window.show_problem)

    def _show_library(self, listing: "LibraryListing") -> None:
        self.window.clear_problem()
        self.roster.fill(listing)
        QTimer.singleShot(0, self, self._join_chat)

    def _join_chat(self) -> None:
        """Build the chat: a turn of the event loop after the cards, so that they are painted first."""
        backend = self.backend
        if backend is None or self._closed:
            return
        from personadesk.ui.library.library_desk import LibraryDesk
        from personadesk.ui.model_desk import ModelDesk
        from personadesk.ui.settings.settings_dialog import Facts
        from personadesk.ui.speech.joining import join_voices

        if self.window.chat is None:
            desk = ModelDesk(
                bridge=self.bridge,
                model=backend.model,
                catalogue=backend.catalogue,
                fetcher=backend.fetcher,
                parent=self,
            )
            facts = Facts(__version__, self._paths.data_dir, self._paths.resources)
            self.window.attach(
                personas=backend.personas, chat=backend.chat, memory=backend.memory, desk=desk, facts=facts
            )
            self.window.lorebooks.attach(backend.lorebooks, self.window.chat)
            self.window.imports.attach(backend.migration, brings=backend.cards, writes=backend.card_exports)
            self.window.personas.attach_editor(
                avatars=self.avatars,
                editing=backend.editing,
                models=desk,
                reader=backend.card_reader,
                pictures=self._paths.resources / "avatars_set",
                lorebooks=backend.lorebooks,
            )
            LibraryDesk(
                bridge=self.bridge,
                page=self.window.library,
                service=backend.library,
                personas=self.window.personas,
                toasts=self.window.toasts,
                closing=self.window.closing,
                export=backend.card_exports,
            )
            join_voices(self.window, self.bridge, backend.speech)
            desk.look()
            self._reopen()
            self._bring_in()
        gc.freeze()
        self._collector.start()

    def _bring_in(self) -> None:
        """What was opened from the desktop, else what the first start may offer."""
        imports = self.window.imports
        imports.begin(offer=not self.to_open)
        imports.open_paths(self.to_open)
        self.to_open = []

    def _open_later(self, files: list[Path]) -> None:
        """A second start brought files: now, or once the store is open."""
        self.to_open += files
        if self.window.chat is not None:
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


def _collect() -> None:
    """One small collection; the larger generations when enough has piled up."""
    gc.collect(0)
    if gc.get_count()[1] > 8:
        gc.collect(1)
    if gc.get_count()[2] > 8:
        gc.collect(2)


def take_over_collection() -> None:
    """Leave cyclic garbage to the window's timer: a worker's collection may destroy QObjects.

    It also spares the imports of start-up a dozen walks over everything imported before them. Threads
    change places oftener than Python's 5 ms, so that a picture never waits long for an import.
    """
    gc.disable()
    sys.setswitchinterval(0.002)


def start_log_of(paths: Paths) -> None:
    """Begin the log: imported after the first picture."""
    from personadesk.log_file import start_log

    start_log(paths)


def make_application(arguments: Sequence[str] = ()) -> QApplication:
    """The QApplication with PersonaDesk's name, style and font."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(["personadesk", *arguments])
    application.setApplicationName("PersonaDesk")
    application.setDesktopFileName("personadesk")
    application.setStyle("Fusion")
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
    _catch_bugs(app)
    wakeup = _quit_on_signals(application)
    app.window.painted.connect(lambda: start_log_of(paths))
    app.to_open = list(files)
    app.show()
    try:
        return application.exec()
    finally:
        del wakeup
        app.close()


def _catch_bugs(app: DesktopApp) -> None:
    """Whatever nobody caught goes to the log and, once at a time, to the crash dialog."""
    shown: list[QObject] = []

    def handle(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            app.window.close()
            return
        if isinstance(problem, UserFacingError):
            app.bridge.failed.emit(problem)
            return
        from personadesk.ui.dialogs.crash_dialog import CrashDialog, report_text

        report = report_text(__version__, kind, problem, trace)
        log.error("a fault nobody caught\n%s", report)
        if not shown:
            dialog = CrashDialog(themes=app.themes, report=report, parent=app.window)
            dialog.destroyed.connect(shown.clear)
            shown.append(dialog)
            dialog.show_fitting(560)

    sys.excepthook = handle


def _quit_on_signals(application: QApplication) -> QObject:
    """Close in order on SIGTERM, SIGINT and a session's logout."""
    if os.name == "nt":
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: application.quit())
        # Python sees a signal between two of its own instructions only: a timer gives it some.
        ticker = QTimer(application)
        ticker.timeout.connect(lambda: None)
        ticker.start(250)
        return ticker
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: None)
    notifier = QSocketNotifier(reading, QSocketNotifier.Type.Read, application)
    notifier.activated.connect(lambda *_: application.quit())
    return notifier


def run_tour(*, data_dir: str, out: Path, theme: str, size: tuple[int, int]) -> int:
    """Drive the window through its screens and save a picture of each; returns the exit code."""
    from personadesk.ui.tour import Tour

    take_over_collection()
    application = make_application()
    app = DesktopApp(application=application, paths=find_paths(data_dir), state=WindowStateFile(None))
    app.themes.choose(ThemeChoice(theme))
    app.window.resize(*size)
    tour = Tour(window=app.window, roster=app.roster, out=out)
    waited_for: list[str] = []
    tour.ended.connect(waited_for.append)
    tour.ended.connect(lambda _reason: application.quit())
    app.show()
    tour.start()
    try:
        application.exec()
    finally:
        app.close()
    for picture in tour.pictures:
        print(picture)
    if waited_for and waited_for[0]:
        print(f"The tour waited in vain for {waited_for[0]}.", file=sys.stderr)
        return 1
    return 0
