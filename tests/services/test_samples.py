"""What is said about a sample, and a part cut out of it, with the real reading process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy
import pytest

from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.sample import SoundFormat
from personadesk.providers.audio_reader.reader import ProcessSampleReader
from personadesk.services.speech.samples import SampleService, can_be_used, findings
from tests.services.chat_desk import ChatDesk, OpenDesk, on_loop
from tests.sounds import RATE, sound, voice


@asynccontextmanager
async def service(desk: ChatDesk) -> AsyncIterator[SampleService]:
    reader = ProcessSampleReader()
    try:
        yield SampleService(database=desk.disk, reader=reader)
    finally:
        await reader.close()


CASES = {
    "good": (voice(14), RATE, "Good: 14 seconds", True),
    "short": (voice(2), RATE, "at least 3", False),
    "shorter than best": (voice(6), RATE, "It is short", True),
    "long": (voice(45), RATE, "longer than needed", True),
    "too long": (voice(130), RATE, "may have 120", False),
    "silent": (numpy.zeros(RATE * 14, "int16"), RATE, "nothing but silence", False),
    "paused": (numpy.concatenate([voice(7), numpy.zeros(RATE * 7, "int16")]), RATE, "is silence", True),
    "quiet": (voice(14, loud=0.012), RATE, "very quiet", True),
    "clipped": (numpy.clip(voice(14).astype("int32") * 8, -32_768, 32_767).astype("int16"), RATE, "too loud", True),
    "a telephone": (voice(14, rate=8_000), 8_000, "telephone", True),
}


@on_loop
async def test_a_sample_is_judged_in_words_with_a_next_step(open_chat: OpenDesk) -> None:
    async with open_chat() as desk, service(desk) as samples:
        for name, (made, rate, words, usable) in CASES.items():
            opened = await samples.open(sound("wav", made, rate=rate))
            found = findings(opened.sound)

            assert any(words in item.sentence for item in found), (name, found)
            assert can_be_used(found) is usable, name
            assert name == "good" or all(item.next_step for item in found), name


@on_loop
async def test_a_part_is_cut_out_and_what_is_left_is_judged_anew(open_chat: OpenDesk) -> None:
    async with open_chat() as desk, service(desk) as samples:
        long = await samples.open(sound("mp3", voice(130)))
        assert can_be_used(findings(long.sound, 20))

        part = await samples.cut(long.sound, 10, 30)

        assert part.sound.format is SoundFormat.FLAC
        assert part.sound.duration_s == pytest.approx(20, abs=0.01)
        assert part.sound.pcm == long.sound.part(10, 30)
        assert part.sample.media_type == "audio/flac"
        with pytest.raises(InvalidInput, match="handles"):
            await samples.cut(long.sound, 30, 30)


@on_loop
async def test_an_untouched_upload_keeps_its_bytes_whatever_it_is_called(open_chat: OpenDesk, tmp_path: Path) -> None:
    async with open_chat() as desk, service(desk) as samples:
        content = sound("ogg", voice(12))
        (tmp_path / "diary.txt").write_bytes(content)
        (tmp_path / "song.mp3").write_text("la la la")
        (tmp_path / "huge.wav").write_bytes(bytes(11_000_000))

        opened = await samples.open_file(tmp_path / "diary.txt")

        assert opened.sample.content == content
        for name, words in (("song.mp3", "a text"), ("huge.wav", "11.0 MB"), (".", "not a file")):
            with pytest.raises(InvalidInput, match=words):
                await samples.open_file(tmp_path / name)
        with pytest.raises(NotFound):
            await samples.open_file(tmp_path / "gone.wav")
