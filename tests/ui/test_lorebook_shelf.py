"""The shelf, a book opened from it, a persona's own section, and what the window shows of lorebooks."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from personadesk.app import make_application
from personadesk.domain.bookshelf import ShelvedBook
from personadesk.domain.lorebook import Lorebook, LoreEntry
from personadesk.services.lorebooks import LorebookService, LoreFile
from personadesk.ui.lorebook.book_dialog import BookDialog
from personadesk.ui.lorebook.book_editor import TRIAL
from personadesk.ui.lorebook.files import give_out
from personadesk.ui.lorebook.inspector_page import LorePage
from personadesk.ui.lorebook.readers_dialog import ReadersDialog
from personadesk.ui.lorebook.section import LorebookSection
from personadesk.ui.lorebook.shelf_dialog import ShelfDialog
from personadesk.ui.widgets.toasts import Toast
from tests.ui.desk import Desk
from tests.ui.lore_desk import LoreDesk

DRAGON = LoreEntry("0", keys=("dragon",), content="Dragons sleep under the hill.", comment="Dragons")
BOOK = Lorebook(name="The hill", entries=(DRAGON,))
WORLD = json.dumps({"entries": {"0": {"key": ["eel"], "content": "The inn serves eel."}}})


class Shelf:
    """The shelf, open over an empty window."""

    def __init__(self, desk: LoreDesk) -> None:
        self.desk = desk
        self.window = QWidget()
        self.window.resize(1000, 700)
        desk.qtbot.addWidget(self.window)
        self.window.show()
        self.dialog = ShelfDialog(
            bridge=desk.bridge, service=desk.service, roster=desk.roster, themes=desk.themes, parent=self.window
        )
        self.dialog.show_fitting(600)

    def names(self) -> list[str]:
        model = self.dialog.model
        return [str(model.index(row).data()) for row in range(model.rowCount())]

    def until(self, *names: str) -> None:
        self.desk.until(lambda: self.names() == list(names))

    def put(self, book: Lorebook = BOOK) -> ShelvedBook:
        made = self.desk.ask(self.desk.service.create(book.name))
        saved: ShelvedBook = self.desk.ask(self.desk.service.save(made.id, book))
        self.desk.until(lambda: any(self.words(name).startswith("1 entry") for name in self.names()))
        return saved

    def words(self, name: str) -> str:
        model = self.dialog.model
        book = model.book(self.names().index(name))
        return model.words_for(book) if book is not None else ""

    def opened(self, kind: type[QDialog] = BookDialog) -> Any:
        self.desk.until(lambda: any(item.isVisible() for item in self.dialog.findChildren(kind)))
        return next(item for item in self.dialog.findChildren(kind) if item.isVisible())

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.dialog.list, key)

    def toast(self, words: str) -> Toast:
        self.desk.until(lambda: any(words in item.accessibleName() for item in self.dialog.findChildren(Toast)))
        return next(item for item in self.dialog.findChildren(Toast) if words in item.accessibleName())


@pytest.fixture
def lore(seeded: Path, data_dir: Path, qtbot: QtBot) -> Iterator[LoreDesk]:
    make_application()
    shutil.copytree(seeded, data_dir, dirs_exist_ok=True)
    desk = LoreDesk(data_dir, qtbot)
    yield desk
    desk.close()


@pytest.fixture
def shelf(lore: LoreDesk) -> Shelf:
    return Shelf(lore)


class TestShelf:
    def test_an_empty_shelf_says_what_to_do_and_a_new_book_opens(self, shelf: Shelf) -> None:
        shelf.desk.until(lambda: "drop a file here" in shelf.dialog.empty.text())
        assert shelf.dialog.empty.isVisible()
        shelf.dialog.new_button.click()
        book = shelf.opened()
        shelf.until("New lorebook")
        assert book.title.text() == "New lorebook"
        book.reject()

    def test_it_is_worked_by_keyboard(self, shelf: Shelf) -> None:
        shelf.put()
        shelf.press(Qt.Key.Key_Space)
        shelf.desk.until(lambda: bool(shelf.dialog.list.current) and not shelf.dialog.list.current.enabled)
        shelf.press(Qt.Key.Key_Delete)
        undo = shelf.toast("is in the trash").action_button
        shelf.until()
        assert undo is not None
        undo.click()
        shelf.until("The hill")
        shelf.press(Qt.Key.Key_Return)
        shelf.opened().reject()

    def test_what_is_in_the_trash_can_be_looked_at_and_brought_back(self, shelf: Shelf) -> None:
        book = shelf.put()
        shelf.desk.ask(shelf.desk.service.trash(book.id))
        shelf.until()
        shelf.desk.until(shelf.dialog.trash_chip.isVisible)
        shelf.dialog.trash_chip.click()
        shelf.until("The hill")
        shelf.press(Qt.Key.Key_Delete)
        shelf.dialog.restore_button.click()
        shelf.until("The hill")
        shelf.desk.until(lambda: not shelf.dialog.trash_chip.isVisible())
        assert not shelf.dialog.in_trash
        assert shelf.desk.ask(shelf.desk.service.open(book.id)).book.entries

    def test_readers_are_chosen_by_name(self, shelf: Shelf) -> None:
        nora = shelf.desk.make("Nora")
        shelf.put()
        shelf.dialog.readers_button.click()
        dialog = shelf.opened(ReadersDialog)
        dialog.switches[nora].click()
        dialog.save.click()
        shelf.desk.until(lambda: shelf.words("The hill") == "1 entry · read by Nora")

    def test_a_personas_own_book_has_no_other_readers(self, shelf: Shelf) -> None:
        nora = shelf.desk.make("Nora")
        shelf.desk.ask(shelf.desk.service.save_own(nora, BOOK))
        shelf.until("The hill")
        assert shelf.words("The hill") == "1 entry · only Nora reads it"
        assert not shelf.dialog.readers_button.isEnabled()

    def test_files_come_in_and_go_out_and_trouble_is_told(self, shelf: Shelf, tmp_path: Path) -> None:
        good, bad = tmp_path / "inn.json", tmp_path / "bad.json"
        good.write_text(WORLD, encoding="utf-8")
        bad.write_text("{}", encoding="utf-8")
        shelf.dialog.doing.bring_in_all([str(good), str(bad)])
        shelf.toast("This file holds no lorebook.")
        shelf.until("inn")
        book = shelf.dialog.list.current
        assert book is not None
        out = tmp_path / "out.json"
        shelf.desk.ask(give_out(shelf.desk.service, book.id, LoreFile.STANDALONE, out))
        assert json.loads(out.read_text(encoding="utf-8"))["data"]["entries"][0]["keys"] == ["eel"]

    def test_a_click_on_the_switch_switches(self, shelf: Shelf) -> None:
        shelf.put()
        view = shelf.dialog.list
        at = QPoint(20, view.visualRect(shelf.dialog.model.index(0)).center().y())
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        shelf.desk.until(lambda: view.current is not None and not view.current.enabled)


class TestOpenBook:
    def test_edits_are_undone_redone_and_saved(self, shelf: Shelf) -> None:
        book = shelf.put()
        shelf.press(Qt.Key.Key_Return)
        dialog = shelf.opened()
        dialog.editor.table.select(["0"])
        dialog.editor.toggle()
        dialog.editor.duplicate()
        dialog.undo()
        dialog.undo()
        assert dialog.editor.book().entries == dialog._first.entries
        assert not dialog.save.isEnabled()
        dialog.redo()
        assert dialog.note.text() == "Unsaved changes"
        dialog.save.click()
        shelf.desk.until(lambda: not shelf.desk.ask(shelf.desk.service.open(book.id)).book.entries[0].enabled)

    def test_unsaved_changes_ask_before_they_are_dropped(self, shelf: Shelf) -> None:
        shelf.put()
        shelf.press(Qt.Key.Key_Return)
        dialog = shelf.opened()
        dialog.editor.add()
        dialog.reject()
        assert dialog.isVisible()
        assert dialog.cancel.text() == "Discard"
        dialog.reject()
        shelf.desk.until(lambda: not any(item.isVisible() for item in shelf.dialog.findChildren(BookDialog)))

    def test_why_it_cannot_be_saved_is_said_where_it_was_tried(self, shelf: Shelf) -> None:
        book = shelf.put()
        shelf.press(Qt.Key.Key_Return)
        dialog = shelf.opened()
        shelf.desk.ask(shelf.desk.service.trash(book.id))
        dialog.editor.add()
        dialog.save.click()
        shelf.desk.until(lambda: "not here any more" in dialog.note.text())
        assert dialog.save.isEnabled()
        dialog.reject()
        dialog.reject()


class TestSection:
    def test_the_first_entry_makes_the_book_and_a_value_can_be_put_back(self, lore: LoreDesk) -> None:
        section = LorebookSection(bridge=lore.bridge, service=lore.service, themes=lore.themes, persona_id=None)
        lore.qtbot.addWidget(section)
        told: list[str] = []
        section.changed.connect(told.append)
        assert section.book() is None
        section.editor.add()
        book = section.book()
        assert book is not None
        assert (len(book.entries), told) == (1, [""])
        section.set_book(None)
        assert (section.book(), told) == (None, [""])
        section.set_book(BOOK)
        assert section.book() == BOOK

    def test_shared_books_are_read_by_a_tick(self, lore: LoreDesk) -> None:
        nora = lore.make("Nora")
        made = lore.ask(lore.service.create("The hill"))
        section = LorebookSection(bridge=lore.bridge, service=lore.service, themes=lore.themes, persona_id=nora)
        lore.qtbot.addWidget(section)
        section.show()
        lore.until(lambda: len(section.switches) == 1)
        section.switches[0].click()
        lore.until(lambda: lore.ask(lore.service.open(made.id)).shelved.shared_with == {nora})
        lore.until(lambda: len(section.switches) == 1 and section.switches[0].isChecked())


class TestWindow:
    @pytest.fixture
    def joined(self, desk: Desk) -> LorebookService:
        service = LorebookService(database=desk.database, publish=desk.hub, model=desk.model)
        desk.window.lorebooks.attach(service, desk.chat)
        return service

    def test_a_dropped_lorebook_goes_to_the_shelf(self, desk: Desk, joined: LorebookService, tmp_path: Path) -> None:
        book, other = tmp_path / "inn.json", tmp_path / "notes.json"
        book.write_text(WORLD, encoding="utf-8")
        other.write_text("[]", encoding="utf-8")
        left: list[list[Path]] = []
        desk.window.lorebooks.offer([other, book], otherwise=left.append)
        shelf = desk.dialog(ShelfDialog)
        desk.until(lambda: shelf.model.rowCount() == 1)
        assert left == [[other]]
        assert [item.name for item in desk.ask(joined.shelf())] == ["inn"]

    def test_the_librarys_menu_leads_to_the_shelf(self, desk: Desk, joined: LorebookService) -> None:
        desk.click(desk.window.library.title.more)
        desk.choose("Lorebooks…")
        shelf = desk.dialog(ShelfDialog)
        desk.until(shelf.empty.isVisible)
        shelf.accept()

    def test_beside_the_chat_stands_what_would_be_told_now(self, desk: Desk, joined: LorebookService) -> None:
        nora = desk.make("Nora")
        desk.ask(joined.save_own(nora, replace(BOOK, scan_depth=1)))
        desk.open("Nora")
        page = desk.chat.inspector.findChildren(LorePage)[0]
        desk.chat.inspector.pages.show_widget(page)
        desk.until(lambda: page.summary.text() == "After the last messages: Nothing is called.")
        desk.answer("Hello", "A dragon!")
        desk.until(lambda: page.model.rowCount() == 2)
        assert page.summary.text().startswith("In the last prompt: no entry.\nAfter the last messages: 1 entry")
        assert page.books.text() == "The hill"
        page.list.entry_wanted.emit(page._books[0].book.key, "0")
        dialog = desk.dialog(BookDialog)
        assert dialog.editor.table.selected_uids() == ["0"]
        dialog.editor.show_page(TRIAL)
        dialog.editor.trial.after_chat.click()
        desk.until(lambda: dialog.editor.trial.model.rowCount() == 2)
        dialog.reject()

    def test_beside_the_chat_stands_what_was_in_the_last_prompt(self, desk: Desk, joined: LorebookService) -> None:
        nora = desk.make("Nora")
        desk.make("Omar")
        desk.ask(joined.save_own(nora, replace(BOOK, scan_depth=1)))
        desk.open("Nora")
        desk.answer("Is there a dragon?", "No.")
        desk.open("Omar")
        page = desk.chat.inspector.findChildren(LorePage)[0]
        desk.chat.inspector.pages.show_widget(page)
        desk.until(lambda: "No lorebook is read here" in page.summary.text())
        assert page.model.rowCount() == 0

        desk.open("Nora")

        desk.until(lambda: page.summary.text().endswith("After the last messages: Nothing is called."))
        tokens = len(DRAGON.content) // 4 + 1
        assert page.summary.text().startswith(f"In the last prompt: 1 entry · {tokens} tokens\n")
        rows = [page.model.outcome(row) for row in range(page.model.rowCount())]
        assert [row.title for row in rows if row is not None] == ["In the last prompt", DRAGON.title]
        assert rows[1] is not None
        assert rows[1].detail == "Key “dragon” in the newest message"
