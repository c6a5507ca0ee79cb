"""Talking through the window: send, stream, stop, switch, drafts, edits, undo."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog

from personadesk.domain.chat import ModelState
from personadesk.domain.conversation import MESSAGE_LIMIT, Edit, Role, SwipeState
from personadesk.domain.errors import ModelCrashed
from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.chat.message_offers import offers_for
from tests.ui.desk import Desk
from tests.ui.stand_ins import ScriptedStream

GREETING = 1
"""Built-in personas speak first: one row more than was said."""


def begin_reply(desk: Desk, text: str) -> ScriptedStream:
    """Send a message and wait until the model is asked."""
    before = len(desk.model.streams)
    desk.send(text)
    desk.until(lambda: len(desk.model.streams) > before)
    return desk.model.streams[-1]


def test_a_message_is_answered_word_by_word(desk: Desk) -> None:
    desk.open("Luna")

    stream = begin_reply(desk, "Hello")
    stream.feed("Good ")
    desk.until(lambda: desk.last().text == "Good")
    stream.feed("evening.")
    stream.end()

    desk.until(lambda: desk.last().state is SwipeState.COMPLETE)
    assert desk.said()[GREETING:] == ["Hello", "Good evening."]
    assert [message.role for message in (desk.chat.model.message_at(1), desk.last()) if message] == [
        Role.USER,
        Role.PERSONA,
    ]


def test_the_message_is_on_disk_before_the_model_is_asked(desk: Desk) -> None:
    desk.open("Luna")
    luna, conversation = desk.persona("Luna").id, desk.chat.conversation_id
    assert conversation is not None

    begin_reply(desk, "Remember this")

    tail = desk.read(lambda store: store.for_persona(luna).path_tail(conversation, 2))
    assert [message.text for message in tail] == ["Remember this", ""]


def test_another_persona_has_an_empty_history_and_the_first_one_keeps_every_word(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("My cat is called Miso.", "What a name!")

    desk.open("Ethan")
    assert not any("Miso" in text for text in desk.said())
    assert len(desk.said()) == GREETING

    desk.open("Luna")
    assert desk.said()[GREETING:] == ["My cat is called Miso.", "What a name!"]


def test_switching_persona_keeps_the_running_reply_in_its_own_chat(desk: Desk) -> None:
    desk.open("Luna")
    luna = desk.persona("Luna").id
    stream = begin_reply(desk, "Tell me of the moon")
    stream.feed("The moon ")

    desk.open("Ethan")
    stream.feed("is far.")
    desk.until(lambda: luna in desk.roster.replying)
    assert desk.window.sidebar.model.is_replying(luna)
    assert not desk.chat.replying
    stream.end()

    desk.until(lambda: desk.persona("Luna").unread == 1)
    assert not desk.window.sidebar.model.is_replying(luna)
    assert not any("moon" in text for text in desk.said())
    desk.open("Luna")
    assert desk.said()[-1] == "The moon is far."
    desk.until(lambda: desk.persona("Luna").unread == 0)


def test_coming_back_in_mid_reply_goes_on_watching_it(desk: Desk) -> None:
    desk.open("Luna")
    stream = begin_reply(desk, "Tell me of the moon")
    stream.feed("The moon ")
    desk.open("Ethan")

    desk.open("Luna")
    assert desk.chat.replying
    stream.feed("is far.")
    stream.end()

    desk.until(lambda: desk.last().text == "The moon is far." and not desk.chat.replying)
    assert desk.persona("Luna").unread == 0


def test_a_reply_that_ends_while_the_library_is_on_screen_is_new(desk: Desk) -> None:
    desk.open("Luna")
    stream = begin_reply(desk, "Tell me of the moon")

    desk.ctrl(Qt.Key.Key_L)
    stream.feed("Far.")
    stream.end()

    desk.until(lambda: desk.persona("Luna").unread == 1)


def test_send_turns_into_stop_and_what_had_come_is_kept(desk: Desk) -> None:
    desk.open("Luna")
    button = desk.chat.composer.action
    stream = begin_reply(desk, "A long story, please")
    stream.feed("Once upon a time")
    desk.until(lambda: desk.last().text == "Once upon a time")
    assert button.accessibleName() == "Stop the reply"

    desk.click(button)

    desk.until(lambda: stream.closed and not desk.chat.replying)
    assert (desk.last().text, desk.last().state) == ("Once upon a time", SwipeState.STOPPED)
    assert button.accessibleName() == "Send"


def test_escape_stops_the_reply(desk: Desk) -> None:
    desk.open("Luna")
    stream = begin_reply(desk, "A long story, please")
    stream.feed("Once")
    desk.until(lambda: desk.last().text == "Once")

    desk.press(Qt.Key.Key_Escape, into=desk.chat.composer.editor)

    desk.until(lambda: desk.last().state is SwipeState.STOPPED)


def test_a_crash_of_the_model_keeps_what_came_and_says_what_happened(desk: Desk) -> None:
    desk.open("Luna")
    stream = begin_reply(desk, "Hello")
    stream.feed("Good ev")
    stream.fail(ModelCrashed("The model stopped in the middle.", "Try again."))

    desk.until(lambda: desk.last().state is SwipeState.INTERRUPTED)

    assert desk.last().text == "Good ev"
    assert desk.last().error == "The model stopped in the middle. Try again."


def test_trying_again_adds_a_reply_beside_the_old_one(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello", "First try.")
    desk.model.answer = "Second try."

    desk.chat.transcript.regenerate_requested.emit(desk.last())

    desk.until(lambda: desk.last().text == "Second try." and not desk.chat.replying)
    assert desk.last().swipe_count == 2
    desk.chat.transcript.swipe_requested.emit(desk.last(), 0)
    desk.until(lambda: desk.last().text == "First try.")


def test_enter_during_a_reply_keeps_the_text_in_the_field(desk: Desk) -> None:
    desk.open("Luna")
    begin_reply(desk, "Hello")
    desk.until(lambda: desk.chat.replying)

    desk.send("And another thing")

    assert desk.chat.composer.editor.toPlainText() == "And another thing"


def test_two_messages_sent_in_one_breath_are_answered_one_at_a_time(desk: Desk) -> None:
    desk.open("Luna")
    desk.send("One")
    desk.send("Two")

    desk.until(lambda: desk.chat.replying and len(desk.model.streams) == 1)
    desk.model.streams[0].feed("Yes.")
    desk.model.streams[0].end()

    desk.until(lambda: not desk.chat.replying)
    assert desk.said()[GREETING:] == ["One", "Yes."]
    assert desk.chat.composer.editor.toPlainText() == "Two"


# -- drafts and what could not be sent


def test_each_conversation_keeps_its_own_draft(desk: Desk) -> None:
    editor = desk.chat.composer.editor
    desk.open("Luna")
    desk.key_in("For Luna")
    desk.open("Ethan")
    assert editor.toPlainText() == ""
    desk.key_in("For Ethan")

    desk.open("Luna")
    assert editor.toPlainText() == "For Luna"
    desk.open("Ethan")
    assert editor.toPlainText() == "For Ethan"


def test_a_draft_is_there_after_the_next_start(start: Callable[[], Desk]) -> None:
    first = start()
    first.show()
    first.open("Luna")
    first.key_in("Half a thought")
    first.close()

    second = start()
    second.show()
    second.open("Luna")

    assert second.chat.composer.editor.toPlainText() == "Half a thought"


def test_a_draft_is_saved_while_it_is_typed_without_a_pause(desk: Desk) -> None:
    desk.open("Luna")
    luna, conversation = desk.persona("Luna").id, desk.chat.conversation_id
    assert conversation is not None
    typed = ""

    def saved() -> str:
        return str(desk.read(lambda store: store.for_persona(luna).conversation(conversation)).draft)

    while not saved() and len(typed) < 40:
        QTest.qWait(100)
        desk.key_in("a")
        typed += "a"

    assert saved()
    assert typed.startswith(saved())


def test_a_draft_survives_naming_the_conversation(desk: Desk) -> None:
    desk.open("Luna")
    for number in range(20):
        desk.chat.composer.editor.setPlainText(f"Draft {number}")
        desk.chat.conversations.chosen.emit(desk.chat.conversation_id)
        desk.until_open("Luna")
        assert desk.chat.composer.editor.toPlainText() == f"Draft {number}"


TOO_LONG = "a " * (MESSAGE_LIMIT // 2) + "end"


def test_a_message_that_is_refused_comes_back_into_the_field_with_a_sentence(desk: Desk) -> None:
    desk.open("Luna")

    desk.send(TOO_LONG)

    desk.until(lambda: desk.chat.composer.editor.toPlainText() == TOO_LONG)
    assert "one message holds 100,000" in desk.chat.composer.notice.text()


def test_a_message_that_is_refused_joins_what_was_typed_since(desk: Desk) -> None:
    desk.open("Luna")

    desk.send(TOO_LONG)
    desk.key_in("Hm")

    desk.until(lambda: desk.chat.composer.editor.toPlainText() == f"{TOO_LONG}\n\nHm")


def test_a_message_that_is_refused_waits_in_its_own_chat(desk: Desk) -> None:
    desk.open("Ethan")
    desk.open("Luna")

    desk.send(TOO_LONG)
    desk.window.open_persona(desk.persona("Ethan").id)
    desk.until_open("Ethan")
    desk.toast("A message could not be sent and waits in its chat.")

    assert desk.chat.composer.editor.toPlainText() == ""
    desk.open("Luna")
    assert desk.chat.composer.editor.toPlainText() == TOO_LONG


def test_a_message_to_a_conversation_that_is_gone_is_not_lost(desk: Desk) -> None:
    desk.open("Luna")
    luna, conversation = desk.persona("Luna").id, desk.chat.conversation_id
    assert conversation is not None
    desk.write(lambda store: store.for_persona(luna).trash_conversation(conversation))

    desk.send("Are you there?")

    desk.until(lambda: desk.chat.composer.notice.isVisible())
    assert desk.chat.composer.editor.toPlainText() == "Are you there?"


def test_without_a_model_the_text_stays_and_a_sentence_says_why(desk: Desk) -> None:
    desk.open("Luna")
    desk.model.become(ModelState.MISSING, "The model's file is not on this computer.")
    desk.until(lambda: not desk.model_desk.usable)

    desk.send("Hello")

    assert desk.chat.composer.editor.toPlainText() == "Hello"
    assert "not on this computer" in desk.chat.composer.notice.text()
    desk.open("Ethan")
    desk.open("Luna")
    assert desk.chat.composer.editor.toPlainText() == "Hello"


# -- edits, deletes, undo


def test_up_in_an_empty_field_edits_the_last_message(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Helo", "Hi.")
    editor = desk.chat.composer.editor

    desk.press(Qt.Key.Key_Up, into=editor)
    assert editor.toPlainText() == "Helo"
    editor.setPlainText("Hello")
    desk.press(Qt.Key.Key_Return, into=editor)

    desk.until(lambda: desk.said()[GREETING:] == ["Hello", "Hi."])
    assert editor.toPlainText() == ""


def test_escape_leaves_an_edit_and_brings_the_draft_back(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Helo", "Hi.")
    editor = desk.chat.composer.editor
    desk.key_in("A new thought")
    desk.chat.transcript.edit_requested.emit(desk.chat.model.message_at(GREETING))
    editor.setPlainText("Something else")

    desk.press(Qt.Key.Key_Escape, into=editor)

    assert editor.toPlainText() == "A new thought"
    assert desk.said()[GREETING:] == ["Helo", "Hi."]


def test_a_draft_survives_an_edit_that_is_left_by_switching(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Helo", "Hi.")
    desk.key_in("A new thought")
    desk.chat.transcript.edit_requested.emit(desk.chat.model.message_at(GREETING))

    desk.open("Ethan")
    desk.open("Luna")
    desk.press(Qt.Key.Key_Escape, into=desk.chat.composer.editor)

    assert desk.chat.composer.editor.toPlainText() == "A new thought"


def test_an_edit_goes_on_where_it_was_left_by_switching(desk: Desk) -> None:
    editor = desk.chat.composer.editor
    desk.open("Luna")
    desk.answer("Helo", "Hi.")
    desk.chat.transcript.edit_requested.emit(desk.chat.model.message_at(GREETING))
    editor.setPlainText("Hello, Lu")

    desk.open("Ethan")
    assert editor.toPlainText() == ""
    desk.open("Luna")
    assert editor.toPlainText() == "Hello, Lu"
    desk.press(Qt.Key.Key_Return, into=editor)

    desk.until(lambda: desk.said()[GREETING:] == ["Hello, Lu", "Hi."])


def begin_edit(desk: Desk, row: int, text: str) -> None:
    desk.chat.transcript.edit_requested.emit(desk.chat.model.message_at(row))
    desk.chat.composer.editor.setPlainText(text)


def kept_edit(desk: Desk) -> Edit | None:
    """What the store has of the open conversation's edit, as after a kill."""
    opened = desk.ask(desk.chat_service.open(desk.chat.persona_id, desk.chat.conversation_id))
    edit = opened.edit
    assert edit is None or isinstance(edit, Edit)
    return edit


def test_an_edit_is_on_disk_while_it_is_typed_and_open_after_the_next_start(start: Callable[[], Desk]) -> None:
    first = start()
    first.show()
    first.open("Luna")
    first.answer("Helo", "Hi.")
    first.key_in("A new thought")
    begin_edit(first, GREETING, "Hello, Luna")
    first.until(lambda: (edit := kept_edit(first)) is not None and edit.text == "Hello, Luna")
    first.close()

    second = start()
    second.show()
    second.open("Luna")
    editor = second.chat.composer.editor

    assert editor.toPlainText() == "Hello, Luna"
    second.press(Qt.Key.Key_Return, into=editor)
    second.until(lambda: second.said()[GREETING:] == ["Hello, Luna", "Hi."])
    assert editor.toPlainText() == "A new thought"
    second.until(lambda: kept_edit(second) is None)


def test_an_edit_that_is_given_up_is_not_open_again(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Helo", "Hi.")
    begin_edit(desk, GREETING, "Hello, Luna")
    desk.until(lambda: (edit := kept_edit(desk)) is not None and edit.text == "Hello, Luna")

    desk.click(desk.chat.composer.leave_edit)
    desk.open("Ethan")
    desk.open("Luna")

    assert desk.chat.composer.edit_in_progress is None
    assert desk.chat.composer.editor.toPlainText() == ""
    desk.until(lambda: kept_edit(desk) is None)


def test_an_edit_of_a_reply_that_is_being_written_is_open_again_with_a_sentence(desk: Desk) -> None:
    desk.open("Luna")
    editor = desk.chat.composer.editor
    begin_reply(desk, "Hello").feed("Once upon")
    desk.until(lambda: desk.last().text == "Once upon")
    begin_edit(desk, GREETING + 1, "Twice upon")

    desk.press(Qt.Key.Key_Return, into=editor)
    desk.until(lambda: desk.chat.composer.notice.isVisible())

    edit = desk.chat.composer.edit_in_progress
    assert "still being written" in desk.chat.composer.notice.text()
    assert edit is not None
    assert edit.text == "Twice upon"
    desk.model.streams[0].end()
    desk.until(lambda: not desk.chat.replying and not desk.chat_service.replying())
    desk.press(Qt.Key.Key_Return, into=editor)
    desk.until(lambda: desk.last().text == "Twice upon")


def test_an_edit_of_a_message_that_is_gone_comes_back_as_a_draft(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Helo", "Hi.")
    message = desk.chat.model.message_at(GREETING)
    assert message is not None
    begin_edit(desk, GREETING, "Hello, Luna")
    desk.write(lambda store: store.for_persona(message.persona_id).trash_message(message.id))

    desk.press(Qt.Key.Key_Return, into=desk.chat.composer.editor)

    desk.until(lambda: desk.chat.composer.editor.toPlainText() == "Hello, Luna")
    assert "not here any more" in desk.chat.composer.notice.text()
    assert desk.chat.composer.edit_in_progress is None


def test_an_edit_that_could_not_be_saved_waits_in_its_own_chat(desk: Desk) -> None:
    desk.open("Ethan")
    desk.open("Luna")
    begin_reply(desk, "Hello").feed("Once upon")
    desk.until(lambda: desk.last().text == "Once upon")
    begin_edit(desk, GREETING + 1, "Twice upon")

    desk.press(Qt.Key.Key_Return, into=desk.chat.composer.editor)
    desk.window.open_persona(desk.persona("Ethan").id)
    desk.until_open("Ethan")
    desk.toast("An edit could not be saved and waits in its chat.")

    assert desk.chat.composer.editor.toPlainText() == ""
    desk.open("Luna")
    assert desk.chat.composer.editor.toPlainText() == "Twice upon"
    assert desk.chat.composer.edit_in_progress is not None


def test_a_deleted_message_comes_back_with_undo(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello", "Hi.")

    desk.chat.transcript.delete_requested.emit(desk.last())
    desk.until(lambda: desk.said()[GREETING:] == ["Hello"])
    undo = desk.toast("Message deleted.").action_button
    assert undo is not None
    desk.click(undo)

    desk.until(lambda: desk.said()[GREETING:] == ["Hello", "Hi."])


# -- conversations


def menu_texts(desk: Desk) -> list[str]:
    return [entry.text() for entry in desk.menu().actions() if entry.text()]


def test_a_new_conversation_begins_with_the_greeting_and_the_old_one_stays(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello", "Hi.")
    old = desk.chat.conversation_id

    desk.click(desk.chat.header.conversation)
    desk.choose("New conversation")
    desk.until(lambda: desk.chat.conversation_id not in (old, None))
    assert len(desk.said()) == GREETING

    desk.chat.conversations.chosen.emit(old)
    desk.until(lambda: desk.chat.conversation_id == old)
    assert desk.said()[GREETING:] == ["Hello", "Hi."]


def test_a_conversation_is_named_and_its_name_stands_in_header_and_menu(desk: Desk) -> None:
    desk.open("Luna")
    desk.click(desk.chat.header.conversation)
    desk.choose("Name this conversation…")
    dialog = desk.dialog(QInputDialog)

    dialog.setTextValue("Tides & tea")
    dialog.accept()

    desk.until(lambda: desk.chat.header.conversation.text() == "Tides & tea")
    desk.click(desk.chat.header.conversation)
    assert "Tides && tea" in menu_texts(desk)
    desk.menu().close()


def test_a_deleted_conversation_comes_back_with_undo(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello", "Hi.")
    old = desk.chat.conversation_id

    desk.click(desk.chat.header.conversation)
    desk.choose("Move to trash")
    desk.until(lambda: desk.chat.conversation_id not in (old, None))
    undo = desk.toast("Conversation moved to the trash.").action_button
    assert undo is not None
    desk.click(undo)

    desk.until(lambda: len(desk.chat._current.conversations) == 2)
    assert old in [item.id for item in desk.chat._current.conversations]


def test_a_persona_that_goes_to_the_trash_leaves_the_screen(desk: Desk) -> None:
    own = desk.make("Zoë", greeting="Bonjour.")
    desk.open("Zoë")
    stream = begin_reply(desk, "Hello")
    stream.feed("Bon")

    desk.window.personas.delete(own)

    desk.until(lambda: desk.window.current_persona is None and own not in desk.roster.personas)
    desk.until(lambda: stream.closed)
    assert own not in desk.roster.replying


@pytest.mark.parametrize("state", [ModelState.READY, ModelState.LOADING, ModelState.FAILED])
def test_the_header_says_in_words_how_the_model_is(desk: Desk, state: ModelState) -> None:
    desk.open("Luna")

    desk.model.become(state, "It could not be started.")

    words = {ModelState.READY: "Ready", ModelState.LOADING: "Waking up…"}.get(state, "It could not be started.")
    pane: ChatPane = desk.chat
    desk.until(lambda: pane.header.model.accessibleDescription() == words)
    assert pane.header.model.text() == "Basic · on this computer"


def test_a_message_whose_reply_was_deleted_offers_to_ask_for_one(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello", "Not this.")
    desk.chat.transcript.delete_requested.emit(desk.last())
    desk.until(lambda: desk.said()[GREETING:] == ["Hello"])
    assert next(offer.label for offer in offers_for(desk.last(), last=True)) == "Ask for a reply"

    desk.model.answer = "Much better."
    desk.chat.transcript.regenerate_requested.emit(desk.last())

    desk.until(lambda: desk.said()[GREETING:] == ["Hello", "Much better."])
