"""The editor's Model section: a model and a way of speaking of the persona's own; and what a reply tells of it."""

from PySide6.QtCore import QLocale
from PySide6.QtTest import QTest

from personadesk.domain.providers import PersonaModel, Preset
from personadesk.ui.chat.message_painter import footer_text
from personadesk.ui.editor.model import ModelSection
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.settings.provider_models import ModelPicker
from tests.ui.desk import Desk
from tests.ui.test_editor_basics import edit, editor_of
from tests.ui.transcripts import message


def section_of(desk: Desk, name: str) -> ModelSection:
    desk.model_desk.look()
    desk.until(lambda: bool(desk.model_desk.here))
    editor = edit(desk, name)
    editor.show_section(SectionKey.MODEL)
    section = editor.pages.section(SectionKey.MODEL)
    assert isinstance(section, ModelSection)
    return section


def test_a_persona_gets_a_model_and_a_way_of_speaking_of_its_own(desk: Desk) -> None:
    desk.show()
    persona_id = desk.make("Nora")
    section = section_of(desk, "Nora")
    desk.until(section.choose.isEnabled)
    assert section.name.text().startswith("The default model: ")
    assert section.temperature.isHidden()

    section.choose.click()
    picker = desk.dialog(ModelPicker)
    picker.chooser.search.entered.emit()
    desk.until(lambda: persona_id in desk.model.choices)
    assert desk.model.choices[persona_id].key == "smollm2-135m-instruct"
    section.presets[Preset.OWN].click()
    assert section.temperature.isVisible()
    section.temperature.slider.setValue(120)
    section.length.line.setText("250")
    QTest.keyClick(section.length.line, "\r")

    wanted = PersonaModel("smollm2-135m-instruct", Preset.OWN, temperature=1.2, max_tokens=250)
    desk.until(lambda: desk.model.choices[persona_id] == wanted)
    section.default.click()
    desk.until(lambda: desk.model.choices[persona_id].key == "")


def test_a_reply_says_which_providers_model_wrote_it() -> None:
    far = message(0, "Hello", model="1a2b/org/model-x")
    near = message(0, "Hello", model="smollm2-135m-instruct")

    assert footer_text(far, QLocale()).endswith(" · org/model-x")
    assert "smollm2" not in footer_text(near, QLocale())


def test_a_reply_says_that_another_model_stepped_in_also_one_on_this_computer() -> None:
    near = message(0, "Hello", model="smollm2-135m-instruct", error="Far did not answer: It is down.")
    far = message(0, "Hello", model="1a2b/org/model-x", error="Far did not answer: It is down.")

    assert footer_text(near, QLocale()).endswith(" · smollm2-135m-instruct stepped in")
    assert footer_text(far, QLocale()).endswith(" · org/model-x stepped in")


def test_each_of_several_replies_says_which_model_wrote_it() -> None:
    near = message(0, "Hello", model="smollm2-135m-instruct", swipe_index=1, swipe_count=2)
    nobodys = message(0, "Hello", model="", swipe_index=0, swipe_count=2)

    assert footer_text(near, QLocale()).endswith("2 of 2 · smollm2-135m-instruct")
    assert footer_text(nobodys, QLocale()).endswith("1 of 2")


def own_numbers(desk: Desk, name: str, step: int) -> ModelSection:
    """A persona's section, at numbers of the user's own."""
    section = section_of(desk, name)
    desk.until(section.presets[Preset.OWN].isEnabled)
    section.presets[Preset.OWN].click()
    section.temperature.slider.setValue(step)
    return section


def save_as(desk: Desk, section: ModelSection, name: str) -> None:
    section.ways.keep.click()
    section.ways.name.line.setText(name)
    QTest.keyClick(section.ways.name.line, "\r")


def chip_names(section: ModelSection) -> list[str]:
    return [chip.text() for chip in section.ways.saved.values() if not chip.isHidden()]


def test_numbers_are_saved_under_a_name_and_picked_for_another_persona(desk: Desk) -> None:
    desk.show()
    desk.make("Nora")
    other = desk.make("Ben")
    section = own_numbers(desk, "Nora", 135)
    save_as(desk, section, " Story  teller ")
    desk.until(lambda: chip_names(section) == ["Story teller"])
    editor_of(desk).close()

    section = section_of(desk, "Ben")
    desk.until(lambda: chip_names(section) == ["Story teller"])
    (chip,) = section.ways.saved.values()
    desk.until(chip.isEnabled)
    chip.click()

    desk.until(lambda: other in desk.model.choices)
    choice = desk.model.choices[other]
    assert (choice.preset, choice.temperature) == (Preset.OWN, 1.35)
    assert chip.isChecked()
    assert not section.presets[Preset.OWN].isChecked()


def test_a_number_that_is_moved_leaves_the_saved_way_as_it_is(desk: Desk) -> None:
    desk.show()
    desk.make("Nora")
    section = own_numbers(desk, "Nora", 135)
    save_as(desk, section, "Teller")
    desk.until(lambda: section.ways.way is not None)

    section.temperature.slider.setValue(90)

    assert section.presets[Preset.OWN].isChecked()
    (way,) = desk.ask(desk.editing.ways.all())
    assert (way.name, way.temperature) == ("Teller", 1.35)


def test_a_saved_way_is_renamed_and_a_name_that_is_taken_refused_beside_the_field(desk: Desk) -> None:
    desk.show()
    desk.make("Nora")
    desk.ask(desk.editing.ways.save("Calm", temperature=0.2, top_p=0.9))
    section = own_numbers(desk, "Nora", 135)
    save_as(desk, section, "calm")
    desk.until(section.ways.problem.isVisible)
    assert "Choose another name." in section.ways.problem.text()

    section.ways.name.line.setText("Teller")
    QTest.keyClick(section.ways.name.line, "\r")
    desk.until(lambda: section.ways.way is not None)
    section.ways.rename.click()
    section.ways.name.line.setText("Bard")
    QTest.keyClick(section.ways.name.line, "\r")

    desk.until(lambda: chip_names(section) == ["Calm", "Bard"] or chip_names(section) == ["Bard", "Calm"])
    assert [way.name for way in desk.ask(desk.editing.ways.all())] == ["Bard", "Calm"]


def test_a_deleted_way_leaves_its_numbers_to_the_persona_and_comes_back_with_undo(desk: Desk) -> None:
    desk.show()
    persona_id = desk.make("Nora")
    section = own_numbers(desk, "Nora", 135)
    save_as(desk, section, "Teller")
    desk.until(lambda: section.ways.way is not None)

    section.ways.delete.click()
    desk.until(section.ways.undo.isVisible)
    assert "keep its numbers" in section.ways.told.text()
    assert section.presets[Preset.OWN].isChecked()
    assert desk.model.choices[persona_id].temperature == 1.35
    section.ways.undo.click()

    desk.until(lambda: chip_names(section) == ["Teller"])
    desk.until(lambda: section.ways.way is not None)
    assert not section.ways.undo.isVisible()


def test_a_saved_way_is_given_other_numbers_for_every_persona_and_gets_its_own_back(desk: Desk) -> None:
    desk.show()
    persona_id = desk.make("Nora")
    section = own_numbers(desk, "Nora", 135)
    save_as(desk, section, "Teller")
    desk.until(lambda: section.ways.way is not None)
    assert not section.ways.update_way.isVisible()
    section.temperature.slider.setValue(90)
    assert section.ways.update_way.isVisible()
    assert "Teller" in section.ways.update_way.text()

    section.ways.update_way.click()
    desk.until(lambda: section.ways.way is not None)

    (way,) = desk.ask(desk.editing.ways.all())
    assert (way.name, way.temperature) == ("Teller", 0.9)
    assert desk.model.choices[persona_id] == PersonaModel(
        preset=Preset.OWN, temperature=0.9, top_p=way.top_p, way=way.id
    )
    assert "every persona" in section.ways.told.text()
    assert not section.ways.update_way.isVisible()
    section.ways.undo.click()
    desk.until(lambda: desk.model.choices[persona_id].temperature == 1.35)
    assert desk.ask(desk.editing.ways.all())[0].temperature == 1.35
    assert section.temperature.slider.value() == 135
    assert not section.ways.undo.isVisible()
