"""What can be done with a message in its chat: branches, marks, notes, quotes, texts, pictures."""

from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu

from personadesk.domain.chat import ModelState
from personadesk.domain.conversation import Message
from personadesk.ui.chat.markdown_marks import locate
from personadesk.ui.chat.message_offers import Act, more_offers, offers_for
from personadesk.ui.chat.message_painter import footer_text
from personadesk.ui.chat.message_picture import draw_messages, without_folds
from personadesk.ui.chat.note_dialog import NoteDialog
from personadesk.ui.chat.texts_dialog import TextsDialog
from tests.ui.desk import Desk


def talk(desk: Desk, *texts: str) -> list[Message]:
    """Say these one after the other, each answered; returns all that stands in the chat."""
    desk.open("Luna")
    for text in texts:
        desk.answer(text, f"Reply to {text}.")
    return messages(desk)


def messages(desk: Desk) -> list[Message]:
    model = desk.chat.model
    return [found for row in range(model.rowCount()) if (found := model.message_at(row)) is not None]


def test_a_branch_begins_behind_any_message_and_one_can_go_back(desk: Desk) -> None:
    said = talk(desk, "one", "two")
    before = [message.text for message in said]

    desk.chat.transcript.act(said[2], Act.BRANCH)
    desk.until(lambda: len(messages(desk)) == 3)
    desk.answer("another two", "Well.")
    desk.chat.transcript.act(messages(desk)[3], Act.BRANCHES)
    desk.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    ways = [action for action in menu.actions() if action.isCheckable()]
    labels = [action.text() for action in ways]
    shown = [action.isChecked() for action in ways]
    ways[0].trigger()
    menu.close()

    desk.until(lambda: [message.text for message in messages(desk)] == before)
    assert [label.split("   ")[0] for label in labels] == ["two", "another two"]
    assert shown == [False, True]
    assert "branch 1 of 2" in footer_text(messages(desk)[3], QLocale())


def test_ones_own_words_are_said_differently_as_a_branch(desk: Desk) -> None:
    said = talk(desk, "one", "two")
    mine = next(message for message in said if message.text == "one")

    desk.chat.transcript.act(mine, Act.SAY_INSTEAD)
    desk.chat.composer.editor.selectAll()
    QTest.keyClicks(desk.chat.composer.editor, "something else")
    QTest.keyClick(desk.chat.composer.editor, Qt.Key.Key_Return)

    desk.until(lambda: "something else" in [message.text for message in messages(desk)])
    texts = [message.text for message in messages(desk)]
    assert "one" not in texts
    assert "two" not in texts


def test_what_is_to_be_a_branch_is_still_one_after_another_persona_was_edited(desk: Desk) -> None:
    desk.open("Ethan")
    desk.answer("Hello", "Hi.")
    said = talk(desk, "one", "two")
    mine = next(message for message in said if message.text == "one")
    editor = desk.chat.composer.editor
    desk.chat.transcript.act(mine, Act.SAY_INSTEAD)
    editor.setPlainText("something else")

    desk.open("Ethan")
    desk.press(Qt.Key.Key_Up, into=editor)
    desk.press(Qt.Key.Key_Escape, into=editor)
    desk.open("Luna")
    assert "as a branch" in desk.chat.composer.notice.text()
    assert desk.chat.composer.notice.isVisible()
    desk.model.answer = "A new reply."
    desk.press(Qt.Key.Key_Return, into=editor)

    desk.until(lambda: [message.text for message in messages(desk)][1:] == ["something else", "A new reply."])
    assert messages(desk)[1].id != mine.id


def test_words_for_a_branch_stay_in_the_field_while_a_reply_is_written(desk: Desk) -> None:
    mine = talk(desk, "one")[1]
    editor = desk.chat.composer.editor
    desk.send("two")
    desk.until(lambda: desk.chat.replying)
    desk.chat.transcript.act(mine, Act.SAY_INSTEAD)
    editor.setPlainText("something else")

    desk.press(Qt.Key.Key_Return, into=editor)
    assert editor.toPlainText() == "something else"
    assert "still being written" in desk.chat.composer.notice.text()
    desk.model.streams[-1].end()
    desk.until(lambda: not desk.chat.replying and not desk.chat_service.replying())
    desk.press(Qt.Key.Key_Return, into=editor)

    desk.until(lambda: messages(desk)[1].text == "something else")
    assert desk.problems == []


def test_words_for_a_branch_stay_in_the_field_where_no_model_answers(desk: Desk) -> None:
    mine = talk(desk, "one")[1]
    editor = desk.chat.composer.editor
    desk.model.become(ModelState.MISSING, "The model's file is not on this computer.")
    desk.until(lambda: not desk.model_desk.usable)
    desk.chat.transcript.act(mine, Act.SAY_INSTEAD)
    editor.setPlainText("something else")

    desk.press(Qt.Key.Key_Return, into=editor)

    assert editor.toPlainText() == "something else"
    assert "not on this computer" in desk.chat.composer.notice.text()
    assert desk.chat.composer.edit_in_progress is not None


def test_words_for_a_branch_come_back_where_their_message_is_gone(desk: Desk) -> None:
    mine = talk(desk, "one")[1]
    desk.chat.composer.editor.setPlainText("A new thought")
    desk.chat.transcript.act(mine, Act.SAY_INSTEAD)
    desk.chat.composer.editor.setPlainText("something else")
    desk.write(lambda store: store.for_persona(mine.persona_id).trash_message(mine.id))

    desk.press(Qt.Key.Key_Return, into=desk.chat.composer.editor)

    desk.until(lambda: desk.chat.composer.editor.toPlainText() == "something else\n\nA new thought")
    assert "not here any more" in desk.chat.composer.notice.text()
    assert desk.chat.composer.edit_in_progress is None


def test_a_star_a_pin_and_a_note_stand_below_the_message(desk: Desk) -> None:
    last = talk(desk, "one")[-1]

    desk.chat.transcript.act(last, Act.STAR)
    desk.until(lambda: messages(desk)[-1].starred)
    desk.chat.transcript.act(messages(desk)[-1], Act.PIN)
    desk.until(lambda: messages(desk)[-1].pinned)
    desk.chat.transcript.act(messages(desk)[-1], Act.NOTE)
    dialog = desk.dialog(NoteDialog)
    dialog.field.text.set_text("Remember the lamp")
    dialog.save.click()
    desk.until(lambda: messages(desk)[-1].note == "Remember the lamp")

    footer = footer_text(messages(desk)[-1], QLocale())
    assert all(word in footer for word in ("starred", "pinned", "note: Remember the lamp"))


LONG = " ".join(f"*{number}* and" for number in range(4_000))
"""More than is parsed."""


@pytest.mark.parametrize(
    ("source", "copied"),
    [
        ("One *word*.\n\n\nAnother.\nA line.", "One word.\n\nAnother.\nA line."),
        ("# Day\n\n- **tea**\n- milk\n  - cold\n\nSo.", "Day\n\n- tea\n- milk\n  - cold\n\nSo."),
        ("3. a\n4. b\n\n- [x] c\n- [ ] d", "3. a\n4. b\n\n- [x] c\n- [ ] d"),
        ("> one\n>\n> two\n\n***\n\nthree", "one\n\ntwo\n\n---\n\nthree"),
        ("Look:\n```py\nx = 1\n\ny = 2\n```\nDone `now`.", "Look:\n\nx = 1\n\ny = 2\n\nDone now."),
        ("| a | b |\n|---|---|\n| 1 | *2* |\n\nEnd.", "a\tb\n1\t2\n\nEnd."),
        ("w" * 300, "w" * 300),
        ("[here](https://example.com) and \\*this\\*", "here (example.com) and *this*"),
        ("```\n" + "line\n" * 200 + "```", "line\n" * 199 + "line"),
        (LONG, LONG),
    ],
)
def test_a_message_is_copied_in_plain_words_with_its_paragraphs_apart(desk: Desk, source: str, copied: str) -> None:
    desk.open("Luna")
    desk.answer("Tell me", source)

    desk.chat.transcript.act(desk.last(), Act.COPY_PLAIN)

    assert QGuiApplication.clipboard().text() == copied


def test_a_quotation_goes_into_the_composer(desk: Desk) -> None:
    talk(desk, "first line")
    mine = next(message for message in messages(desk) if message.text == "first line")
    QTest.keyClicks(desk.chat.composer.editor, "See")

    desk.chat.transcript.act(mine, Act.QUOTE)

    assert desk.chat.composer.editor.toPlainText() == "See\n> first line\n\n"


def test_every_text_a_message_had_can_be_shown_again(desk: Desk) -> None:
    reply = talk(desk, "one")[-1]
    desk.ask(desk.chat_service.edit(reply.persona_id, reply.id, "An edited reply"))
    desk.until(lambda: messages(desk)[-1].text == "An edited reply")

    desk.chat.transcript.act(messages(desk)[-1], Act.TEXTS)
    dialog = desk.dialog(TextsDialog)
    rows = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    dialog.list.setCurrentRow(0)
    shown = dialog.field.text.toPlainText()
    dialog.show_it.click()

    desk.until(lambda: messages(desk)[-1].text == reply.text)
    assert shown == reply.text
    assert "edited" in rows[1]
    assert "shown now" in rows[1]


def test_messages_are_saved_as_a_picture(desk: Desk, tmp_path: Path) -> None:
    reply = talk(desk, "one")[-1]

    desk.chat.transcript.act(reply, Act.PICTURE)
    dialog = desk.dialog(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "said.png"))
    dialog.reject()

    desk.until(lambda: (tmp_path / "said.png").exists())
    picture = QImage(str(tmp_path / "said.png"))
    assert picture.width() > 1_000
    assert not list(tmp_path.glob(".*part"))


def test_a_picture_says_what_is_missing_in_it(desk: Desk, tmp_path: Path) -> None:
    desk.open("Luna")
    desk.answer("- Line\n" * 2_000 + "- The end.", "So long!")
    tale = messages(desk)[-2]
    view = desk.chat.transcript
    row = view.transcript.row_of(tale.id)

    drawn = draw_messages(view, range(row, row + 1))
    view.act(tale, Act.PICTURE)
    dialog = desk.dialog(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "said.png"))
    dialog.reject()

    assert (drawn.left_out, drawn.shortened, drawn.cut) == (0, True, True)
    toast = desk.toast("Saved as said.png.")
    assert "its end is left out" in toast.accessibleName()
    assert "Long messages are shortened" in toast.accessibleName()
    assert "Export the conversation" in toast.accessibleName()


def test_what_opens_a_folded_part_is_no_part_of_a_picture(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Show me.", "```\n" + "a\n" * 50 + "```\n\n```\nb\n```\n\nThat is [all](https://example.com).")
    view = desk.chat.transcript
    made = view.layouts.fresh(desk.last(), 860, mirrored=False)
    before, boxes = made.document.toPlainText(), [box.area for box in made.decor.boxes]

    shortened = without_folds(made)

    shown = made.document.toPlainText()
    assert shortened
    assert "Show all" in before
    assert "Show all" not in shown
    assert "…" in shown
    assert shown.endswith("That is all (example.com).")
    assert len(shown) == len(before)
    assert [box.area for box in locate(made.document, made.document.marks, made.text_width).boxes] == boxes


def test_a_reply_that_is_being_written_offers_nothing_of_this(desk: Desk) -> None:
    said = talk(desk, "one")

    assert Act.SAY_INSTEAD not in [offer.act for offer in more_offers(said[-1])]
    assert Act.BRANCHES not in [offer.act for offer in offers_for(said[-1], last=True)]


def test_an_edited_reply_goes_on_from_what_it_says_now(desk: Desk) -> None:
    reply = talk(desk, "one")[-1]
    desk.ask(desk.chat_service.edit(reply.persona_id, reply.id, "The lamp was"))
    desk.until(lambda: messages(desk)[-1].text == "The lamp was")

    desk.model.answer = " already lit."
    desk.chat.transcript.act(messages(desk)[-1], Act.CONTINUE)

    desk.until(lambda: messages(desk)[-1].text == "The lamp was already lit.")
    assert len(messages(desk)) == 3
