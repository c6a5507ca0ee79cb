"""The palette (Ctrl+K): by letters to a persona, by name to a command."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from personadesk.domain.conversation import Conversation, Role
from personadesk.services.ports import NewSwipe, Store
from personadesk.ui.editor.editor import PersonaEditor
from personadesk.ui.palette.matching import score
from personadesk.ui.palette.palette import Palette
from personadesk.ui.settings.settings_dialog import SettingsDialog
from tests.ui.desk import Desk


def opened(desk: Desk) -> Palette:
    desk.ctrl(Qt.Key.Key_K)
    palette = desk.palette()
    desk.until(palette.isVisible)
    return palette


def shown(palette: Palette) -> list[str]:
    model = palette.list.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_a_few_letters_and_enter_open_a_chat(desk: Desk) -> None:
    palette = opened(desk)
    QTest.keyClicks(palette.field.line, "lu")
    assert shown(palette)[0] == "Luna"

    desk.press(Qt.Key.Key_Return)

    desk.until_open("Luna")
    assert not palette.isVisible()
    assert desk.chat.composer.editor.hasFocus()


def test_arrows_choose_and_go_round(desk: Desk) -> None:
    palette = opened(desk)
    names = shown(palette)

    desk.press(Qt.Key.Key_Up)
    assert palette.list.currentIndex().data() == names[-1]
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Down)
    assert palette.list.currentIndex().data() == names[1]


def test_a_command_is_found_by_its_name(desk: Desk) -> None:
    palette = opened(desk)
    QTest.keyClicks(palette.field.line, "new per")

    desk.press(Qt.Key.Key_Return)

    desk.dialog(PersonaEditor)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("shortcuts", "Settings: Shortcuts"),
        ("shrotcuts", "Settings: Shortcuts"),
        ("keyboard", "Settings: Shortcuts"),
        ("version", "Settings: About"),
        ("general", "Settings: General"),
        ("theme", "Theme"),
        ("thmee", "Switch between dark and light"),
        ("settings theme", "Theme"),
        ("setings", "Settings"),
        ("your name", "Your name"),
        ("backups", "Data folder"),
        ("new persnoa", "New persona"),
    ],
)
def test_a_setting_is_found_by_its_name_or_another_word_or_with_a_typo(desk: Desk, typed: str, first: str) -> None:
    palette = opened(desk)
    assert "Theme" not in shown(palette)

    QTest.keyClicks(palette.field.line, typed)

    assert shown(palette)[0] == first


def test_a_setting_is_opened_where_it_is(desk: Desk) -> None:
    palette = opened(desk)
    QTest.keyClicks(palette.field.line, "data folder")
    row = palette.list.model().index(0, 0)
    assert row.data(Qt.ItemDataRole.AccessibleTextRole) == "Data folder. Settings, Data"

    desk.press(Qt.Key.Key_Return)

    dialog = desk.dialog(SettingsDialog)
    assert dialog.bar.pages["data"].isVisible()
    desk.until(lambda: dialog.focusWidget() is dialog.places["folder"])


def test_letters_that_are_only_in_order_find_no_command(desk: Desk) -> None:
    palette = opened(desk)

    QTest.keyClicks(palette.field.line, "nwprs")

    assert "New persona" not in shown(palette)


def test_escape_leaves_and_the_focus_goes_back(desk: Desk) -> None:
    desk.open("Luna")
    palette = opened(desk)
    QTest.keyClicks(palette.field.line, "x")

    desk.press(Qt.Key.Key_Escape)

    assert not palette.isVisible()
    assert desk.chat.composer.editor.hasFocus()


def test_a_click_beside_it_leaves(desk: Desk) -> None:
    palette = opened(desk)

    QTest.mouseClick(palette, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))

    assert not palette.isVisible()


def test_nothing_by_that_name_is_said(desk: Desk) -> None:
    palette = opened(desk)

    QTest.keyClicks(palette.field.line, "qqqq")

    desk.until(lambda: palette.empty.isVisible() and palette.empty.text().startswith("Nothing was found."))
    desk.press(Qt.Key.Key_Return)
    assert palette.isVisible()


def test_tab_stays_in_the_palette(desk: Desk) -> None:
    palette = opened(desk)

    desk.press(Qt.Key.Key_Tab)

    assert palette.field.line.hasFocus()


@pytest.mark.parametrize(
    ("name", "query", "expected"),
    [
        ("Luna", "lu", 5),
        ("Old Luna", "lu", 4),
        ("Saluna", "lu", 3),
        ("Large uncle", "lu", 2),
        ("Zoë", "zoe", 5),
        ("Isabella", "isabela", 2),
        ("Isabella", "isbaella", 1),
        ("Old Isabella", "isibel", 1),
        ("Luna", "lnua", 1),
        ("Luna", "nul", 0),
        ("Old Sam", "asm", 1),
        ("Old Sam", "sma", 1),
        ("Old Sam", "sum", 0),
        ("Luna", "x", 0),
    ],
)
def test_a_prefix_beats_a_words_start_beats_the_middle_beats_letters_in_order(
    name: str, query: str, expected: int
) -> None:
    assert score(name, query) == expected


def type_and_wait(desk: Desk, palette: Palette, text: str, row: str) -> None:
    QTest.keyClicks(palette.field.line, text)
    desk.until(lambda: row in shown(palette))


def say(desk: Desk, name: str, *texts: str) -> Conversation:
    """Put what the user said into a persona's conversation."""
    persona_id = next(key for key, item in desk.roster.personas.items() if item.shown_name == name)

    def work(store: Store) -> Conversation:
        chat = store.for_persona(persona_id)
        conversation = chat.create_conversation(store.people.you().id, "By the sea")
        for text in texts:
            chat.append_message(conversation.id, Role.USER, [NewSwipe(text)])
        return conversation

    return desk.ask(desk.database.write(work))


def test_what_was_said_is_found_and_shown_where_it_was_said(desk: Desk) -> None:
    conversation = say(desk, "Luna", "the red kite", *(f"line {number}" for number in range(300)))
    palette = opened(desk)
    type_and_wait(desk, palette, "red kite", "Messages")

    desk.press(Qt.Key.Key_Return)

    desk.until(lambda: desk.chat.conversation_id == conversation.id)
    desk.until(lambda: desk.chat.transcript.revealed == 0)


def test_a_search_is_narrowed_by_chips_and_by_marks(desk: Desk) -> None:
    say(desk, "Luna", "the red kite")
    say(desk, "Sam", "another kite", "a kite in ```code```")
    desk.open("Sam")
    palette = opened(desk)
    type_and_wait(desk, palette, "kite", "Messages")
    everywhere = shown(palette)
    palette.narrowing.here.click()
    desk.until(lambda: len(shown(palette)) == 3)
    of_sam = shown(palette)
    palette.narrowing.here.click()
    palette.field.line.clear()
    type_and_wait(desk, palette, "kite has:code", "Messages")

    assert sum(row.startswith("You to") for row in everywhere) == 3
    assert all(row.startswith("You to Sam") for row in of_sam[1:])
    desk.until(lambda: len(shown(palette)) == 2)


def test_the_best_message_comes_first_where_that_is_chosen(desk: Desk) -> None:
    say(desk, "Luna", "kite, kite and kite")
    say(desk, "Sam", "a kite that somebody saw far away over the hills behind the town")
    palette = opened(desk)
    type_and_wait(desk, palette, "kite", "Messages")

    def said_to() -> list[str]:
        return [row.partition(" ·")[0] for row in shown(palette) if row.startswith("You to")]

    newest = said_to()

    palette.narrowing.best.click()
    best = ["You to Luna", "You to Sam"]
    desk.until(lambda: said_to() == best)

    assert newest == best[::-1]


def test_a_conversation_is_found_by_its_title(desk: Desk) -> None:
    conversation = say(desk, "Luna", "hello")
    palette = opened(desk)
    type_and_wait(desk, palette, "by the sea", "By the sea")

    desk.press(Qt.Key.Key_Return)

    desk.until(lambda: desk.chat.conversation_id == conversation.id)


def test_a_memory_is_found_and_shown_beside_its_personas_chat(desk: Desk) -> None:
    luna = next(key for key, item in desk.roster.personas.items() if item.shown_name == "Luna")
    you = desk.ask(desk.database.read(lambda store: store.people.you()))
    desk.ask(desk.memory.add(luna, "Keeps bees on the roof", you.id))
    palette = opened(desk)
    type_and_wait(desk, palette, "bees", "Memories")

    desk.press(Qt.Key.Key_Return)

    desk.until_open("Luna")
    desk.until(lambda: desk.chat.inspector.search.line.text() == "Keeps bees on the roof")


def test_headings_are_passed_over(desk: Desk) -> None:
    say(desk, "Luna", "luna and the kite")
    palette = opened(desk)
    type_and_wait(desk, palette, "luna", "Messages")
    rows = shown(palette)

    for _ in range(len(rows)):
        desk.press(Qt.Key.Key_Down)
        assert palette.list.currentIndex().data() not in ("Messages", "Conversations", "Memories")


def test_what_was_found_is_shown_without_marks_and_spoilers(desk: Desk) -> None:
    say(desk, "Luna", "the **red** kite ||was the gardener's||")
    palette = opened(desk)
    type_and_wait(desk, palette, "kite", "Messages")

    model = palette.list.model()
    read = [str(model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)) for row in range(model.rowCount())]

    assert any("the red kite •••" in line for line in read)
    assert not any("gardener" in line for line in read)


def test_a_search_within_nobody_finds_nothing_and_says_so(desk: Desk) -> None:
    say(desk, "Luna", "a needle")
    palette = opened(desk)
    type_and_wait(desk, palette, "needle", "Messages")

    palette.field.line.clear()
    QTest.keyClicks(palette.field.line, "in:zzz needle")

    said = "No persona is called “zzz”. Write another name, or take this one away to look everywhere."
    desk.until(lambda: palette.empty.isVisible() and palette.empty.text() == said)
    palette.narrowing.mine.click()
    assert palette.empty.text() == said
    assert shown(palette) == []
    palette.field.line.clear()
    QTest.keyClicks(palette.field.line, 'from:"the zzz"')
    assert palette.empty.text().startswith("No persona is called “the zzz”.")


def test_a_search_within_a_persona_asks_for_a_word(desk: Desk) -> None:
    palette = opened(desk)

    QTest.keyClicks(palette.field.line, "in:lun")

    assert palette.empty.text() == "Type a word to look for in what was said with Luna."
