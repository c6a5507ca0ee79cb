"""Nothing typed is lost: the question at the door, drafts through a crash, earlier versions and the way back."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage

from personadesk.domain.avatar import AvatarChange, AvatarChoice
from personadesk.domain.chat import ModelState
from personadesk.domain.lorebook import Lorebook
from personadesk.domain.persona import PersonaCard
from personadesk.domain.voice import VoiceChoice
from personadesk.services.persona_editing import TokenCounts
from personadesk.ui.avatar.crop_dialog import CropDialog
from personadesk.ui.avatar.intake import Offer
from personadesk.ui.editor.editor import PersonaEditor
from personadesk.ui.editor.history import HistoryPanel
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.widgets.toasts import Toast
from tests.ui.desk import Desk


def edit(desk: Desk, **fields: Any) -> PersonaEditor:
    desk.window.personas.edit(desk.make("Marlow", **fields))
    return editor_of(desk)


def editor_of(desk: Desk) -> PersonaEditor:
    editor = desk.dialog(PersonaEditor)
    assert isinstance(editor, PersonaEditor)
    return editor


def type_tagline(editor: PersonaEditor, words: str) -> None:
    basics: Any = editor.pages.section(SectionKey.BASICS)
    basics.tagline.line.setText(words)


def gone(desk: Desk, editor: PersonaEditor) -> None:
    desk.until(lambda: not shiboken6.isValid(editor))


@pytest.mark.parametrize(("answer", "stored"), [(0, "Changed"), (1, "")])
def test_leaving_with_changes_asks_whether_to_save_them(desk: Desk, answer: int, stored: str) -> None:
    editor = edit(desk)
    type_tagline(editor, "Changed")

    desk.press(Qt.Key.Key_Escape, into=editor)
    assert editor.guard.question.isVisible()
    assert [button.text() for button in editor.guard.question.answers] == ["Save", "Discard", "Keep editing"]
    desk.click(editor.guard.question.answers[answer])

    gone(desk, editor)
    desk.until(lambda: desk.persona("Marlow").tagline == stored)
    assert desk.ask(desk.editing.drafts()) == ()


@pytest.mark.parametrize("stay", [lambda desk, editor: desk.click(editor.guard.question.answers[2]),
                                  lambda desk, editor: desk.press(Qt.Key.Key_Escape, into=editor)])  # fmt: skip
def test_keep_editing_keeps_everything(desk: Desk, stay: Callable[[Desk, PersonaEditor], None]) -> None:
    editor = edit(desk)
    type_tagline(editor, "Changed")
    editor.close()

    stay(desk, editor)

    assert editor.isVisible()
    assert not editor.guard.question.isVisible()
    assert editor.state.card.tagline == "Changed"


def test_what_was_typed_before_a_crash_is_offered_and_gone_on_with(start: Callable[[], Desk]) -> None:
    desk = start()
    desk.show()
    type_tagline(edit(desk, raw_json='{"name": "Marlow"}'), "Half a thou")
    desk.window.personas.stop()
    desk.until(lambda: bool(desk.ask(desk.editing.drafts())))
    desk.close()

    again = start()
    again.show()
    toast: Toast = again.toast("You have unsaved changes to Marlow")
    assert toast.action_button is not None
    again.click(toast.action_button)

    editor = editor_of(again)
    assert editor.state.card.tagline == "Half a thou"
    assert editor.state.card.raw_json == '{"name": "Marlow"}'
    assert editor.dirty
    editor.save()
    again.until(lambda: again.persona("Marlow").tagline == "Half a thou")


def test_a_new_picture_is_undone_redone_and_outlives_a_crash(start: Callable[[], Desk], tmp_path: Path) -> None:
    image = QImage(300, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("#00ff00"))
    image.save(str(tmp_path / "green.png"))
    desk = start()
    desk.show()
    editor = edit(desk)
    type_tagline(editor, "Changed")
    editor.pages.take_picture(Offer(path=tmp_path / "green.png"))
    desk.dialog(CropDialog).accept()
    desk.until(lambda: editor.state.avatar.change is AvatarChange.NEW)
    chosen = editor.state.avatar

    editor.state.undo()
    assert (portrait_green(editor), editor.state.card.tagline, editor.dirty) == (False, "Changed", True)
    editor.state.redo()
    assert portrait_green(editor)
    assert editor.state.avatar == chosen
    desk.window.personas.stop()
    desk.until(lambda: bool(desk.ask(desk.editing.drafts())))
    desk.close()

    again = start()
    again.show()
    again.window.personas.edit(again.persona("Marlow").id)
    editor = editor_of(again)
    again.click(editor.guard.offer.answers[0])
    again.until(lambda: portrait_green(editor))
    assert editor.preview.card.portrait is not None
    editor.save()
    again.until(lambda: again.persona("Marlow").avatar == hashlib.sha256(chosen.content).hexdigest())


def portrait_green(editor: PersonaEditor) -> bool:
    basics: Any = editor.pages.section(SectionKey.BASICS)
    image = basics.avatar.portrait(40).toImage()
    shown: QColor = image.pixelColor(image.width() // 2, image.height() // 2)
    return shown.green() > 200 and shown.blue() < 60


def test_a_draft_is_offered_when_its_persona_is_opened_and_can_be_thrown_away(desk: Desk) -> None:
    own = desk.make("Marlow")
    desk.ask(desk.editing.keep_draft(own, PersonaCard("Marlow", tagline="Half a thou")))
    desk.window.personas.edit(own)
    editor = editor_of(desk)
    assert "unsaved changes to Marlow" in editor.guard.offer.sentence.text()

    assert not editor.pages.section(SectionKey.BASICS).isEnabled()
    desk.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier, into=editor)
    assert len(desk.ask(desk.editing.drafts())) == 1
    desk.click(editor.guard.offer.answers[1])

    desk.until(lambda: desk.ask(desk.editing.drafts()) == ())
    assert editor.state.card.tagline == ""
    assert editor.pages.section(SectionKey.BASICS).isEnabled()


def test_versions_are_compared_and_one_is_restored_and_taken_back(desk: Desk) -> None:
    own = desk.make("Marlow", description="She knits at night.")
    desk.ask(desk.editing.save(own, PersonaCard("Marlow", description="She sails at night.")))
    desk.window.personas.edit(own)
    editor = editor_of(desk)
    desk.click(editor.foot.history)
    panel = editor.findChildren(HistoryPanel)[0]
    desk.until(lambda: "sails" in panel.changes.toPlainText())
    assert not panel.restore.isEnabled()

    panel.list.choose(1)
    desk.click(panel.restore)

    desk.until(lambda: editor.state.card.description == "She knits at night.")
    assert not editor.dirty
    desk.until(lambda: bool(editor.findChildren(Toast)))
    undo = editor.findChildren(Toast)[0].action_button
    assert undo is not None
    undo.click()
    desk.until(lambda: editor.state.card.description == "She sails at night.")


def test_restoring_leaves_the_lorebook_as_it_is_and_says_so(desk: Desk) -> None:
    own = desk.make("Marlow", tagline="One")
    desk.ask(desk.editing.save(own, PersonaCard("Marlow", tagline="Two"), book=Lorebook(name="Isles")))
    desk.window.personas.edit(own)
    editor = editor_of(desk)
    desk.click(editor.foot.history)
    panel = editor.findChildren(HistoryPanel)[0]
    desk.until(lambda: panel.list.model().rowCount() == 2)
    assert "the lorebook stays as it is" in panel.scope.text()
    assert panel.scope.isVisible()

    panel.list.choose(1)
    desk.click(panel.restore)

    desk.until(lambda: editor.state.card.tagline == "One")
    book = desk.ask(desk.editing.load(own)).book
    assert editor.state.book == book
    assert book is not None
    assert book.name == "Isles"


def test_restoring_asks_before_it_leaves_changes_behind(desk: Desk) -> None:
    own = desk.make("Marlow")
    saved = desk.ask(desk.editing.save(own, PersonaCard("Marlow", tagline="One")))
    desk.window.personas.edit(own)
    editor = editor_of(desk)
    type_tagline(editor, "Two")
    oldest = desk.ask(desk.editing.versions(own))[-1].version

    editor.past.restore(oldest.id)
    desk.click(editor.guard.question.answers[1])

    assert editor.state.card.tagline == "Two"
    assert desk.ask(desk.personas.get(own)).card == saved.card


def test_tokens_are_shown_by_section_and_in_all(desk: Desk) -> None:
    editor = edit(desk, description="d" * 40)
    counted: list[TokenCounts] = []
    editor.meter.counted.connect(counted.append)

    type_tagline(editor, "Changed")

    desk.until(lambda: bool(counted))
    desk.until(lambda: editor.pages.section(SectionKey.BASICS).tokens.text() == "11 tokens")
    assert editor.foot.tokens.text() == "11 tokens, 1 % of what the model keeps in mind"


def test_tokens_are_estimated_until_the_model_is_awake(desk: Desk) -> None:
    desk.model.become(ModelState.RESTING)
    desk.until(lambda: desk.model_desk.status.state is ModelState.RESTING)
    editor = edit(desk, description="d" * 40, greeting="g" * 4_001)

    desk.until(lambda: editor.pages.section(SectionKey.BASICS).tokens.text() == "about 10 tokens")
    assert editor.foot.tokens.text() == "about 1,100 tokens, 25 % of what the model keeps in mind"
    desk.model.become(ModelState.READY)

    desk.until(lambda: editor.pages.section(SectionKey.BASICS).tokens.text() == "11 tokens")
    assert editor.foot.tokens.text().startswith("1,012 tokens, 25 %")


def test_the_preview_shows_what_is_typed(desk: Desk) -> None:
    editor = edit(desk, greeting="Good evening, {{user}}.")
    before = editor.preview.card.grab().toImage()

    type_tagline(editor, "Changed")

    assert editor.preview.card.grab().toImage() != before
    assert editor.preview.greeting.text() == "“Good evening, You.”"


def test_a_voice_is_found_chosen_and_stored_with_its_sliders(desk: Desk) -> None:
    editor = edit(desk, voice=VoiceChoice(sample="a" * 64, sample_name="own.wav"))
    editor.show_section(SectionKey.VOICE)
    voice: Any = editor.pages.section(SectionKey.VOICE)
    desk.until(lambda: "not in the library" in voice.samples.problem.text())
    voice.search.line.setText("deep")
    assert [preset.name for preset in voice.voices.voices.presets] == ["Adam"]

    voice.voices.setCurrentIndex(voice.voices.voices.index(0))
    desk.press(Qt.Key.Key_Space, into=voice.voices)
    voice.sliders["speed"].slider.setValue(125)
    editor.save()

    gone(desk, editor)
    stored = desk.ask(desk.personas.get(desk.persona("Marlow").id)).card.voice
    assert (stored.preset, stored.speed) == ("elevenlabs:pNInz6obpgDQGcFmaJgB", 1.25)
    assert stored.sample_name == "own.wav"


def test_the_card_as_received_is_read_searched_and_copied(desk: Desk) -> None:
    raw = {"spec": "chara_card_v2", "data": {"name": "Marlow", "odd": 1, "extensions": {"chub": {}}}}
    editor = edit(desk, raw_json=json.dumps(raw))
    editor.show_section(SectionKey.ADVANCED)
    advanced: Any = editor.pages.section(SectionKey.ADVANCED)
    desk.until(advanced.raw.isVisible)

    assert "data.odd" in advanced.known.text()
    advanced.raw.search.line.setText("chub")
    assert advanced.raw.field.text.textCursor().selectedText() == "chub"
    desk.click(advanced.raw.copy)
    assert json.loads(QGuiApplication.clipboard().text()) == raw
    advanced.source.field.line.setText("https://example.org")
    desk.click(advanced.source.add)
    assert editor.state.card.source == ("https://example.org",)


def test_a_first_lore_entry_is_saved_with_the_persona(desk: Desk) -> None:
    editor = edit(desk)
    editor.show_section(SectionKey.LOREBOOK)
    lore: Any = editor.pages.section(SectionKey.LOREBOOK)
    lore.lore.editor.add()
    assert editor.state.book_dirty
    editor.state.undo()
    assert lore.lore.book() is None
    editor.state.redo()

    editor.save()

    gone(desk, editor)
    contents = desk.ask(desk.editing.load(desk.persona("Marlow").id))
    assert contents.book is not None
    assert len(contents.book.entries) == 1


@pytest.mark.parametrize(("width", "preview", "listed"), [(1080, True, True), (860, False, True), (520, False, False)])
def test_a_narrow_editor_hides_the_preview_and_then_the_list(
    desk: Desk, width: int, preview: bool, listed: bool
) -> None:
    editor = edit(desk)

    editor.resize(width, 560)

    desk.until(lambda: editor.preview.isVisible() is preview)
    assert editor.sections.isVisible() is listed
    assert editor.sections.combo.isVisible() is not listed


def test_a_picture_that_is_taken_away_is_gone_once_it_is_saved(desk: Desk) -> None:
    luna = desk.ask(desk.personas.get(desk.persona("Luna").id))
    copy = desk.ask(desk.personas.duplicate(luna.id))
    desk.until(lambda: copy.id in desk.roster.personas)
    desk.window.personas.edit(copy.id)
    editor = editor_of(desk)
    basics: Any = editor.pages.section(SectionKey.BASICS)

    basics.avatar.remove()
    assert editor.dirty
    assert editor.preview.card.bare
    editor.save()

    gone(desk, editor)
    desk.until(lambda: desk.roster.personas[copy.id].avatar == "")


def test_an_editor_of_an_unchanged_persona_keeps_its_picture(desk: Desk) -> None:
    assert edit(desk).state.avatar == AvatarChoice()
