"""Settings: every change takes effect at once and is kept."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from personadesk.domain.chat import ModelState
from personadesk.ui.settings.settings_dialog import SettingsDialog
from personadesk.ui.theme.source import ThemeChoice
from tests.ui.desk import Desk


def opened(desk: Desk) -> SettingsDialog:
    desk.window.overlays.open_settings()
    dialog = desk.dialog(SettingsDialog)
    assert isinstance(dialog, SettingsDialog)
    return dialog


def test_a_theme_is_chosen_at_once_and_one_chip_is_checked(desk: Desk) -> None:
    dialog = opened(desk)

    desk.click(dialog.theme_chips[ThemeChoice.LIGHT])

    assert not desk.themes.theme.dark
    assert desk.state.state.theme == "light"
    assert [choice for choice, chip in dialog.theme_chips.items() if chip.isChecked()] == [ThemeChoice.LIGHT]


def test_a_second_click_on_the_chosen_theme_keeps_it_chosen(desk: Desk) -> None:
    dialog = opened(desk)
    desk.click(dialog.theme_chips[ThemeChoice.LIGHT])

    desk.click(dialog.theme_chips[ThemeChoice.LIGHT])

    assert dialog.theme_chips[ThemeChoice.LIGHT].isChecked()


def test_your_name_is_kept_and_reaches_the_sidebar(desk: Desk) -> None:
    dialog = opened(desk)
    dialog.name.line.setText("  Ada   Lovelace ")

    dialog.accept()

    desk.until(lambda: desk.roster.your_name == "Ada Lovelace")
    assert "Ada Lovelace" in [label.text() for label in desk.window.sidebar.findChildren(QLabel)]


def test_an_empty_name_changes_nothing(desk: Desk) -> None:
    dialog = opened(desk)
    dialog.name.line.setText("   ")

    with desk.qtbot.assertNotEmitted(dialog.name_changed):
        dialog.accept()


def test_a_new_persona_greets_you_by_your_name(desk: Desk) -> None:
    dialog = opened(desk)
    dialog.name.line.setText("Ada")
    desk.press(Qt.Key.Key_Return, into=dialog.name.line)
    desk.until(lambda: desk.roster.your_name == "Ada")
    desk.make("Marlow", greeting="Evening, {{user}}.")
    dialog.accept()

    desk.open("Marlow")

    assert desk.said() == ["Evening, Ada."]


def test_the_state_of_the_model_is_said_as_it_changes(desk: Desk) -> None:
    dialog = opened(desk)

    desk.model.become(ModelState.LOADING)

    desk.until(lambda: dialog.model_state.text() == "Waking up…")


def test_settings_closed_and_opened_again_leave_one_dialog(desk: Desk) -> None:
    for _ in range(3):
        opened(desk).accept()
    opened(desk)

    desk.until(lambda: len(desk.window.findChildren(SettingsDialog)) == 1)
