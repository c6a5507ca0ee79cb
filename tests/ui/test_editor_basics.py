"""The editor's everyday: making, changing, what is wrong beside the field, nothing lost on the way out."""

from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest

from personadesk.domain.persona import CommunicationStyle
from personadesk.ui.editor.editor import PersonaEditor
from personadesk.ui.editor.places import SectionKey, section_of
from tests.ui.desk import Desk
from tests.ui.test_accessibility import parts


def new_editor(desk: Desk) -> PersonaEditor:
    desk.ctrl(Qt.Key.Key_N)
    return editor_of(desk)


def edit(desk: Desk, name: str) -> PersonaEditor:
    desk.window.personas.edit(desk.persona(name).id)
    return editor_of(desk)


def editor_of(desk: Desk) -> PersonaEditor:
    editor = desk.dialog(PersonaEditor)
    assert isinstance(editor, PersonaEditor)
    return editor


def basics(editor: PersonaEditor) -> Any:
    return editor.pages.section(SectionKey.BASICS)


def personality(editor: PersonaEditor) -> Any:
    return editor.pages.section(SectionKey.PERSONALITY)


def said_beside(editor: PersonaEditor, field: str) -> str:
    label = editor.pages.section(section_of(field))._rows[field].problem
    return str(label.text()) if label.isVisible() else ""


def is_listed(desk: Desk, name: str) -> bool:
    return any(item.name == name for item in desk.roster.personas.values())


def test_a_new_persona_is_made_with_everything_that_was_entered(desk: Desk) -> None:
    editor = new_editor(desk)
    desk.until(basics(editor).name.line.hasFocus)
    basics(editor).name.line.setText("  Marlow  ")
    basics(editor).tagline.line.setText("Keeps the lamp lit")
    basics(editor).description.text.setPlainText("An old keeper.")
    editor.show_section(SectionKey.PERSONALITY)
    QTest.keyClicks(personality(editor).traits.line, "dry, patient,, Dry ,  far  sighted\r")
    desk.click(personality(editor).style_field.chips[CommunicationStyle.CUSTOM])
    personality(editor).style_text.line.setText("short sentences")
    editor.show_section(SectionKey.GREETINGS)
    greetings: Any = editor.pages.section(SectionKey.GREETINGS)
    greetings.text.text.setPlainText("Evening.")

    desk.click(editor.foot.save)

    desk.until(lambda: is_listed(desk, "Marlow"))
    card = desk.ask(desk.personas.get(desk.persona("Marlow").id)).card
    assert card.traits == ("dry", "patient", "far sighted")
    assert (card.tagline, card.description, card.greeting) == ("Keeps the lamp lit", "An old keeper.", "Evening.")
    assert (card.style, card.style_text) == (CommunicationStyle.CUSTOM, "short sentences")


def test_the_toast_after_making_one_leads_into_the_chat(desk: Desk) -> None:
    editor = new_editor(desk)
    basics(editor).name.line.setText("Marlow")
    desk.click(editor.foot.save)

    chat = desk.toast("Marlow is here.").action_button
    assert chat is not None
    desk.click(chat)

    desk.until_open("Marlow")


def test_a_new_persona_stands_under_the_cursor_in_the_library(desk: Desk) -> None:
    editor = new_editor(desk)
    basics(editor).name.line.setText("Marlow")

    desk.click(editor.foot.save)

    desk.until(lambda: desk.window.library.grid.currentIndex().data() == "Marlow")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("x" * 51, "A name has up to 50 characters; this one has 51."),
        ("luna", "There is a persona of this name already."),
        ("  ", "A persona needs a name."),
    ],
)
def test_a_name_that_can_not_be_is_said_beside_the_field_and_in_the_list(desk: Desk, name: str, sentence: str) -> None:
    editor = new_editor(desk)
    assert said_beside(editor, "name") == ""

    basics(editor).name.line.setText(name)

    assert said_beside(editor, "name") == sentence
    assert basics(editor).name.line.accessibleDescription() == sentence
    assert editor.sections.entries[SectionKey.BASICS].wrong
    assert not editor.foot.save.isEnabled()


@pytest.mark.parametrize(
    ("traits", "sentence"),
    [
        (tuple(f"trait {number}" for number in range(21)), "Up to 20 traits; these are 21. Take some away."),
        (("x" * 41,), f"A trait has up to 40 characters; “{'x' * 20}…” has 41."),
        (tuple(f"{number:02}" + "x" * 38 for number in range(20)), ""),
    ],
)
def test_too_many_or_too_long_traits_are_said_beside_the_field(
    desk: Desk, traits: tuple[str, ...], sentence: str
) -> None:
    editor = new_editor(desk)
    basics(editor).name.line.setText("Marlow")
    editor.show_section(SectionKey.PERSONALITY)

    for trait in traits:
        personality(editor).traits.line.setText(trait)
        desk.press(Qt.Key.Key_Return, into=personality(editor).traits.line)

    assert said_beside(editor, "traits") == sentence
    assert editor.foot.save.isEnabled() is (sentence == "")


def test_save_leads_to_what_is_wrong(desk: Desk) -> None:
    editor = new_editor(desk)
    editor.show_section(SectionKey.VOICE)

    desk.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier, into=editor)

    assert said_beside(editor, "name") == "A persona needs a name."
    desk.until(basics(editor).name.line.hasFocus)


def test_a_name_taken_in_the_meantime_is_said_by_the_store_and_everything_stays(desk: Desk) -> None:
    editor = new_editor(desk)
    basics(editor).name.line.setText("Marlow")
    basics(editor).description.text.setPlainText("An old keeper.")
    desk.make("marlow")

    desk.click(editor.foot.save)

    desk.until(lambda: said_beside(editor, "name") != "")
    assert editor.isVisible()
    assert basics(editor).description.value == "An old keeper."
    assert editor.foot.save.isEnabled()


def test_an_edit_changes_the_card_and_keeps_what_was_not_touched(desk: Desk) -> None:
    own = desk.make("Marlow", scenario="A lighthouse.", alternate_greetings=("Hm.",), raw_json='{"name": "Marlow"}')
    before = desk.ask(desk.personas.get(own)).card
    editor = edit(desk, "Marlow")
    for key in SectionKey:
        if key is not SectionKey.LOREBOOK:
            editor.show_section(key)
    assert not editor.dirty
    basics(editor).tagline.line.setText("Keeps the lamp lit")

    desk.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier, into=editor)

    desk.until(lambda: desk.persona("Marlow").tagline == "Keeps the lamp lit")
    card = desk.ask(desk.personas.get(own)).card
    assert (card.scenario, card.greetings, card.raw_json) == ("A lighthouse.", ("Hm.",), before.raw_json)


def test_a_new_name_reaches_sidebar_card_and_header(desk: Desk) -> None:
    desk.make("Marlow")
    desk.open("Marlow")
    desk.ctrl(Qt.Key.Key_E)
    editor = editor_of(desk)
    basics(editor).name.line.setText("Marlowe")

    desk.click(editor.foot.save)

    desk.until(lambda: desk.chat.header.name.text() == "Marlowe")
    model = desk.window.sidebar.model
    assert model.index(model.row_of(desk.persona("Marlowe").id)).data() == "Marlowe"


def test_an_untouched_editor_closes_at_once(desk: Desk) -> None:
    editor = new_editor(desk)

    desk.press(Qt.Key.Key_Escape, into=editor)

    desk.until(lambda: not shiboken6.isValid(editor))


def test_move_to_trash_from_the_editor_can_be_undone(desk: Desk) -> None:
    desk.make("Marlow")
    editor = edit(desk, "Marlow")

    desk.click(editor.foot.delete)

    desk.toast("Marlow moved to the trash.")
    desk.until(lambda: not is_listed(desk, "Marlow"))


def test_a_built_in_is_shown_and_its_copy_goes_on_in_the_same_section(desk: Desk) -> None:
    editor = edit(desk, "Luna")
    editor.show_section(SectionKey.GREETINGS)
    shown: Any = editor.pages.section(SectionKey.GREETINGS)
    assert shown.text.text.isReadOnly()
    assert not editor.foot.save.isVisible()

    desk.click(editor.foot.mine)

    desk.until(lambda: not shiboken6.isValid(editor))
    copy = editor_of(desk)
    assert copy.state.card.name == "Luna 2"
    assert copy.pages.currentWidget() is copy.pages.section(SectionKey.GREETINGS)
    assert not copy.pages.section(SectionKey.GREETINGS).text.text.isReadOnly()  # type: ignore[attr-defined]


def test_every_control_of_every_section_has_a_name(desk: Desk) -> None:
    desk.make("Marlow", alternate_greetings=("Hm.",), example_dialogue="{{user}}: Hi", raw_json='{"name": "Marlow"}')
    editor = edit(desk, "Marlow")
    nameless = []

    for key in editor.sections.entries:
        editor.show_section(key)
        for part in parts(editor):
            interface = QAccessible.queryAccessibleInterface(part)
            if interface is None or not interface.text(QAccessible.Text.Name).strip():
                nameless.append((key, part))

    assert nameless == []


def test_thousands_of_tags_and_greetings_are_opened_and_kept(desk: Desk) -> None:
    tags, greetings = tuple(f"tag {number}" for number in range(3000)), tuple("hi" for _ in range(3000))
    own = desk.make("Marlow", tags=tags, greeting="hello", alternate_greetings=greetings)
    editor = edit(desk, "Marlow")
    for key in editor.sections.entries:
        editor.show_section(key)
    basics(editor).tagline.line.setText("Busy")

    editor.save()

    desk.until(lambda: desk.persona("Marlow").tagline == "Busy")
    card = desk.ask(desk.personas.get(own)).card
    assert (card.tags, card.alternate_greetings) == (tags, greetings)


def test_a_megabyte_of_one_word_pasted_into_the_description_is_taken(desk: Desk) -> None:
    editor = new_editor(desk)
    basics(editor).name.line.setText("Marlow")
    data = QMimeData()
    data.setText("x" * 1_000_000)
    QGuiApplication.clipboard().setMimeData(data)

    QTest.keySequence(basics(editor).description.text, QKeySequence(QKeySequence.StandardKey.Paste))
    desk.click(editor.foot.save)

    desk.until(lambda: is_listed(desk, "Marlow"))
    assert len(desk.ask(desk.personas.get(desk.persona("Marlow").id)).card.description) == 1_000_000
