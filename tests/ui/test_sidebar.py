"""The sidebar: who stands where, what is new, the rail, the keyboard."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from personadesk.ui.sidebar.sidebar import RAIL_PX, WIDTH_PX
from tests.ui.desk import Desk


def rows(desk: Desk) -> list[str]:
    model = desk.window.sidebar.model
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def test_whom_you_have_not_met_waits_below(desk: Desk) -> None:
    assert rows(desk) == ["Waiting to meet you", "Isabella", "Alex", "Luna", "Maya", "Sam", "Ethan", "Default"]


def test_pins_come_first_then_the_last_talked_to(desk: Desk) -> None:
    for name in ("Maya", "Ethan"):
        desk.open(name)
        desk.answer("Hello", "Hi.")
    for name in ("Sam", "Alex"):
        desk.window.personas.toggle_pin(desk.persona(name).id)
        desk.until(lambda name=name: desk.persona(name).pin_position is not None)

    desk.until(lambda: rows(desk)[:3] == ["Pinned", "Sam", "Alex"])
    assert rows(desk)[3:6] == ["Recent", "Ethan", "Maya"]


def test_a_click_opens_the_chat(desk: Desk) -> None:
    view = desk.window.sidebar.view
    index = desk.window.sidebar.model.index(desk.window.sidebar.model.row_of(desk.persona("Luna").id))

    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())

    desk.until_open("Luna")


def test_arrows_step_over_headings_and_enter_opens(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello", "Hi.")
    desk.until(lambda: rows(desk)[:4] == ["Recent", "Luna", "Waiting to meet you", "Isabella"])
    view = desk.window.sidebar.view
    view.setFocus()
    view.setCurrentIndex(desk.window.sidebar.model.index(1))

    desk.press(Qt.Key.Key_Down)
    assert view.currentIndex().data() == "Isabella"
    desk.press(Qt.Key.Key_Return)

    desk.until_open("Isabella")


def test_a_new_reply_and_a_running_one_are_said_in_words(desk: Desk) -> None:
    desk.open("Luna")
    desk.send("Hello")
    desk.until(lambda: len(desk.model.streams) == 1)
    desk.open("Ethan")
    model = desk.window.sidebar.model

    def words() -> str:
        index = model.index(model.row_of(desk.persona("Luna").id))
        return str(index.data(Qt.ItemDataRole.AccessibleDescriptionRole))

    desk.until(lambda: words().startswith("is writing"))
    desk.model.streams[0].feed("Hi.")
    desk.model.streams[0].end()
    desk.until(lambda: words() == "a new reply, Hi.")


def test_the_keyboards_place_survives_a_change_of_order(desk: Desk) -> None:
    desk.open("Maya")
    desk.answer("Hello", "Hi.")
    view = desk.window.sidebar.view
    desk.until(lambda: view.currentIndex().data() == "Maya")

    desk.window.personas.toggle_pin(desk.persona("Alex").id)
    desk.until(lambda: rows(desk)[:2] == ["Pinned", "Alex"])

    assert view.currentIndex().data() == "Maya"


def test_a_narrow_window_has_a_rail_and_a_wide_one_the_names(desk: Desk) -> None:
    desk.window.resize(880, 700)
    desk.until(lambda: desk.window.sidebar.width() == RAIL_PX)

    desk.window.resize(900, 700)
    desk.until(lambda: desk.window.sidebar.width() == WIDTH_PX)


def test_a_name_that_is_markup_is_plain_in_its_tooltip(desk: Desk) -> None:
    """Qt takes a tooltip for rich text when it looks like it, and then loads its pictures."""
    own = desk.make('<img src="file:///dev/zero">')
    model = desk.window.sidebar.model

    tip = str(model.index(model.row_of(own)).data(Qt.ItemDataRole.ToolTipRole))

    assert "<img" not in tip
    assert "&lt;img" in tip


def test_the_menu_key_opens_the_menu_of_the_row(desk: Desk) -> None:
    view = desk.window.sidebar.view
    view.setFocus()
    view.setCurrentIndex(desk.window.sidebar.model.index(1))

    desk.window.sidebar.menu_requested.emit(desk.persona("Isabella").id, view.mapToGlobal(view.rect().center()))

    assert "Pin" in [entry.text() for entry in desk.menu().actions()]
    desk.choose("Pin")
    desk.until(lambda: rows(desk)[:2] == ["Pinned", "Isabella"])


def test_pinned_personas_change_places_by_their_menu(desk: Desk) -> None:
    for name in ("Isabella", "Luna", "Sam"):
        desk.window.personas.toggle_pin(desk.persona(name).id)
        desk.until(lambda shown=name: shown in rows(desk)[1:4])
    assert rows(desk)[:4] == ["Pinned", "Isabella", "Luna", "Sam"]

    desk.window.personas.open_menu(desk.persona("Sam").id, QPoint(40, 40))
    assert "Move down" not in [entry.text() for entry in desk.menu().actions()]
    desk.choose("Move up")

    desk.until(lambda: rows(desk)[:4] == ["Pinned", "Isabella", "Sam", "Luna"])
