"""The system's voices: a real child process with the real eSpeak NG, where this computer has it."""

import asyncio
import ctypes
from array import array
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import psutil
import pytest

from personadesk.domain.speech import (
    MarkKind,
    SpeechBegan,
    SpeechChunk,
    SpeechError,
    SpeechSettings,
    SpeechState,
    SpeechStatus,
)
from personadesk.domain.voice import VoiceChoice
from personadesk.providers.voices.system import SystemVoices
from personadesk.services.speech.cache import SpeechCache
from personadesk.services.speech.speaking import Speaker
from personadesk.services.speech.spoken_text import spoken_text

TEXT = "Good evening, Zoë. The moon is up, and the kettle is on!"


def espeak_is_here() -> bool:
    try:
        ctypes.CDLL("libespeak-ng.so.1")
    except OSError:
        return False
    return True


needs_espeak = pytest.mark.skipif(not espeak_is_here(), reason="eSpeak NG is not on this computer: libespeak-ng1")


@asynccontextmanager
async def engine(kind: str = "espeak") -> AsyncIterator[SystemVoices]:
    voices = SystemVoices(kind=kind)
    try:
        yield voices
    finally:
        await voices.close()


async def said(voices: SystemVoices, text: str, voice: str = "gmw/en-US", speed: float = 1.0) -> list[SpeechChunk]:
    return [chunk async for chunk in voices.synthesise(text, voice, SpeechSettings(speed=speed))]


def loudest(chunk: SpeechChunk) -> int:
    return max(map(abs, array("h", chunk.pcm)))


@needs_espeak
def test_it_speaks_a_sentence_at_a_time_and_marks_the_words():
    async def scenario() -> list[SpeechChunk]:
        async with engine() as voices:
            return await said(voices, TEXT)

    chunks = asyncio.run(scenario())

    assert [loudest(chunk) > 3000 for chunk in chunks] == [True, True]
    assert all(0.5 < chunk.duration_s < 5 for chunk in chunks)
    marks = [mark for chunk in chunks for mark in chunk.marks]
    words = [TEXT[mark.start : mark.end] for mark in marks if mark.kind is MarkKind.WORD]
    assert words[:4] == ["Good", "evening", "Zoë", "The"]
    second = next(mark for mark in marks if mark.kind is MarkKind.SENTENCE and mark.start > 0)
    assert TEXT[second.start : second.end] == "The moon is up, and the kettle is on!"
    assert abs(second.at_ms - chunks[0].duration_s * 1000) < 2


@needs_espeak
def test_voices_have_a_language_and_both_genders():
    async def scenario() -> list[tuple[str, str]]:
        async with engine() as voices:
            return [(voice.language, voice.gender) for voice in await voices.voices()]

    found = asyncio.run(scenario())

    assert {("en-US", "male"), ("en-GB", "female"), ("ja", "female"), ("zh", "male")} <= set(found)


@needs_espeak
def test_a_higher_speed_is_shorter():
    async def scenario() -> list[float]:
        async with engine() as voices:
            return [sum(c.duration_s for c in await said(voices, TEXT, speed=speed)) for speed in (1.0, 1.6)]

    normal, fast = asyncio.run(scenario())

    assert fast < normal * 0.8


@needs_espeak
def test_closing_the_iterator_stops_it_and_the_next_speech_is_whole():
    async def scenario() -> list[SpeechChunk]:
        async with engine() as voices:
            speech = voices.synthesise(TEXT * 200, "", SpeechSettings())
            async with aclosing(speech):
                await anext(speech)
            return await said(voices, TEXT)

    chunks = asyncio.run(scenario())

    assert len(chunks) == 2


@needs_espeak
def test_two_speeches_at_once_are_both_whole():
    async def scenario() -> list[list[SpeechChunk]]:
        async with engine() as voices:
            return await asyncio.gather(said(voices, f"{TEXT} " * 20), said(voices, "Yes. No.", voice="gmw/de"))

    long, short = asyncio.run(scenario())

    assert (len(long), len(short)) == (40, 2)


@needs_espeak
def test_a_process_that_is_killed_is_said_and_started_again():
    async def scenario() -> tuple[SpeechState, list[SpeechChunk]]:
        async with engine() as voices:
            await voices.warm_up()
            (child,) = psutil.Process().children()
            child.suspend()
            speech = asyncio.ensure_future(said(voices, TEXT))
            await asyncio.sleep(0)
            child.kill()
            with pytest.raises(SpeechError, match="stopped in the middle"):
                await speech
            return voices.status.state, await said(voices, TEXT)

    state, chunks = asyncio.run(scenario())

    assert state is SpeechState.FAILED
    assert len(chunks) == 2


@needs_espeak
def test_a_voice_that_is_not_there_is_said_in_words():
    async def scenario() -> SpeechState:
        async with engine() as voices:
            with pytest.raises(SpeechError, match="no such voice"):
                await said(voices, TEXT, voice="xx-nobody")
            return voices.status.state

    assert asyncio.run(scenario()) is SpeechState.READY


@needs_espeak
def test_pyttsx3_speaks_into_a_file_of_its_own_each_time():
    async def scenario() -> list[SpeechChunk]:
        async with engine("pyttsx") as voices:
            return await said(voices, TEXT, voice="")

    chunks = asyncio.run(scenario())

    assert [loudest(chunk) > 3000 for chunk in chunks] == [True, True]
    assert chunks[1].marks[0].start == TEXT.index("The")


@needs_espeak
def test_a_message_in_another_script_is_said_by_a_voice_of_its_language(tmp_path: Path):
    async def scenario() -> list[SpeechBegan | SpeechChunk]:
        async with engine() as voices:
            speaker = Speaker(engines=(voices,), cache=SpeechCache(tmp_path))
            text = spoken_text("**Привет!** 😀 Как дела?").text
            return [part async for part in speaker.speak(text, VoiceChoice(system="gmw/en-US"))]

    began, *chunks = asyncio.run(scenario())

    assert isinstance(began, SpeechBegan)
    assert began.voice.language == "ru"
    assert len(chunks) == 2


def test_a_system_without_voices_is_said_with_the_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "pyttsx3.py").write_text("raise ImportError", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    async def scenario() -> tuple[SpeechStatus, SpeechError]:
        async with engine("pyttsx") as voices:
            status = await voices.refresh()
            with pytest.raises(SpeechError) as caught:
                await said(voices, TEXT)
            return status, caught.value

    status, error = asyncio.run(scenario())

    assert status.state is error.state is SpeechState.NOT_INSTALLED
    assert status.next_step


@pytest.mark.allows_log("said nothing")
def test_a_process_that_hangs_is_ended_and_said_so():
    async def scenario() -> SpeechError:
        voices = SystemVoices(kind="pyttsx", silence_s=0.001)
        try:
            with pytest.raises(SpeechError) as caught:
                await said(voices, TEXT)
            return caught.value
        finally:
            await voices.close()

    error = asyncio.run(scenario())

    assert error.sentence == "The system's voice stopped in the middle."
    assert error.state is SpeechState.FAILED


@needs_espeak
def test_nothing_is_left_running_when_the_first_question_is_taken_back_at_once():
    async def scenario() -> int:
        async with engine() as voices:
            for wait_s in (0.0, 0.002, 0.01):
                asking = asyncio.create_task(said(voices, TEXT))
                await asyncio.sleep(wait_s)
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
            return len(await said(voices, "Yes."))

    assert asyncio.run(scenario()) > 0
    assert not [child for child in psutil.Process().children() if "system_child" in " ".join(child.cmdline())]
