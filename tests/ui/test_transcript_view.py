"""The transcript on screen: what stays in place, what is painted, and what can be done with it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QFont, QGuiApplication, QImage, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from personadesk.domain.conversation import BLOCK_POSITIONS, Message, Role, SwipeState
from personadesk.domain.ids import ConversationId, MessageId
from personadesk.ui.chat.message_actions import Act
from personadesk.ui.chat.text_viewer import TextViewer
from personadesk.ui.chat.transcript_model import TranscriptModel
from personadesk.ui.chat.transcript_view import TranscriptView
from personadesk.ui.theme.icons import install_icons
from tests.ui.test_markdown_document import HOSTILE
from tests.ui.transcripts import RESOURCES, block_of, long_transcript, message, prose, theme, transcript

ONE = ConversationId(1)
COUNT = 4_000


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[TranscriptView]:
    install_icons(RESOURCES / "icons")
    view = TranscriptView(theme())
    qtbot.addWidget(view)
    view.setModel(TranscriptModel(view))
    view.setFont(QFont("Inter", 10))
    view.set_persona("Ada", None)
    view.set_motion_allowed(False)
    view.resize(820, 620)
    view.show()
    qtbot.waitExposed(view)
    yield view
    view.close()


@pytest.fixture
def long_view(view: TranscriptView) -> TranscriptView:
    """A view on COUNT messages, whose blocks are answered when they are asked for."""
    view.transcript.block_wanted.connect(lambda index: view.transcript.accept_block(ONE, index, block_of(index, COUNT)))
    view.transcript.open(long_transcript(COUNT))
    return view


def say(view: TranscriptView, *messages: Message) -> None:
    view.transcript.open(transcript(messages))


def first_seen(view: TranscriptView) -> tuple[Message | None, int]:
    item = view.seen.visible[0]
    return view.transcript.message_at(item.row), item.y


def all_loaded(view: TranscriptView) -> bool:
    return all(view.transcript.message_at(item.row) is not None for item in view.seen.visible)


def text_point(view: TranscriptView, row: int, at: int = 0) -> QPoint:
    """Where a character of a row is in the viewport."""
    made = view.layout_of(row)
    block = made.document.findBlock(at)
    area = made.document.documentLayout().blockBoundingRect(block)
    line = block.layout().lineForTextPosition(at - block.position())
    x = line.cursorToX(at - block.position())
    across = x[0] if isinstance(x, tuple) else x
    return QPoint(
        round(made.text.x() + area.x() + across + 1),
        round(view.top_of(row) + made.text.y() + area.y() + line.y() + line.height() / 2),
    )


def on_screen(view: TranscriptView) -> QImage:
    """What the screen shows, as opposed to what painting everything anew would show."""
    QApplication.processEvents()
    area = QRect(view.viewport().mapTo(view, QPoint()), view.viewport().size())
    return view.screen().grabWindow(view.winId(), area.x(), area.y(), area.width(), area.height()).toImage()


def furthest_pixel(view: TranscriptView) -> int:
    """How far the screen is from what painting everything anew shows: the largest difference of one colour value.

    One or two steps are the rounding of a gradient that was painted in parts.
    """
    shown, anew = on_screen(view), view.viewport().grab().toImage()
    assert shown.size() == anew.size()
    between = shown.convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(between)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
    painter.drawImage(0, 0, anew)
    painter.end()
    colours = between.convertToFormat(QImage.Format.Format_RGB888)  # kept: its bits are only borrowed
    return max(bytes(colours.constBits()))


def test_it_opens_at_the_newest_message(long_view: TranscriptView) -> None:
    assert long_view.seen.visible[-1].row == COUNT - 1
    assert long_view.at_latest
    assert long_view.verticalScrollBar().value() == long_view.verticalScrollBar().maximum()


def test_blocks_come_in_as_they_are_scrolled_to(long_view: TranscriptView, qtbot: QtBot) -> None:
    long_view.verticalScrollBar().setValue(long_view.verticalScrollBar().maximum() // 2)

    qtbot.waitUntil(lambda: all_loaded(long_view))

    assert 0 < long_view.seen.visible[0].row < COUNT - 50


def test_a_block_that_comes_in_above_moves_nothing(view: TranscriptView) -> None:
    view.transcript.open(long_transcript(COUNT))
    view.transcript.accept_block(ONE, 14, block_of(14, COUNT))
    view.show_row(14 * BLOCK_POSITIONS)
    view.scroll_pixels(5)
    before = view.top_of(14 * BLOCK_POSITIONS)

    view.transcript.accept_block(ONE, 13, block_of(13, COUNT))

    assert view.top_of(14 * BLOCK_POSITIONS) == before
    assert all_loaded(view)


def test_scrolling_through_everything_shows_every_row_once(view: TranscriptView) -> None:
    say(view, *(message(at, prose(at)) for at in range(40)))
    view.verticalScrollBar().setValue(0)
    seen = []
    while not view.at_latest:
        seen += [item.row for item in view.seen.visible]
        view.scroll_pixels(150)
    seen += [item.row for item in view.seen.visible]

    assert sorted(set(seen)) == list(range(40))


def test_what_is_scrolled_looks_as_if_it_were_painted_anew(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, *(message(at, prose(at)) for at in range(40)))
    on_screen(view)

    for pixels in (-137, -60, -301, 44, -900, 7, 512):
        view.scroll_pixels(pixels)
        assert furthest_pixel(view) <= 2, pixels


def test_what_grows_looks_as_if_it_were_painted_anew(view: TranscriptView) -> None:
    live = message(20, "", state=SwipeState.STREAMING)
    say(view, *(message(at, prose(at)) for at in range(20)), live)
    on_screen(view)
    words = ("*She nods.* " + prose(8) + "\n\n1. **one**\n2. two").split(" ")

    for length in range(1, len(words) + 1):
        view.transcript.grow(live.id, live.swipe_id, " ".join(words[:length]))

        assert furthest_pixel(view) <= 2, words[:length]


def test_the_end_is_followed_while_a_reply_grows(view: TranscriptView) -> None:
    live = message(20, "", state=SwipeState.STREAMING)
    say(view, *(message(at, prose(at)) for at in range(20)), live)

    for length in range(0, 3_000, 100):
        view.transcript.grow(live.id, live.swipe_id, "word " * (length // 5))

    last = view.seen.visible[-1]
    assert view.at_latest
    assert last.row == 20
    assert last.y + last.height <= view.viewport().height()


def test_a_reply_that_grows_below_moves_nothing_and_offers_the_way_back(view: TranscriptView) -> None:
    live = message(20, "", state=SwipeState.STREAMING)
    say(view, *(message(at, prose(at)) for at in range(20)), live)
    view.scroll_pixels(-600)
    before = first_seen(view)

    view.transcript.grow(live.id, live.swipe_id, "word " * 500)
    view.transcript.append(message(22, "And more."))

    assert first_seen(view) == before
    assert view.chrome.jump.isVisible()
    assert view.chrome.jump.count == 1
    assert "1" in view.chrome.jump.accessibleName()


def test_the_way_back_leads_to_the_newest_message(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, *(message(at, prose(at)) for at in range(40)))
    view.scroll_pixels(-1_000)

    qtbot.mouseClick(view.chrome.jump, Qt.MouseButton.LeftButton)

    assert view.at_latest
    assert not view.chrome.jump.isVisible()


def test_what_the_user_says_is_shown_wherever_they_were_reading(view: TranscriptView) -> None:
    say(view, *(message(at, prose(at)) for at in range(40)))
    view.scroll_pixels(-1_000)

    view.transcript.append(message(41, "Mine", role=Role.USER))

    assert view.at_latest


@pytest.mark.parametrize("size", [(480, 620), (1_300, 620), (820, 300), (820, 900)])
def test_another_size_keeps_the_first_row_in_view(view: TranscriptView, size: tuple[int, int]) -> None:
    say(view, *(message(at, prose(at)) for at in range(60)))
    view.show_row(20, centred=True)
    before, _ = first_seen(view)

    view.resize(*size)

    assert first_seen(view)[0] == before


def test_a_small_conversation_begins_at_the_top(view: TranscriptView) -> None:
    say(view, message(0, "Hello."), message(1, "Hi."))

    assert view.seen.visible[0].y > 0
    assert view.verticalScrollBar().maximum() == 0


def test_removed_rows_are_gone_from_the_screen(view: TranscriptView) -> None:
    say(view, *(message(at, prose(at)) for at in range(30)))
    view.scroll_pixels(-500)

    for number in range(30, 0, -1):
        view.transcript.remove(MessageId(number))

    assert view.seen.visible == []
    assert view.verticalScrollBar().maximum() == 0


def test_a_found_message_is_revealed_when_its_block_comes(long_view: TranscriptView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(long_view.row_revealed):
        long_view.reveal_position(777)

    placed = long_view.seen.placed(777)
    assert placed is not None
    assert placed.y >= 0
    assert placed.y + placed.height <= long_view.viewport().height()


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

    assert offered(view, 0) == ["Previous reply", "Next reply", "Edit", "Copy", "Delete"]
    assert offered(view, 1) == ["Edit", "Copy", "Delete"]
    assert offered(view, 2) == ["Try again", "Edit", "Copy", "Delete"]
    assert offered(view, 3) == ["Regenerate", "Edit", "Copy", "Delete"]


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


def test_home_end_and_pages_scroll(long_view: TranscriptView, qtbot: QtBot) -> None:
    long_view.setFocus()
    qtbot.keyClick(long_view, Qt.Key.Key_Home)
    assert long_view.verticalOffset() == 0

    qtbot.keyClick(long_view, Qt.Key.Key_PageDown)
    assert 0 < long_view.verticalOffset() < long_view.viewport().height()

    qtbot.keyClick(long_view, Qt.Key.Key_End)
    assert long_view.at_latest


def test_the_wheel_scrolls_by_pixels(view: TranscriptView) -> None:
    say(view, *(message(at, prose(at)) for at in range(40)))
    before = view.verticalOffset()

    QTest.wheelEvent(view.windowHandle(), QPoint(100, 100), QPoint(0, 120), QPoint(0, 13))

    assert view.verticalOffset() == before - 13


def test_a_screen_reader_sees_a_list_of_messages(view: TranscriptView) -> None:
    say(view, message(0, "Hello there."), message(1, "Hi."))

    seen = QAccessible.queryAccessibleInterface(view)

    assert seen.role() in (QAccessible.Role.List, QAccessible.Role.Table)
    assert seen.text(QAccessible.Text.Name) == "Transcript"
    said = [seen.child(at).text(QAccessible.Text.Name) for at in range(seen.childCount())]
    assert [text.partition(", ")[0] for text in said] == ["Ada", "You"]
    assert [text.rpartition(": ")[2] for text in said] == ["Hello there.", "Hi."]


def colours_at(view: TranscriptView, find: Callable[[TranscriptView], QPoint]) -> str:
    return view.viewport().grab().toImage().pixelColor(find(view)).name()


def test_bubbles_stand_on_the_side_of_who_speaks(view: TranscriptView) -> None:
    say(view, message(0, "One."), message(1, "Two."))
    persona, user = view.layout_of(0), view.layout_of(1)
    assert persona.bubble.left() < view.width() / 2 < user.bubble.left()

    view.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    persona, user = view.layout_of(0), view.layout_of(1)

    assert user.bubble.right() < view.width() / 2 < persona.bubble.left()
    assert persona.avatar.left() > persona.bubble.right()


def test_another_theme_is_painted_at_once(view: TranscriptView) -> None:
    say(view, message(0, "One."))

    view.set_theme(theme("light"))

    assert colours_at(view, lambda v: QPoint(2, v.viewport().height() - 2)) == theme("light").window.name()


def test_larger_text_makes_larger_rows(view: TranscriptView) -> None:
    say(view, message(0, prose(8)))
    before = view.layout_of(0).height

    view.setFont(QFont("Inter", 20))

    assert view.layout_of(0).height > before * 1.5


def test_a_picture_stands_beside_the_personas_messages(view: TranscriptView) -> None:
    face = QPixmap(64, 64)
    face.fill(Qt.GlobalColor.green)
    say(view, message(0, "One."))

    view.set_persona("Ada", face)

    middle = view.layout_of(0).avatar.center().toPoint()
    assert colours_at(view, lambda v: middle + QPoint(0, v.top_of(0))) == "#00ff00"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_shown_and_scrolled_past(view: TranscriptView, name: str) -> None:
    say(view, message(0, "Before"), message(1, HOSTILE[name]), message(2, HOSTILE[name]), message(3, "After"))

    view.viewport().grab()
    view.verticalScrollBar().setValue(0)
    view.viewport().grab()
    view.resize(480, 620)

    assert view.seen.visible[0].row == 0


def test_conversations_can_be_switched_in_the_middle_of_everything(view: TranscriptView, qtbot: QtBot) -> None:
    live = message(20, "Half", state=SwipeState.STREAMING)
    say(view, *(message(at, prose(at)) for at in range(20)), live)
    qtbot.mouseMove(view.viewport(), text_point(view, 20))
    view.pointer.select_all(20)
    view.reveal(3)

    view.transcript.open(replace(transcript([message(0, "Elsewhere")])))
    view.transcript.grow(live.id, live.swipe_id, "More")
    view.viewport().grab()

    assert [item.row for item in view.seen.visible] == [0]
    assert view.pointer.selected is None
    view.transcript.clear()
    view.viewport().grab()
    assert view.seen.visible == []
