"""The library: cards in sections, search, chips, sort orders, keyboard, trash."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import Origin, PersonaSummary
from personadesk.services.personas import LibraryListing
from personadesk.ui.library.card_model import FAVOURITES
from personadesk.ui.library.card_order import SortOrder
from personadesk.ui.widgets.buttons import Chip
from tests.ui.desk import Desk


def chips(desk: Desk) -> list[str]:
    flow = desk.window.library.findChildren(Chip)
    return [chip.text() for chip in flow if chip.isVisible()]


def chip(desk: Desk, words: str) -> Chip:
    return next(item for item in desk.window.library.findChildren(Chip) if item.isVisible() and words in item.text())


def search(desk: Desk, words: str) -> None:
    desk.window.library.search.line.setFocus()
    desk.window.library.search.line.insert(words)


def empty_words(desk: Desk) -> str:
    shown = desk.window.library.header.empty
    return str(shown.text()) if shown.isVisible() else ""


def summary(number: int, name: str, **fields: object) -> PersonaSummary:
    """A persona as the roster holds it, made on 1 November and a day later for each number."""
    made: dict[str, Any] = {
        "id": PersonaId(number),
        "name": name,
        "shown_name": name,
        "tagline": "",
        "description": "",
        "traits": (),
        "tags": (),
        "origin": Origin.CUSTOM,
        "avatar": "",
        "favourite": False,
        "pin_position": None,
        "created_at": datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=number),
    }
    return PersonaSummary(**(made | fields))


def show_personas(desk: Desk, *personas: PersonaSummary) -> None:
    desk.roster.fill(LibraryListing(personas, (), "You"))


# -- cards


def test_cards_stand_in_a_section_of_built_ins_and_one_of_your_own(desk: Desk) -> None:
    desk.make("Zoë")

    sections = [(section.title, section.rows) for section in desk.window.library.model.sections]

    assert sections == [("Built-in", 5), ("Your personas", 2)]


def test_the_hero_shows_whom_to_meet_first_and_no_second_card_of_it(desk: Desk) -> None:
    assert desk.window.library.hero.accessibleName() == "Isabella"
    assert "Isabella" not in desk.cards()
    assert desk.window.library.hero.button.accessibleName() == "Start chat: Isabella"


def test_the_hero_becomes_the_persona_talked_to_last(desk: Desk) -> None:
    desk.open("Luna")
    desk.answer("Hello", "Good evening.")

    desk.ctrl(Qt.Key.Key_L)

    desk.until(lambda: desk.window.library.hero.accessibleName() == "Luna")
    assert desk.window.library.hero.button.text() == "Continue chat"
    assert "Isabella" in desk.cards()


def test_the_chat_button_of_the_hero_opens_its_chat(desk: Desk) -> None:
    desk.click(desk.window.library.hero.button)

    desk.until_open("Isabella")


@pytest.mark.parametrize("part", ["card", "chat"])
def test_a_click_on_a_card_opens_the_chat(desk: Desk, part: str) -> None:
    desk.click_card(desk.persona("Maya").id, part)

    desk.until_open("Maya")


def test_a_press_on_one_card_let_go_over_another_opens_neither(desk: Desk, qtbot: object) -> None:
    viewport = desk.window.library.grid.viewport()
    first, second = desk.card_point(desk.persona("Alex").id), desk.card_point(desk.persona("Luna").id)

    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=second)

    assert desk.window.pages.currentWidget() is desk.window.library


def test_the_star_on_a_card_makes_a_favourite_and_takes_it_back(desk: Desk) -> None:
    maya = desk.persona("Maya").id

    desk.click_card(maya, "star")
    desk.until(lambda: desk.persona("Maya").favourite)
    assert "Favourites 1" in chips(desk)

    desk.click_card(maya, "star")
    desk.until(lambda: not desk.persona("Maya").favourite)
    assert "Favourites 1" not in chips(desk)
    assert desk.window.pages.currentWidget() is desk.window.library


def test_the_menu_of_a_built_in_offers_a_copy_and_neither_edit_nor_trash(desk: Desk) -> None:
    desk.click_card(desk.persona("Maya").id, "menu")

    entries = [entry.text() for entry in desk.menu().actions() if entry.text()]

    own = ["Look inside…", "Make it mine", "Export…"]
    assert entries == ["Chat", "Hear voice", "Pin", "Add to favourites", "Add tag…", "Select", *own]
    desk.menu().close()


def test_the_menu_of_your_own_persona_offers_edit_and_trash(desk: Desk) -> None:
    own = desk.make("Zoë")

    desk.click_card(own, "menu")

    entries = [entry.text() for entry in desk.menu().actions() if entry.text()]
    assert entries == [
        "Chat",
        "Hear voice",
        "Pin",
        "Add to favourites",
        "Add tag…",
        "Select",
        "Edit…",
        "Duplicate",
        "Export…",
        "Move to trash",
    ]
    desk.menu().close()


# -- search and chips


@pytest.mark.parametrize(
    "words",
    ["zoe", "ZOË", "finistere", "étoile", "ETOILE", "bees zoe", "patient"],
    ids=["name", "capitals", "description", "tag", "tag-plain", "two-words", "trait"],
)
def test_search_looks_through_names_tags_traits_and_descriptions_without_accents_and_case(
    desk: Desk, words: str
) -> None:
    desk.make("Zoë", description="Keeps bees in Finistère.", tags=("Étoile",), traits=("patient",))

    search(desk, words)

    desk.until(lambda: desk.cards() == ["Zoë"])


def test_a_search_that_finds_nothing_says_how_to_leave_it(desk: Desk) -> None:
    search(desk, "nobody")
    desk.until(lambda: desk.cards() == [])

    assert empty_words(desk) == "No persona matches “nobody”. Press Escape to clear the search."

    desk.press(Qt.Key.Key_Escape)
    desk.until(lambda: len(desk.cards()) == 6)
    assert empty_words(desk) == ""


def test_enter_in_the_search_opens_the_first_match(desk: Desk) -> None:
    search(desk, "maya")

    desk.press(Qt.Key.Key_Return)

    desk.until_open("Maya")


def test_a_tag_chip_shows_its_personas_alone_and_a_second_click_all(desk: Desk) -> None:
    desk.click(chip(desk, "everyday 3"))
    assert len(desk.cards()) == 3

    desk.click(chip(desk, "everyday 3"))
    assert len(desk.cards()) == 6


def test_the_last_favourite_leaves_the_list_of_favourites_with_a_sentence(desk: Desk) -> None:
    maya = desk.persona("Maya").id
    desk.click_card(maya, "star")
    desk.until(lambda: desk.persona("Maya").favourite)
    desk.click(chip(desk, "Favourites"))
    assert desk.cards() == ["Maya"]

    desk.click_card(maya, "star")

    desk.until(lambda: desk.cards() == [])
    assert empty_words(desk) == "No favourites yet. The star on a card puts it here."
    assert chip(desk, "Favourites 0").isChecked()


def test_the_last_persona_of_a_tag_going_to_the_trash_shows_everyone_again(desk: Desk) -> None:
    desk.make("Zoë", tags=("étoile",))
    desk.window.library.show_filter("étoile")
    assert desk.cards() == ["Zoë"]

    desk.window.personas.delete(desk.persona("Zoë").id)

    desk.until(lambda: len(desk.cards()) == 6)
    assert chip(desk, "All").isChecked()


def test_a_library_without_anyone_says_what_to_do(desk: Desk) -> None:
    show_personas(desk)

    assert empty_words(desk) == "No personas here yet. Ctrl+N makes one."


# -- orders


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (SortOrder.RECENT, ["Bea", "Çem", "Ada"]),
        (SortOrder.NAME, ["Ada", "Bea", "Çem"]),
        (SortOrder.CREATED, ["Ada", "Çem", "Bea"]),
        (SortOrder.MOST_TALKED, ["Çem", "Bea", "Ada"]),
    ],
)
def test_cards_stand_in_the_order_chosen(desk: Desk, order: SortOrder, expected: list[str]) -> None:
    day = datetime(2026, 11, 20, tzinfo=UTC)
    show_personas(
        desk,
        summary(1, "Hero", last_message_at=day + timedelta(hours=9)),
        summary(2, "Bea", last_message_at=day + timedelta(hours=2), message_count=5),
        summary(3, "Çem", last_message_at=day, message_count=80),
        summary(4, "Ada"),
    )

    desk.window.library.set_order(order)

    assert desk.cards() == expected


def test_the_order_is_chosen_from_a_menu_and_kept(desk: Desk) -> None:
    desk.click(desk.window.library.title.sort)

    desk.choose("Name")

    assert desk.cards()[0] == "Alex"
    assert desk.window.library.title.sort.accessibleName() == "Sort: Name"
    assert desk.state.state.sort == "name"


# -- keyboard


def current(desk: Desk) -> str:
    return str(desk.window.library.grid.currentIndex().data())


def test_the_first_card_has_the_focus_and_an_arrow_leads_to_the_second(desk: Desk) -> None:
    desk.window.library.search.line.setFocus()
    desk.press(Qt.Key.Key_Down)
    assert current(desk) == desk.cards()[0]

    desk.press(Qt.Key.Key_Right)

    assert current(desk) == desk.cards()[1]


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_arrows_follow_the_cards_as_they_stand(desk: Desk, direction: Qt.LayoutDirection) -> None:
    desk.window.setLayoutDirection(direction)
    grid = desk.window.library.grid
    grid.setFocus()
    ahead, back = Qt.Key.Key_Right, Qt.Key.Key_Left
    if direction is Qt.LayoutDirection.RightToLeft:
        ahead, back = back, ahead
    desk.press(Qt.Key.Key_Home)
    first = grid.visualRect(grid.currentIndex())

    desk.press(ahead)
    second = grid.visualRect(grid.currentIndex())
    assert current(desk) == desk.cards()[1]
    assert (second.left() > first.left()) is (direction is Qt.LayoutDirection.LeftToRight)

    desk.press(back)
    desk.press(Qt.Key.Key_Down)
    assert current(desk) == desk.cards()[3]
    desk.press(Qt.Key.Key_Down)
    assert current(desk) == "Default"
    desk.press(Qt.Key.Key_Up)
    assert current(desk) == desk.cards()[3]


def test_enter_on_a_card_opens_the_chat(desk: Desk) -> None:
    desk.window.library.grid.setFocus()
    desk.press(Qt.Key.Key_Home)
    desk.press(Qt.Key.Key_Right)
    name = current(desk)

    desk.press(Qt.Key.Key_Return)

    desk.until_open(name)


def test_a_star_from_the_keyboard_keeps_the_place_in_the_grid(desk: Desk) -> None:
    desk.window.library.grid.setFocus()
    desk.window.library.grid.select_persona(desk.persona("Maya").id)

    desk.window.personas.toggle_favourite(desk.persona("Maya").id)
    desk.until(lambda: desk.persona("Maya").favourite)

    assert current(desk) == "Maya"


def test_deleting_cards_one_after_the_other_keeps_the_place(desk: Desk) -> None:
    for name in ("Ann", "Ben", "Cem"):
        desk.make(name)
    desk.window.library.set_order(SortOrder.NAME)
    desk.window.library.grid.setFocus()
    desk.window.library.grid.select_persona(desk.persona("Ann").id)

    desk.press(Qt.Key.Key_Delete)
    desk.until(lambda: "Ann" not in desk.cards())
    assert current(desk) == "Ben"

    desk.press(Qt.Key.Key_Delete)
    desk.until(lambda: "Ben" not in desk.cards())
    assert current(desk) == "Cem"


# -- trash


def test_delete_moves_a_card_to_the_trash_and_undo_brings_it_back(desk: Desk) -> None:
    own = desk.make("Zoë")
    desk.window.library.grid.setFocus()
    desk.window.library.grid.select_persona(own)

    desk.press(Qt.Key.Key_Delete)
    desk.until(lambda: "Zoë" not in desk.cards())
    undo = desk.toast("Zoë moved to the trash.").action_button

    assert undo is not None
    desk.click(undo)
    desk.until(lambda: "Zoë" in desk.cards())
    assert desk.persona("Zoë").id == own


def test_delete_on_a_built_in_says_that_it_stays(desk: Desk) -> None:
    desk.window.library.grid.setFocus()
    desk.window.library.grid.select_persona(desk.persona("Maya").id)

    desk.press(Qt.Key.Key_Delete)

    desk.toast("Maya is built in and stays.")
    assert "Maya" in desk.cards()


def in_trash(desk: Desk) -> PersonaId:
    own = desk.make("Zoë")
    desk.window.personas.delete(own)
    desk.until(lambda: "Trash 1" in chips(desk))
    desk.click(chip(desk, "Trash 1"))
    assert desk.window.library.model.in_trash
    assert desk.cards() == ["Zoë"]
    return own


def test_a_card_in_the_trash_is_restored_by_its_button(desk: Desk) -> None:
    own = in_trash(desk)

    desk.click_card(own, "chat")

    desk.until(lambda: own in desk.roster.personas)
    assert not desk.window.library.model.in_trash
    assert "Zoë" in desk.cards()


def test_deleting_for_good_asks_and_escape_keeps_it(desk: Desk) -> None:
    in_trash(desk)
    desk.window.library.grid.setFocus()
    desk.press(Qt.Key.Key_Home)
    desk.press(Qt.Key.Key_Delete)
    box = desk.dialog(QMessageBox)
    assert "Zoë" in box.text()

    desk.press(Qt.Key.Key_Escape, into=box)

    desk.until(lambda: QApplication.activeModalWidget() is None)
    assert desk.cards() == ["Zoë"]


def test_enter_in_the_question_does_not_delete(desk: Desk) -> None:
    in_trash(desk)
    desk.window.personas.delete_for_good(desk.roster.trashed[0][1].id)
    box = desk.dialog(QMessageBox)

    desk.press(Qt.Key.Key_Return, into=box)

    desk.until(lambda: QApplication.activeModalWidget() is None)
    assert desk.read(lambda store: [entry.label for entry in store.trash.entries()]) == ["Zoë"]


def test_deleting_for_good_when_told_so_empties_the_trash(desk: Desk) -> None:
    own = in_trash(desk)
    desk.window.personas.delete_for_good(own)
    box = desk.dialog(QMessageBox)

    desk.click(next(button for button in box.buttons() if button.text() == "Delete for good"))

    desk.until(lambda: not desk.roster.trashed)
    assert desk.read(lambda store: store.trash.entries()) == []
    assert "Alex" in desk.cards()


def test_a_name_taken_meanwhile_is_said_when_undoing(desk: Desk) -> None:
    own = desk.make("Zoë")
    desk.window.personas.delete(own)
    undo = desk.toast("moved to the trash").action_button
    desk.make("zoë")

    assert undo is not None
    desk.click(undo)

    desk.until(lambda: any(toast for toast in desk.toasts() if "name" in toast))
    assert len(desk.roster.trashed) == 1


def test_favourites_filter_is_not_a_tag(desk: Desk) -> None:
    desk.make("Zoë", tags=("favourites",))

    desk.window.library.show_filter(FAVOURITES)

    assert desk.cards() == []


def test_the_header_scrolls_with_the_cards(desk: Desk) -> None:
    for number in range(12):
        desk.make(f"Persona {number}")
    hero = desk.window.library.hero

    desk.window.library.grid.verticalScrollBar().setValue(200)

    assert hero.mapTo(desk.window.library.grid, QPoint(0, 0)).y() < 0
