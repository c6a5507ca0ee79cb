"""A window with the built-in personas in a data directory of its own."""

import gc
import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from personadesk.app import make_application
from personadesk.paths import find_resources
from personadesk.services.built_ins import seed
from personadesk.services.clock import SystemClock
from personadesk.storage.built_in_files import BuiltInFiles
from personadesk.storage.database import open_database
from personadesk.ui.chat import layout_pace
from tests.ui.desk import Desk


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["personadesk"]


@pytest.fixture(autouse=True)
def no_key_held(qapp: QApplication) -> None:
    """Qt remembers the modifiers of the last event, and the test before may have ended with a click with Shift."""
    QTest.keyRelease(QWidget(), Qt.Key.Key_Shift)
    assert qapp.keyboardModifiers() == Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def clipboard_of_its_own(qapp: QApplication) -> Iterator[None]:
    """What a test made for the clipboard must be gone before Python is: Qt would let go of it at its very end."""
    yield
    qapp.clipboard().clear()


@pytest.fixture(autouse=True)
def no_turn_is_too_long(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a long message waits for the next turn of the event loop depends on how quick the machine is just now."""
    if not request.module.__name__.endswith("test_layout_pace"):
        monkeypatch.setattr(layout_pace, "ENOUGH_MS", math.inf)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the built-in personas, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("seeded") / "data"
    folder.mkdir()
    database = open_database(folder, clock=SystemClock())
    files = BuiltInFiles(find_resources() / "personas")
    try:
        database.submit_write(lambda store: (store.people.you(), seed(store, files))).result(60)
    finally:
        database.close()
    # By now the window's modules are in memory, which no later collection need look through.
    gc.collect()
    gc.freeze()
    return folder


@pytest.fixture
def own_collection() -> Iterator[None]:
    """For the whole program: it collects in the GUI thread, as a collection by its starter may destroy QObjects."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def start(seeded: Path, data_dir: Path, qtbot: QtBot) -> Iterator[Callable[[], Desk]]:
    """Call it for a window; again, once the one before is closed, for the next start of the program."""
    make_application()
    shutil.copytree(seeded, data_dir, dirs_exist_ok=True)
    desks: list[Desk] = []

    def begin() -> Desk:
        desk = Desk(data_dir, qtbot)
        desks.append(desk)
        return desk

    yield begin
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(start: Callable[[], Desk]) -> Desk:
    """The window, on screen, in the library."""
    desk = start()
    desk.show()
    return desk
