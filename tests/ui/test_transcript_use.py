"""The transcript as it is used: selected, copied, followed, acted on, by pointer and by keyboard."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from personadesk.domain.conversation import SwipeState
from personadesk.ui.chat.message_offers import Act, offers_for
from personadesk.ui.chat.text_viewer import TextViewer
from personadesk.ui.chat.transcript_view import TranscriptView
from tests.ui.transcripts import message, open_view, prose, say, text_point


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[TranscriptView]:
    with open_view(qtbot) as view:
        yield view


def test_text_is_selected_by_dragging_and_copied(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, message(0, "The *ash* falls `softly` here."))

    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=text_point(view, 0, 4))
    QTest.mouseMove(view.viewport(), text_point(view, 0, 13))
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=text_point(view, 0, 13))
    with qtbot.waitSignal(view.copied):
        qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    assert QGuiApplication.clipboard().text() == "ash falls"


def test_a_double_click_takes_the_word_and_a_third_the_paragraph(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, message(0, "First paragraph.\n\nSecond one here."))
    at = text_point(view, 0, 7)

    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    word = view.pointer.selected_text(view.layout_of(0))
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    paragraph = view.pointer.selected_text(view.layout_of(0))

    assert (word, paragraph) == ("paragraph", "First paragraph.")


def test_all_of_the_focused_message_is_selected(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, message(0, "One **two**."), message(1, "Three."))
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Home)

    qtbot.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    assert QGuiApplication.clipboard().text() == "One two."


def test_copying_a_message_gives_its_source(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, message(0, "One **two**.\ud800"))

    with qtbot.waitSignal(view.copied):
        view.act(view.transcript.message_at(0), Act.COPY)

    assert QGuiApplication.clipboard().text() == "One **two**.?"


def test_code_has_a_button_that_copies_it(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, message(0, "Look:\n\n```py\nx = 1\ny = 2\n```"))
    qtbot.waitUntil(lambda: view.layouts.kept(view.transcript.message_at(0)) is not None)
    made = view.layout_of(0)
    button = made.decor.boxes[0].copy.translated(made.text).center().toPoint() + QPoint(0, view.top_of(0))

    with qtbot.waitSignal(view.copied):
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=button)

    assert QGuiApplication.clipboard().text() == "x = 1\ny = 2"


def test_a_link_tells_where_it_leads_before_it_is_followed(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, message(0, "[here](https://a.example/ä)"))
    at = text_point(view, 0, 1)

    with qtbot.waitSignal(view.link_hovered) as hovered:
        qtbot.mouseMove(view.viewport(), at)
    with qtbot.waitSignal(view.link_activated) as activated:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)

    assert hovered.args == activated.args == ["https://a.example/%C3%A4"]


def test_dragging_over_a_link_selects_and_follows_nothing(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, message(0, "[here we are](https://a.example)"))

    with qtbot.assertNotEmitted(view.link_activated):
        qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=text_point(view, 0, 0))
        QTest.mouseMove(view.viewport(), text_point(view, 0, 7))
        qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=text_point(view, 0, 7))

    assert view.pointer.selected_text(view.layout_of(0)) == "here we"


@pytest.mark.parametrize("text", ["```py\n" + "x = 1\n" * 5_000 + "```", "lorem ipsum\n\n" * 9_000])
def test_what_is_folded_opens_in_a_window_of_its_own(view: TranscriptView, qtbot: QtBot, text: str) -> None:
    say(view, message(0, text))
    view.contextMenuEvent(QContextMenuEvent(QContextMenuEvent.Reason.Mouse, text_point(view, 0), QPoint()))
    (menu,) = view.findChildren(QMenu)
    (unfold,) = [action for action in menu.actions() if action.text().startswith("Show")]

    unfold.trigger()
    menu.close()

    viewer = view.window().findChild(TextViewer)
    whole = text.removeprefix("```py\n").removesuffix("\n```") if text.startswith("`") else text
    assert viewer.field.toPlainText() == whole
    qtbot.mouseClick(viewer.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == whole
    viewer.close()


def test_a_failed_reply_says_why_and_can_be_tried_again(view: TranscriptView, qtbot: QtBot) -> None:
    failed = message(0, "", state=SwipeState.FAILED, error="The model is missing.")
    say(view, failed)
    made = view.layout_of(0)

    with qtbot.waitSignal(view.retry_requested) as asked:
        at = made.retry.center().toPoint() + QPoint(0, view.top_of(0))
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)

    assert made.notice_text == "The model is missing."
    assert made.bubble is None
    assert asked.args == [failed]


def test_a_reply_that_broke_off_can_go_on(view: TranscriptView, qtbot: QtBot) -> None:
    broken = message(0, "Once upon", state=SwipeState.INTERRUPTED, error="The connection broke.")
    say(view, broken)
    made = view.layout_of(0)

    with qtbot.waitSignal(view.continue_requested) as asked:
        at = made.retry.center().toPoint() + QPoint(0, view.top_of(0))
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)

    assert asked.args == [broken]
    offered = [offer.act for offer in offers_for(broken, last=True)]
    assert {Act.CONTINUE, Act.RETRY} <= set(offered)
    assert Act.CONTINUE not in [offer.act for offer in offers_for(broken, last=False)]


def test_a_reply_that_has_not_begun_says_what_is_going_on(view: TranscriptView) -> None:
    view.set_reply_step("Waking the model…")
    live = message(0, "", state=SwipeState.STREAMING)
    say(view, live)
    waiting = view.layout_of(0)

    view.transcript.grow(live.id, live.swipe_id, "Here.")

    assert (waiting.waiting, waiting.step) == (True, "Waking the model…")
    assert not view.layout_of(0).waiting


def signals_of(view: TranscriptView) -> dict[str, object]:
    return {
        "Previous reply": view.swipe_requested,
        "Next reply": view.swipe_requested,
        "Regenerate": view.regenerate_requested,
        "Edit": view.edit_requested,
        "Delete": view.delete_requested,
        "Copy": view.copied,
    }


def test_every_action_is_a_button_that_the_keyboard_reaches(view: TranscriptView, qtbot: QtBot) -> None:
    newest = message(2, "Three.", swipe_count=3, swipe_index=1)
    say(view, message(0, "One."), message(1, "Two."), newest)
    view.activateWindow()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(view, Qt.Key.Key_End)
    reached = []
    qtbot.keyClick(view, Qt.Key.Key_Return)
    for _ in range(6):
        button = QApplication.focusWidget()
        reached.append(button.accessibleName())
        with qtbot.waitSignal(signals_of(view)[button.accessibleName()]):
            qtbot.keyClick(button, Qt.Key.Key_Space)
        qtbot.keyClick(button, Qt.Key.Key_Right)

    assert reached == ["Previous reply", "Next reply", "Regenerate", "Edit", "Copy", "Delete"]
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is view


def offered(view: TranscriptView, row: int) -> list[str]:
    view.contextMenuEvent(
        QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(100, view.top_of(row) + 70), QPoint())
    )
    (menu,) = view.findChildren(QMenu)
    labels = [action.text() for action in menu.actions() if not action.isSeparator()]
    menu.close()
    menu.setParent(None)
    return labels


def test_each_message_offers_what_makes_sense_for_it(view: TranscriptView) -> None:
    say(
        view,
        message(0, "Greeting", swipe_count=2),
        message(1, "Mine"),
        message(2, "Broken", state=SwipeState.INTERRUPTED),
        message(4, "Newest"),
    )

    anywhere = ["Begin a branch here", "Star", "Pin", "Add a note…", "Copy as plain text", "Save as a picture…"]
    theirs = ["Quote in a message", *anywhere]
    mine = ["Quote in a message", "Edit and send again", *anywhere]
    assert offered(view, 0) == ["Previous reply", "Next reply", "Edit", "Copy", *theirs, "All its texts…", "Delete"]
    assert offered(view, 1) == ["Edit", "Copy", *mine, "Delete"]
    assert offered(view, 2) == ["Try again", "Edit", "Copy", *theirs, "Delete"]
    assert offered(view, 3) == ["Regenerate", "Edit", "Copy", "Let it go on from here", *theirs, "Delete"]


def test_a_growing_reply_offers_only_to_be_copied(view: TranscriptView) -> None:
    say(view, message(0, "Half a", state=SwipeState.STREAMING))

    assert offered(view, 0) == ["Copy"]


def test_the_bar_floats_at_the_row_under_the_pointer(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, message(0, "One."), message(1, "Two."))

    qtbot.mouseMove(view.viewport(), text_point(view, 1))
    over_second = view.chrome.bar.message
    qtbot.mouseMove(view.viewport(), text_point(view, 0))

    assert over_second == view.transcript.message_at(1)
    assert view.chrome.bar.message == view.transcript.message_at(0)
    assert view.viewport().rect().contains(view.chrome.bar.geometry())


def test_swiping_asks_for_the_next_and_the_one_before(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, message(0, "One.", swipe_count=3, swipe_index=1))
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_End)

    with qtbot.waitSignals([view.swipe_requested, view.swipe_requested]):
        qtbot.keyClick(view, Qt.Key.Key_Left)
        qtbot.keyClick(view, Qt.Key.Key_Right)


def test_arrow_keys_walk_the_rows_and_keep_them_in_view(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, *(message(at, prose(at)) for at in range(30)))
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_End)

    for row in range(28, 9, -1):
        qtbot.keyClick(view, Qt.Key.Key_Up)
        placed = view.seen.placed(row)
        assert view.currentIndex().row() == row
        assert placed is not None
        assert placed.y >= 0


def test_a_message_higher_than_the_view_is_read_to_its_end_first(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, message(0, "line\n" * 60), message(1, "After."))
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    tops = []

    while view.currentIndex().row() == 0:
        tops.append(view.verticalOffset())
        qtbot.keyClick(view, Qt.Key.Key_Down)

    assert len(tops) > 2
    assert tops == sorted(set(tops))


def test_home_end_and_pages_scroll(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, *(message(at, prose(at)) for at in range(60)))
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.verticalOffset() == 0

    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    assert 0 < view.verticalOffset() < view.viewport().height()

    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.at_latest


def test_the_wheel_scrolls_by_pixels(view: TranscriptView) -> None:
    say(view, *(message(at, prose(at)) for at in range(40)))
    before = view.verticalOffset()

    QTest.wheelEvent(view.windowHandle(), QPoint(100, 100), QPoint(0, 120), QPoint(0, 13))

    assert view.verticalOffset() == before - 13


def test_text_is_selected_across_messages_and_copied_with_who_said_it(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, message(0, "One two three."), message(1, "Four *five* six."), message(2, "Seven eight."))

    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=text_point(view, 0, 4))
    QTest.mouseMove(view.viewport(), text_point(view, 2, 5))
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=text_point(view, 2, 5))
    with qtbot.waitSignal(view.copied):
        qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    said = QGuiApplication.clipboard().text().split("\n\n")
    assert [part.partition(":\n")[2] for part in said] == ["two three.", "Four five six.", "Seven"]
    assert all(part.partition(":\n")[0] for part in said[1:])


def test_the_verbs_leave_with_the_pointer_also_where_a_message_is_cut_off_above(
    view: TranscriptView, qtbot: QtBot
) -> None:
    say(view, *(message(row, prose(row)) for row in range(12)))
    qtbot.waitUntil(lambda: view.at_latest)
    row = view.transcript.rowCount() - 1
    qtbot.mouseMove(view.viewport(), text_point(view, row, 1))
    qtbot.waitUntil(view.chrome.bar.isVisible)

    QApplication.sendEvent(view.viewport(), QEvent(QEvent.Type.Leave))

    assert not view.chrome.bar.isVisible()
