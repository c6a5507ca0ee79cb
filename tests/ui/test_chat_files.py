"""Conversations out of the window and into it, as files."""

import asyncio
import json
import threading
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from personadesk.domain.chat_file import ChatFormat
from personadesk.ui.chat.chat_export_dialog import ChatExportDialog
from personadesk.ui.chat.chat_import_dialog import ChatImportDialog
from tests.ui.desk import Desk


def talked(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Do you like kites?", "Very much.")
    desk.answer("And boats?", "Boats too.")


def save_as(desk: Desk, path: Path) -> None:
    dialog = desk.dialog(QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    desk.until(path.exists)


def drop(desk: Desk, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(desk.chat.rect().center(), copy, data, left, none)
    QApplication.sendEvent(desk.chat, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(desk.chat, QDropEvent(QPointF(desk.chat.rect().center()), copy, data, left, none))


def chat_file(path: Path, *texts: str) -> Path:
    lines: list[object] = [{"user_name": "Me", "character_name": "Luna", "create_date": "2024-05-01T10:00:00Z"}]
    lines += [{"name": "Luna", "is_user": False, "mes": text} for text in texts]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return path


def test_a_whole_conversation_is_exported_in_the_form_that_is_chosen(desk: Desk, tmp_path: Path) -> None:
    talked(desk)

    desk.chat.conversations.export_requested.emit()
    dialog = desk.dialog(ChatExportDialog)
    offered = dialog.some.isVisible()
    dialog.choices[ChatFormat.MARKDOWN].setChecked(True)
    desk.click(dialog.save)
    save_as(desk, tmp_path / "kites.md")

    toast = desk.toast("Saved as kites.md")
    written = (tmp_path / "kites.md").read_text()
    assert not offered
    assert toast.action_button is not None
    assert "Do you like kites?" in written
    assert "Boats too." in written
    assert not list(tmp_path.glob(".*part"))


def test_only_the_selected_messages_are_exported(desk: Desk, tmp_path: Path) -> None:
    talked(desk)
    last = desk.chat.model.rowCount() - 1
    desk.chat.transcript.pointer.select_all(last)

    desk.chat.conversations.export_requested.emit()
    dialog = desk.dialog(ChatExportDialog)
    dialog.some.setChecked(True)
    dialog.choices[ChatFormat.TEXT].setChecked(True)
    desk.click(dialog.save)
    save_as(desk, tmp_path / "last.txt")

    written = (tmp_path / "last.txt").read_text()
    assert "Boats too." in written
    assert "kites?" not in written


def test_a_place_that_cannot_be_written_is_named_in_a_sentence(desk: Desk, tmp_path: Path) -> None:
    talked(desk)

    desk.chat.conversations.export_requested.emit()
    desk.click(desk.dialog(ChatExportDialog).save)
    dialog = desk.dialog(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "missing" / "chat.jsonl"))
    dialog.reject()

    desk.toast("can't be written there")


def test_a_chat_that_is_dropped_is_imported_and_opened(desk: Desk, tmp_path: Path) -> None:
    desk.open("Luna")
    before = desk.chat.conversation_id

    drop(desk, chat_file(tmp_path / "Harbour.jsonl", "The boats are in.", "All of them."))

    desk.until(lambda: desk.chat.conversation_id not in (None, before))
    assert desk.said() == ["The boats are in.", "All of them."]
    assert "2 message" in desk.toast("Imported").accessibleName()
    assert desk.chat.header.conversation.text() == "Harbour"


def test_of_several_files_the_good_ones_come_in_and_the_others_are_told(desk: Desk, tmp_path: Path) -> None:
    desk.open("Luna")
    before = desk.chat.conversation_id
    (tmp_path / "broken.jsonl").write_text("hello")
    paths = [chat_file(tmp_path / "one.jsonl", "One."), tmp_path / "broken.jsonl", tmp_path / "gone.jsonl"]

    desk.chat.conversations.import_requested.emit()
    dialog = desk.dialog(QFileDialog)
    dialog.filesSelected.emit([str(path) for path in paths])
    dialog.reject()

    desk.toast("broken.jsonl: This file holds no chat.")
    desk.toast("gone.jsonl: This file can't be read.")
    desk.until(lambda: desk.chat.conversation_id not in (None, before))
    assert desk.said() == ["One."]


def test_a_chat_of_our_own_comes_back_with_its_words(desk: Desk, tmp_path: Path) -> None:
    talked(desk)
    before, said = desk.chat.conversation_id, desk.said()

    desk.chat.conversations.export_requested.emit()
    dialog = desk.dialog(ChatExportDialog)
    dialog.choices[ChatFormat.JSON].setChecked(True)
    desk.click(dialog.save)
    save_as(desk, tmp_path / "own.json")
    drop(desk, tmp_path / "own.json")

    desk.until(lambda: desk.chat.conversation_id not in (None, before))
    assert desk.said() == said


def test_a_dropped_file_that_is_no_chat_goes_with_the_next_message(desk: Desk, tmp_path: Path) -> None:
    desk.open("Luna")
    before = desk.chat.conversation_id
    (tmp_path / "numbers.jsonl").write_text('{"one": 1}')
    chat = chat_file(tmp_path / "Harbour.json", "The boats are in.")

    with desk.qtbot.waitSignal(desk.chat.composer.editor.files_given) as given:
        drop(desk, tmp_path / "numbers.jsonl", chat)

    assert given.args == [[tmp_path / "numbers.jsonl"]]
    desk.until(lambda: desk.chat.conversation_id not in (None, before))
    assert desk.said() == ["The boats are in."]


def test_an_import_that_takes_long_is_shown_and_can_be_left(desk: Desk, tmp_path: Path) -> None:
    desk.open("Luna")
    own, before = desk.persona("Luna").id, desk.chat.conversation_id
    path = chat_file(tmp_path / "Harbour.jsonl", "The boats are in.")
    disk_is_back = threading.Event()
    busy = desk.database.submit_write(lambda _store: disk_is_back.wait(10))

    drop(desk, path)
    dialog = desk.dialog(ChatImportDialog)
    desk.click(dialog.cancel)
    # The engine hears of it on its own thread; what is asked of it after that comes after that.
    desk.ask(asyncio.sleep(0.02))
    disk_is_back.set()
    busy.result(10)

    desk.until(lambda: not any(each.isVisible() for each in desk.window.findChildren(ChatImportDialog)))
    assert len(desk.ask(desk.talking.conversations.listing(own))) == 1
    assert desk.chat.conversation_id == before
