"""Recordings as people have them, and what is handed in as one, in the real reading process."""

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import numpy
import pytest

from personadesk.domain.errors import InvalidInput, UserFacingError
from personadesk.domain.sample import PEAKS, SoundFormat
from personadesk.providers.audio_reader.reader import ProcessSampleReader
from tests.sounds import RATE, locked, sound, three_hours, video, voice

T = TypeVar("T")
Ask = Callable[[Coroutine[Any, Any, T]], T]
WITHOUT_DECODER = """
import os, sys
os.environ["OPENBLAS_NUM_THREADS"] = "1"
sys.modules["PySide6.QtMultimedia"] = None
from personadesk.providers.audio_reader.decoding import Decoding
from personadesk.providers.card_reader.child import serve
from personadesk.ui.speech.qt_decoding import decode
serve(Decoding(decode))
"""


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture(scope="module")
def reader(loop: asyncio.AbstractEventLoop) -> Iterator[ProcessSampleReader]:
    async def made() -> ProcessSampleReader:
        reader = ProcessSampleReader()
        # Both of its threads start now: one that starts later would be a straggler to the test it starts in.
        both = threading.Barrier(2)
        await asyncio.gather(*(loop.run_in_executor(reader._threads, both.wait) for _ in range(2)))
        await reader.read(sound("wav", voice(3)))
        return reader

    reader = loop.run_until_complete(made())
    yield reader
    loop.run_until_complete(reader.close())


@pytest.fixture
def ask(loop: asyncio.AbstractEventLoop) -> Ask[Any]:
    return loop.run_until_complete


@pytest.mark.parametrize("kind", ["mp3", "wav", "ogg", "opus", "flac", "m4a"])
def test_every_format_is_known_by_its_content_and_decoded(kind: str, reader: ProcessSampleReader, ask: Ask[Any]):
    heard = ask(reader.read(sound(kind, voice(4))))

    assert heard.format is SoundFormat(kind)
    assert heard.source_rate == heard.sample_rate == RATE
    assert heard.channels == 1
    assert heard.duration_s == pytest.approx(4, abs=0.15)
    assert len(heard.peaks) == PEAKS
    assert heard.peak == pytest.approx(0.3, abs=0.05)
    assert -25 < heard.loudness_db < -10
    assert 0.15 < heard.silence < 0.4
    assert heard.clipped == 0


def test_two_channels_become_one_and_a_high_rate_a_lower_one(reader: ProcessSampleReader, ask: Ask[Any]):
    both = numpy.stack([voice(4, rate=96_000), voice(4, rate=96_000)], axis=1)

    heard = ask(reader.read(sound("wav", both, rate=96_000)))

    assert (heard.channels, heard.source_rate, heard.sample_rate) == (2, 96_000, 48_000)
    assert heard.duration_s == pytest.approx(4)
    assert len(heard.part(1.0, 2.5)) == 1.5 * 48_000 * 2


def test_silence_and_clipping_are_measured(reader: ProcessSampleReader, ask: Ask[Any]):
    still = ask(reader.read(sound("wav", numpy.zeros(RATE * 4, "int16"))))
    harsh = ask(reader.read(sound("wav", numpy.clip(voice(4).astype("int32") * 6, -32_768, 32_767).astype("int16"))))

    assert (still.silence, still.peak) == (1.0, 0.0)
    assert harsh.clipped > 0.1


BAD = {
    "a text named .mp3": (b"Dear diary, this is no music at all.\n" * 20, "This is a text"),
    "a video": (video(), "This is a video"),
    "an empty file": (b"", "empty"),
    "no seconds": (sound("wav", voice(0)), "0 seconds"),
    "three hours": (three_hours(), "180 minutes"),
    "eleven megabytes": (sound("wav", numpy.zeros(5_500_000, "int16")), "11.0 MB"),
    "a locked one": (locked(), "copy protection"),
    "a cut FLAC": (sound("flac", voice(12))[:20_000], "breaks off|damaged"),
    "a cut M4A": (sound("m4a", voice(6))[:9_000], "damaged"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "a picture"),
    "noise behind an MP3's head": (b"\xff\xfb\x90\x00" + bytes(range(256)) * 40, "damaged|0 seconds"),
    "noise behind an MP4's head": (b"\0\0\0\x18ftypM4A \0\0\0\0" + bytes(range(256)) * 40, "damaged"),
    "boxes in boxes": (b"\0\0\0\x08ftyp" + b"\0\0\0\0moov" * 20_000, "damaged|no sound"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_sample_is_refused_in_words_with_a_next_step(name: str, reader: ProcessSampleReader, ask: Ask[Any]):
    content, words = BAD[name]

    with pytest.raises(InvalidInput, match=words) as caught:
        ask(reader.read(content))

    assert caught.value.field == "voice.sample"
    assert caught.value.next_step
    # The next one is read as if nothing had been.
    assert ask(reader.read(sound("wav", voice(3)))).duration_s == 3


def test_an_m4a_without_its_decoder_says_what_to_do(ask: Ask[Any]):
    async def scenario() -> UserFacingError:
        reader = ProcessSampleReader(command=(sys.executable, "-c", WITHOUT_DECODER))
        try:
            with pytest.raises(UserFacingError) as caught:
                await reader.read(sound("m4a", voice(4)))
            assert (await reader.read(sound("mp3", voice(4)))).format is SoundFormat.MP3
            return caught.value
        finally:
            await reader.close()

    problem = ask(scenario())

    assert "not installed" in problem.sentence
    assert "WAV" in problem.next_step


def test_a_process_that_lies_is_not_believed(ask: Ask[Any]):
    lies = """
import sys
import threading
from personadesk.providers.card_reader import frames
from personadesk.providers.card_reader.child import serve
facts = {"format": "wav", "rate": 16000, "source_rate": 16000, "channels": 1}
measures = {"peak": float("nan"), "loudness": 0.0, "silence": 0.0, "clipped": 0.0}
serve(lambda order, content: frames.packed(facts | measures, [b"\\0" * 4, b"\\0"]))
"""

    async def scenario() -> None:
        reader = ProcessSampleReader(command=(sys.executable, "-c", lies))
        try:
            with pytest.raises(UserFacingError, match="stop"):
                await reader.read(sound("wav", voice(3)))
        finally:
            await reader.close()

    ask(scenario())
