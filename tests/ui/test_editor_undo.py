"""Undo across the whole editor, macros completed and checked, and the lists of greetings and turns."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from personadesk.domain.lorebook import Lorebook, LoreEntry
from personadesk.domain.persona import PersonaCard
from personadesk.ui.editor.editor import PersonaEditor
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.editor.state import EditorState, Held
from tests.ui.desk import Desk

CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def edit(desk: Desk, **fields: Any) -> PersonaEditor:
    desk.window.personas.edit(desk.make("Marlow", **fields))
    editor = desk.dialog(PersonaEditor)
    assert isinstance(editor, PersonaEditor)
    return editor


def section(editor: PersonaEditor, key: SectionKey) -> Any:
    editor.show_section(key)
    return editor.pages.section(key)


def test_typing_in_one_field_is_one_step_until_it_pauses() -> None:
    now = [0.0]
    state = EditorState(Held(PersonaCard("Nora")), clock=lambda: now[0])
    for text in ("K", "Kn", "Knits"):
        now[0] += 0.2
        state.put("tagline", typed=True, tagline=text)
    now[0] += 5
    state.put("tagline", typed=True, tagline="Knits.")
    state.put("name", typed=True, name="Norah")

    seen = []
    for _ in range(4):
        seen.append((state.card.name, state.card.tagline))
        state.undo()

    assert seen == [("Norah", "Knits."), ("Nora", "Knits."), ("Nora", "Knits"), ("Nora", "")]
    assert not state.dirty
    state.redo()
    state.put("name", name="Mira")
    state.redo()
    assert (state.card.name, state.card.tagline) == ("Mira", "Knits")


def test_a_lorebook_is_undone_in_the_same_stack() -> None:
    state = EditorState(Held(PersonaCard("Nora")))
    state.put_book("name", Lorebook(name="Is"))
    state.put_book("name", Lorebook(name="Isles"))
    state.put_book("add", Lorebook(name="Isles", entries=(LoreEntry("0"),)))

    state.undo()
    assert state.book == Lorebook(name="Isles")
    state.undo()
    assert (state.book, state.dirty) == (None, False)


def test_undo_goes_to_the_section_and_the_field_where_the_change_was(desk: Desk) -> None:
    editor = edit(desk)
    basics = section(editor, SectionKey.BASICS)
    QTest.keyClicks(basics.tagline.line, "Hello")
    personality = section(editor, SectionKey.PERSONALITY)
    QTest.keyClicks(personality.scenario.text, "A lighthouse")

    desk.press(Qt.Key.Key_Z, CTRL, into=personality.scenario.text)
    assert (personality.scenario.value, editor.state.card.tagline) == ("", "Hello")
    desk.press(Qt.Key.Key_Z, CTRL, into=personality.scenario.text)

    assert basics.tagline.line.text() == ""
    assert editor.pages.currentWidget() is basics
    desk.until(basics.tagline.line.hasFocus)
    desk.press(Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier, into=basics.tagline.line)
    assert basics.tagline.line.text() == "Hello"


def test_keys_lead_through_the_sections(desk: Desk) -> None:
    editor = edit(desk)

    desk.press(Qt.Key.Key_3, CTRL, into=editor)
    assert editor.pages.currentWidget() is editor.pages.section(SectionKey.GREETINGS)
    desk.press(Qt.Key.Key_PageDown, CTRL, into=editor)
    assert editor.pages.currentWidget() is editor.pages.section(SectionKey.VOICE)
    desk.press(Qt.Key.Key_PageUp, CTRL, into=editor)
    assert editor.sections.entries[SectionKey.GREETINGS].isChecked()
    greetings: Any = editor.pages.section(SectionKey.GREETINGS)
    desk.until(greetings.list.list.hasFocus)


def test_two_braces_offer_macros_and_enter_takes_one(desk: Desk) -> None:
    editor = edit(desk)
    text = section(editor, SectionKey.PERSONALITY).scenario.text
    text.setFocus()

    QTest.keyClicks(text, "With {{us")
    desk.until(lambda: text.macros is not None and text.macros.shown)
    popup = QApplication.activePopupWidget()
    assert popup is not None
    QTest.keyClick(popup, Qt.Key.Key_Return)

    assert text.toPlainText() == "With {{user}}"
    assert editor.state.card.scenario == "With {{user}}"


def test_an_unknown_macro_is_hinted_at_and_does_not_hold_up_saving(desk: Desk) -> None:
    editor = edit(desk)
    personality = section(editor, SectionKey.PERSONALITY)

    personality.scenario.text.set_text("With {{usr}}")

    hint = personality._rows["scenario"].hint
    desk.until(hint.isVisible)
    assert "{{usr}}" in hint.text()
    assert editor.foot.save.isEnabled()


def test_original_is_inserted_where_the_cursor_is(desk: Desk) -> None:
    editor = edit(desk, system_prompt="Be brief. ")
    personality = section(editor, SectionKey.PERSONALITY)
    personality.system_prompt.text.moveCursor(personality.system_prompt.text.textCursor().MoveOperation.End)

    desk.click(personality._inserts[0])

    assert editor.state.card.system_prompt == "Be brief. {{original}}"


def test_greetings_are_added_moved_and_deleted_and_the_first_is_the_cards(desk: Desk) -> None:
    editor = edit(desk, greeting="One", alternate_greetings=("Two",))
    greetings = section(editor, SectionKey.GREETINGS)
    desk.click(greetings.list.add)
    QTest.keyClicks(greetings.text.text, "Three, {{char}}")
    assert greetings.preview.text() == "Three, Marlow"

    greetings.list.list.setFocus()
    for _ in range(2):
        desk.press(Qt.Key.Key_Up, ALT, into=greetings.list.list)
    assert (editor.state.card.greeting, editor.state.card.alternate_greetings) == ("Three, {{char}}", ("One", "Two"))
    greetings.list.list.setCurrentRow(1)
    desk.press(Qt.Key.Key_Delete, into=greetings.list.list)

    assert editor.state.card.greetings == ("Three, {{char}}", "Two")
    assert greetings.text.value == "Two"
    editor.state.undo()
    assert editor.state.card.greetings == ("Three, {{char}}", "One", "Two")


def test_a_row_that_is_dragged_changes_the_order(desk: Desk) -> None:
    editor = edit(desk, greeting="One", alternate_greetings=("Two", "Three"))
    greetings = section(editor, SectionKey.GREETINGS)

    model = greetings.list.list.model()
    model.moveRow(greetings.list.list.rootIndex(), 0, greetings.list.list.rootIndex(), 3)

    assert editor.state.card.greetings == ("Two", "Three", "One")


def test_turns_of_the_example_dialogue_are_edited_in_a_list(desk: Desk) -> None:
    editor = edit(desk, example_dialogue="<START>\n{{user}}: Hi\n{{char}}: Hello.")
    field = section(editor, SectionKey.PERSONALITY).examples
    assert field.list.list.count() == 2

    desk.click(field.list.add)
    QTest.keyClicks(field.words.text, "Bye")
    desk.click(field.starts)

    assert editor.state.card.example_dialogue == ("<START>\n{{user}}: Hi\n{{char}}: Hello.\n<START>\n{{user}}: Bye")
    desk.press(Qt.Key.Key_Up, ALT, into=field.list.list)
    assert editor.state.card.example_dialogue.endswith("<START>\n{{user}}: Bye\n{{char}}: Hello.")


def test_an_example_dialogue_that_is_not_turns_stays_as_it_stands(desk: Desk) -> None:
    odd = "<START>\n<START>\n{{user}}: Hi"
    editor = edit(desk, example_dialogue=odd)
    field = section(editor, SectionKey.PERSONALITY).examples

    assert field.raw.isVisible()
    assert not field.turns.isVisible()
    assert field.raw.value == odd
    QTest.keySequence(field.raw.text, QKeySequence(QKeySequence.StandardKey.MoveToEndOfDocument))
    QTest.keyClicks(field.raw.text, "!")
    assert editor.state.card.example_dialogue == odd + "!"
