"""Joins the window and what is behind it, a part with every turn of the event loop.

Nothing here is on the way to the first picture.
"""

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from personadesk import __version__
from personadesk.assembly import Backend
from personadesk.paths import Paths
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.dictation_joining import join_dictation
from personadesk.ui.chat.verbs_joining import join_verbs
from personadesk.ui.library.library_desk import LibraryDesk
from personadesk.ui.main_window import MainWindow
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.palette.jumps import Jumps
from personadesk.ui.settings.settings_dialog import Facts
from personadesk.ui.speech.joining import join_voices
from personadesk.ui.widgets.avatars import Avatars


class Joining(QObject):
    """GUI thread. `ended` comes once, when the window can do everything."""

    ended = Signal()

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        avatars: Avatars,
        backend: Backend,
        paths: Paths,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._bridge = bridge
        self._avatars = avatars
        self._backend = backend
        self._paths = paths
        self._desk = ModelDesk(
            bridge=bridge,
            model=backend.model,
            catalogue=backend.catalogue,
            fetcher=backend.fetcher,
            providers=backend.providers,
            secrets=backend.secrets,
            shelf=backend.shelf,
            parent=self,
        )
        # Each takes some milliseconds: between them the window paints and hears what its user does.
        self._steps: deque[Callable[[], None]] = deque(
            (
                window.furnish,
                self._join_imports,
                self._join_editor,
                self._join_library,
                self._join_chat,
                self._join_lorebooks,
                self._join_verbs,
                self._join_search,
                self._join_voices,
                self._desk.look,
            )
        )

    def start(self) -> None:
        QTimer.singleShot(0, self, self._go_on)

    def stop(self) -> None:
        """Leave the rest away: the window is going."""
        self._steps.clear()

    def _go_on(self) -> None:
        if not self._steps:
            return
        self._steps.popleft()()
        if self._steps:
            QTimer.singleShot(0, self, self._go_on)
        else:
            self.ended.emit()

    def _join_imports(self) -> None:
        backend = self._backend
        self._window.imports.attach(backend.migration, brings=backend.cards, writes=backend.card_exports)

    def _join_editor(self) -> None:
        backend = self._backend
        self._window.personas.attach_editor(
            avatars=self._avatars,
            editing=backend.editing,
            models=self._desk,
            reader=backend.card_reader,
            pictures=self._paths.resources / "avatars_set",
            lorebooks=backend.lorebooks,
        )

    def _join_library(self) -> None:
        window, backend = self._window, self._backend
        LibraryDesk(
            bridge=self._bridge,
            page=window.library,
            service=backend.library,
            personas=window.personas,
            toasts=window.toasts,
            closing=window.closing,
            export=backend.card_exports,
        )

    def _join_chat(self) -> None:
        backend = self._backend
        facts = Facts(__version__, self._paths.data_dir, self._paths.resources)
        self._window.attach(
            personas=backend.personas, chat=backend.chat, memory=backend.memory, desk=self._desk, facts=facts
        )

    def _join_lorebooks(self) -> None:
        self._window.lorebooks.attach(self._backend.lorebooks, self._window.chat)

    def _join_verbs(self) -> None:
        join_verbs(self._window, self._bridge, self._backend.talking)

    def _join_search(self) -> None:
        Jumps(window=self._window, search=self._backend.talking.search)

    def _join_voices(self) -> None:
        backend = self._backend
        voices = join_voices(self._window, self._bridge, backend.speech, setup=backend.voice_setup)
        join_dictation(
            self._window,
            self._bridge,
            voices,
            dictation=backend.dictation,
            weights=backend.weights,
            secrets=backend.secrets,
        )
