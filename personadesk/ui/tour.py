"""The tour: drives the real window through its screens and saves a picture of each."""

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QDialog, QWidget

from personadesk.domain.conversation import SwipeState
from personadesk.ui.library.card_model import ALL
from personadesk.ui.main_window import MainWindow
from personadesk.ui.roster import Roster

log = logging.getLogger(__name__)

LOOK_EVERY_MS = 25
SETTLE_MS = 300
QUESTION = "Hello! I had a long day and my plants are all I have energy for. What do you do to wind down?"
NARROW = (760, 600)


@dataclass(frozen=True, slots=True)
class Until:
    """Wait for something to be so; the tour fails after `seconds`."""

    what: str
    holds: Callable[[], bool]
    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Pause:
    """Let the window settle."""

    ms: int = SETTLE_MS


Step = Until | Pause


class Tour(QObject):
    """`ended` carries "" or what the tour was waiting for in vain."""

    ended = Signal(str)

    def __init__(self, *, window: MainWindow, roster: Roster, out: Path) -> None:
        super().__init__(window)
        self._window = window
        self._roster = roster
        self._out = out
        self._script = self._walk()
        self._step: Step | None = None
        self._left_ms = 0.0
        self.pictures: list[Path] = []
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._timer.start()

    # -- the walk

    def _walk(self) -> Generator[Step, None, None]:
        window = self._window
        yield Until("the personas", lambda: self._roster.loaded and window.chat is not None)
        yield Pause()
        self._shoot("library", window)
        yield from self._talk()
        yield from self._switch()
        yield from self._dialogs()
        yield from self._narrow()

    def _talk(self) -> Generator[Step, None, None]:
        window = self._window
        chat = window.chat
        assert chat is not None
        first = window.sidebar.model.personas()[0]
        window.open_persona(first)
        yield Until("the first chat", lambda: chat.conversation_id is not None)
        yield Pause()
        self._shoot("chat-greeting", window)
        chat.composer.editor.setPlainText(QUESTION)
        yield Pause()
        self._shoot("chat-draft", window)
        before = chat.model.rowCount()
        chat.composer.action.click()
        # A quick reply may be over before anybody looks.
        yield Until("the reply to begin", lambda: chat.replying or chat.model.rowCount() > before + 1, 30)
        yield Until("the first words of a reply", lambda: len(self._last_text()) > 40 or not chat.replying, 120)
        self._shoot("chat-streaming", window)
        yield Until("the end of the reply", lambda: not chat.replying, 180)
        yield Pause()
        self._shoot("chat-answered", window)

    def _switch(self) -> Generator[Step, None, None]:
        window = self._window
        chat = window.chat
        assert chat is not None
        first = chat.conversation_id
        another = next(item for item in window.sidebar.model.personas() if item != chat.persona_id)
        window.open_persona(another)
        yield Until("the other chat", lambda: chat.conversation_id not in (None, first))
        yield Pause()
        self._shoot("chat-other-persona", window)
        window.open_previous()
        yield Until("the first chat again", lambda: chat.conversation_id == first)
        yield Pause()
        self._shoot("chat-back-again", window)
        chat.find_bar.open_bar()
        chat.find_bar.field.line.setText("plants")
        yield Pause(600)
        self._shoot("chat-find", window)
        chat.find_bar.close_bar()
        window.show_library()
        yield Pause()
        self._shoot("library-after-a-chat", window)
        window.library.search.line.setText("nobody is called this")
        yield Pause()
        self._shoot("library-nothing-found", window)
        window.library.search.line.clear()
        window.library.show_filter(ALL)
        yield Pause()

    def _dialogs(self) -> Generator[Step, None, None]:
        window = self._window
        window.overlays.open_palette()
        yield Pause()
        self._shoot("palette", window)
        self._close_palette()
        window.personas.new()
        yield Until("the form", lambda: self._dialog() is not None)
        yield Pause()
        self._shoot_dialog("new-persona")
        window.personas.edit(next(iter(self._roster.personas)))
        yield Until("the editor", lambda: self._dialog() is not None)
        yield Pause()
        self._shoot_dialog("persona")
        for page, name in (("general", "settings"), ("models", "settings-models"), ("voices", "settings-voices")):
            window.overlays.open_settings_page(page)
            yield Until("the settings", lambda: self._dialog() is not None)
            yield Pause(900)
            self._shoot_dialog(name)
            yield Until("the settings to close", lambda: self._dialog() is None)

    def _narrow(self) -> Generator[Step, None, None]:
        window = self._window
        chat = window.chat
        assert chat is not None
        window.resize(*NARROW)
        yield Pause()
        self._shoot("narrow-library", window)
        window.open_previous()
        yield Until("the chat in the narrow window", lambda: chat.conversation_id is not None)
        yield Pause()
        self._shoot("narrow-chat", window)

    # -- inside

    def _tick(self) -> None:
        if self._step is None or (isinstance(self._step, Until) and self._step.holds()):
            self._next()
        else:
            self._left_ms -= LOOK_EVERY_MS
            if self._left_ms > 0:
                return
            if isinstance(self._step, Until):
                self._stop(self._step.what)
            else:
                self._next()

    def _next(self) -> None:
        try:
            self._step = next(self._script)
        except StopIteration:
            self._stop("")
            return
        self._left_ms = self._step.seconds * 1000 if isinstance(self._step, Until) else self._step.ms

    def _stop(self, waited_for: str) -> None:
        self._timer.stop()
        self.ended.emit(waited_for)

    def _shoot(self, name: str, widget: QWidget) -> None:
        path = self._out / f"{len(self.pictures) + 1:02}-{name}.png"
        if not widget.grab().save(str(path)):
            log.warning("a picture could not be saved: %s", path.name)
            return
        self.pictures.append(path)

    def _shoot_dialog(self, name: str) -> None:
        dialog = self._dialog()
        if dialog is not None:
            self._shoot(name, dialog)
            dialog.done(0)

    def _dialog(self) -> QDialog | None:
        shown = [item for item in self._window.findChildren(QDialog) if item.isVisible()]
        return shown[-1] if shown else None

    def _close_palette(self) -> None:
        from personadesk.ui.palette.palette import Palette

        for palette in self._window.findChildren(Palette):
            palette.leave()

    def _last_text(self) -> str:
        chat = self._window.chat
        message = chat.model.message_at(chat.model.rowCount() - 1) if chat is not None else None
        return message.text if message is not None and message.state is SwipeState.STREAMING else ""
