"""Toasts: what they say, what they do once, where they stand."""

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QLabel

from personadesk.ui.widgets.toasts import Toast
from tests.ui.desk import Desk


def place(desk: Desk, toast: Toast) -> QRect:
    return QRect(toast.mapTo(desk.window, QPoint(0, 0)), toast.size())


def test_the_button_acts_once_and_the_toast_goes(desk: Desk) -> None:
    done: list[int] = []
    toast = desk.window.toasts.say("Deleted.", action="Undo", act=lambda: done.append(1))
    assert toast.action_button is not None

    desk.click(toast.action_button)

    desk.until(lambda: desk.toasts() == [])
    assert done == [1]


def test_no_more_than_three_stand_at_once(desk: Desk) -> None:
    for number in range(6):
        desk.window.toasts.say(f"Word {number}.")

    desk.until(lambda: desk.toasts() == ["Word 3.", "Word 4.", "Word 5."])


def test_a_toast_keeps_clear_of_the_composer(desk: Desk) -> None:
    desk.open("Luna")

    toast = desk.window.toasts.say("Copied.")

    composer = desk.chat.composer
    assert not place(desk, toast).intersects(QRect(composer.mapTo(desk.window, QPoint(0, 0)), composer.size()))


def test_a_toast_in_the_library_stands_at_the_bottom_and_moves_with_the_window(desk: Desk) -> None:
    toast = desk.window.toasts.say("Copied.")
    assert place(desk, toast).bottom() > desk.window.height() - 40

    desk.window.resize(900, 600)

    desk.until(lambda: 560 < place(desk, toast).bottom() < 600)


def test_a_long_word_stays_inside_the_window(desk: Desk) -> None:
    desk.window.resize(600, 420)

    toast = desk.window.toasts.say("x" * 300 + " could not be done. " * 10, bad=True)

    desk.until(lambda: desk.window.rect().contains(place(desk, toast)))


def test_markup_in_a_toast_is_plain_text(desk: Desk) -> None:
    own = desk.make("<b>Zoë</b>")

    desk.window.personas.delete(own)

    desk.toast("<b>Zoë</b> moved to the trash.")


def test_every_line_of_a_toast_can_be_read(desk: Desk) -> None:
    toast = desk.window.toasts.say(
        "A long sentence about what has just happened. " * 4, action="Undo", act=lambda: None
    )

    label = toast.findChild(QLabel)

    assert isinstance(label, QLabel)
    desk.until(lambda: label.height() >= label.heightForWidth(label.width()) > 2 * label.fontMetrics().lineSpacing())
