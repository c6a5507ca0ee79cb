"""Find in a conversation: count, step, reveal, and nothing left over from another chat."""

import pytest
from PySide6.QtCore import Qt

from personadesk.domain.conversation import Role
from personadesk.services.ports import NewSwipe, Store
from personadesk.ui.chat.find_bar import FindBar
from tests.ui.desk import Desk


@pytest.fixture
def bar(desk: Desk) -> FindBar:
    desk.open("Luna")
    for text in ("A heron by the pond.", "Nothing here.", "Two herons at noon."):
        desk.answer(text, "Yes.")
    desk.ctrl(Qt.Key.Key_F)
    return desk.chat.find_bar


def find(desk: Desk, bar: FindBar, words: str, count: str) -> None:
    bar.field.line.setText(words)
    desk.until(lambda: bar.count.text() == count)


def test_matches_are_counted_and_stepped_through_both_ways(desk: Desk, bar: FindBar) -> None:
    find(desk, bar, "heron", "1 of 2")

    desk.press(Qt.Key.Key_Return, into=bar.field.line)
    assert bar.count.text() == "2 of 2"
    desk.click(bar.newer)
    assert bar.count.text() == "1 of 2"
    desk.click(bar.older)
    assert bar.count.text() == "2 of 2"


def test_arrows_in_the_field_step_through_the_matches(desk: Desk, bar: FindBar) -> None:
    find(desk, bar, "heron", "1 of 2")

    desk.press(Qt.Key.Key_Up, into=bar.field.line)
    assert bar.count.text() == "2 of 2"
    desk.press(Qt.Key.Key_Down, into=bar.field.line)
    assert bar.count.text() == "1 of 2"
    assert bar.isVisible()


def test_no_match_is_said(desk: Desk, bar: FindBar) -> None:
    find(desk, bar, "volcano", "No match")

    assert not bar.older.isEnabled()
    assert not bar.newer.isEnabled()


def test_escape_clears_then_closes_and_the_focus_goes_back(desk: Desk, bar: FindBar) -> None:
    find(desk, bar, "heron", "1 of 2")

    desk.press(Qt.Key.Key_Escape, into=bar.field.line)
    assert bar.isVisible()
    desk.until(lambda: bar.count.text() == "")
    desk.press(Qt.Key.Key_Escape, into=bar.field.line)

    assert not bar.isVisible()
    assert desk.chat.composer.editor.hasFocus()


def test_in_another_chat_the_same_words_are_looked_up_there(desk: Desk, bar: FindBar) -> None:
    find(desk, bar, "heron", "1 of 2")

    desk.open("Ethan")
    assert not bar.isVisible()
    desk.ctrl(Qt.Key.Key_F)

    desk.until(lambda: bar.count.text() == "No match")


def test_hits_of_an_older_query_that_come_late_are_dropped(desk: Desk, bar: FindBar) -> None:
    find(desk, bar, "heron", "1 of 2")
    late = list(bar._hits)
    bar.field.line.setText("volcano")

    bar.show_hits(late, "heron")

    desk.until(lambda: bar.count.text() == "No match")


def test_a_match_in_rows_not_read_yet_is_brought_on_screen(desk: Desk) -> None:
    desk.open("Luna")
    luna, conversation = desk.persona("Luna").id, desk.chat.conversation_id
    assert conversation is not None

    def write(store: Store) -> None:
        chat = store.for_persona(luna)
        chat.append_message(conversation, Role.USER, [NewSwipe("The needle")])
        for number in range(600):
            chat.append_message(conversation, Role.USER, [NewSwipe(f"Hay {number}")])

    desk.write(write)
    desk.open("Ethan")
    desk.open("Luna")
    assert desk.chat.model.message_at(1) is None
    desk.ctrl(Qt.Key.Key_F)

    find(desk, desk.chat.find_bar, "needle", "1 of 1")

    def revealed() -> bool:
        row = next(
            (row for row in range(3) if (message := desk.chat.model.message_at(row)) and "needle" in message.text), -1
        )
        if row < 0:
            return False
        rect = desk.chat.transcript.visualRect(desk.chat.model.index(row))
        return bool(desk.chat.transcript.viewport().rect().intersects(rect))

    desk.until(revealed)


@pytest.mark.parametrize("query", ['"', "*", "NEAR(", "a OR b", "-x", "(", "\x00", "' OR 1=1 --"])
def test_a_query_is_words_and_never_syntax(desk: Desk, bar: FindBar, query: str) -> None:
    bar.field.line.setText("volcano")
    desk.until(lambda: bar.count.text() == "No match")

    bar.query_changed.emit(query)
    find(desk, bar, "heron", "1 of 2")

    assert desk.problems == []


def test_what_is_looked_for_stands_out_in_the_messages_until_the_bar_closes(desk: Desk, bar: FindBar) -> None:
    view = desk.chat.transcript
    desk.answer("🌊 Herons, a HERON and 鷺の池.", "Yes.")
    made = view.layout_of(desk.chat.model.rowCount() - 2)

    find(desk, bar, "heron", "1 of 3")
    lit = view.found.ranges_in(made)
    find(desk, bar, "鷺の", "1 of 1")
    anywhere = view.found.ranges_in(made)
    bar.close_bar()

    assert lit == ((3, 8), (13, 18))
    assert anywhere == ((23, 25),)
    assert view.found.ranges_in(made) == ()


def lit_words(desk: Desk, row: int) -> list[str]:
    made = desk.chat.transcript.layout_of(row)
    return [made.document.plain_text(*lit) for lit in desk.chat.transcript.found.ranges_in(made)]


def test_words_are_lit_whatever_their_accents_as_they_are_found(desk: Desk, bar: FindBar) -> None:
    row = desk.chat.model.rowCount()
    desk.answer("Un cafe\u0301 noir, CAFÉ, cafes, décafé. Straße \U0001f30a cafe", "Yes.")

    for query, lit in (
        ("cafe", ["cafe\u0301", "CAFÉ", "cafe", "cafe"]),
        ("Càfé noi", ["cafe\u0301", "noi", "CAFÉ", "cafe"]),
        ("strasse", ["Straße"]),
    ):
        bar.field.line.setText(query)
        desk.until(lambda lit=lit: lit_words(desk, row) == lit)  # type: ignore[misc]
        desk.until(lambda: bar.count.text() == "1 of 1")


def test_words_behind_a_spoiler_are_lit_once_it_is_opened(desk: Desk, bar: FindBar) -> None:
    row = desk.chat.model.rowCount()
    desk.answer("A heron. ||The heron did it|| and ||another heron||.", "Yes.")

    find(desk, bar, "heron", "1 of 3")
    before = lit_words(desk, row)
    desk.chat.transcript.layout_of(row).document.reveal(0)

    assert before == ["heron"]
    assert lit_words(desk, row) == ["heron", "heron"]
