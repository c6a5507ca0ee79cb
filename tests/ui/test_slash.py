"""What is typed into the composer and not said: commands, swipes by arrow keys, the model's suggestion."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from personadesk.domain.chat import ModelState
from personadesk.ui.chat.slash_commands import SlashCommand, read_typed, slash_commands, without_escape
from personadesk.ui.chat.slash_help import SlashHelp
from personadesk.ui.chat.slash_popup import SlashPopup
from tests.ui.desk import Desk
from tests.ui.stand_ins import ScriptedStream


def popup(desk: Desk) -> SlashPopup:
    [found] = desk.chat.findChildren(SlashPopup)
    return found


def offered(desk: Desk) -> list[str]:
    return [command.word for command in popup(desk).commands] if popup(desk).isVisible() else []


def enter(desk: Desk, text: str) -> None:
    """Type a text and press Enter, past whatever is offered for it."""
    desk.chat.composer.editor.setPlainText(text)
    desk.press(Qt.Key.Key_Escape, into=desk.chat.composer.editor)
    desk.press(Qt.Key.Key_Return, into=desk.chat.composer.editor)


def key(desk: Desk, which: Qt.Key) -> None:
    desk.press(which, into=desk.chat.composer.editor)


def text(desk: Desk) -> str:
    return desk.chat.composer.editor.toPlainText()


def notice(desk: Desk) -> str:
    return desk.chat.composer.notice.text() if desk.chat.composer.notice.isVisible() else ""


@pytest.mark.parametrize(
    ("typed", "word", "rest"),
    [("/title  A day out ", "title", "A day out"), ("/NEW", "new", ""), ("/note one\ntwo", "note", "one\ntwo")],
)
def test_a_command_is_told_from_what_it_takes(typed: str, word: str, rest: str) -> None:
    read = read_typed(typed, slash_commands())

    assert read is not None
    assert isinstance(read.command, SlashCommand)
    assert (read.word, read.rest) == (word, rest)


@pytest.mark.parametrize("message", ["hello /new", "//new", "/", "/ me", "/usr/bin is a path", "1/2", ""])
def test_a_message_with_a_slash_is_a_message(message: str) -> None:
    assert read_typed(message, slash_commands()) is None
    assert without_escape("//new") == "/new"


def test_commands_are_offered_as_they_are_typed_and_taken_by_keyboard(desk: Desk) -> None:
    desk.open("Luna")
    desk.key_in("/s")
    begun = offered(desk)
    key(desk, Qt.Key.Key_Down)
    key(desk, Qt.Key.Key_Tab)
    completed = text(desk)
    desk.chat.composer.editor.setPlainText("/ti")
    key(desk, Qt.Key.Key_Return)
    waits = text(desk)
    hinted = offered(desk)
    desk.key_in("Night walks")
    key(desk, Qt.Key.Key_Return)

    desk.until(lambda: desk.chat.header.conversation.text() == "Night walks")
    assert begun == ["swipe", "star", "speak", "stop"]
    assert completed == "/star"
    assert waits == "/title "
    assert hinted == ["title"]
    assert text(desk) == ""
    assert offered(desk) == []


def test_escape_leaves_the_offer_and_a_click_takes_it(desk: Desk) -> None:
    desk.open("Luna")
    desk.key_in("/he")
    key(desk, Qt.Key.Key_Escape)
    left = offered(desk)
    desk.chat.composer.editor.setPlainText("")
    desk.key_in("/he")
    found = popup(desk).list
    QTest.mouseClick(
        found.viewport(), Qt.MouseButton.LeftButton, pos=found.visualRect(found.model().index(0, 0)).center()
    )

    dialog = desk.dialog(SlashHelp)
    dialog.reject()
    assert left == []
    assert text(desk) == ""


def test_an_unknown_command_is_sent_as_text_the_second_time(desk: Desk) -> None:
    desk.open("Luna")
    before = desk.said()
    desk.model.answer = "I see."

    enter(desk, "/dance slowly")
    told, kept = notice(desk), text(desk)
    key(desk, Qt.Key.Key_Return)

    desk.until(lambda: desk.said() == [*before, "/dance slowly", "I see."])
    assert "no command /dance" in told
    assert kept == "/dance slowly"


def test_two_slashes_send_one(desk: Desk) -> None:
    desk.open("Luna")
    desk.model.answer = "I see."

    enter(desk, "//new is a command")

    desk.until(lambda: "/new is a command" in desk.said())


def test_what_cannot_be_done_is_said_and_stays(desk: Desk) -> None:
    desk.open("Luna")
    for typed, said in (
        ("/jump tomorrow", "as in /jump 2026-01-31"),
        ("/export pdf", "no such format"),
        ("/title", "/title TEXT"),
        ("/regenerate", "greeting comes from the card"),
        ("/instead", "said nothing yet"),
        ("/swipe 99", "Choose one of them"),
    ):
        enter(desk, typed)
        assert said in notice(desk), typed
        assert text(desk) == typed


def test_words_behind_a_command_stay_where_no_model_answers(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("One", "First.")
    desk.model.become(ModelState.MISSING, "The model's file is not on this computer.")
    desk.until(lambda: not desk.model_desk.usable)

    for typed in ("/instead Another one", "/impersonate something kind"):
        enter(desk, typed)
        assert "not on this computer" in notice(desk), typed
        assert text(desk) == typed


def test_words_behind_instead_come_back_where_their_message_is_gone(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("One", "First.")
    mine = desk.chat.model.message_at(desk.chat.model.rowCount() - 2)
    assert mine is not None
    desk.write(lambda store: store.for_persona(mine.persona_id).trash_message(mine.id))

    enter(desk, "/instead Another one")

    desk.until(lambda: text(desk) == "/instead Another one")
    assert "not here any more" in notice(desk)


def test_words_behind_impersonate_stay_while_a_reply_is_written(desk: Desk) -> None:
    desk.open("Luna")
    desk.send("Tell me")
    desk.until(lambda: desk.chat.replying)

    desk.chat.composer.editor.setPlainText("/impersonate something kind")
    key(desk, Qt.Key.Key_Return)

    assert "still being written" in notice(desk)
    assert text(desk) == "/impersonate something kind"


def test_commands_do_what_their_buttons_do(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("One", "First.")

    enter(desk, "/star")
    desk.until(lambda: desk.last().starred)
    enter(desk, "/pin")
    desk.until(lambda: desk.last().pinned)
    enter(desk, "/note Come back here")
    desk.until(lambda: desk.last().note == "Come back here")
    said = desk.chat.model.rowCount() - 2
    desk.chat.transcript.setCurrentIndex(desk.chat.model.index(said, 0))
    enter(desk, "/star")
    desk.until(lambda: bool((message := desk.chat.model.message_at(said)) and message.starred))
    desk.model.answer = "Second."
    enter(desk, "/regenerate")
    desk.until(lambda: desk.last().text == "Second." and not desk.chat.replying)
    desk.until(lambda: not desk.chat_service.replying())
    enter(desk, "/swipe prev")
    desk.until(lambda: desk.last().text == "First.")
    desk.model.answer = "And more."
    enter(desk, "/continue")
    desk.until(lambda: desk.last().text == "First. And more." and not desk.chat.replying)
    desk.until(lambda: not desk.chat_service.replying())
    enter(desk, "/find One")
    desk.until(lambda: desk.chat.find_bar.count.text() == "1 of 1")
    desk.chat.find_bar.close_bar()
    enter(desk, "/memory Keeps bees")
    desk.toast("will remember it")
    enter(desk, "/instead Another one")
    desk.until(lambda: "Another one" in desk.said() and "One" not in desk.said())
    desk.until(lambda: not desk.chat_service.replying() and not desk.chat.replying)
    enter(desk, "/export md")
    desk.dialog(QFileDialog).reject()
    before = desk.chat.conversation_id
    enter(desk, "/new")
    desk.until(lambda: desk.chat.conversation_id not in (None, before))
    fresh = desk.chat.conversation_id
    enter(desk, "/archive")
    desk.until(lambda: desk.chat.conversation_id not in (None, fresh))

    assert desk.problems == []


def test_stop_is_heard_while_a_reply_is_written(desk: Desk) -> None:
    desk.open("Luna")
    desk.send("Tell me")
    desk.until(lambda: len(desk.model.streams) == 1 and desk.chat.replying)
    desk.model.streams[0].feed("Once upon a time")
    desk.until(lambda: desk.last().text == "Once upon a time")

    enter(desk, "/stop")

    desk.until(lambda: not desk.chat.replying)
    assert text(desk) == ""


def test_arrow_keys_in_an_empty_composer_go_through_the_replies(desk: Desk) -> None:
    desk.make("Nora", greeting="Hello.", alternate_greetings=("Good day.",))
    desk.open("Nora")

    key(desk, Qt.Key.Key_Right)
    desk.until(lambda: desk.said() == ["Good day."])
    key(desk, Qt.Key.Key_Right)
    key(desk, Qt.Key.Key_Left)
    desk.until(lambda: desk.said() == ["Hello."])
    desk.answer("One", "First.")
    desk.model.answer = "Second."
    key(desk, Qt.Key.Key_Right)
    desk.until(lambda: desk.last().text == "Second." and not desk.chat.replying)
    key(desk, Qt.Key.Key_Left)
    desk.until(lambda: desk.last().text == "First.")
    desk.chat.composer.editor.setPlainText("ab")
    key(desk, Qt.Key.Key_Right)

    assert desk.last().swipe_count == 2
    assert desk.last().text == "First."


def test_the_model_writes_into_the_composer_and_undo_gives_the_draft_back(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("One", "First.")
    before = desk.said()
    desk.key_in("something kind")

    desk.chat.conversations.impersonate_requested.emit()
    desk.until(lambda: len(desk.model.streams) == 2)
    stream = desk.model.streams[1]
    stream.feed("You are")
    desk.until(lambda: text(desk) == "You are")
    blocked = desk.chat.composer.editor.isReadOnly()
    stream.feed(" very kind.")
    stream.end()
    desk.until(lambda: text(desk) == "You are very kind." and not desk.chat.composer.editor.isReadOnly())
    desk.chat.composer.editor.undo()

    assert blocked
    assert "something kind" in stream.request.turns[0].text
    assert text(desk) == "something kind"
    assert desk.said() == before


def test_escape_stops_the_suggestion_and_keeps_what_has_come(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("One", "First.")

    enter(desk, "/impersonate")
    desk.until(lambda: len(desk.model.streams) == 2)
    desk.model.streams[1].feed("I would say")
    desk.until(lambda: text(desk) == "I would say")
    key(desk, Qt.Key.Key_Escape)

    desk.until(lambda: desk.model.streams[1].closed)
    assert text(desk) == "I would say"
    assert not desk.chat.composer.editor.isReadOnly()


def suggest(desk: Desk) -> ScriptedStream:
    """Wait until the model is asked for what the user could say, and let it begin."""
    desk.until(lambda: len(desk.model.streams) == 2)
    stream = desk.model.streams[1]
    stream.feed("You are")
    desk.until(lambda: text(desk) == "You are")
    return stream


def test_ones_own_words_are_back_where_the_suggestion_was_left_by_switching(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("One", "First.")
    desk.key_in("something kind")
    desk.chat.conversations.impersonate_requested.emit()
    stream = suggest(desk)

    desk.open("Ethan")
    desk.until(lambda: stream.closed)
    assert text(desk) == ""
    desk.open("Luna")

    assert text(desk) == "something kind"
    assert not desk.chat.composer.editor.isReadOnly()


def test_the_words_behind_the_command_are_back_where_the_suggestion_was_left_by_switching(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("One", "First.")
    enter(desk, "/impersonate something kind")
    suggest(desk)

    desk.open("Ethan")
    desk.open("Luna")

    assert text(desk) == "/impersonate something kind"


def test_the_words_behind_the_command_are_back_where_nothing_was_suggested(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("One", "First.")
    enter(desk, "/impersonate something kind")
    desk.until(lambda: len(desk.model.streams) == 2)

    key(desk, Qt.Key.Key_Escape)

    assert text(desk) == "/impersonate something kind"


def test_what_was_suggested_is_saved_as_a_draft(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("One", "First.")
    desk.key_in("something kind")
    desk.chat.conversations.impersonate_requested.emit()
    stream = suggest(desk)
    stream.end()
    desk.until(lambda: not desk.chat.composer.editor.isReadOnly())

    desk.open("Ethan")
    desk.open("Luna")

    assert text(desk) == "You are"


def test_right_behind_the_last_reply_of_the_transcript_asks_for_another(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("One", "First.")
    view = desk.chat.transcript
    view.setCurrentIndex(desk.chat.model.index(desk.chat.model.rowCount() - 1))
    desk.model.answer = "Second."

    desk.press(Qt.Key.Key_Right, into=view)

    desk.until(lambda: desk.last().text == "Second." and desk.last().swipe_count == 2)
    desk.until(lambda: not desk.chat.replying)


def test_the_list_of_commands_is_read_by_keyboard(desk: Desk) -> None:
    desk.open("Luna")
    desk.window.resize(900, 500)
    enter(desk, "/help")
    dialog = desk.dialog(SlashHelp)
    bar = dialog.area.verticalScrollBar()
    desk.until(lambda: bar.maximum() > 0)

    desk.press(Qt.Key.Key_End, into=dialog.close_button)

    assert bar.value() == bar.maximum()


def test_a_command_leaves_a_message_alone_that_is_out_of_view(desk: Desk) -> None:
    desk.open("Luna")
    for word in ("one", "two", "three", "four", "five", "six", "seven"):
        desk.answer(f"Say {word}", f"And {word}.")
    desk.chat.transcript.setCurrentIndex(desk.chat.model.index(1, 0))
    desk.chat.transcript.scroll_to_latest()
    desk.until(lambda: desk.chat.transcript.seen.placed(1) is None)

    enter(desk, "/star")

    desk.until(lambda: desk.last().starred)
