"""A screen reader and a keyboard reach everything: names, roles, order, a focus that can be seen."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QDialog,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QWidget,
)

from personadesk.domain.chat import ModelState
from personadesk.ui.dialogs.crash_dialog import CrashDialog
from personadesk.ui.editor.editor import PersonaEditor
from personadesk.ui.settings.settings_dialog import SettingsDialog
from tests.ui.desk import Desk

Part = QAbstractButton | QLineEdit | QPlainTextEdit | QAbstractItemView
ROLES = {
    QAbstractButton: {QAccessible.Role.Button, QAccessible.Role.CheckBox, QAccessible.Role.RadioButton},
    QLineEdit: {QAccessible.Role.EditableText},
    QPlainTextEdit: {QAccessible.Role.EditableText},
    QAbstractItemView: {QAccessible.Role.List, QAccessible.Role.ListItem},
}


def library(desk: Desk) -> QWidget:
    own = desk.make("Zoë", tags=("étoile",))
    desk.window.personas.toggle_favourite(own)
    desk.until(lambda: desk.persona("Zoë").favourite)
    return desk.window


def trash(desk: Desk) -> QWidget:
    desk.window.personas.delete(desk.make("Zoë"))
    desk.until(lambda: len(desk.roster.trashed) == 1)
    desk.window.library.show_filter("\x00trash")
    return desk.window


def chat(desk: Desk) -> QWidget:
    desk.open("Luna")
    desk.answer("Hello", "Hi.")
    desk.chat.find_bar.open_bar()
    desk.model.become(ModelState.MISSING, "The file is missing.")
    desk.until(desk.chat.banner.isVisible)
    desk.chat.composer.say("A sentence.")
    return desk.window


def editing(desk: Desk) -> QWidget:
    desk.open("Luna")
    desk.answer("Hello", "Hi.")
    desk.chat.transcript.edit_requested.emit(desk.chat.model.message_at(1))
    desk.window.toasts.say("Done.", action="Undo", act=lambda: None)
    return desk.window


def form(desk: Desk) -> QWidget:
    desk.window.personas.edit(desk.make("Zoë"))
    shown = desk.dialog(PersonaEditor)
    assert isinstance(shown, PersonaEditor)
    return shown


def settings(desk: Desk) -> QWidget:
    desk.window.overlays.open_settings()
    shown = desk.dialog(SettingsDialog)
    assert isinstance(shown, SettingsDialog)
    return shown


def crash(desk: Desk) -> QWidget:
    CrashDialog(themes=desk.themes, report="A report.", parent=desk.window).show_fitting(500)
    shown = desk.dialog(CrashDialog)
    assert isinstance(shown, CrashDialog)
    return shown


def palette(desk: Desk) -> QWidget:
    desk.window.overlays.open_palette()
    return desk.palette()


def question(desk: Desk) -> QWidget:
    trash(desk)
    desk.window.personas.delete_for_good(desk.roster.trashed[0][1].id)
    shown = desk.dialog(QMessageBox)
    assert isinstance(shown, QMessageBox)
    return shown


SCENES = [library, trash, chat, editing, form, settings, crash, palette, question]


def parts(root: QWidget) -> Iterator[Part]:
    """Everything that is clicked or typed in."""
    for widget in root.findChildren(QWidget):
        own = isinstance(widget, QAbstractButton | QLineEdit | QPlainTextEdit | QAbstractItemView)
        if own and widget.isVisibleTo(root) and widget.objectName() != "qt_msgbox_buttonbox":
            yield widget


@pytest.mark.parametrize("scene", SCENES)
def test_every_control_has_a_name_and_a_role(desk: Desk, scene: Callable[[Desk], QWidget]) -> None:
    root = scene(desk)

    nameless, roleless = [], []
    for part in parts(root):
        interface = QAccessible.queryAccessibleInterface(part)
        assert interface is not None
        if not interface.text(QAccessible.Text.Name).strip():
            nameless.append(part)
        roles = next(roles for kind, roles in ROLES.items() if isinstance(part, kind))
        if interface.role() not in roles:
            roleless.append((part, interface.role()))

    assert nameless == []
    assert roleless == []


@pytest.mark.parametrize("scene", [library, chat, editing, form, settings, crash])
def test_tab_reaches_every_control_and_comes_round(desk: Desk, scene: Callable[[Desk], QWidget]) -> None:
    root = scene(desk)
    wanted = {part for part in parts(root) if part.isEnabled() and part.focusPolicy() & Qt.FocusPolicy.TabFocus}
    window = root.window()
    window.activateWindow()
    desk.until(lambda: QApplication.activeWindow() is window)
    seen: set[QObject] = set()

    for _ in range(3 * len(wanted) + 10):
        focused = QApplication.focusWidget()
        assert focused is not None
        seen.add(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)

    assert wanted - seen == set()


@pytest.mark.parametrize("scene", [library, chat, editing, form, settings, crash])
def test_every_button_can_be_reached_by_tab(desk: Desk, scene: Callable[[Desk], QWidget]) -> None:
    root = scene(desk)

    unreachable = [
        part
        for part in parts(root)
        if isinstance(part, QAbstractButton) and not part.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]

    assert unreachable == []


@pytest.mark.parametrize("scene", [library, chat, form, settings])
def test_the_focus_can_be_seen_on_every_button(desk: Desk, scene: Callable[[Desk], QWidget]) -> None:
    root = scene(desk)
    root.window().activateWindow()
    unseen = []
    for part in parts(root):
        if not isinstance(part, QAbstractButton) or not part.isEnabled():
            continue
        before = part.grab().toImage()
        part.setFocus(Qt.FocusReason.TabFocusReason)
        if part.hasFocus() and part.grab().toImage() == before:
            unseen.append(part)
        part.clearFocus()

    assert unseen == []


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_space_and_enter_press_the_button_that_has_the_focus(desk: Desk, key: Qt.Key) -> None:
    button = desk.window.library.hero.button
    button.setFocus(Qt.FocusReason.TabFocusReason)

    desk.press(key, into=button)

    desk.until_open("Isabella")


def test_a_card_says_who_it_is(desk: Desk) -> None:
    grid = QAccessible.queryAccessibleInterface(desk.window.library.grid)
    assert grid is not None
    assert grid.childCount() == 6

    card = grid.child(0)

    assert card is not None
    assert card.text(QAccessible.Text.Name) == "Alex"
    words = desk.window.library.model.index(0).data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert str(words).startswith("Built-in persona. ")


def test_a_checked_chip_says_so(desk: Desk) -> None:
    chips = [part for part in parts(desk.window.library) if part.property("filter") == ""]

    interface = QAccessible.queryAccessibleInterface(chips[0])

    assert interface is not None
    assert interface.role() is QAccessible.Role.CheckBox
    assert interface.state().checked


def test_dialogs_carry_a_title(desk: Desk) -> None:
    for scene in (form, settings, crash):
        shown = scene(desk)
        assert isinstance(shown, QDialog)
        assert shown.windowTitle()
        shown.done(0)
