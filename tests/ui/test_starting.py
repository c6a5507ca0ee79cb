"""The way to the first picture: what it may need, and what comes before the rest is there."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from personadesk.app import DesktopApp, make_application
from personadesk.paths import Paths, find_resources
from personadesk.ui.editor.editor import PersonaEditor
from personadesk.ui.palette.palette import Palette
from tests.program import DONE_S, unmeasured
from tests.ui.desk import DONE_MS

FIRST_PICTURE = """
import json, sys
from pathlib import Path
from PySide6 import QtWidgets
from personadesk.app import DesktopApp, make_application
from personadesk.paths import find_paths

application = make_application()
app = DesktopApp(application=application, paths=find_paths(sys.argv[1]))
app.window.painted.disconnect()

def tell():
    print(json.dumps([[name for name in sys.modules], [name for name in vars(QtWidgets)]]))
    application.quit()

app.window.painted.connect(tell)
app.show()
application.exec()
app.close()
"""

SHOWN = {
    "app": "",
    "domain": "errors ids persona voice",
    "paths": "",
    "process": "",
    "services": "trash_keeping",
    "starter": "",
    "ui": "bridge main_window roster single_instance window_state",
    "ui.avatar": "initials thumbnail_cache thumbnails",
    "ui.library": "card_cache card_canvas card_geometry card_grid card_keys card_model card_order card_painter"
    " card_pointer card_selection filter_chips folder_tiles hero library_bar library_header library_page"
    " library_words search_text selection_bar tag_book tag_colours trash_words",
    "ui.sidebar": "sidebar switcher_model switcher_view",
    "ui.theme": "icons source tokens",
    "ui.widgets": "avatars buttons fields flow preview text viewport",
}
"""What is on the first picture, or what it is made with: each module here holds it up by a millisecond."""


@pytest.fixture
def app(own_collection: None, seeded: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[DesktopApp]:
    home = shutil.copytree(seeded, tmp_path / "home")
    app = DesktopApp(application=make_application(), paths=Paths(data_dir=home, resources=find_resources()))
    qtbot.addWidget(app.window)
    yield app
    app.window.close()
    app.close()


@pytest.fixture(scope="module")
def needed(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """The modules that were imported by the first picture, and the classes of widget that Qt prepared."""
    ran = subprocess.run(
        [sys.executable, "-c", FIRST_PICTURE, str(tmp_path_factory.mktemp("first"))],
        env=unmeasured(),
        capture_output=True,
        text=True,
        check=True,
        timeout=DONE_S,
    )
    modules, classes = json.loads(ran.stdout)
    return set(modules), set(classes)


def test_the_first_picture_imports_only_what_it_shows(needed: tuple[set[str], set[str]]) -> None:
    modules, _ = needed
    shown = {f"personadesk.{room}" for room in SHOWN}
    shown |= {f"personadesk.{room}.{name}" for room, names in SHOWN.items() for name in names.split()}

    ours = {name for name in modules if name.startswith("personadesk.")}

    assert ours - shown == set(), "Import these after the first picture: MainWindow.furnish, Starter, Joining."
    assert not modules & {
        "asyncio",
        "concurrent.futures",
        "sqlalchemy",
        "alembic",
        "sqlcipher3",
        "httpx",
        "PIL",
        "numpy",
    }


def test_the_first_picture_has_qt_prepare_only_what_it_shows(needed: tuple[set[str], set[str]]) -> None:
    _, classes = needed

    assert classes & {"QListView", "QLineEdit"}
    # One widget that Qt made and Python asks for brings all of them: see widgets/viewport.py.
    assert not classes & {"QStyle", "QTableView", "QCalendarWidget", "QMessageBox"}


def test_a_key_before_the_store_is_open_does_what_it_says(app: DesktopApp, qtbot: QtBot) -> None:
    app.window.painted.disconnect()  # the store stays closed
    app.show()
    app.window.activateWindow()
    qtbot.waitUntil(app.window.isActiveWindow, timeout=DONE_MS)

    QTest.keyClick(app.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)

    assert [palette.isVisible() for palette in app.window.findChildren(Palette)] == [True]
    assert app.window.chat is None


def test_new_persona_clicked_before_the_store_is_open_opens_with_it(app: DesktopApp, qtbot: QtBot) -> None:
    def click() -> None:
        QTest.mouseClick(app.window.library.title.new_button, Qt.MouseButton.LeftButton)

    app.window.painted.connect(click)
    app.show()

    qtbot.waitUntil(lambda: any(each.isVisible() for each in app.window.findChildren(PersonaEditor)), timeout=DONE_MS)
    qtbot.waitUntil(lambda: app.window.chat is not None, timeout=DONE_MS)


def test_a_file_dropped_before_the_store_is_open_is_brought_in_with_it(
    app: DesktopApp, tmp_path: Path, qtbot: QtBot
) -> None:
    cards = [tmp_path / "Mira.json", tmp_path / "Noor.json"]
    for path in cards:
        path.write_text(json.dumps({"name": path.stem, "description": "Keeps bees.", "first_mes": "Hello."}))
    app.window.furnish()

    app.window.imports.open_paths(cards)
    app.show()

    qtbot.waitUntil(lambda: app.window.imports.cards.importing is not None, timeout=DONE_MS)


def test_a_window_that_is_closed_while_the_store_opens_closes_it(app: DesktopApp, qtbot: QtBot) -> None:
    """conftest.py sees the threads that would be left."""
    with qtbot.waitSignal(app.window.painted, timeout=DONE_MS):
        app.show()

    app.window.close()
    app.close()

    assert app.window.chat is None
