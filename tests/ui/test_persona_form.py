"""The form: validation beside the field, nothing lost on the way out."""

import pytest
import shiboken6
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest

from personadesk.domain.persona import CommunicationStyle
from personadesk.ui.dialogs.persona_form import PersonaForm
from tests.ui.desk import Desk


def new_form(desk: Desk) -> PersonaForm:
    desk.ctrl(Qt.Key.Key_N)
    form = desk.dialog(PersonaForm)
    assert isinstance(form, PersonaForm)
    return form


def edit_form(desk: Desk, name: str) -> PersonaForm:
    desk.window.personas.edit(desk.persona(name).id)
    form = desk.dialog(PersonaForm)
    assert isinstance(form, PersonaForm)
    return form


def said_beside(form: PersonaForm, field: str) -> str:
    label = form._problems[field]
    return str(label.text()) if label.isVisible() else ""


def test_a_new_persona_is_made_with_everything_that_was_entered(desk: Desk) -> None:
    form = new_form(desk)
    desk.until(form.name.line.hasFocus)
    form.name.line.setText("  Marlow  ")
    form.tagline.line.setText("Keeps the lamp lit")
    form.description.text.setPlainText("An old keeper.")
    form.traits.line.setText("dry, patient,, dry ,  far  sighted")
    form.greeting.text.setPlainText("Evening.")
    form._take_style(CommunicationStyle.CUSTOM)
    form.style_text.line.setText("short sentences")

    desk.click(form.save)

    desk.until(lambda: any(item.name == "Marlow" for item in desk.roster.personas.values()))
    card = desk.ask(desk.personas.get(desk.persona("Marlow").id)).card
    assert card.traits == ("dry", "patient", "far sighted")
    assert (card.tagline, card.description, card.greeting) == ("Keeps the lamp lit", "An old keeper.", "Evening.")
    assert (card.style, card.style_text) == (CommunicationStyle.CUSTOM, "short sentences")


def test_the_toast_after_making_one_leads_into_the_chat(desk: Desk) -> None:
    form = new_form(desk)
    form.name.line.setText("Marlow")
    desk.click(form.save)

    chat = desk.toast("Marlow is here.").action_button
    assert chat is not None
    desk.click(chat)

    desk.until_open("Marlow")


def test_a_new_persona_stands_under_the_cursor_in_the_library(desk: Desk) -> None:
    form = new_form(desk)
    form.name.line.setText("Marlow")

    desk.click(form.save)

    desk.until(lambda: desk.window.library.grid.currentIndex().data() == "Marlow")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("x" * 51, "A name has up to 50 characters; this one has 51."),
        ("luna", "There is a persona of this name already."),
        ("  ", ""),
    ],
)
def test_a_name_that_can_not_be_is_said_beside_the_field(desk: Desk, name: str, sentence: str) -> None:
    form = new_form(desk)

    form.name.line.setText(name)

    assert said_beside(form, "name") == sentence
    assert form.name.line.accessibleDescription() == sentence
    assert not form.save.isEnabled()


def test_a_form_without_a_name_says_so_once_something_else_was_entered(desk: Desk) -> None:
    form = new_form(desk)
    assert said_beside(form, "name") == ""

    form.tagline.line.setText("Someone")

    assert said_beside(form, "name") == "A persona needs a name."


@pytest.mark.parametrize(
    ("traits", "sentence"),
    [
        (", ".join(f"trait {number}" for number in range(21)), "Up to 20 traits."),
        ("x" * 41, "A trait has up to 40 characters."),
        (", ".join(f"{number:02}" + "x" * 38 for number in range(20)), ""),
    ],
)
def test_too_many_or_too_long_traits_are_said_beside_the_field(desk: Desk, traits: str, sentence: str) -> None:
    form = new_form(desk)
    form.name.line.setText("Marlow")

    form.traits.line.setText(traits)

    assert said_beside(form, "traits") == sentence
    assert form.save.isEnabled() is (sentence == "")


def test_a_name_taken_in_the_meantime_is_said_by_the_store_and_the_form_stays(desk: Desk) -> None:
    form = new_form(desk)
    form.name.line.setText("Marlow")
    form.description.text.setPlainText("An old keeper.")
    desk.make("marlow")

    desk.click(form.save)

    desk.until(lambda: said_beside(form, "name") != "")
    assert form.isVisible()
    assert form.description.text.toPlainText() == "An old keeper."
    assert form.save.isEnabled()


def test_an_edit_changes_the_card_and_keeps_what_the_form_does_not_show(desk: Desk) -> None:
    own = desk.make("Marlow", scenario="A lighthouse.", alternate_greetings=("Hm.",))
    form = edit_form(desk, "Marlow")
    form.tagline.line.setText("Keeps the lamp lit")

    desk.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier, into=form)

    desk.until(lambda: desk.persona("Marlow").tagline == "Keeps the lamp lit")
    card = desk.ask(desk.personas.get(own)).card
    assert (card.scenario, card.alternate_greetings) == ("A lighthouse.", ("Hm.",))


def test_a_new_name_reaches_sidebar_card_and_header(desk: Desk) -> None:
    desk.make("Marlow")
    desk.open("Marlow")
    form = edit_form(desk, "Marlow")
    form.name.line.setText("Marlowe")

    desk.click(form.save)

    desk.until(lambda: desk.chat.header.name.text() == "Marlowe")
    model = desk.window.sidebar.model
    assert model.index(model.row_of(desk.persona("Marlowe").id)).data() == "Marlowe"


def test_unsaved_changes_ask_for_a_second_press(desk: Desk) -> None:
    desk.make("Marlow")
    form = edit_form(desk, "Marlow")
    form.tagline.line.setText("Something")

    desk.press(Qt.Key.Key_Escape, into=form)
    assert form.isVisible()
    assert "Unsaved changes" in form.note.text()
    assert form.cancel.text() == "Discard"

    desk.click(form.cancel)
    desk.until(lambda: not shiboken6.isValid(form))
    assert desk.persona("Marlow").tagline == ""


def test_closing_the_window_of_the_form_guards_changes_too(desk: Desk) -> None:
    form = new_form(desk)
    form.name.line.setText("Marlow")

    form.close()

    assert form.isVisible()
    assert "Unsaved changes" in form.note.text()


def test_typing_on_takes_the_discard_back(desk: Desk) -> None:
    form = new_form(desk)
    form.name.line.setText("Marlow")
    desk.press(Qt.Key.Key_Escape, into=form)

    form.name.line.setText("Marlowe")
    desk.press(Qt.Key.Key_Escape, into=form)

    assert form.isVisible()
    assert form.cancel.accessibleName() == "Discard"


def test_an_untouched_form_closes_at_once(desk: Desk) -> None:
    form = new_form(desk)

    desk.press(Qt.Key.Key_Escape, into=form)

    desk.until(lambda: not shiboken6.isValid(form))


def test_a_built_in_is_not_edited_but_offers_a_copy(desk: Desk) -> None:
    desk.window.personas.edit(desk.persona("Luna").id)
    copy = desk.toast("Luna is built in and stays as it is.").action_button
    assert copy is not None

    desk.click(copy)

    form = desk.dialog(PersonaForm)
    assert form.name.line.text() == "Luna 2"


def test_move_to_trash_from_the_form_can_be_undone(desk: Desk) -> None:
    desk.make("Marlow")
    form = edit_form(desk, "Marlow")

    form.delete_requested.emit()

    desk.toast("Marlow moved to the trash.")
    desk.until(lambda: not any(item.name == "Marlow" for item in desk.roster.personas.values()))


def test_a_megabyte_of_one_word_pasted_into_the_description_is_taken(desk: Desk) -> None:
    form = new_form(desk)
    form.name.line.setText("Marlow")
    data = QMimeData()
    data.setText("x" * 1_000_000)
    QGuiApplication.clipboard().setMimeData(data)

    QTest.keySequence(form.description.text, QKeySequence(QKeySequence.StandardKey.Paste))
    desk.click(form.save)

    desk.until(lambda: any(item.name == "Marlow" for item in desk.roster.personas.values()))
    assert len(desk.ask(desk.personas.get(desk.persona("Marlow").id)).card.description) == 1_000_000
