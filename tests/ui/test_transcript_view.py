"""The transcript on screen: what stays in place, what is painted, and what can be done with it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QFont, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from personadesk.domain.conversation import BLOCK_POSITIONS, Message, Role, SwipeState
from personadesk.domain.ids import ConversationId, MessageId
from personadesk.ui.chat.message_layout import LONG_CHARACTERS
from personadesk.ui.chat.transcript_area import LOOKED_AWAY_MS
from personadesk.ui.chat.transcript_view import TranscriptView
from tests.ui.test_markdown_document import HOSTILE
from tests.ui.transcripts import (
    block_of,
    long_transcript,
    message,
    open_view,
    prose,
    say,
    text_point,
    theme,
    transcript,
)

ONE = ConversationId(1)
COUNT = 4_000


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[TranscriptView]:
    with open_view(qtbot) as view:
        yield view


@pytest.fixture
def long_view(view: TranscriptView) -> TranscriptView:
    """A view on COUNT messages, whose blocks are answered when they are asked for."""
    view.transcript.block_wanted.connect(lambda index: view.transcript.accept_block(ONE, index, block_of(index, COUNT)))
    view.transcript.open(long_transcript(COUNT))
    return view


def first_seen(view: TranscriptView) -> tuple[Message | None, int]:
    item = view.seen.visible[0]
    return view.transcript.message_at(item.row), item.y


def all_loaded(view: TranscriptView) -> bool:
    return all(view.transcript.message_at(item.row) is not None for item in view.seen.visible)


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


def test_a_long_message_is_laid_out_only_as_long_as_it_is_looked_at(qtbot: QtBot, view: TranscriptView) -> None:
    long = message(0, prose(8) * (LONG_CHARACTERS // 200))
    say(view, long, *(message(position, prose(position)) for position in range(1, 40)))
    view.show_row(0)
    qtbot.waitUntil(lambda: view.layouts.kept(long) is not None)
    height = view.measure_row(0)

    view.scroll_to_latest()
    qtbot.waitUntil(lambda: view.layouts.kept(long) is None, timeout=LOOKED_AWAY_MS + 10_000)

    assert all(view.layouts.kept(view.transcript.message_at(item.row)) is not None for item in view.seen.visible)
    view.show_row(0)
    qtbot.waitUntil(lambda: view.measure_row(0) == height)


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
