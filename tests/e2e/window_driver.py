"""Runs the real window and uses it with mouse and keys, as the lines on stdin say; prints what it sees as JSON.

    python tests/e2e/window_driver.py DATA_DIR

`open NAME` clicks a card, `say TEXT` types and sends, `look` tells the chat, `minimize`, `settings`,
`close`. It starts the program's own `main`, so everything but the hand on the mouse is the program's.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QPoint, QSocketNotifier, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).parents[2]))

from personadesk.app import main, make_application
from personadesk.domain.conversation import SwipeState
from personadesk.domain.ids import PersonaId
from personadesk.ui.main_window import MainWindow
from personadesk.ui.settings.settings_dialog import SettingsDialog

LOOK_EVERY_MS = 10
Steps = Generator[Callable[[], object], None, None]


class Hand(QObject):
    """Does one line after the other; a step waits until what it yields is true."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._steps: Steps = self._until_ready()
        self._waiting: Callable[[], object] = lambda: True
        self._shown = ""
        self._half_line = ""
        self._stdin = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, self)
        self._stdin.activated.connect(self._read)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._timer.start(LOOK_EVERY_MS)

    # -- what the lines do

    def _until_ready(self) -> Steps:
        yield lambda: [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)]
        yield lambda: self.window.chat is not None
        sys.excepthook = give_up
        tell("ready")

    def _open(self, name: str) -> Steps:
        window, chat = self.window, self.window.chat
        assert chat is not None
        yield lambda: self._persona_id(name) is not None
        wanted = self._persona_id(name)
        assert wanted is not None
        if window.current_persona != wanted:
            window.show_library()
            hero, grid, cards = window.library.hero, window.library.grid, window.library.model
            yield lambda: hero.persona_id == wanted or cards.row_of(wanted) >= 0
            if hero.persona_id == wanted:
                QTest.mouseClick(hero.button, Qt.MouseButton.LeftButton)
            else:
                index = cards.index(cards.row_of(wanted))
                grid.scrollTo(index)
                card = grid.visualRect(index)
                button = QPoint(card.left() + 40, card.bottom() - 34)
                QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=button)
        yield lambda: window.current_persona == wanted and chat.conversation_id is not None
        yield from self._look("")

    def _look(self, _: str) -> Steps:
        chat = self.window.chat
        assert chat is not None
        yield lambda: chat.model.rowCount()
        rows = [chat.model.message_at(row) for row in range(chat.model.rowCount())]
        said = [[row.role.value, row.text, row.state.value, row.error] for row in rows if row is not None]
        tell("chat", said)

    def _say(self, text: str) -> Steps:
        chat = self.window.chat
        assert chat is not None
        chat.composer.editor.setFocus()
        QTest.keyClicks(chat.composer.editor, text)
        QTest.mouseClick(chat.composer.action, Qt.MouseButton.LeftButton)
        yield lambda: chat.replying
        tell("replying")
        yield lambda: not chat.replying
        yield from self._look("")

    def _minimize(self, _: str) -> Steps:
        self.window.showMinimized()
        yield self.window.isMinimized
        tell("minimized")
        yield lambda: not self.window.isMinimized()
        tell("came forward")

    def _settings(self, _: str) -> Steps:
        QTest.keyClick(self.window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
        yield lambda: [each for each in self.window.findChildren(SettingsDialog) if each.isVisible()]
        tell("settings")
        for each in self.window.findChildren(SettingsDialog):
            each.close()

    def _close(self, _: str) -> Steps:
        self.window.close()
        yield lambda: True

    # -- inside

    @property
    def window(self) -> MainWindow:
        return next(each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow))

    def _persona_id(self, name: str) -> PersonaId | None:
        known = self.window.sidebar.model
        summaries = [known.summary(row) for row in range(known.rowCount())]
        return next((item.id for item in summaries if item is not None and item.shown_name == name), None)

    def _read(self) -> None:
        data = os.read(sys.stdin.fileno(), 65536)
        if not data:
            self._stdin.setEnabled(False)
        *lines, self._half_line = (self._half_line + data.decode()).split("\n")
        self._lines += lines

    def _tick(self) -> None:
        self._tell_growth()
        if not self._waiting():
            return
        try:
            self._waiting = next(self._steps)
        except StopIteration:
            self._waiting = lambda: self._lines
            if self._lines:
                verb, _, rest = self._lines.pop(0).partition(" ")
                self._steps = getattr(self, f"_{verb}")(rest)
                self._waiting = lambda: True

    def _tell_growth(self) -> None:
        """Say what of a reply is on screen, each time it has grown."""
        windows = [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)]
        chat = windows[0].chat if windows else None
        message = chat.model.message_at(chat.model.rowCount() - 1) if chat is not None else None
        if message is not None and message.state is SwipeState.STREAMING and message.text != self._shown:
            self._shown = message.text
            tell("shown", message.text)


def give_up(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    """A bug, the hand's or the program's: no dialog that nobody would close, but the end of the test."""
    traceback.print_exception(kind, problem, trace)
    os._exit(70)


def tell(what: str, value: object = None) -> None:
    sys.stdout.write(json.dumps([what, value, time.monotonic()]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    make_application()
    hand = Hand()
    sys.exit(main(sys.argv[1]))
