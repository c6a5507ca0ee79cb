"""The editor of a book: found, sorted, moved, changed one by one and together, taken away and brought back."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from personadesk.app import make_application
from personadesk.domain.lorebook import Lorebook, LoreEntry, LorePosition, SelectiveLogic
from personadesk.services.lorebook import Activation
from personadesk.ui.lorebook.book_editor import ENTRY, TRIAL, BookEditor
from personadesk.ui.lorebook.controls import ChoiceField, NumberField
from personadesk.ui.lorebook.entry_model import Column
from personadesk.ui.lorebook.key_field import KeyField, split_keys
from personadesk.ui.lorebook.lab import LoreLab
from tests.ui.lore_desk import LoreDesk

DRAGON = LoreEntry("0", keys=("dragon",), content="Dragons sleep under the hill.", comment="Dragons", order=10)
HILL = LoreEntry("1", keys=("hill", "丘"), content="The hill is hollow.", comment="Hill", order=20)
INN = LoreEntry("2", keys=("inn",), content="The inn serves eel.", comment="Inn", order=20)
BOOK = Lorebook(name="Village", entries=(DRAGON, HILL, INN), uid="village")


class Bench:
    """A book on screen, and every change that was told."""

    def __init__(self, desk: LoreDesk) -> None:
        self.desk = desk
        self.editor = BookEditor(themes=desk.themes, lab=LoreLab(desk.bridge, desk.service))
        self.told: list[str] = []
        self.editor.changed.connect(self.told.append)
        desk.qtbot.addWidget(self.editor)
        self.editor.resize(1000, 640)
        self.editor.set_book(BOOK)
        self.editor.show()
        desk.qtbot.waitExposed(self.editor)
        self.editor.activateWindow()

    def shown(self) -> list[str]:
        model = self.editor.model
        return [str(model.index(row, Column.NAME).data()) for row in range(model.rowCount())]

    def orders(self) -> dict[str, int]:
        return {entry.comment: entry.order for entry in self.editor.book().entries}

    def entry(self, uid: str) -> LoreEntry:
        return next(entry for entry in self.editor.book().entries if entry.uid == uid)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.editor.table, key, modifier)

    def select(self, *uids: str) -> None:
        self.editor.table.select(uids)

    def drop(self, uids: list[str], row: int) -> None:
        """Let go of rows that were dragged, above a row."""
        model = self.editor.model
        dragged: QMimeData = model.mimeData([model.index(model.row_of(uid), 0) for uid in uids])
        model.dropMimeData(dragged, Qt.DropAction.MoveAction, row, 0, QModelIndex())

    def try_text(self, text: str) -> Activation:
        self.editor.show_page(TRIAL)
        with self.desk.qtbot.waitSignal(self.editor.trial.tested, timeout=10_000) as tested:
            self.editor.trial.text.text.setPlainText(text)
        activation: Activation = tested.args[0]
        return activation


@pytest.fixture
def bench(seeded: Path, data_dir: Path, qtbot: QtBot) -> Iterator[Bench]:
    make_application()
    shutil.copytree(seeded, data_dir, dirs_exist_ok=True)
    desk = LoreDesk(data_dir, qtbot)
    yield Bench(desk)
    desk.close()


class TestTable:
    def test_words_in_keys_contents_and_comments_are_found(self, bench: Bench) -> None:
        search = bench.editor.entries.search.line
        for words, found in (("DRAG", ["Dragons"]), ("丘", ["Hill"]), ("eel serves", ["Inn"]), ("nowhere", [])):
            search.setText(words)
            assert bench.shown() == found
        assert bench.editor.entries.empty.isVisible()

    def test_any_column_sorts_and_the_order_is_the_prompts_at_first(self, bench: Bench) -> None:
        bench.editor.set_book(replace(BOOK, entries=(INN, HILL, DRAGON)))
        assert bench.shown() == ["Dragons", "Inn", "Hill"]
        bench.editor.table.header.sort_by(Column.NAME)
        assert bench.shown() == ["Dragons", "Hill", "Inn"]
        bench.editor.table.header.sort_by(Column.NAME)
        assert bench.shown() == ["Inn", "Hill", "Dragons"]

    def test_space_switches_and_delete_can_be_undone(self, bench: Bench) -> None:
        bench.select("0", "1")
        bench.press(Qt.Key.Key_Space)
        assert [entry.enabled for entry in bench.editor.book().entries] == [False, False, True]
        bench.press(Qt.Key.Key_Delete)
        assert bench.shown() == ["Inn"]
        assert bench.editor.entries.count.text() == "2 entries deleted."
        bench.editor.entries.undo_button.click()
        assert bench.shown() == ["Dragons", "Hill", "Inn"]
        assert bench.editor.table.selected_uids() == ["0", "1"]

    def test_moving_by_keyboard_changes_no_more_than_it_must(self, bench: Bench) -> None:
        bench.select("2")
        alt = Qt.KeyboardModifier.AltModifier
        bench.press(Qt.Key.Key_Up, alt)
        assert bench.shown() == ["Dragons", "Inn", "Hill"]
        assert bench.orders() == {"Dragons": 10, "Inn": 20, "Hill": 20}
        bench.press(Qt.Key.Key_Up, alt)
        assert bench.shown() == ["Inn", "Dragons", "Hill"]
        assert bench.orders() == {"Inn": 9, "Dragons": 10, "Hill": 20}
        bench.press(Qt.Key.Key_Down, alt)
        assert bench.shown() == ["Dragons", "Inn", "Hill"]

    def test_dropped_rows_get_orders_between_their_neighbours(self, bench: Bench) -> None:
        late = replace(DRAGON, uid="3", comment="Late", order=400)
        bench.editor.set_book(replace(BOOK, entries=(DRAGON, HILL, INN, late)))
        bench.drop(["3"], 1)
        assert bench.shown() == ["Dragons", "Late", "Hill", "Inn"]
        assert bench.orders()["Late"] == 15
        bench.drop(["0"], 4)
        assert bench.shown() == ["Late", "Hill", "Inn", "Dragons"]
        assert bench.orders()["Dragons"] == 21

    def test_a_table_sorted_otherwise_takes_no_drop(self, bench: Bench) -> None:
        bench.editor.table.header.sort_by(Column.NAME)
        index = bench.editor.model.index(0, Column.NAME)
        assert not bench.editor.model.flags(index) & Qt.ItemFlag.ItemIsDragEnabled

    def test_two_thousand_entries_are_searched_and_sorted_at_once(self, bench: Bench) -> None:
        entries = tuple(replace(HILL, uid=str(number), comment=f"Entry {number}") for number in range(2000))
        bench.editor.set_book(replace(BOOK, entries=entries))
        bench.editor.entries.search.line.setText("entry 1999")
        bench.editor.table.header.sort_by(Column.TOKENS)
        assert bench.shown() == ["Entry 1999"]


class TestManyAtOnce:
    def test_position_order_and_chance_are_set_for_all_of_them(self, bench: Bench) -> None:
        bench.select("1", "2")
        bulk = bench.editor.bulk
        assert bench.editor.fields.currentWidget() is bulk
        bulk.position.picked.emit(LorePosition.AT_DEPTH)
        for field, text in ((bulk.order, "7"), (bulk.at_depth, "3"), (bulk.probability, "40")):
            QTest.keyClicks(field.line, text)
            QTest.keyClick(field.line, Qt.Key.Key_Return)
        for entry in map(bench.entry, ("1", "2")):
            assert (entry.position, entry.order, entry.depth, entry.probability) == (LorePosition.AT_DEPTH, 7, 3, 40)
        assert bench.entry("0") == DRAGON
        assert bench.editor.table.selected_uids() == ["1", "2"]

    def test_copies_stand_behind_their_originals_with_ids_of_their_own(self, bench: Bench) -> None:
        bench.select("1")
        bench.press(Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
        assert [entry.uid for entry in bench.editor.book().entries] == ["0", "1", "3", "2"]
        assert replace(bench.entry("3"), uid="1") == HILL
        assert bench.editor.table.selected_uids() == ["3"]


class TestFiles:
    def test_a_files_entries_join_those_that_are_here(self, bench: Bench, tmp_path: Path) -> None:
        path = tmp_path / "more.json"
        path.write_text('{"entries": {"0": {"uid": 0, "key": ["eel"], "content": "Eels."}}}', encoding="utf-8")
        bench.editor.add_from(str(path))
        bench.desk.until(lambda: len(bench.editor.book().entries) == 4)
        assert (bench.entry("3").keys, bench.editor.book().name) == (("eel",), "Village")
        assert bench.editor.table.selected_uids() == ["3"]

    def test_why_a_file_adds_nothing_is_said(self, bench: Bench, tmp_path: Path) -> None:
        bench.editor.add_from(str(tmp_path / "gone.json"))
        bench.desk.until(bench.editor.entries.problem.isVisible)
        assert bench.editor.book() == BOOK


class TestFields:
    def test_a_new_entry_waits_for_its_key(self, bench: Bench) -> None:
        bench.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        keys = bench.editor.panel.controls["keys"]
        assert isinstance(keys, KeyField)
        bench.desk.until(lambda: QApplication.focusWidget() is keys.field.line)
        QTest.keyClicks(keys.field.line, "moon, tide")
        QTest.keyClick(keys.field.line, Qt.Key.Key_Return)
        made = bench.editor.book().entries[-1]
        assert (made.keys, made.order) == (("moon", "tide"), 20)
        QTest.keyClick(keys.field.line, Qt.Key.Key_Backspace)
        assert bench.entry(made.uid).keys == ("moon",)

    def test_what_is_typed_into_one_field_is_told_by_one_name(self, bench: Bench) -> None:
        bench.select("0")
        bench.told.clear()
        comment = bench.editor.panel.controls["comment"]
        QTest.keyClicks(comment.line, "ab")  # type: ignore[union-attr]
        assert bench.told == ["0/comment", "0/comment"]
        assert bench.entry("0").comment == "abDragons"

    def test_an_emptied_number_is_left_to_the_book(self, bench: Bench) -> None:
        bench.select("0")
        depth = bench.editor.panel.controls["scan_depth"]
        assert isinstance(depth, NumberField)
        QTest.keyClick(depth.line, Qt.Key.Key_Up)
        assert bench.entry("0").scan_depth == 1
        depth.line.selectAll()
        QTest.keyClick(depth.line, Qt.Key.Key_Backspace)
        assert bench.entry("0").scan_depth is None

    def test_the_first_secondary_key_makes_them_count(self, bench: Bench) -> None:
        bench.editor.set_book(replace(BOOK, entries=(replace(DRAGON, selective=False),)))
        bench.select("0")
        secondary = bench.editor.panel.controls["secondary_keys"]
        assert isinstance(secondary, KeyField)
        QTest.keyClicks(secondary.field.line, "cave")
        QTest.keyClick(secondary.field.line, Qt.Key.Key_Return)
        logic = bench.editor.panel.controls["logic"]
        assert isinstance(logic, ChoiceField)
        logic.picked.emit(SelectiveLogic.NOT_ANY)
        entry = bench.entry("0")
        assert (entry.secondary_keys, entry.selective, entry.logic) == (("cave",), True, SelectiveLogic.NOT_ANY)

    def test_a_pattern_that_cannot_be_used_is_named(self, bench: Bench) -> None:
        bench.select("0")
        keys = bench.editor.panel.controls["keys"]
        assert isinstance(keys, KeyField)
        QTest.keyClicks(keys.field.line, "/dra(gon/i")
        QTest.keyClick(keys.field.line, Qt.Key.Key_Return)
        assert keys.problem.isVisible()
        assert keys.problem.text().startswith("This pattern can't be used:")
        assert bench.entry("0").keys == ("dragon", "/dra(gon/i")

    def test_a_pattern_keeps_its_commas(self) -> None:
        assert split_keys("red dragon , wyrm,, ") == ["red dragon", "wyrm"]
        assert split_keys("/a{1,3}/") == ["/a{1,3}/"]
        assert split_keys("a{1,3}", is_pattern=True) == ["a{1,3}"]

    def test_another_value_of_the_same_book_keeps_the_place(self, bench: Bench) -> None:
        bench.select("1")
        bench.told.clear()
        bench.editor.set_book(replace(BOOK, entries=(DRAGON, replace(HILL, content="Filled in."))))
        assert bench.editor.table.selected_uids() == ["1"]
        assert bench.editor.panel.controls["content"].text.toPlainText() == "Filled in."  # type: ignore[union-attr]
        assert bench.told == []


class TestTrial:
    def test_it_says_what_a_text_calls_and_why(self, bench: Bench) -> None:
        bench.try_text("The DRAGON left its hill")
        rows = [bench.editor.trial.model.outcome(row) for row in range(bench.editor.trial.model.rowCount())]
        assert [row.title for row in rows if row is not None] == ["In the prompt, in this order", "Dragons", "Hill"]
        assert rows[1] is not None
        assert "“dragon” in the newest message: The DRAGON left its hill" in rows[1].detail

    def test_a_small_model_is_said_to_be_told_fewer(self, bench: Bench) -> None:
        assert len(bench.try_text("A dragon, a hill, an inn").fired) == 3
        assert "of these it is told the 2 that matter most" in bench.editor.trial.summary.text()

    def test_it_follows_the_book_and_leads_to_the_entry(self, bench: Bench) -> None:
        assert [fired.entry.uid for fired in bench.try_text("inn").fired] == ["2"]
        with bench.desk.qtbot.waitSignal(bench.editor.trial.tested, timeout=10_000) as tested:
            bench.editor.set_book(replace(BOOK, entries=(replace(INN, probability=0),)))
        assert tested.args[0].fired == ()
        model = bench.editor.trial.model
        assert [str(model.index(row).data()) for row in range(model.rowCount())] == ["Called, but left out", "Inn"]
        bench.editor.trial.list.setCurrentIndex(model.index(1))
        QTest.keyClick(bench.editor.trial.list, Qt.Key.Key_Return)
        assert bench.editor.table.selected_uids() == ["2"]
        assert bench.editor.pages.currentIndex() == ENTRY


def test_every_part_has_a_name(bench: Bench) -> None:
    bench.select("0")
    parts = [
        part
        for kind in (QAbstractButton, QLineEdit, QPlainTextEdit, QAbstractItemView)
        for part in bench.editor.findChildren(kind)
        if part.focusPolicy() is not Qt.FocusPolicy.NoFocus
    ]
    assert len(parts) > 40
    assert [part for part in parts if not part.accessibleName()] == []
