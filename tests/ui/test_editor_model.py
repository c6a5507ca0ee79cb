"""The editor's Model section: a model and a way of speaking of the persona's own; and what a reply tells of it."""

from PySide6.QtCore import QLocale
from PySide6.QtTest import QTest

from personadesk.domain.providers import PersonaModel, Preset
from personadesk.ui.chat.message_painter import footer_text
from personadesk.ui.editor.model import ModelSection
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.settings.provider_models import ModelPicker
from tests.ui.desk import Desk
from tests.ui.test_editor_basics import edit
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
