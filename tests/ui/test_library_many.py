"""The library with many at once: filters together, folders, selecting, bulk work with one undo, tags, the trash."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from personadesk.domain.ids import PersonaId
from personadesk.domain.library import TagLook
from personadesk.ui.library.folder_tiles import FolderTile
from personadesk.ui.library.library_page import LibraryPage
from personadesk.ui.library.tag_popup import TagPopup
from personadesk.ui.library.tags_dialog import TagsDialog
from personadesk.ui.library.trash_dialog import TrashDialog
from personadesk.ui.widgets.buttons import Chip
from tests.ui.desk import Desk

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def page(desk: Desk) -> LibraryPage:
    return desk.window.library


def chip(desk: Desk, words: str) -> Chip:
    return next(item for item in page(desk).findChildren(Chip) if item.isVisible() and words in item.text())


def make(desk: Desk, **people: tuple[str, ...]) -> dict[str, PersonaId]:
    made = {name: desk.make(name, tags=tags) for name, tags in people.items()}
    page(desk).grid.setFocus()
    return made


def press_card(desk: Desk, persona: PersonaId, modifier: Qt.KeyboardModifier = CTRL) -> None:
    QTest.mouseClick(page(desk).grid.viewport(), Qt.MouseButton.LeftButton, modifier, desk.card_point(persona))


def selected(desk: Desk) -> set[str]:
    return {desk.roster.personas[key].name for key in page(desk).grid.selection.ids()}


def undo(desk: Desk, words: str) -> None:
    button = desk.toast(words).action_button
    assert button is not None
    desk.click(button)


def look(desk: Desk, tag: str, **changes: Any) -> None:
    desk.ask(desk.library.set_tag_look(tag, **changes))
    desk.until(lambda: tag in desk.roster.tag_looks)


# -- filters and folders


def test_with_ctrl_a_chip_narrows_what_another_shows(desk: Desk) -> None:
    make(desk, Ann=("sea", "bay"), Ben=("sea",), Cem=("bay", "sea"))
    desk.click(chip(desk, "sea 3"))

    QTest.mouseClick(chip(desk, "bay 2"), Qt.MouseButton.LeftButton, CTRL)

    assert set(desk.cards()) == {"Ann", "Cem"}
    assert chip(desk, "sea").isChecked()
    assert chip(desk, "bay").isChecked()
    chip(desk, "sea").setFocus()
    desk.press(Qt.Key.Key_Return, CTRL, into=chip(desk, "sea"))
    assert set(desk.cards()) == {"Ann", "Cem"}
    assert not chip(desk, "sea").isChecked()


def test_rare_tags_are_found_under_more(desk: Desk) -> None:
    make(desk, Ann=("zanzibar",))
    desk.click(chip(desk, "More…"))
    popup = page(desk).findChildren(TagPopup)[-1]

    popup.field.line.insert("zanz")
    desk.press(Qt.Key.Key_Return, into=popup.field.line)

    assert desk.cards() == ["Ann"]
    assert chip(desk, "zanzibar 1").isChecked()


def test_a_folder_is_opened_and_left_again(desk: Desk) -> None:
    make(desk, Ann=("sea",), Ben=("sea",), Cem=())
    look(desk, "sea", folder=True)
    tile = next(item for item in page(desk).findChildren(FolderTile) if item.isVisible())
    assert tile.accessibleName() == "Folder sea, 2 personas"

    desk.click(tile)
    assert set(desk.cards()) == {"Ann", "Ben"}
    assert page(desk).header.trail.isVisible()
    assert chip(desk, "All 2").isChecked()

    desk.press(Qt.Key.Key_Backspace, into=page(desk).grid)
    assert len(desk.cards()) > 3
    assert not page(desk).header.trail.isVisible()


def test_names_stand_in_their_natural_order(desk: Desk) -> None:
    make(desk, **{"Ann 10": ("x",), "ann 9": ("x",), "Ánn 2": ("x",)})
    page(desk).show_filter("x")
    page(desk).title.order_chosen.emit(type(page(desk).model.order).NAME)

    assert desk.cards() == ["Ánn 2", "ann 9", "Ann 10"]


# -- selecting


def test_ctrl_selects_one_and_shift_a_range_and_escape_none(desk: Desk) -> None:
    people = make(desk, Ann=("x",), Ben=("x",), Cem=("x",), Dee=("x",))
    page(desk).show_filter("x")
    order = desk.cards()

    press_card(desk, people[order[0]])
    press_card(desk, people[order[2]], SHIFT)
    assert selected(desk) == set(order[:3])
    press_card(desk, people[order[1]])
    assert selected(desk) == {order[0], order[2]}
    assert page(desk).bar.isVisible()
    assert page(desk).bar.count.text() == "2 selected"

    desk.press(Qt.Key.Key_Escape, into=page(desk).grid)
    assert selected(desk) == set()
    assert not page(desk).bar.isVisible()


def test_keys_select_as_well(desk: Desk) -> None:
    make(desk, Ann=("x",), Ben=("x",), Cem=("x",))
    page(desk).show_filter("x")
    grid, order = page(desk).grid, desk.cards()
    desk.press(Qt.Key.Key_Home, into=grid)

    desk.press(Qt.Key.Key_Space, into=grid)
    assert selected(desk) == {order[0]}
    desk.press(Qt.Key.Key_Right, SHIFT, into=grid)
    assert selected(desk) == set(order[:2])
    desk.press(Qt.Key.Key_A, CTRL, into=grid)
    assert selected(desk) == set(order)
    assert [index.row() for index in sorted(grid.selectedIndexes())] == [0, 1, 2]


def test_a_frame_drawn_over_cards_selects_them(desk: Desk) -> None:
    make(desk, Ann=("x",), Ben=("x",), Cem=("x",))
    page(desk).show_filter("x")
    grid = page(desk).grid
    first, second = (grid.visualRect(page(desk).model.index(row)) for row in (0, 1))
    start, end = first.bottomLeft() + QPoint(-6, 8), second.center()

    QTest.mousePress(grid.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(grid.viewport(), end)
    QTest.mouseRelease(grid.viewport(), Qt.MouseButton.LeftButton, pos=end)

    assert selected(desk) == set(desk.cards()[:2])


def test_what_is_not_shown_any_more_is_not_selected_any_more(desk: Desk) -> None:
    people = make(desk, Ann=("x",), Ben=("y",))
    for persona in people.values():
        press_card(desk, persona)

    page(desk).show_filter("y")

    assert selected(desk) == {"Ben"}


def test_once_selecting_a_click_selects_and_opens_no_chat(desk: Desk) -> None:
    people = make(desk, Ann=())
    page(desk).title.select_requested.emit()

    desk.click_card(people["Ann"])

    assert selected(desk) == {"Ann"}
    assert desk.window.pages.currentWidget() is page(desk)


# -- many at once


def test_a_new_tag_goes_to_all_selected_and_back(desk: Desk) -> None:
    people = make(desk, Ann=(), Ben=("sea",))
    press_card(desk, people["Ann"])
    press_card(desk, people["Ben"])
    press_card(desk, desk.persona("Maya").id)
    desk.click(page(desk).bar.add_tag)
    popup = page(desk).findChildren(TagPopup)[-1]

    popup.field.line.insert("harbour")
    desk.press(Qt.Key.Key_Return, into=popup.field.line)

    desk.until(lambda: desk.persona("Ann").tags == ("harbour",))
    assert desk.persona("Ben").tags == ("sea", "harbour")
    assert "harbour" in desk.persona("Maya").tags
    undo(desk, "Tagged 3 personas with “harbour”.")
    desk.until(lambda: desk.persona("Ben").tags == ("sea",))
    assert "harbour" not in desk.persona("Maya").tags


def test_a_tag_is_taken_away_from_all_selected(desk: Desk) -> None:
    people = make(desk, Ann=("sea",), Ben=("sea", "work"))
    page(desk).grid.selection.set_ids(people.values())
    desk.click(page(desk).bar.remove_tag)
    popup = page(desk).findChildren(TagPopup)[-1]

    popup.field.line.insert("sea")
    desk.press(Qt.Key.Key_Return, into=popup.field.line)

    desk.until(lambda: desk.persona("Ben").tags == ("work",))
    desk.toast("Took “sea” away from 2 personas.")


def test_many_go_to_the_trash_with_one_undo_and_built_ins_stay(desk: Desk) -> None:
    people = make(desk, Ann=(), Ben=())
    page(desk).grid.selection.set_ids([*people.values(), desk.persona("Maya").id])

    desk.press(Qt.Key.Key_Delete, into=page(desk).grid)

    desk.until(lambda: len(desk.roster.trashed) == 2)
    assert "Maya" in desk.cards()
    undo(desk, "Moved 2 personas to the trash. One built-in persona stays.")
    desk.until(lambda: not desk.roster.trashed)
    assert {"Ann", "Ben"} <= set(desk.cards())


def test_copies_and_stars_of_many_are_undone_at_once(desk: Desk) -> None:
    people = make(desk, Ann=(), Ben=())
    page(desk).grid.selection.set_ids(people.values())

    desk.click(page(desk).bar.star)
    desk.until(lambda: desk.persona("Ben").favourite and desk.persona("Ann").favourite)
    undo(desk, "Added 2 personas to the favourites.")
    desk.until(lambda: not desk.persona("Ben").favourite)

    page(desk).grid.selection.set_ids(people.values())
    desk.click(page(desk).bar.duplicate)
    desk.until(lambda: {"Ann 2", "Ben 2"} <= set(desk.cards()))
    undo(desk, "Copied 2 personas.")
    desk.until(lambda: "Ann 2" not in desk.cards())


# -- tags


def tags_dialog(desk: Desk, tag: str) -> TagsDialog:
    desk.arranging.tags.open_dialog(tag)
    shown = desk.dialog(TagsDialog)
    assert isinstance(shown, TagsDialog)
    return shown


def test_a_tag_renamed_to_another_says_so_and_joins_it(desk: Desk) -> None:
    make(desk, Ann=("sea",), Ben=("ocean",))
    dialog = tags_dialog(desk, "sea")

    dialog.name.line.setText("Ocean")
    assert dialog.rename.text() == "Merge"
    assert "already" in dialog.hint.text()
    desk.click(dialog.rename)

    desk.until(lambda: desk.persona("Ann").tags == ("ocean",))
    assert dialog.list.current == "ocean"
    undo(desk, "one tag now")
    desk.until(lambda: desk.persona("Ann").tags == ("sea",))


def test_what_is_filtered_by_a_tag_stays_so_under_its_new_name(desk: Desk) -> None:
    make(desk, Ann=("sea",), Ben=())
    page(desk).show_filter("sea")
    dialog = tags_dialog(desk, "sea")

    dialog.name.line.setText("shore")
    desk.click(dialog.rename)

    desk.until(lambda: desk.persona("Ann").tags == ("shore",))
    assert desk.cards() == ["Ann"]
    assert chip(desk, "shore 1").isChecked()


def test_a_tag_gets_a_colour_and_a_folder_in_the_dialog(desk: Desk) -> None:
    make(desk, Ann=("sea",))
    dialog = tags_dialog(desk, "sea")

    desk.click(next(item for item in dialog.swatches if item.colour == "teal"))
    desk.until(lambda: desk.roster.tag_looks == {"sea": TagLook("teal")})
    desk.click(dialog.folder)

    desk.until(lambda: desk.roster.tag_looks == {"sea": TagLook("teal", folder=True)})
    assert [item.tag for item in page(desk).findChildren(FolderTile) if not item.isHidden()] == ["sea"]


def test_a_tag_is_deleted_from_its_chip_and_comes_back(desk: Desk) -> None:
    make(desk, Ann=("sea",), Ben=("sea",))
    page(desk).show_filter("sea")
    page(desk).header.chips.menu_requested.emit("sea", QPoint(10, 10))

    desk.choose("Delete tag")

    desk.until(lambda: desk.persona("Ann").tags == ())
    assert chip(desk, "All").isChecked()
    undo(desk, "The tag “sea” is gone.")
    desk.until(lambda: desk.persona("Ben").tags == ("sea",))


# -- trash


def test_the_trash_says_its_age_and_gives_everyone_back(desk: Desk) -> None:
    people = make(desk, Ann=(), Ben=())
    desk.ask(desk.library.trash_many(list(people.values())))
    desk.until(lambda: len(desk.roster.trashed) == 2)
    page(desk).show_filter("\x00trash")
    assert set(desk.cards()) == {"Ann", "Ben"}

    desk.click(page(desk).header.trash.restore_all)

    desk.until(lambda: not desk.roster.trashed)
    assert not page(desk).model.in_trash
    assert {"Ann", "Ben"} <= set(desk.cards())


def test_the_trash_is_emptied_only_when_told_so(desk: Desk) -> None:
    people = make(desk, Ann=(), Ben=())
    desk.ask(desk.library.trash_many(list(people.values())))
    desk.until(lambda: len(desk.roster.trashed) == 2)
    page(desk).show_filter("\x00trash")

    desk.click(page(desk).header.trash.empty)
    box = desk.dialog(QMessageBox)
    assert "2 personas" in box.informativeText()
    desk.press(Qt.Key.Key_Escape, into=box)
    desk.until(lambda: QApplication.activeModalWidget() is None)
    assert len(desk.roster.trashed) == 2

    desk.click(page(desk).header.trash.empty)
    box = desk.dialog(QMessageBox)
    desk.click(next(button for button in box.buttons() if button.text() == "Empty trash"))
    desk.until(lambda: not desk.roster.trashed)
    assert desk.ask(desk.library.trash_entries()) == []


def test_a_conversation_comes_back_from_the_list_of_everything(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello", "Good evening.")
    luna, conversation = desk.persona("Luna").id, desk.chat.conversation_id
    assert conversation is not None
    desk.write(lambda store: store.for_persona(luna).trash_conversation(conversation))
    desk.window.show_library()

    page(desk).title.trash_requested.emit()
    dialog = desk.dialog(TrashDialog)
    desk.until(lambda: dialog.model.rowCount() == 1)
    assert "Luna" in dialog.model.facts(dialog.model.entry(0))
    dialog.list.selectAll()
    desk.click(dialog.restore)

    desk.until(lambda: dialog.model.rowCount() == 0)
    assert [item.id for item in desk.read(lambda store: store.for_persona(luna).conversations())] == [conversation]
    dialog.accept()


# -- carrying a card away


class Pictures:
    """A CardExport that writes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[PersonaId] = []

    async def export_png(self, persona_id: PersonaId) -> bytes:
        await asyncio.sleep(0)
        self.asked.append(persona_id)
        return b"\x89PNG of %d" % persona_id


@pytest.mark.parametrize("name", ["Ann", "../A: <bad> name?*"])
def test_a_pressed_card_is_written_to_a_file_that_goes_with_the_program(desk: Desk, name: str) -> None:
    own = desk.make(name)
    carrier, pictures = desk.arranging.carrier, Pictures()
    carrier.card_export = pictures
    viewport, point = page(desk).grid.viewport(), desk.card_point(own)

    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=point)
    desk.until(lambda: bool(carrier.paths))
    path: Path = carrier.paths[0]
    assert path.read_bytes() == b"\x89PNG of %d" % own
    assert path.suffix == ".png"
    assert path.parent.parent.stat().st_mode & 0o077 == 0
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=point)

    desk.window.close()
    assert not path.exists()


def test_without_an_export_a_press_writes_nothing(desk: Desk) -> None:
    own = desk.make("Ann")
    viewport, point = page(desk).grid.viewport(), desk.card_point(own)

    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=point)
    QTest.mouseMove(viewport, point + QPoint(60, 0))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=point + QPoint(60, 0))

    assert desk.arranging.carrier.paths == []
    assert desk.window.pages.currentWidget() is page(desk)
