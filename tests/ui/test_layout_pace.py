"""Long messages are laid out one a turn of the event loop, and all of them in the end."""

import time

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from personadesk.ui.chat.code_lexers import CodeLexers
from personadesk.ui.chat.layout_pace import ENOUGH_MS, LITTLE_MS, LayoutPace
from tests.ui.test_markdown_document import HOSTILE
from tests.ui.transcripts import message, open_view, say


def work(pace: LayoutPace, milliseconds: float = ENOUGH_MS) -> None:
    with pace.spending():
        ends = time.thread_time() + milliseconds / 1_000
        while time.thread_time() < ends:
            pass


def test_what_comes_after_something_long_waits_for_the_next_turn(qtbot: QtBot) -> None:
    parent = QObject()
    pace = LayoutPace(parent)
    first = pace.allows()
    work(pace)

    with qtbot.waitSignal(pace.free):
        assert not pace.allows()

    assert first
    assert pace.allows()


def test_what_may_take_long_is_begun_in_a_turn_of_its_own(qtbot: QtBot) -> None:
    parent = QObject()
    pace = LayoutPace(parent)
    first = pace.allows(long=True)
    work(pace, LITTLE_MS)

    assert first
    assert pace.allows()
    with qtbot.waitSignal(pace.free):
        assert not pace.allows(long=True)
    assert pace.allows(long=True)


def test_a_turn_in_which_nothing_had_to_wait_says_nothing(qtbot: QtBot) -> None:
    parent = QObject()
    pace = LayoutPace(parent)
    told: list[int] = []
    pace.free.connect(lambda: told.append(1))

    work(pace)
    qtbot.wait(1)

    assert told == []
    assert pace.allows()


def test_a_chat_full_of_long_messages_is_laid_out_to_the_last(qtbot: QtBot) -> None:
    with open_view(qtbot) as view:
        say(view, *(message(at, HOSTILE["pills"] if at % 2 else "Words.") for at in range(12)))

        def all_laid_out() -> bool:
            rows = [item.row for item in view.seen.visible]
            return all(view.layouts.kept(view.transcript.message_at(row)) is not None for row in rows)

        qtbot.waitUntil(all_laid_out)
        view.scroll_pixels(-100_000)
        qtbot.waitUntil(all_laid_out)

        assert view.seen.visible[0].row == 0


def test_rows_are_as_wide_with_a_scroll_bar_as_without(qtbot: QtBot) -> None:
    with open_view(qtbot) as view:
        say(view, message(0, "Words."))
        before = view.row_width()
        say(view, *(message(at, "Words and more of them. " * 40) for at in range(8)))

        qtbot.waitUntil(view.verticalScrollBar().isVisible)

        assert view.row_width() == before <= view.viewport().width()


def test_a_message_with_code_comes_once_its_colours_are_ready(qtbot: QtBot) -> None:
    lexers = CodeLexers()
    text = "See:\n\n```nim\nx\n```\n> ~~~SCALA\n> val a = 1\n"

    first = lexers.ready_for(text)
    qtbot.waitUntil(lambda: lexers.ready_for(text))

    assert not first
    assert lexers.ready_for("No `code` here.")
    with open_view(qtbot) as view:
        say(view, message(0, "```kotlin\nval a = 1\n```"))
        qtbot.waitUntil(lambda: view.layouts.kept(view.transcript.message_at(0)) is not None)
        made = view.layout_of(0)
        assert made is not None
        colours = {made.document.find(word).charFormat().foreground().color().name() for word in ("val", "a", "1")}
        assert len(colours) > 1
