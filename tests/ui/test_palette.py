"""The palette (Ctrl+K): by letters to a persona, by name to a command."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from personadesk.ui.editor.editor import PersonaEditor
from personadesk.ui.palette.palette import Palette, score
from tests.ui.desk import Desk


def opened(desk: Desk) -> Palette:
    desk.ctrl(Qt.Key.Key_K)
    palette = desk.palette()
    desk.until(palette.isVisible)
    return palette


def shown(palette: Palette) -> list[str]:
    model = palette.list.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_a_few_letters_and_enter_open_a_chat(desk: Desk) -> None:
    palette = opened(desk)
    QTest.keyClicks(palette.field.line, "lu")
    assert shown(palette)[0] == "Luna"

    desk.press(Qt.Key.Key_Return)

    desk.until_open("Luna")
    assert not palette.isVisible()
    assert desk.chat.composer.editor.hasFocus()


def test_arrows_choose_and_go_round(desk: Desk) -> None:
    palette = opened(desk)
    names = shown(palette)

    desk.press(Qt.Key.Key_Up)
    assert palette.list.currentIndex().data() == names[-1]
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Down)
    assert palette.list.currentIndex().data() == names[1]


def test_a_command_is_found_by_its_name(desk: Desk) -> None:
    palette = opened(desk)
    QTest.keyClicks(palette.field.line, "new per")

    desk.press(Qt.Key.Key_Return)

    desk.dialog(PersonaEditor)


def test_escape_leaves_and_the_focus_goes_back(desk: Desk) -> None:
    desk.open("Luna")
    palette = opened(desk)
    QTest.keyClicks(palette.field.line, "x")

    desk.press(Qt.Key.Key_Escape)

    assert not palette.isVisible()
    assert desk.chat.composer.editor.hasFocus()


def test_a_click_beside_it_leaves(desk: Desk) -> None:
    palette = opened(desk)

    QTest.mouseClick(palette, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))

    assert not palette.isVisible()


def test_nothing_by_that_name_is_said(desk: Desk) -> None:
    palette = opened(desk)

    QTest.keyClicks(palette.field.line, "qqqq")

    assert palette.empty.isVisible()
    desk.press(Qt.Key.Key_Return)
    assert palette.isVisible()


def test_tab_stays_in_the_palette(desk: Desk) -> None:
    palette = opened(desk)

    desk.press(Qt.Key.Key_Tab)

    assert palette.field.line.hasFocus()


@pytest.mark.parametrize(
    ("name", "query", "expected"),
    [
        ("Luna", "lu", 4),
        ("Old Luna", "lu", 3),
        ("Saluna", "lu", 2),
        ("Large uncle", "lu", 1),
        ("Zoë", "zoe", 4),
        ("Luna", "x", 0),
    ],
)
def test_a_prefix_beats_a_words_start_beats_the_middle_beats_letters_in_order(
    name: str, query: str, expected: int
) -> None:
    assert score(name, query) == expected
