"""The window: its keys, its pages, what it remembers."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from personadesk.app import DesktopApp, make_application
from personadesk.paths import Paths, find_resources
from personadesk.ui.editor.editor import PersonaEditor
from personadesk.ui.settings.settings_dialog import SettingsDialog
from personadesk.ui.theme.source import ThemeChoice
from tests.ui.desk import Desk


@pytest.mark.parametrize("number", [1, 2, 7])
def test_ctrl_and_a_number_open_the_persona_at_that_place(desk: Desk, number: int) -> None:
    names = ["Isabella", "Alex", "Luna", "Maya", "Sam", "Ethan", "Default"]

    desk.ctrl(Qt.Key(Qt.Key.Key_0 + number))

    desk.until_open(names[number - 1])


def test_ctrl_9_with_fewer_personas_does_nothing(desk: Desk) -> None:
    desk.ctrl(Qt.Key.Key_9)

    assert desk.window.current_persona is None


def test_ctrl_tab_goes_back_and_forth_between_two(desk: Desk) -> None:
    desk.open("Luna")
    desk.open("Ethan")

    desk.ctrl(Qt.Key.Key_Tab)
    desk.until_open("Luna")
    desk.ctrl(Qt.Key.Key_Tab)
    desk.until_open("Ethan")


def test_ctrl_tab_in_the_library_goes_back_to_the_chat(desk: Desk) -> None:
    desk.open("Luna")
    desk.ctrl(Qt.Key.Key_L)
    assert desk.window.pages.currentWidget() is desk.window.library

    desk.ctrl(Qt.Key.Key_Tab)

    desk.until_open("Luna")


def test_ctrl_n_opens_a_form(desk: Desk) -> None:
    desk.ctrl(Qt.Key.Key_N)

    assert desk.dialog(PersonaEditor).windowTitle() == "New persona"


def test_ctrl_f_searches_the_library_and_finds_in_a_chat(desk: Desk) -> None:
    desk.ctrl(Qt.Key.Key_F)
    assert desk.window.library.search.line.hasFocus()

    desk.open("Luna")
    desk.ctrl(Qt.Key.Key_F)
    assert desk.chat.find_bar.isVisible()
    assert desk.chat.find_bar.field.line.hasFocus()


def test_ctrl_comma_opens_the_settings(desk: Desk) -> None:
    desk.ctrl(Qt.Key.Key_Comma)

    desk.dialog(SettingsDialog)


def test_an_open_chat_has_the_focus_in_its_field(desk: Desk) -> None:
    desk.open("Luna")

    assert desk.chat.composer.editor.hasFocus()


def test_the_active_persona_or_the_library_is_marked(desk: Desk) -> None:
    library = desk.window.sidebar._library
    assert library.isChecked()

    desk.open("Luna")
    assert not library.isChecked()


def test_the_window_comes_back_as_it_was(start: Callable[[], Desk]) -> None:
    first = start()
    first.show(780, 640)
    first.window.overlays.choose_theme(ThemeChoice.LIGHT)
    first.open("Maya")
    first.close()

    second = start()

    assert (second.window.width(), second.window.height()) == (780, 640)
    assert second.state.state.theme == "light"
    assert second.state.state.persona == second.persona("Maya").id


def test_both_themes_repaint_the_whole_window(desk: Desk) -> None:
    desk.window.overlays.choose_theme(ThemeChoice.LIGHT)
    light = desk.picture().pixelColor(640, 790).lightness()
    desk.window.overlays.choose_theme(ThemeChoice.DARK)
    dark = desk.picture().pixelColor(640, 790).lightness()

    assert light > 200
    assert dark < 60
    assert QApplication.palette().window().color() == desk.themes.theme.window


def test_a_card_clicked_before_the_chat_is_built_opens_as_soon_as_it_is(
    own_collection: None, seeded: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    home = shutil.copytree(seeded, tmp_path / "home")
    app = DesktopApp(application=make_application(), paths=Paths(data_dir=home, resources=find_resources()))
    qtbot.addWidget(app.window)

    def click_at_once() -> None:
        if app.window.chat is None:
            app.window.open_persona(min(app.roster.personas))

    app.roster.reset.connect(click_at_once)
    app.show()

    qtbot.waitUntil(lambda: app.window.current_persona == min(app.roster.personas, default=None), timeout=30_000)
    app.window.close()
    app.close()
