"""Hearing voices in the window: the real system's voice, into no sound device."""

import ctypes
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from personadesk.domain.conversation import Message
from personadesk.domain.speech import SpeechChunk
from personadesk.providers.voices.elevenlabs_voice import ElevenLabsVoices
from personadesk.providers.voices.system import SystemVoices
from personadesk.services.speech.cache import SpeechCache
from personadesk.services.speech.clones import VoiceClones
from personadesk.services.speech.habits import KeptHabits
from personadesk.services.speech.services import speech_services
from personadesk.services.speech.speaking import Speaker
from personadesk.ui.chat.message_offers import Act
from personadesk.ui.editor.editor import PersonaEditor
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.editor.voice import VoiceSection
from personadesk.ui.settings.settings_dialog import SettingsDialog
from personadesk.ui.speech.joining import join_voices
from personadesk.ui.speech.outputs import Silence
from personadesk.ui.speech.player import SpeechPlayer
from personadesk.ui.speech.save_dialog import SaveSpeechDialog
from personadesk.ui.speech.speaking_bar import SpeakingBar
from personadesk.ui.speech.voices import Voices, message_key, persona_key
from personadesk.ui.window_state import WindowStateFile
from tests.ui.desk import Desk
from tests.ui.voice_setup import voice_setup

RATE = 8000
# Said by QtMultimedia of optional libraries, whichever part of it is imported.
pytestmark = pytest.mark.qt_log_ignore("^(Couldn't (load|resolve) |PulseAudioService: )", extend=True)
MISSING = "No sound output found"


def espeak_is_here() -> bool:
    try:
        ctypes.CDLL("libespeak-ng.so.1")
    except OSError:
        return False
    return True


needs_espeak = pytest.mark.skipif(not espeak_is_here(), reason="eSpeak NG is not on this computer: libespeak-ng1")


def no_device(_sample_rate: int) -> None:
    return None


@pytest.fixture
def player(qtbot: QtBot) -> Iterator[SpeechPlayer]:
    made = SpeechPlayer(open_output=no_device)
    yield made
    made.stop()


async def no_key() -> str:
    return ""


@pytest.fixture
def talking(start: Callable[[], Desk]) -> Iterator[tuple[Desk, Voices]]:
    desk = start()
    speaker = Speaker(engines=(SystemVoices(),), cache=SpeechCache(desk.paths.speech_dir))
    service = ElevenLabsVoices(key=no_key)
    clones = VoiceClones(database=desk.database, engine=service)
    services = speech_services(database=desk.database, speaker=speaker, clones=clones, personas=desk.personas)
    voices = join_voices(desk.window, desk.bridge, services, no_device, setup=voice_setup(desk, speaker, service))
    desk.show()
    yield desk, voices
    voices.stop()
    desk.ask(speaker.close())


def sound(seconds: float, rate: int = RATE) -> SpeechChunk:
    return SpeechChunk(b"\x10\x00" * round(seconds * rate), rate)


def test_sound_without_a_device_comes_to_its_end_and_tells_its_sentences(player: SpeechPlayer, qtbot: QtBot) -> None:
    told: list[int] = []
    missing: list[bool] = []
    player.clip_began.connect(told.append)
    player.output_missing.connect(lambda: missing.append(True))

    for key in ("a", "b"):
        player.begin(key)
        for number, rate in enumerate((RATE, RATE, 2 * RATE)):
            player.open_clip(number)
            player.feed(sound(0.1, rate))
        with qtbot.waitSignal(player.ended) as ended:
            player.finish()
        assert ended.args == [key]

    assert told == [0, 1, 2] * 2
    assert missing == [True]


def test_what_is_paused_goes_on_where_it_was(player: SpeechPlayer, qtbot: QtBot) -> None:
    player.begin("a")
    player.pause()
    player.feed(sound(0.1))
    player.finish()

    with qtbot.assertNotEmitted(player.ended, wait=150):
        assert player.key == "a"

    with qtbot.waitSignals([player.clip_began, player.ended], order="strict"):
        player.resume()


def test_one_goes_to_another_sentence_and_back(player: SpeechPlayer, qtbot: QtBot) -> None:
    told: list[int] = []
    player.clip_began.connect(told.append)
    player.begin("a")
    for number in range(4):
        player.open_clip(number)
        player.feed(sound(20))

    qtbot.waitUntil(lambda: told == [0])
    assert player.go_to(2)
    qtbot.waitUntil(lambda: told == [0, 2])
    assert player.go_to(1)
    qtbot.waitUntil(lambda: told == [0, 2, 1])

    assert player.drop_waiting() == 2
    assert player.drop_waiting() is None


def test_another_voice_stops_the_first(player: SpeechPlayer, qtbot: QtBot) -> None:
    ended: list[str] = []
    player.ended.connect(ended.append)
    player.begin("a")
    player.feed(sound(30))

    player.begin("b")
    player.feed(sound(0.05))
    player.finish()
    qtbot.waitUntil(lambda: bool(ended))

    assert ended == ["b"]


@needs_espeak
def test_a_card_is_heard_to_its_end_and_says_once_that_there_is_no_output(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    ann = desk.make("Ann", greeting="Hi {{user}}.")
    heard: list[str] = []
    voices.player.ended.connect(heard.append)

    desk.click_card(ann, "hear")
    assert voices.key == persona_key(ann)
    desk.until(lambda: heard == [persona_key(ann)])
    desk.click_card(ann, "hear")
    desk.until(lambda: len(heard) == 2)

    assert sum(MISSING in text for text in desk.toasts()) == 1
    assert voices.key == ""


@needs_espeak
def test_who_is_deleted_in_the_middle_of_a_word_is_silent(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    ann = desk.make("Ann", greeting="The moon is up, and the kettle is on. " * 20)
    voices.hear(ann)
    desk.until(lambda: voices.reading.sounds)

    desk.window.personas.delete(ann)

    assert voices.key == ""
    desk.until(lambda: ann not in desk.roster.personas)


@needs_espeak
def test_a_second_click_stops_and_another_persona_takes_over(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    hero = desk.window.library.hero
    assert hero.persona_id is not None

    desk.click(hero.hear)
    assert hero.hear.accessibleName().startswith("Stop")
    desk.click_card(desk.persona("Luna").id, "hear")
    assert voices.key == persona_key(desk.persona("Luna").id)
    assert hero.hear.accessibleName().startswith("Hear voice")
    desk.click_card(desk.persona("Luna").id, "hear")

    assert voices.key == ""


@needs_espeak
def test_a_reply_is_spoken_until_another_persona_is_opened(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    desk.open("Luna")
    places: list[tuple[str, int, int]] = []
    voices.position.connect(lambda *place: places.append(place))
    reply = "**Good evening.** " + "The moon is up, and the kettle is on." * 20
    desk.answer("Hello", reply)

    desk.chat.transcript.act(desk.last(), Act.SPEAK)
    desk.until(lambda: bool(places))
    assert places[0] == (message_key(desk.last()), 2, 15)
    assert desk.chat.transcript.speech.swipe_id == desk.last().swipe_id

    desk.open("Maya")
    assert voices.key == ""
    assert desk.chat.transcript.speech.swipe_id is None


@needs_espeak
def test_a_key_speaks_the_newest_reply_and_stops_it(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    desk.open("Luna")
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier

    desk.press(Qt.Key.Key_S, both)
    assert voices.key == message_key(desk.last())
    desk.press(Qt.Key.Key_S, both)

    assert voices.key == ""


@needs_espeak
def test_the_editor_lists_what_can_be_heard_plays_it_and_is_silent_once_closed(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    ann = desk.make("Ann", greeting="The moon is up, and the kettle is on. " * 20)
    desk.window.personas.edit(ann)
    editor = desk.dialog(PersonaEditor)
    editor.show_section(SectionKey.VOICE)
    section = next(item for item in editor.findChildren(VoiceSection))
    shown = section.voices.voices
    desk.until(lambda: any(preset.engine == "system" for preset in shown.presets))

    row = next(row for row, preset in enumerate(shown.presets) if preset.key == "gmw/en-US")
    section.voices.setCurrentIndex(shown.index(row))
    desk.press(Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier, into=section.voices)
    assert voices.key == "choice:system:gmw/en-US"
    desk.until(lambda: section.said.text() != "")
    assert section.work.state.card.voice.preset == ""

    desk.click(section.hear)
    assert voices.key == "choice:*"
    keys: list[str] = []
    voices.changed.connect(keys.append)
    section.sliders["speed"].slider.setValue(150)
    desk.until(lambda: keys[:2] == ["", "choice:*"])
    editor.leave()
    desk.until(lambda: voices.key == "")


@needs_espeak
def test_the_settings_keep_the_volume_and_clear_what_was_said(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    voices.hear(desk.make("Ann", greeting="Hi."))
    desk.until(lambda: desk.paths.speech_dir.is_dir() and any(desk.paths.speech_dir.glob("*.speech")))
    desk.window.overlays.open_settings_page("voices")
    dialog = desk.dialog(SettingsDialog)
    desk.until(dialog.voices.clear.isEnabled)

    dialog.voices.volume.slider.setValue(40)
    desk.click(dialog.voices.clear)
    desk.until(lambda: not dialog.voices.clear.isEnabled())
    dialog.accept()
    desk.window.close()

    assert list(desk.paths.speech_dir.iterdir()) == []
    assert WindowStateFile(desk.paths.window_file).state.volume == 40


@needs_espeak
def test_replies_speak_by_themselves_once_that_is_wanted(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    spoken: list[str] = []
    voices.changed.connect(spoken.append)
    desk.open("Luna")
    desk.answer("Hello", "The moon is up.")
    assert spoken == []

    desk.window.overlays.open_settings_page("voices")
    dialog = desk.dialog(SettingsDialog)
    desk.click(dialog.voices.speaking)
    dialog.accept()
    desk.answer("And now?", "The kettle is on, and the table is set.")

    desk.until(lambda: message_key(desk.last()) in spoken)
    assert WindowStateFile(desk.paths.window_file).state.speak_replies


SENTENCES = "The moon is up, and the kettle is on. Tea is almost ready now."
THINGS = ("table", "garden", "river", "mountain", "letter", "window", "candle", "orchard", "lantern", "harbour")
LONG = " ".join(f"Today the {thing} looks quite different from where I stand." for thing in THINGS)


@needs_espeak
def test_a_reply_is_spoken_while_it_is_written_and_its_sentences_are_marked(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    said: list[str] = []
    desk.open("Luna")
    voices.change_habits(personas=frozenset({desk.persona("Luna").id}))
    voices.position.connect(lambda key, start, end: said.append(desk.last().text[start:end]))
    desk.send("Hello")
    desk.until(lambda: len(desk.model.streams) == 1)
    stream = desk.model.streams[0]

    stream.feed("**Good evening.** The moon is")
    desk.until(lambda: said == ["Good evening."])
    assert desk.chat.replying
    assert desk.chat.transcript.speech.swipe_id == desk.last().swipe_id
    stream.feed(" up. And")
    stream.end()
    desk.until(lambda: len(said) == 3)
    desk.until(lambda: voices.key == "")

    assert said == ["Good evening.", "The moon is up.", "And"]


@needs_espeak
def test_a_stopped_voice_stays_silent_for_the_rest_of_the_reply(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    keys: list[str] = []
    desk.open("Luna")
    voices.set_speaks_replies(True)
    voices.changed.connect(keys.append)
    desk.send("Hello")
    desk.until(lambda: len(desk.model.streams) == 1)
    stream = desk.model.streams[0]
    stream.feed(f"{SENTENCES} ")
    desk.until(lambda: len(keys) == 1)

    voices.stop()
    stream.feed(SENTENCES)
    stream.end()
    desk.until(lambda: not desk.chat.replying)

    assert len(keys) == 2


@needs_espeak
def test_the_bar_pauses_skips_changes_speed_and_stops(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    desk.make("Ann", greeting=LONG)
    desk.open("Ann")
    bar = next(iter(desk.chat.findChildren(SpeakingBar)))
    assert bar.isHidden()

    desk.chat.transcript.act(desk.last(), Act.SPEAK)
    desk.until(lambda: bar.isVisible() and bar.who.text() == "Ann is speaking")
    desk.until(lambda: voices.reading.heard == 0 and voices.reading.goes_on)
    desk.click(bar.pause)
    assert bar.pause.accessibleName() == "Go on"
    assert bar.who.text() == "Ann is paused"
    heard = voices.reading.heard
    desk.click(bar.forward)
    desk.click(bar.forward)
    desk.click(bar.back)
    desk.click(bar.pause)
    assert voices.reading.heard == heard + 1
    voices.change_habits(speed=2.0)
    assert bar.speed.accessibleName() == "Speed: 2\u00d7"
    desk.until(lambda: voices.reading.heard >= heard + 2)

    desk.press(Qt.Key.Key_Escape, into=bar.forward)
    assert voices.key == ""
    assert bar.isHidden()
    desk.until(lambda: desk.ask(desk_habits(desk).read()).speed == 2.0)


def desk_habits(desk: Desk) -> KeptHabits:
    return KeptHabits(database=desk.database)


@needs_espeak
def test_one_reads_on_from_a_message_and_a_new_reply_waits_for_its_turn(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    desk.open("Luna")
    desk.answer("One", "This is one.")
    first = desk.last()
    desk.answer("Two", "This is two.")
    keys: list[str] = []
    voices.changed.connect(keys.append)
    voices.set_speaks_replies(True)

    desk.chat.transcript.act(first, Act.SPEAK_ON)
    voices.reading.set_paused(True)
    desk.answer("Three", "This is three.")
    voices.reading.set_paused(False)
    desk.until(lambda: voices.key == "")

    texts = {message_key(message): message.text for message in messages(desk)}
    assert [texts.get(key, "") for key in keys] == ["This is one.", "This is two.", "This is three.", ""]


def messages(desk: Desk) -> list[Message]:
    model = desk.chat.model
    found = [model.message_at(row) for row in range(model.rowCount())]
    return [message for message in found if message is not None]


@needs_espeak
def test_another_try_silences_the_one_before(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    desk.open("Luna")
    desk.answer("Hello", "The moon is up, and the kettle is on." * 20)
    desk.chat.transcript.act(desk.last(), Act.SPEAK)
    assert voices.key == message_key(desk.last())

    desk.model.answer = "Hm."
    desk.chat.transcript.act(desk.last(), Act.REGENERATE)

    desk.until(lambda: voices.key == "")


@needs_espeak
def test_a_voice_goes_on_elsewhere_where_that_is_wanted(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    desk.open("Luna")
    desk.answer("Hello", "The moon is up, and the kettle is on." * 20)
    desk.chat.transcript.act(desk.last(), Act.SPEAK)
    spoken = voices.key

    voices.set_goes_on(True)
    desk.open("Maya")
    assert voices.key == spoken
    voices.set_goes_on(False)
    desk.open("Sam")

    assert voices.key == ""


@needs_espeak
def test_a_conversation_is_saved_as_speech_or_the_reason_is_said(talking: tuple[Desk, Voices], tmp_path: Path) -> None:
    desk, _ = talking
    desk.make("Ann", greeting=SENTENCES)
    desk.open("Ann")
    desk.chat.conversations.save_speech_requested.emit()
    dialog = desk.dialog(SaveSpeechDialog)
    assert dialog.mine.isVisible()

    dialog.save_to(tmp_path / "gone" / "Ann.wav")
    desk.until(dialog.problem.isVisible)
    dialog.save_to(tmp_path / "Ann")
    desk.until(lambda: any("Saved as Ann.mp3." in text for text in desk.toasts()))

    assert soundfile.info(tmp_path / "Ann.mp3").duration > 2


@needs_espeak
def test_a_save_that_is_cancelled_leaves_nothing(talking: tuple[Desk, Voices], tmp_path: Path) -> None:
    desk, _ = talking
    desk.make("Ann", greeting=" ".join([LONG] * 100))
    desk.open("Ann")
    desk.chat.transcript.act(desk.last(), Act.SAVE_SPEECH)
    dialog = desk.dialog(SaveSpeechDialog)
    folder = tmp_path / "out"
    folder.mkdir()

    dialog.save_to(folder / "Ann.wav")
    desk.until(lambda: dialog.bar.value() > 0)
    desk.click(dialog.cancel)

    desk.until(lambda: list(folder.iterdir()) == [])


@needs_espeak
def test_a_reply_that_goes_on_is_spoken_from_where_it_broke_off(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    said: list[str] = []
    desk.open("Luna")
    voices.set_speaks_replies(True)
    voices.position.connect(lambda key, start, end: said.append(desk.last().text[start:end]))
    desk.send("Hello")
    desk.until(lambda: len(desk.model.streams) == 1)
    desk.model.streams[0].feed("Good evening to you all. The moon is")
    desk.until(lambda: said == ["Good evening to you all."])
    desk.chat.doing.stop()
    desk.until(lambda: not desk.chat.replying and voices.key == "")

    last = desk.last()
    desk.bridge.run(desk.chat_service.continue_reply(last.persona_id, last.conversation_id, last.id))
    desk.until(lambda: len(desk.model.streams) == 2)
    desk.model.streams[1].feed(" up above the roofs. And so on.")
    desk.model.streams[1].end()
    desk.until(lambda: not desk.chat.replying and len(said) >= 4 and voices.key == "")

    assert said == ["Good evening to you all.", "The moon is", "up above the roofs.", "And so on."]


class Heard(Silence):
    """An output that notes how loud it is."""

    def __init__(self, sample_rate: int) -> None:
        super().__init__(sample_rate)
        self.volumes: list[float] = []

    def set_volume(self, volume: float) -> None:
        self.volumes.append(round(volume, 3))


def test_a_ducked_voice_is_a_fifth_as_loud_also_when_it_begins_then(qtbot: QtBot) -> None:
    made: list[Heard] = []

    def open_output(rate: int) -> Heard:
        made.append(Heard(rate))
        return made[-1]

    player = SpeechPlayer(open_output=open_output)
    player.set_volume(0.5)
    player.duck(True)
    player.begin("a")
    player.feed(sound(5))
    player.duck(False)
    player.stop()

    assert made[0].volumes == [0.1, 0.5]


@needs_espeak
def test_who_speaks_by_itself_is_chosen_in_the_chat_or_in_a_personas_menu(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    desk.open("Luna")
    luna, voice = desk.persona("Luna").id, desk.chat.header.voice
    assert not voice.isChecked()

    desk.click(voice)
    menu = next(item for item in desk.window.findChildren(QMenu) if item.isVisible())
    menu.actions()[0].trigger()
    assert voice.isChecked()
    assert voices.habits.personas == {luna}
    menu.close()
    desk.window.personas.speaking_toggled.emit(luna)

    assert not voice.isChecked()
    voices.set_speaks_replies(True)
    assert voice.isChecked()


@needs_espeak
def test_escape_in_the_transcript_stops_the_voice(talking: tuple[Desk, Voices]) -> None:
    desk, voices = talking
    desk.make("Ann", greeting=LONG)
    desk.open("Ann")
    desk.chat.transcript.act(desk.last(), Act.SPEAK)
    desk.chat.transcript.setFocus()

    desk.press(Qt.Key.Key_Escape, into=desk.chat.transcript)

    assert voices.key == ""
