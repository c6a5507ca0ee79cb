"""Whisper on this computer, with what this computer's own voices say."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from personadesk.domain.dictation import LISTENING_RATE, Heard, HearingError, HearingState
from personadesk.domain.speech import SpeechSettings
from personadesk.paths import find_resources
from personadesk.providers.hearing.whisper.engine import WhisperHearing
from personadesk.providers.voices.kokoro.engine import KokoroVoices
from personadesk.providers.weights_fetch import FileWeights
from personadesk.services.speech.spoken_text import spoken_text
from tests.ear import SENTENCES, can_hear, listened, make_ear, plain_words, wrong_words

CALLED = "Elowen, tell me about the weather in the mountains."
T = TypeVar("T")
hears = pytest.mark.skipif(not can_hear(), reason="the ear's weights are not installed: packaging/test.sh does that")
MOST_WRONG = 0.15
"""Two of these few words; over twenty sentences, `tests/benchmarks/run.sh hearing` wants a tenth."""
SECOND = bytes(LISTENING_RATE * 2)
SAID = {"af_heart": SENTENCES[:2], "bm_george": SENTENCES[3:5]}
MESSAGE = (
    "*waves happily* Here is the picture you wanted. ![a cat](https://example.org/cat.png)\n"
    "```python\nprint('marmalade')\n```\nTell me what you think. \N{SMILING FACE WITH SUNGLASSES}"
)


def with_ear(work: Callable[[WhisperHearing], Awaitable[T]]) -> T:
    async def scenario() -> T:
        ear = await make_ear()
        try:
            return await work(ear)
        finally:
            await ear.close()

    return asyncio.run(scenario())


async def said(voices: KokoroVoices, voice: str, text: str) -> bytes:
    """What the natural voice says, as a microphone would hear it."""
    chunks = [chunk async for chunk in voices.synthesise(text, voice, SpeechSettings())]
    return listened(b"".join(chunk.pcm for chunk in chunks), chunks[0].sample_rate)


@pytest.fixture(scope="module")
def heard() -> dict[str, Heard]:
    """What the ear heard of two voices, of a message with much that is not said, and of silence."""

    async def work(ear: WhisperHearing) -> dict[str, Heard]:
        voices = KokoroVoices(folder=find_resources() / "voices", models_dir=Path("/nowhere"))
        try:
            found = {
                voice: await ear.transcribe(await said(voices, voice, " ".join(text for text, _ in part)), "en-GB")
                for voice, part in SAID.items()
            }
            message = await said(voices, "af_heart", spoken_text(MESSAGE, emotes=False).text)
            called = await said(voices, "af_heart", CALLED)
        finally:
            await voices.close()
        found["unnamed"] = await ear.transcribe(called, "en")
        found["named"] = await ear.transcribe(called, "en", ["Elowen", "Ysolde"])
        found["message"] = await ear.transcribe(SECOND + message + SECOND)
        found["silence"] = await ear.transcribe(SECOND * 2)
        return found

    return with_ear(work)


@hears
@pytest.mark.embedded_model
@pytest.mark.parametrize("voice", SAID)
def test_what_a_voice_says_is_understood(heard: dict[str, Heard], voice: str) -> None:
    wrong, words = wrong_words(" ".join(spoken for _, spoken in SAID[voice]), heard[voice].text)

    assert wrong / words <= MOST_WRONG, heard[voice].text


@hears
@pytest.mark.embedded_model
def test_what_is_left_out_of_a_message_is_not_heard(heard: dict[str, Heard]) -> None:
    words = plain_words(heard["message"].text)

    assert {"picture", "wanted", "think"} <= set(words)
    assert not {"waves", "happily", "example", "org", "print", "marmalade", "python"} & set(words)
    assert heard["message"].language == "en"


@hears
@pytest.mark.embedded_model
def test_a_name_it_knows_is_written_as_it_is(heard: dict[str, Heard]) -> None:
    assert not heard["unnamed"].text.startswith("Elowen")
    assert heard["named"].text.startswith("Elowen")


@hears
@pytest.mark.embedded_model
def test_in_silence_there_are_no_words(heard: dict[str, Heard]) -> None:
    assert heard["silence"].text == ""


@hears
@pytest.mark.embedded_model
def test_cancelling_ends_the_process_and_the_next_question_starts_another() -> None:
    async def work(ear: WhisperHearing) -> tuple[bool, str]:
        await ear.warm_up()
        hearing = asyncio.create_task(ear.transcribe(SECOND * 120))
        await asyncio.sleep(0)
        hearing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hearing
        return ear.is_loaded, (await ear.transcribe(SECOND)).text

    assert with_ear(work) == (False, "")


@hears
@pytest.mark.embedded_model
def test_it_lets_its_memory_go_when_it_is_not_needed() -> None:
    async def scenario() -> bool:
        ear = await make_ear(idle_s=0.05)
        try:
            await ear.warm_up()
            async with asyncio.timeout(30):
                while ear.is_loaded:  # noqa: ASYNC110 - a process that goes tells nobody
                    await asyncio.sleep(0.01)
            return ear.is_loaded
        finally:
            await ear.close()

    assert not asyncio.run(scenario())


@hears
@pytest.mark.embedded_model
@pytest.mark.allows_log("a speaking process said nothing")
def test_a_process_that_says_nothing_in_time_is_ended_and_told() -> None:
    async def scenario() -> HearingError:
        ear = await make_ear(silence_s=0.05)
        try:
            with pytest.raises(HearingError) as caught:
                await ear.transcribe(SECOND)
            return caught.value
        finally:
            await ear.close()

    assert "stopped in the middle" in asyncio.run(scenario()).sentence


def test_without_weights_it_says_so_and_asks_nobody(tmp_path: Path) -> None:
    async def scenario() -> tuple[HearingState, HearingError]:
        weights = FileWeights(description=find_resources() / "weights.toml", models_dir=tmp_path)
        ear = WhisperHearing(weights=weights)
        with pytest.raises(HearingError) as caught:
            await ear.transcribe(SECOND)
        status = await ear.refresh()
        await ear.close()
        return status.state, caught.value

    state, error = asyncio.run(scenario())

    assert state is error.state is HearingState.NOT_HERE
    assert error.next_step


def test_files_that_are_no_weights_are_called_damaged(tmp_path: Path) -> None:
    async def scenario() -> HearingError:
        weights = FileWeights(description=find_resources() / "weights.toml", models_dir=tmp_path)
        folder = weights.describe("whisper-base").folder
        folder.mkdir()
        for name, size in (
            ("config.json", 2_309),
            ("tokenizer.json", 2_203_239),
            ("vocabulary.txt", 459_861),
            ("model.bin", 145_217_532),
        ):
            with (folder / name).open("wb") as file:
                file.truncate(size)
        ear = WhisperHearing(weights=weights)
        try:
            with pytest.raises(HearingError) as caught:
                await ear.transcribe(SECOND)
        finally:
            await ear.close()
        return caught.value

    assert "damaged" in asyncio.run(scenario()).sentence
