"""Dictating in the composer: a scripted microphone and ear, the rest is real."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from personadesk.domain.chat import FetchProgress
from personadesk.domain.dictation import (
    LISTENING_RATE,
    SERVER,
    SERVER_KEY,
    WHISPER,
    DictationSettings,
    HearingError,
    HearingState,
)
from personadesk.domain.speech import SYSTEM, SpeechChunk, SpeechSettings, SpeechState, SpeechStatus, SpeechVoice
from personadesk.providers.voices.elevenlabs_voice import ElevenLabsVoices
from personadesk.services.hearing import Dictation, KeptDictation
from personadesk.services.speech.cache import SpeechCache
from personadesk.services.speech.clones import VoiceClones
from personadesk.services.speech.services import speech_services
from personadesk.services.speech.speaking import Speaker
from personadesk.ui.chat.dictation_controls import DictationControls
from personadesk.ui.chat.dictation_joining import join_dictation
from personadesk.ui.chat.dictation_words import spaced
from personadesk.ui.settings.dictation_section import DictationSection
from personadesk.ui.settings.settings_dialog import SettingsDialog
from personadesk.ui.speech.joining import join_voices
from personadesk.ui.speech.outputs import Silence
from personadesk.ui.speech.voices import Voices
from tests.scripted_ear import KnownSecrets, ScriptedEar, ScriptedWeights
from tests.ui.desk import Desk
from tests.ui.test_pauses import noise, speech

# Said by QtMultimedia of optional libraries, whichever part of it is imported.
pytestmark = pytest.mark.qt_log_ignore("^Couldn't (load|resolve) ", extend=True)

SAID = speech(0.6)
PAUSE = noise(1.2, 10)
LONG_MS = 60_000
"""Every press is a click then."""


class ScriptedInput:
    def __init__(self) -> None:
        self._waiting = bytearray()
        self.works = True
        self.stopped = False

    def say(self, pcm: bytes) -> None:
        self._waiting += pcm

    def read(self) -> bytes:
        pcm = bytes(self._waiting)
        self._waiting.clear()
        return pcm

    def stop(self) -> None:
        self.stopped = True

    @property
    def is_heard(self) -> bool:
        return not self._waiting


class LongVoice:
    """A Synthesizer that says everything for a minute."""

    engine = SYSTEM
    status = SpeechStatus(SYSTEM, SpeechState.READY)

    async def refresh(self) -> SpeechStatus:
        return self.status

    async def voices(self) -> list[SpeechVoice]:
        return [SpeechVoice("long", "Long", SYSTEM, "en")]

    async def synthesise(self, text: str, voice: str, settings: SpeechSettings) -> AsyncIterator[SpeechChunk]:
        yield SpeechChunk(bytes(2 * 8_000 * 60), 8_000)

    async def variant(self) -> str:
        return ""

    async def warm_up(self) -> None:
        pass

    async def close(self) -> None:
        pass


class Loudspeaker(Silence):
    """Remembers how loud it was set."""

    volume = 1.0

    def set_volume(self, volume: float) -> None:
        self.volume = volume


@dataclass
class Dictated:
    desk: Desk
    voices: Voices
    dictation: Dictation
    ear: ScriptedEar
    server: ScriptedEar
    weights: ScriptedWeights
    secrets: KnownSecrets
    loudspeakers: list[Loudspeaker]
    inputs: list[ScriptedInput] = field(default_factory=list)
    controls: DictationControls = field(init=False)

    def join(self, tap_ms: int, *, microphone: bool = True) -> None:
        def open_input(_sample_rate: int) -> ScriptedInput | None:
            if not microphone:
                return None
            self.inputs.append(ScriptedInput())
            return self.inputs[-1]

        self.controls = join_dictation(
            self.desk.window,
            self.desk.bridge,
            self.voices,
            dictation=self.dictation,
            weights=self.weights,
            secrets=self.secrets,
            open_input=open_input,
            tap_ms=tap_ms,
        )
        self.desk.show()
        self.desk.open("Luna")

    def begin(self) -> ScriptedInput:
        """Click, and wait until it listens."""
        self.desk.click(self.controls.button)
        return self.listening()

    def listening(self) -> ScriptedInput:
        self.desk.until(lambda: self.controls.button.accessibleName() == "Stop listening")
        return self.inputs[-1]

    @property
    def text(self) -> str:
        return self.desk.chat.composer.editor.toPlainText()

    def until_text(self, text: str) -> None:
        self.desk.until(lambda: self.text == text)

    def until_done(self) -> None:
        self.desk.until(lambda: not self.controls.bar.isVisible())

    def let_luna_speak(self) -> Loudspeaker:
        self.voices.hear(self.desk.persona("Luna").id)
        self.desk.until(lambda: bool(self.loudspeakers))
        return self.loudspeakers[-1]

    def choose(self, settings: DictationSettings) -> None:
        self.desk.ask(self.dictation.choose(settings))


async def no_key() -> str:
    return ""


@pytest.fixture
def dictated(start: Callable[[], Desk]) -> Iterator[Dictated]:
    desk = start()
    speaker = Speaker(engines=(LongVoice(),), cache=SpeechCache(desk.paths.speech_dir))
    loudspeakers: list[Loudspeaker] = []

    def open_output(sample_rate: int) -> Loudspeaker:
        loudspeakers.append(Loudspeaker(sample_rate))
        return loudspeakers[-1]

    clones = VoiceClones(database=desk.database, engine=ElevenLabsVoices(key=no_key))
    services = speech_services(database=desk.database, speaker=speaker, clones=clones, personas=desk.personas)
    voices = join_voices(desk.window, desk.bridge, services, open_output)
    ear, server = ScriptedEar(WHISPER), ScriptedEar(SERVER)
    dictation = Dictation(engines=(ear, server), kept=KeptDictation(desk.database))
    yield Dictated(desk, voices, dictation, ear, server, ScriptedWeights(), KnownSecrets(), loudspeakers)
    voices.stop()
    desk.ask(speaker.close())


def test_words_appear_at_the_cursor_while_listening_goes_on(dictated: Dictated) -> None:
    dictated.join(LONG_MS)
    dictated.ear.words = ["How are you?", "It is late."]
    dictated.desk.key_in("Hello. Bye.")
    editor = dictated.desk.chat.composer.editor
    cursor = editor.textCursor()
    cursor.setPosition(len("Hello."))
    editor.setTextCursor(cursor)

    microphone = dictated.begin()
    microphone.say(SAID + PAUSE)
    dictated.until_text("Hello. How are you? Bye.")
    microphone.say(SAID + PAUSE)
    dictated.until_text("Hello. How are you? It is late. Bye.")
    assert not microphone.stopped

    dictated.desk.click(dictated.controls.button)
    dictated.until_done()
    assert microphone.stopped
    editor.undo()
    dictated.until_text("Hello. How are you? Bye.")


def test_held_it_writes_down_what_was_said_once_it_is_let_go(dictated: Dictated) -> None:
    dictated.join(0)
    dictated.ear.words = ["Good evening."]

    QTest.mousePress(dictated.controls.button, Qt.MouseButton.LeftButton)
    microphone = dictated.listening()
    microphone.say(SAID)
    QTest.mouseRelease(dictated.controls.button, Qt.MouseButton.LeftButton)

    dictated.until_text("Good evening.")
    assert microphone.stopped
    assert [names[0] for names in dictated.ear.names] == ["Luna"]
    assert len(dictated.ear.heard[0]) == pytest.approx(len(SAID), abs=LISTENING_RATE // 10)


def test_the_keys_are_held_as_the_button_is(dictated: Dictated) -> None:
    dictated.join(0)
    dictated.ear.words = ["Good evening."]
    chord = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    editor = dictated.desk.chat.composer.editor

    QTest.keyPress(editor, Qt.Key.Key_D, chord)
    microphone = dictated.listening()
    # As X11 repeats a key that is held.
    QTest.keyRelease(editor, Qt.Key.Key_D, chord)
    QTest.keyPress(editor, Qt.Key.Key_D, chord)
    microphone.say(SAID)
    QTest.keyRelease(editor, Qt.Key.Key_D, chord)

    dictated.until_text("Good evening.")
    assert (len(dictated.inputs), len(dictated.ear.heard)) == (1, 1)


def test_without_hands_free_a_click_hears_until_the_first_pause(dictated: Dictated) -> None:
    dictated.choose(DictationSettings(hands_free=False))
    dictated.join(LONG_MS)
    dictated.ear.words = ["One."]

    microphone = dictated.begin()
    microphone.say(SAID + PAUSE)

    dictated.until_text("One.")
    assert microphone.stopped


def test_escape_forgets_what_was_said(dictated: Dictated) -> None:
    dictated.join(LONG_MS)
    dictated.ear.waits = True
    microphone = dictated.begin()
    microphone.say(SAID + PAUSE + SAID)
    dictated.desk.until(lambda: bool(dictated.ear.heard))

    dictated.desk.press(Qt.Key.Key_Escape, into=dictated.desk.chat.composer.editor)

    dictated.until_done()
    dictated.desk.until(lambda: dictated.ear.cancelled)
    assert microphone.stopped
    assert (dictated.text, len(dictated.ear.heard)) == ("", 1)


def test_nothing_is_sent_by_itself_unless_that_is_wanted(dictated: Dictated) -> None:
    dictated.join(LONG_MS)
    dictated.ear.words = ["One.", "Two."]
    microphone = dictated.begin()
    microphone.say(SAID + PAUSE)
    dictated.until_text("One.")
    dictated.desk.click(dictated.controls.button)
    dictated.until_done()
    assert dictated.text == "One."

    dictated.choose(DictationSettings(sends=True))
    dictated.begin().say(SAID + PAUSE)

    dictated.desk.until(lambda: "One. Two." in dictated.desk.said())
    assert dictated.text == ""


def test_another_conversation_ends_it(dictated: Dictated) -> None:
    dictated.desk.make("Ann", greeting="Hi.")
    dictated.join(LONG_MS)
    dictated.ear.waits = True
    microphone = dictated.begin()
    microphone.say(SAID + PAUSE)
    dictated.desk.until(lambda: bool(dictated.ear.heard))

    dictated.desk.open("Ann")

    dictated.desk.until(lambda: microphone.stopped and dictated.ear.cancelled)
    assert dictated.text == ""


def test_without_a_microphone_it_says_so(dictated: Dictated) -> None:
    dictated.join(LONG_MS, microphone=False)

    dictated.desk.click(dictated.controls.button)

    notice = dictated.desk.chat.composer.notice
    dictated.desk.until(notice.isVisible)
    assert notice.text() == "No microphone found. Connect one and try again."
    assert not dictated.controls.bar.isVisible()


def test_a_microphone_that_goes_keeps_what_was_said(dictated: Dictated) -> None:
    dictated.join(LONG_MS)
    dictated.ear.words = ["One."]
    microphone = dictated.begin()
    microphone.say(SAID)
    microphone.works = False

    dictated.until_text("One.")
    assert not dictated.controls.bar.isVisible()


def test_held_it_makes_who_speaks_quieter_and_clicked_silent(dictated: Dictated) -> None:
    dictated.join(0)
    loudspeaker = dictated.let_luna_speak()

    QTest.mousePress(dictated.controls.button, Qt.MouseButton.LeftButton)
    dictated.listening()
    assert loudspeaker.volume < 0.5
    QTest.mouseRelease(dictated.controls.button, Qt.MouseButton.LeftButton)
    dictated.desk.until(lambda: loudspeaker.volume == 1.0)
    assert dictated.voices.key


def test_what_a_persona_says_meanwhile_is_not_written_down(dictated: Dictated) -> None:
    dictated.join(LONG_MS)
    dictated.ear.words = ["One."]
    dictated.let_luna_speak()
    microphone = dictated.begin()
    assert dictated.voices.key == ""

    dictated.let_luna_speak()
    microphone.say(SAID + PAUSE)
    dictated.desk.until(lambda: microphone.is_heard)
    dictated.voices.stop()
    microphone.say(PAUSE + SAID + PAUSE)

    dictated.until_text("One.")
    assert len(dictated.ear.heard) == 1


def test_a_microphone_that_was_forgotten_is_let_go(dictated: Dictated) -> None:
    dictated.join(LONG_MS)
    microphone = dictated.begin()

    microphone.say(bytes(2 * LISTENING_RATE * 130))

    notice = dictated.desk.chat.composer.notice
    dictated.desk.until(notice.isVisible)
    assert "Nobody spoke" in notice.text()
    assert microphone.stopped


def test_the_first_time_one_click_fetches_what_hears(dictated: Dictated) -> None:
    dictated.join(LONG_MS)
    dictated.ear.state = HearingState.NOT_HERE
    dictated.desk.click(dictated.controls.button)
    dictated.desk.until(lambda: dictated.controls.offer is not None and dictated.controls.offer.isVisible())
    offer = dictated.controls.offer
    assert offer is not None
    assert "148 MB" in offer.weights.facts.text()
    assert "from somewhere" in offer.weights.facts.text()
    assert dictated.inputs == []

    dictated.desk.click(offer.weights.fetch)
    dictated.desk.until(lambda: dictated.weights.report is not None)
    assert dictated.weights.report is not None
    dictated.weights.report(FetchProgress("Fetching", 74_000_000, 148_000_000))
    dictated.desk.until(lambda: offer.weights.bar.value() == 500)
    dictated.weights.arrive()

    dictated.desk.until(lambda: not offer.isVisible())
    assert "Ready to listen" in dictated.desk.chat.composer.notice.text()


def test_what_is_not_wanted_now_is_not_fetched(dictated: Dictated) -> None:
    dictated.join(LONG_MS)
    dictated.ear.state = HearingState.NOT_HERE
    dictated.desk.click(dictated.controls.button)
    dictated.desk.until(lambda: dictated.controls.offer is not None and dictated.controls.offer.isVisible())
    offer = dictated.controls.offer
    assert offer is not None
    dictated.desk.click(offer.weights.fetch)
    dictated.desk.until(lambda: dictated.weights.report is not None)

    dictated.desk.click(offer.later)

    dictated.desk.until(lambda: dictated.weights.cancelled)
    assert not offer.isVisible()


def test_a_service_that_fails_is_said_and_this_computer_hears(dictated: Dictated) -> None:
    dictated.choose(DictationSettings(SERVER))
    dictated.server.problem = HearingError("It is gone.", "Look.", state=HearingState.OFFLINE)
    dictated.join(LONG_MS)
    dictated.ear.words = ["One."]

    dictated.begin().say(SAID + PAUSE)

    dictated.until_text("One.")
    dictated.desk.until(lambda: "It is gone. Look." in dictated.desk.chat.composer.notice.text())


@pytest.mark.parametrize(
    ("before", "words", "after", "inserted"),
    [
        ("", "Yes.", "", "Yes."),
        (".", "Yes.", "", " Yes."),
        (" ", "Yes.", "n", "Yes. "),
        ("(", "yes", ")", "yes"),
        ("\n", "Yes.", "\n", "Yes."),
        ("\u201c", "Yes", "\u201d", "Yes"),
        ("\u3002", "\u306f\u3044", "\u306f", "\u306f\u3044"),
    ],
)
def test_words_get_the_spaces_they_need(before: str, words: str, after: str, inserted: str) -> None:
    assert spaced(before, words, after) == inserted


def test_the_settings_open_where_the_keyring_refuses(dictated: Dictated) -> None:
    dictated.join(LONG_MS)
    dictated.secrets.refuses = True
    dictated.desk.window.overlays.open_settings()
    dialog: SettingsDialog = dictated.desk.dialog(SettingsDialog)
    dialog.show_page("voices")
    section = dialog.findChildren(DictationSection)[0]
    dictated.desk.until(section.isEnabled)

    section.engines[SERVER].click()
    section.key.line.setText("a-key")
    section.key.line.editingFinished.emit()

    dictated.desk.until(lambda: section.tested.text() == "It refuses. Ask it.")
    dialog.accept()


def test_the_settings_keep_who_hears_and_try_a_server(dictated: Dictated) -> None:
    dictated.join(LONG_MS)
    dictated.desk.window.overlays.open_settings()
    dialog: SettingsDialog = dictated.desk.dialog(SettingsDialog)
    dialog.show_page("voices")
    section = dialog.findChildren(DictationSection)[0]
    dictated.desk.until(section.isEnabled)
    assert section.engines[WHISPER].isChecked()
    assert not section.server.isVisible()

    section.engines[SERVER].click()
    section.address.line.setText("http://localhost:1/v1")
    section.address.line.editingFinished.emit()
    section.key.line.setText("a-key")
    section.key.line.editingFinished.emit()
    section.sends.click()
    section.test.click()

    dictated.desk.until(lambda: section.tested.text() == "It answers, and can hear.")
    dictated.desk.until(lambda: dictated.secrets.values == {SERVER_KEY: "a-key"})
    assert section.key.line.text() == ""
    assert dictated.desk.ask(dictated.dictation.settings()) == DictationSettings(
        SERVER, sends=True, address="http://localhost:1/v1"
    )
    dialog.accept()
