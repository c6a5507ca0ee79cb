"""Files in the composer: chosen, dropped, pasted, seen, taken out, sent."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from personadesk.domain.attachment import FILE_LIMIT, PICTURE_LIMIT
from personadesk.domain.conversation import MESSAGE_LIMIT, Attachment
from personadesk.ui.chat.attachment_chips import AttachmentStrip
from personadesk.ui.chat.attachment_desk import AttachmentDesk
from personadesk.ui.chat.attachment_words import picture_warning
from personadesk.ui.chat.picture_viewer import PictureViewer
from personadesk.ui.chat.text_viewer import TextViewer
from tests.ui.desk import Desk
from tests.ui.stand_ins import INFO


def joined(desk: Desk) -> AttachmentDesk:
    found: list[AttachmentDesk] = desk.chat.findChildren(AttachmentDesk)
    return found[0]


def strip(desk: Desk) -> AttachmentStrip:
    return joined(desk).strip


def chips(desk: Desk) -> list[str]:
    return [chip.accessibleName() for chip in strip(desk).chips]


def until_chips(desk: Desk, count: int) -> None:
    desk.until(lambda: len(strip(desk).chips) == count)


def carry(desk: Desk, *paths: Path, over: QWidget | None = None) -> QMimeData:
    """Drag files over the chat, or over something in it."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(
        over or desk.chat, QDragEnterEvent(QPoint(20, 20), Qt.DropAction.CopyAction, mime, button, keys)
    )
    return mime


def drop(desk: Desk, *paths: Path, over: QWidget | None = None) -> bool:
    """Drop files onto the chat; says whether the chat takes them."""
    mime = carry(desk, *paths, over=over)
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    dropping = QDropEvent(QPointF(20, 20), Qt.DropAction.CopyAction, mime, button, keys)
    QApplication.sendEvent(over or desk.chat, dropping)
    return dropping.isAccepted()


def picture(path: Path, width: int = 300, height: int = 200) -> Path:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkCyan)
    assert image.save(str(path))
    return path


def waiting(desk: Desk) -> list[Attachment]:
    conversation = desk.chat.current.conversation
    assert conversation is not None
    files: list[Attachment] = desk.ask(desk.talking.attachments.waiting(conversation.persona_id, conversation.id))
    return files


def test_chosen_files_go_with_a_message_that_needs_no_words(desk: Desk, tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("tide " * 900, "utf-8")
    desk.open("Luna")
    assert not desk.chat.composer.action.isEnabled()

    desk.click(joined(desk).button)
    dialog = desk.dialog(QFileDialog)
    dialog.filesSelected.emit([str(notes), str(picture(tmp_path / "quay.png"))])
    dialog.close()
    until_chips(desk, 2)
    shown = chips(desk)
    desk.until(desk.chat.composer.action.isEnabled)
    desk.model.answer = "I see."
    desk.press(Qt.Key.Key_Return, into=desk.chat.composer.editor)
    until_chips(desk, 0)
    desk.until(lambda: desk.last().text == "I see.")

    assert shown == ["notes.md, about 1,100 tokens", "quay.png, picture"]
    said = desk.chat.model.message_at(desk.chat.model.rowCount() - 2)
    assert said is not None
    assert [file.name for file in said.attachments] == ["notes.md", "quay.png"]
    assert "tide tide" in desk.model.streams[-1].request.turns[-1].text
    desk.until(lambda: not desk.chat_service.replying())


def test_files_wait_with_their_own_conversation_and_outlive_the_program(
    start: Callable[[], Desk], tmp_path: Path
) -> None:
    (tmp_path / "log.txt").write_text("Fog, fog.", "utf-8")
    first = start()
    first.show()
    first.open("Luna")
    assert drop(first, tmp_path / "log.txt")
    until_chips(first, 1)

    first.open("Ethan")
    until_chips(first, 0)
    elsewhere = first.chat.composer.action.isEnabled()
    first.open("Luna")
    until_chips(first, 1)
    first.close()
    again = start()
    again.show()
    again.open("Luna")
    until_chips(again, 1)

    assert not elsewhere
    assert chips(again) == ["log.txt, about 3 tokens"]


def test_one_token_is_one(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "yes.txt").write_text("Yes.", "utf-8")
    desk.open("Luna")

    assert drop(desk, tmp_path / "yes.txt")
    until_chips(desk, 1)

    assert chips(desk) == ["yes.txt, about 1 token"]


def test_a_guessed_encoding_is_said_on_the_file(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes("Список покупок: молоко".encode("koi8-r"))
    desk.open("Luna")

    assert drop(desk, tmp_path / "list.txt")
    until_chips(desk, 1)

    assert chips(desk) == ["list.txt, read as KOI8-R, about 6 tokens"]


def test_what_cannot_be_attached_is_said_beside_the_rest_and_loses_nothing(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("Good.", "utf-8")
    with (tmp_path / "huge.bin").open("wb") as file:
        file.truncate(FILE_LIMIT + 1)
    desk.open("Luna")
    desk.key_in("Look at this")

    drop(desk, tmp_path / "huge.bin", tmp_path, tmp_path / "gone.txt", tmp_path / "good.txt")
    until_chips(desk, 1)
    desk.until(lambda: strip(desk).problem.text().count("\n") == 2)
    said = strip(desk).problem.text()

    assert "huge.bin: This file has 21 MB; one file has up to 20 MB." in said
    assert "A folder can't be attached." in said
    assert "gone.txt: This file can't be read." in said
    assert desk.chat.composer.editor.toPlainText() == "Look at this"
    desk.click(strip(desk).dismiss)
    assert strip(desk).problem.isHidden()


def test_a_pasted_picture_and_a_text_that_is_too_long_become_files(desk: Desk) -> None:
    desk.open("Luna")
    composer = desk.chat.composer
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    mime = QMimeData()
    mime.setImageData(image)
    composer.editor.insertFromMimeData(mime)
    until_chips(desk, 1)

    QGuiApplication.clipboard().setText("y" * (MESSAGE_LIMIT + 1))
    composer.editor.paste()
    desk.click(composer.attach_text)
    until_chips(desk, 2)

    [pasted, text] = waiting(desk)
    assert pasted.is_picture
    assert (text.name, text.characters) == ("Pasted text.txt", MESSAGE_LIMIT + 1)
    assert composer.editor.toPlainText() == ""
    assert composer.notice.isHidden()


def test_pasted_files_are_attached_and_not_written_as_addresses(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A.", "utf-8")
    desk.open("Luna")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.txt"))])

    desk.chat.composer.editor.insertFromMimeData(mime)
    until_chips(desk, 1)

    assert desk.chat.composer.editor.toPlainText() == ""


def test_only_what_is_attached_is_offered_to_be_dropped(desk: Desk, tmp_path: Path) -> None:
    desk.open("Luna")

    offers = []
    for names in (["talk.jsonl"], ["card.json", "talk.jsonl"], ["card.png"], ["talk.jsonl", "notes.txt"]):
        carry(desk, *(tmp_path / name for name in names))
        offers.append(strip(desk).hint.isVisible())

    assert offers == [False, False, True, True]


def test_files_are_dropped_on_the_field_and_on_the_transcript_as_anywhere(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A.", "utf-8")
    desk.open("Luna")

    drop(desk, tmp_path / "a.txt", over=desk.chat.composer.editor.viewport())
    until_chips(desk, 1)
    drop(desk, tmp_path / "a.txt", over=desk.chat.transcript.viewport())
    until_chips(desk, 2)

    assert desk.chat.composer.editor.toPlainText() == ""
    assert len({file.sha256 for file in waiting(desk)}) == 1


def test_the_composer_says_what_the_model_cannot_take(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("word " * 8_000, "utf-8")
    desk.open("Luna")

    drop(desk, picture(tmp_path / "quay.png"), tmp_path / "long.txt")
    until_chips(desk, 2)
    desk.until(lambda: "tokens" in strip(desk).warning.text())

    assert "Basic can't see pictures: it is told only the name." in strip(desk).warning.text()
    assert "about 10,000 tokens, and Basic takes" in strip(desk).warning.text()


@pytest.mark.parametrize(
    ("pictures", "sees", "words"),
    [
        (0, False, ""),
        (1, False, "Basic can't see pictures: it is told only the name."),
        (4, True, ""),
        (5, True, "Basic is shown the newest 4 pictures; of the others it is told the name."),
    ],
)
def test_what_becomes_of_pictures_is_said(pictures: int, sees: bool, words: str) -> None:
    assert picture_warning(pictures, replace(INFO, sees_images=sees), PICTURE_LIMIT) == words


def test_a_conversation_that_is_deleted_takes_its_files_along_and_says_nothing(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A.", "utf-8")
    desk.open("Luna")
    drop(desk, tmp_path / "a.txt")
    until_chips(desk, 1)
    conversation = desk.chat.current.conversation
    assert conversation is not None

    trash_id = desk.ask(desk.chat_service.delete_conversation(conversation.persona_id, conversation.id))
    desk.open("Ethan")
    desk.open("Luna")
    until_chips(desk, 0)
    desk.ask(desk.chat_service.restore(trash_id))

    again = desk.ask(desk.talking.attachments.waiting(conversation.persona_id, conversation.id))
    assert [file.name for file in again] == ["a.txt"]
    assert desk.problems == []


def test_reading_says_so_holds_the_message_back_and_can_be_stopped(desk: Desk, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("Words.", "utf-8")
    desk.open("Luna")
    desk.key_in("Both of these")
    busy = Event()
    held = desk.database.submit_write(lambda _store: busy.wait(30))
    rows = desk.chat.model.rowCount()

    drop(desk, tmp_path / "a.txt", tmp_path / "b.txt")
    desk.until(strip(desk).reading.isVisible)
    words = strip(desk).reading.text()
    desk.press(Qt.Key.Key_Return, into=desk.chat.composer.editor)
    said = desk.chat.composer.notice.text()
    desk.click(strip(desk).cancel)
    busy.set()
    held.result(10)
    until_chips(desk, 1)

    assert words == "Reading a.txt (1 of 2)…"
    assert said.startswith("A file is still being read.")
    assert strip(desk).reading.isHidden()
    assert [file.name for file in waiting(desk)] == ["a.txt"]
    assert desk.chat.model.rowCount() == rows
    assert desk.chat.composer.editor.toPlainText() == "Both of these"


def test_a_chip_is_opened_and_taken_out_by_keyboard(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("First line.", "utf-8")
    desk.open("Luna")
    drop(desk, tmp_path / "a.txt", picture(tmp_path / "quay.png"))
    until_chips(desk, 2)
    text, image = strip(desk).chips

    joined(desk).button.setFocus()
    passed = []
    for _ in range(4):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        passed.append(QApplication.focusWidget())
    text.setFocus()
    QTest.keyClick(text, Qt.Key.Key_Return)
    viewer = desk.dialog(TextViewer)
    words = viewer.field.toPlainText()
    viewer.close()
    QTest.keyClick(image, Qt.Key.Key_Space)
    shown = desk.dialog(PictureViewer)
    desk.until(lambda: "300" in shown.note.text())
    whole = shown.canvas.shown_area().size().toSize()
    desk.click(shown.close_button)
    QTest.keyClick(text, Qt.Key.Key_Delete)
    until_chips(desk, 1)
    left = [file.name for file in waiting(desk)]
    toast = desk.toast("Taken out: a.txt")
    desk.click(toast.action_button)
    until_chips(desk, 2)

    assert passed == [text, text.remove, image, image.remove]
    assert words == "First line."
    assert (whole.width(), whole.height()) == (300, 200)
    assert left == ["quay.png"]
    assert [file.name for file in waiting(desk)] == ["quay.png", "a.txt"]
