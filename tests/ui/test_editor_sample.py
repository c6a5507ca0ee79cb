"""A persona's own voice sample in the editor: brought, recorded, cut, cloned, and never lost."""

import base64
import json
import math
import re
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QFocusEvent, QHelpEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QMessageBox, QToolTip
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from personadesk.domain.speech import SpeechChunk
from personadesk.domain.voice import VoiceChoice, VoiceSource
from personadesk.providers.voices.elevenlabs_voice import ElevenLabsVoices
from personadesk.services.speech.cache import SpeechCache
from personadesk.services.speech.clones import VoiceClones
from personadesk.services.speech.services import speech_services
from personadesk.services.speech.speaking import Speaker
from personadesk.ui.editor.editor import PersonaEditor
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.editor.sample_panel import SamplePanel
from personadesk.ui.editor.sample_stage import Mode
from personadesk.ui.speech.joining import join_voices
from personadesk.ui.speech.multimedia import load_multimedia
from tests.sounds import sound, three_hours, video, voice
from tests.ui.desk import Desk

# Said by QtMultimedia of optional libraries, whichever part of it is imported.
pytestmark = pytest.mark.qt_log_ignore("^Couldn't (load|resolve) ", extend=True)
SPOKEN_S = 6.0


class ScriptedInput:
    """A microphone that hears a tone, faster than time goes."""

    works = True

    def __init__(self, rate: int) -> None:
        self.left = round(SPOKEN_S * rate)
        self.stopped = False

    def read(self) -> bytes:
        count = min(self.left, 8_000)
        self.left -= count
        return tone(count)

    def stop(self) -> None:
        self.stopped = True


def tone(count: int) -> bytes:
    return array("h", (round(9_000 * math.sin(number / 20)) for number in range(count))).tobytes()


def pcm(seconds: float) -> bytes:
    return tone(round(seconds * 44_100))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "own.mp3").write_bytes(sound("mp3", voice(14)))
    (tmp_path / "long.ogg").write_bytes(sound("ogg", voice(130)))
    (tmp_path / "hours.flac").write_bytes(three_hours())
    (tmp_path / "film.m4a").write_bytes(video())
    (tmp_path / "note.wav").write_text("Buy bread.")
    return tmp_path


def edit(desk: Desk, **fields: Any) -> PersonaEditor:
    marlow = desk.make("Marlow", **fields)
    return open_editor(desk, marlow)


def open_editor(desk: Desk, persona: Any) -> PersonaEditor:
    desk.window.personas.edit(persona)
    editor: PersonaEditor = desk.dialog(PersonaEditor)
    editor.show_section(SectionKey.VOICE)
    return editor


def panel_of(editor: PersonaEditor) -> SamplePanel:
    section: Any = editor.pages.section(SectionKey.VOICE)
    section.tabs.choose(VoiceSource.SAMPLE)
    panel: SamplePanel = section.samples
    panel.view.sound_play.open_output = lambda _rate: None
    return panel


def drop(panel: SamplePanel, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    panel.drop.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, buttons, keys))


def stored(desk: Desk) -> VoiceChoice:
    return desk.ask(desk.personas.get(desk.persona("Marlow").id)).card.voice


def saved(desk: Desk, editor: PersonaEditor) -> bytes:
    editor.save()
    desk.until(lambda: not any(item.isVisible() for item in desk.window.findChildren(PersonaEditor)))
    choice = stored(desk)
    return desk.read(lambda store: store.assets.path(choice.sample).read_bytes())


def test_a_dropped_recording_is_judged_stored_as_it_is_and_shown_again(desk: Desk, files: Path) -> None:
    editor = edit(desk)
    panel = panel_of(editor)

    drop(panel, files / "own.mp3")
    desk.until(lambda: panel.mode is Mode.SHOWN)

    assert panel.view.name.text() == "own.mp3"
    assert panel.view.facts.text().startswith("MP3 · 16 kHz · mono")
    assert panel.view.found[0].sentence.startswith("Good: 14 seconds")
    assert saved(desk, editor) == (files / "own.mp3").read_bytes()
    again = panel_of(open_editor(desk, desk.persona("Marlow").id))
    desk.until(lambda: again.mode is Mode.SHOWN)
    assert again.view.name.text() == "own.mp3"


def test_what_is_no_sample_is_refused_in_words_and_the_one_before_stays(desk: Desk, files: Path) -> None:
    editor = edit(desk)
    panel = panel_of(editor)
    panel.take_file(str(files / "own.mp3"))
    desk.until(lambda: panel.mode is Mode.SHOWN)

    for name, words in (("note.wav", "a text"), ("film.m4a", "a video"), ("hours.flac", "180 minutes")):
        panel.take_file(str(files / name))
        desk.until(lambda said=words: said in panel.problem.text() and panel.mode is Mode.SHOWN)
        assert panel.view.name.text() == "own.mp3"
    drop(panel, files / "own.mp3", files / "long.ogg")
    assert "several files" in panel.problem.text()

    assert saved(desk, editor) == (files / "own.mp3").read_bytes()


def test_a_part_is_chosen_by_keyboard_cut_and_taken_back(desk: Desk, files: Path) -> None:
    editor = edit(desk)
    panel = panel_of(editor)
    panel.take_file(str(files / "own.mp3"))
    desk.until(lambda: panel.mode is Mode.SHOWN)
    whole = editor.state.card.voice.sample
    wave = panel.view.wave

    desk.press(Qt.Key.Key_PageUp, into=wave.start)
    desk.press(Qt.Key.Key_Right, into=wave.start)
    desk.press(Qt.Key.Key_PageDown, into=wave.end)
    assert wave.start.accessibleDescription() == "1.1 seconds"
    desk.click(panel.cut)
    desk.until(lambda: panel.view.name.text() == "own.flac" and panel.mode is Mode.SHOWN)

    assert panel.view.opened is not None
    assert panel.view.opened.sound.duration_s == pytest.approx(14 - 2.1, abs=0.15)
    editor.state.undo()
    desk.until(lambda: panel.view.name.text() == "own.mp3" and panel.mode is Mode.SHOWN)
    assert editor.state.card.voice.sample == whole
    editor.state.undo()
    assert panel.mode is Mode.EMPTY
    editor.state.redo()
    desk.until(lambda: panel.mode is Mode.SHOWN)
    assert saved(desk, editor) == (files / "own.mp3").read_bytes()


def test_too_long_a_recording_waits_for_a_part_and_is_not_forgotten_by_saving(desk: Desk, files: Path) -> None:
    editor = edit(desk)
    panel = panel_of(editor)
    panel.take_file(str(files / "long.ogg"))
    desk.until(lambda: panel.mode is Mode.REVIEW)
    assert not panel.use.isEnabled()
    assert editor.dirty

    editor.save()
    assert editor.isVisible()
    panel.view.wave.end.setValue(2_000)
    desk.click(panel.use)
    desk.until(lambda: panel.mode is Mode.SHOWN)

    assert saved(desk, editor)[:4] == b"fLaC"
    assert stored(desk).sample_name == "long.ogg"


def test_a_recording_is_counted_in_made_played_and_used(desk: Desk) -> None:
    editor = edit(desk)
    panel = panel_of(editor)
    made: list[ScriptedInput] = []
    recorder = panel.recorder

    def open_input(rate: int) -> ScriptedInput:
        made.append(ScriptedInput(rate))
        return made[-1]

    recorder.microphone._open_input, recorder._prepare = open_input, load_multimedia
    recorder._counter.setInterval(1)

    desk.click(panel.drop.record)
    desk.until(lambda: recorder.recording)
    assert panel.waiting
    desk.until(lambda: made[0].left == 0 and recorder.time.text() != "0:00")
    desk.click(recorder.stop_button)
    desk.until(lambda: panel.mode is Mode.REVIEW)
    assert made[0].stopped
    desk.click(panel.view.play)
    desk.until(lambda: panel.view.wave._cursor_s is not None)
    desk.click(panel.view.play)
    desk.click(panel.use)

    desk.until(lambda: panel.mode is Mode.SHOWN)
    assert saved(desk, editor)[:4] == b"fLaC"
    assert stored(desk).sample_name.startswith("Recording of ")


def test_no_microphone_is_said_and_nothing_is_lost(desk: Desk, files: Path) -> None:
    panel = panel_of(edit(desk))
    panel.take_file(str(files / "own.mp3"))
    desk.until(lambda: panel.mode is Mode.SHOWN)
    recorder = panel.recorder
    recorder.microphone._open_input, recorder._prepare = lambda _rate: None, load_multimedia

    desk.click(panel.record)

    desk.until(lambda: "No microphone" in panel.problem.text() and panel.mode is Mode.SHOWN)
    assert panel.view.name.text() == "own.mp3"


def test_a_sample_survives_a_kill_as_a_draft(start: Callable[[], Desk], files: Path) -> None:
    desk = start()
    desk.show()
    editor = edit(desk)
    panel = panel_of(editor)
    panel.take_file(str(files / "own.mp3"))
    desk.until(lambda: panel.mode is Mode.SHOWN)
    marlow = desk.persona("Marlow").id
    editor.keeper.keep()
    desk.until(lambda: desk.ask(desk.editing.drafts()) != ())
    editor.leave()
    desk.close()

    second = start()
    second.show()
    again = open_editor(second, marlow)
    second.until(lambda: again.guard.offer.isVisible())
    second.click(again.guard.offer.answers[0])
    panel = panel_of(again)
    second.until(lambda: panel.mode is Mode.SHOWN)

    assert saved(second, again) == (files / "own.mp3").read_bytes()


def test_a_recording_that_is_not_used_yet_survives_a_kill_too(start: Callable[[], Desk]) -> None:
    desk = start()
    desk.show()
    editor = edit(desk)
    panel = panel_of(editor)
    marlow = desk.persona("Marlow").id
    panel._take_recording(pcm(SPOKEN_S), 44_100)
    desk.until(lambda: panel.mode is Mode.REVIEW)
    editor.keeper.keep()
    desk.until(lambda: desk.ask(desk.editing.drafts()) != ())
    assert editor.state.card.voice.sample == ""
    desk.close()

    second = start()
    second.show()
    again = open_editor(second, marlow)
    second.until(lambda: again.guard.offer.isVisible())
    second.click(again.guard.offer.answers[0])
    panel = panel_of(again)
    second.until(lambda: panel.mode is Mode.SHOWN)

    assert panel.view.name.text().startswith("Recording of ")
    assert saved(second, again)[:4] == b"fLaC"


def test_a_recording_that_is_thrown_away_leaves_the_draft(desk: Desk) -> None:
    editor = edit(desk)
    panel = panel_of(editor)
    panel._take_recording(pcm(SPOKEN_S), 44_100)
    desk.until(lambda: panel.mode is Mode.REVIEW)
    editor.keeper.keep()
    desk.until(lambda: desk.ask(desk.editing.drafts()) != ())

    desk.click(panel.leave)
    editor.keeper.keep()

    desk.until(lambda: desk.ask(desk.editing.drafts()) == ())
    assert not editor.dirty


# -- a service that learns voices


class Service:
    """As much of ElevenLabs as is asked here, on this machine."""

    def __init__(self, server: HTTPServer) -> None:
        self.sent: list[bytes] = []
        self.deleted: list[str] = []
        self.said: list[tuple[str, str]] = []
        self.status = 200
        account = {"tier": "free", "character_count": 9, "character_limit": 1_000}
        account |= {"voice_slots_used": 1, "voice_limit": 3}
        server.expect_request("/v1/user/subscription").respond_with_json(account)
        server.expect_request("/v2/voices").respond_with_json({"voices": [], "has_more": False, "total_count": 0})
        server.expect_request("/v1/voices/add", method="POST").respond_with_handler(self.add)
        server.expect_request("/v1/voices/learned", method="DELETE").respond_with_handler(self.delete)
        server.expect_request(re.compile("/v1/text-to-speech/.*")).respond_with_handler(self.speak)

    def speak(self, request: Request) -> Response:
        self.said.append((request.path.split("/")[3], request.get_json()["text"]))
        line = {"audio_base64": base64.b64encode(bytes(4_800)).decode(), "alignment": None}
        return Response(json.dumps(line) + "\n")

    def add(self, request: Request) -> Response:
        self.sent.append(request.files["files"].read())
        if self.status != 200:
            words = {"detail": {"status": "voice_limit_reached", "message": "…"}}
            return Response(json.dumps(words), self.status, content_type="application/json")
        made = {"voice_id": "learned", "requires_verification": False}
        return Response(json.dumps(made), content_type="application/json")

    def delete(self, _request: Request) -> Response:
        self.deleted.append("learned")
        return Response('{"status": "ok"}', content_type="application/json")


@pytest.fixture
def service(httpserver: HTTPServer) -> Service:
    return Service(httpserver)


@pytest.fixture
def cloning(start: Callable[[], Desk], httpserver: HTTPServer) -> Iterator[Desk]:
    desk = start()
    address = httpserver.url_for("").rstrip("/")

    async def read_key() -> str:
        return "a-key"

    engine = ElevenLabsVoices(key=read_key, base_url=address)
    clones = VoiceClones(database=desk.database, engine=engine)
    speaker = Speaker(engines=(engine,), cache=SpeechCache(desk.paths.speech_dir))
    services = speech_services(database=desk.database, speaker=speaker, clones=clones, personas=desk.personas)
    voices = join_voices(desk.window, desk.bridge, services, lambda _rate: None)
    desk.show()
    yield desk
    voices.stop()
    desk.ask(speaker.close())


def test_a_voice_is_cloned_after_consent_alone_and_its_clone_deleted(
    cloning: Desk, service: Service, files: Path
) -> None:
    editor = edit(cloning)
    panel = panel_of(editor)
    panel.take_file(str(files / "own.mp3"))
    cloning.until(lambda: panel.clone.clone.isVisible())
    assert not panel.clone.clone.isEnabled()
    cloning.click(panel.clone.clone)
    assert service.sent == []

    panel.clone.consent.setChecked(True)
    cloning.click(panel.clone.clone)
    cloning.until(lambda: panel.clone.cloned)
    assert service.sent == [(files / "own.mp3").read_bytes()]
    assert "Cloned: Marlow speaks with this voice." in panel.clone.state.text()
    cloning.click(panel.clone.forget)
    cloning.until(lambda: not panel.clone.cloned and panel.clone.clone.isVisible())

    assert service.deleted == ["learned"]
    assert not panel.clone.consent.isChecked()


def test_a_service_that_refuses_says_why_and_the_sample_stays(cloning: Desk, service: Service, files: Path) -> None:
    service.status = 400
    editor = edit(cloning)
    panel = panel_of(editor)
    panel.take_file(str(files / "own.mp3"))
    cloning.until(lambda: panel.clone.clone.isVisible())

    panel.clone.consent.setChecked(True)
    cloning.click(panel.clone.clone)

    cloning.until(lambda: "can't take another cloned voice" in panel.clone.problem.text())
    assert panel.clone.clone.isVisible()
    assert saved(cloning, editor) == (files / "own.mp3").read_bytes()


def test_without_a_service_the_sample_is_kept_and_who_speaks_instead_is_said(desk: Desk, files: Path) -> None:
    async def no_key() -> str:
        return ""

    engine = ElevenLabsVoices(key=no_key)
    clones = VoiceClones(database=desk.database, engine=engine)
    panel = panel_of(edit(desk, voice=VoiceChoice(preset="elevenlabs:21m00Tcm4TlvDq8ikWAM")))
    panel.attach(clones)
    panel.take_file(str(files / "own.mp3"))

    desk.until(lambda: "Until a cloning service is set up, Marlow speaks with Rachel." in panel.clone.state.text())
    assert not panel.clone.clone.isVisible()
    desk.ask(engine.close())


def test_a_built_in_without_a_sample_offers_no_place_for_one(desk: Desk) -> None:
    section: Any = open_editor(desk, desk.persona("Luna").id).pages.section(SectionKey.VOICE)

    assert not section.tabs.tabs[VoiceSource.SAMPLE].isVisible()


def test_a_clone_that_is_left_behind_unsaved_is_offered_to_be_deleted(
    cloning: Desk, service: Service, files: Path
) -> None:
    editor = edit(cloning)
    panel = panel_of(editor)
    panel.take_file(str(files / "own.mp3"))
    cloning.until(lambda: panel.clone.clone.isVisible())
    panel.clone.consent.setChecked(True)
    cloning.click(panel.clone.clone)
    cloning.until(lambda: panel.clone.cloned)

    editor.reject()
    discard = next(item for item in editor.guard.question.answers if item.text() == "Discard")
    cloning.click(discard)
    offered = cloning.toast("no persona has it any more")
    cloning.click(next(item for item in offered.findChildren(QAbstractButton) if item.text() == "Delete it"))

    cloning.until(lambda: service.deleted == ["learned"])
    cloning.toast("The cloned voice is deleted.")


def test_the_preview_says_the_greeting_or_a_line_in_the_voice_that_was_cloned(
    cloning: Desk, service: Service, files: Path
) -> None:
    editor = edit(cloning, greeting="Good evening.", voice=VoiceChoice(preset="elevenlabs:rachel"))
    hearing = editor.preview.hearing

    cloning.click(hearing.hear)
    cloning.until(lambda: service.said == [("rachel", "Good evening.")])
    cloning.until(lambda: hearing.hear.text() == "Hear it")
    panel = panel_of(editor)
    panel.take_file(str(files / "own.mp3"))
    cloning.until(lambda: panel.clone.clone.isVisible())
    panel.clone.consent.setChecked(True)
    cloning.click(panel.clone.clone)
    cloning.until(lambda: panel.clone.cloned)
    hearing.line.line.setText("The tide turns at four.")
    cloning.press(Qt.Key.Key_Return, into=hearing.line.line)

    cloning.until(lambda: service.said[1:] == [("learned", "The tide turns at four.")])
    cloning.until(lambda: hearing.hear.text() == "Hear it")


def test_the_hero_says_that_another_voice_speaks_until_the_sample_is_cloned(cloning: Desk) -> None:
    hero = cloning.window.library.hero
    assert hero.persona_id is not None
    sample = cloning.write(lambda store: store.assets.put(b"a voice", "audio/mpeg"))
    ann = cloning.make("Ann", voice=VoiceChoice(sample=sample))
    hero.show_persona(cloning.roster.personas[ann])

    QApplication.sendEvent(hero.hear, QFocusEvent(QEvent.Type.FocusIn))
    cloning.until(lambda: "Ann's own voice is kept" in hero.hear.accessibleDescription())
    cloning.write(lambda store: store.settings.set("voices.clones", {sample: "learned"}))
    QApplication.sendEvent(hero.hear, QFocusEvent(QEvent.Type.FocusIn))

    cloning.until(lambda: hero.hear.accessibleDescription() == "" == hero.hear.toolTip())


def test_a_card_says_so_too_where_the_pointer_rests_on_its_play_button(
    cloning: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without a pointer of its own the platform hides the words again before anybody could read them.
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, words, *_rest: said.append(words))
    sample = cloning.write(lambda store: store.assets.put(b"a voice", "audio/mpeg"))
    ann = cloning.make("Ann", voice=VoiceChoice(sample=sample))
    grid = cloning.window.library.grid
    row = grid.cards.ids().index(ann)
    grid.scrollTo(grid.cards.index(row))
    summary = grid.cards.summary(row)
    assert summary is not None
    point = grid._parts(summary, grid._rect_of(row)).hear.center().toPoint()

    rest = QHelpEvent(QEvent.Type.ToolTip, point, grid.viewport().mapToGlobal(point))
    QApplication.sendEvent(grid.viewport(), rest)

    cloning.until(lambda: bool(said))
    assert "Ann&#x27;s own voice is kept as a recording" in said[0]


# -- deleting for good


def test_deleting_for_good_offers_to_delete_the_clone_where_nobody_else_has_it(cloning: Desk, service: Service) -> None:
    desk = cloning
    sample = desk.write(lambda store: store.assets.put(b"a voice", "audio/mpeg"))
    ids = [desk.make(name, voice=VoiceChoice(sample=sample)) for name in ("Ann", "Bob")]
    desk.write(lambda store: store.settings.set("voices.clones", {sample: "learned"}))
    SpeechCache(desk.paths.speech_dir).put("said", [SpeechChunk(bytes(4_000), 8_000)])
    for persona_id in ids:
        desk.window.personas.delete(persona_id)
    desk.until(lambda: len(desk.roster.trashed) == 2)

    desk.window.personas.delete_for_good(ids[0])
    box = desk.dialog(QMessageBox)
    assert box.checkBox() is None
    desk.click(next(item for item in box.buttons() if item.text() == "Delete for good"))
    desk.until(lambda: len(desk.roster.trashed) == 1)
    desk.until(lambda: list(desk.paths.speech_dir.iterdir()) == [])
    desk.arranging.trash.purge([ids[1]])
    box = desk.dialog(QMessageBox)
    tick = box.checkBox()
    assert not tick.isChecked()
    tick.setChecked(True)
    desk.click(next(item for item in box.buttons() if item.text() == "Delete for good"))

    desk.until(lambda: service.deleted == ["learned"])
    desk.until(lambda: desk.read(lambda store: store.settings.get("voices.clones")) == {})
    desk.until(lambda: desk.roster.trashed == ())
