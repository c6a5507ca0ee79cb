"""Which voice speaks, what stands in for it, and what is kept."""

import asyncio
import os
import time
from array import array
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from personadesk.domain.speech import (
    KOKORO,
    SYSTEM,
    MarkKind,
    SpeechBegan,
    SpeechChunk,
    SpeechError,
    SpeechMark,
    SpeechSettings,
    SpeechState,
    SpeechStatus,
    SpeechVoice,
)
from personadesk.domain.voice import ELEVENLABS, VoiceChoice
from personadesk.services.speech.cache import SpeechCache
from personadesk.services.speech.choosing import candidates, preset_voices
from personadesk.services.speech.speaking import Speaker

HEART = SpeechVoice("af_heart", "Heart", KOKORO, "en-US", "female")
GEORGE = SpeechVoice("bm_george", "George", KOKORO, "en-GB", "male")
MAN = SpeechVoice("gmw/en-US", "English", SYSTEM, "en-US", "male")
WOMAN = SpeechVoice("gmw/en-US+f3", "English", SYSTEM, "en-US", "female")
JAPANESE = SpeechVoice("jpx/ja", "Japanese", SYSTEM, "ja", "male")
VOICES = {ELEVENLABS: preset_voices(), KOKORO: (HEART, GEORGE), SYSTEM: (JAPANESE, MAN, WOMAN)}
ADAM = VoiceChoice(preset="elevenlabs:pNInz6obpgDQGcFmaJgB", sample="5a")
OFFLINE = SpeechError("The service can't be reached.", "Check the network.", state=SpeechState.OFFLINE)


def test_the_sample_comes_first_then_the_preset_then_a_like_voice_then_the_systems():
    found = candidates(ADAM, VOICES, clones={"5a": "my-clone"})

    assert [(candidate.voice.id, candidate.source.value) for candidate in found] == [
        ("my-clone", "sample"),
        ("pNInz6obpgDQGcFmaJgB", "preset"),
        ("bm_george", "preset"),
        ("gmw/en-US", "system"),
    ]


def test_a_sample_that_no_engine_has_learned_is_passed_over():
    assert candidates(ADAM, VOICES)[0].voice.name == "Adam"


def test_a_woman_stands_in_for_a_woman_and_a_text_keeps_its_language():
    heart = VoiceChoice(preset="kokoro:af_heart")

    assert [found.voice for found in candidates(heart, VOICES)] == [HEART, WOMAN]
    assert [found.voice for found in candidates(heart, VOICES, language="ja")] == [JAPANESE]


def test_where_nobody_chose_a_natural_voice_speaks_unless_the_systems_is_named_or_it_lacks_the_language():
    assert [found.voice for found in candidates(VoiceChoice(), VOICES)][:2] == [HEART, MAN]
    assert candidates(VoiceChoice(sample="5a"), VOICES)[0].voice == HEART
    assert candidates(VoiceChoice(), VOICES, language="ja")[0].voice == JAPANESE
    assert candidates(VoiceChoice(system="gmw/en-US+f3"), VOICES)[0].voice == WOMAN


def test_a_preset_that_is_not_here_leaves_the_system_to_speak():
    choice = VoiceChoice(preset="kokoro:nobody", system="gmw/en-US+f3")

    assert [found.voice for found in candidates(choice, {SYSTEM: VOICES[SYSTEM]})] == [WOMAN, MAN]
    assert [found.voice.engine for found in candidates(VoiceChoice(), {})] == [SYSTEM]


class ScriptedEngine:
    """A Synthesizer that says each word as a chunk, or fails as it is told."""

    def __init__(self, engine: str, voices: Sequence[SpeechVoice]) -> None:
        self.engine = engine
        self.asked = 0
        self.fails: SpeechError | None = None
        self.waits_s = 0.0
        self.closed_early = False
        self.is_warm = False
        self.status = SpeechStatus(engine, SpeechState.READY)
        self._voices = voices

    async def refresh(self) -> SpeechStatus:
        return self.status

    async def voices(self) -> Sequence[SpeechVoice]:
        return self._voices

    async def synthesise(self, text: str, voice: str, settings: SpeechSettings) -> AsyncGenerator[SpeechChunk, None]:
        self.asked += 1
        await asyncio.sleep(self.waits_s)
        if self.fails is not None:
            raise self.fails
        self.closed_early = True
        for at, word in enumerate(text.split()):
            mark = SpeechMark(MarkKind.WORD, text.index(word), text.index(word) + len(word), at * 10)
            yield SpeechChunk(array("h", [at + 1] * 240).tobytes(), 24_000, (mark,))
        self.closed_early = False

    async def variant(self) -> str:
        return ""

    async def warm_up(self) -> None:
        self.is_warm = True

    async def close(self) -> None:
        pass


def engines() -> tuple[ScriptedEngine, ScriptedEngine]:
    return ScriptedEngine(KOKORO, VOICES[KOKORO]), ScriptedEngine(SYSTEM, VOICES[SYSTEM])


async def heard(speaker: Speaker, text: str = "good evening") -> tuple[SpeechBegan, bytes]:
    parts = [part async for part in speaker.speak(text, VoiceChoice(preset="kokoro:af_heart"))]
    assert isinstance(parts[0], SpeechBegan)
    return parts[0], b"".join(part.pcm for part in parts[1:] if isinstance(part, SpeechChunk))


def test_another_voice_speaks_where_one_cannot_and_the_reason_is_told_once():
    natural, system = engines()
    natural.fails = OFFLINE

    async def scenario() -> list[SpeechBegan]:
        speaker = Speaker(engines=(natural, system))
        told = [(await heard(speaker))[0] for _ in range(2)]
        natural.fails = None
        told.append((await heard(speaker))[0])
        natural.fails = OFFLINE
        return [*told, (await heard(speaker))[0]]

    told = asyncio.run(scenario())

    assert [began.voice for began in told] == [WOMAN, WOMAN, HEART, WOMAN]
    assert [began.notice for began in told] == [OFFLINE.sentence, "", "", OFFLINE.sentence]


@pytest.mark.parametrize("how", ["busy", "late"])
def test_a_voice_that_cannot_keep_pace_lets_the_fast_one_speak(how: str):
    natural, system = engines()
    if how == "busy":
        natural.status = SpeechStatus(KOKORO, SpeechState.BUSY, "Too busy.", "Wait.")
    else:
        natural.waits_s = 60

    async def scenario() -> list[SpeechBegan]:
        speaker = Speaker(engines=(natural, system), first_sound_s=0.01)
        return [(await heard(speaker))[0] for _ in range(2)]

    first, second = asyncio.run(scenario())

    assert (first.voice, second.voice) == (WOMAN, WOMAN)
    assert first.notice
    assert natural.asked == (0 if how == "busy" else 1)


def test_where_nothing_can_speak_the_first_reason_is_said():
    natural, system = engines()
    natural.fails = OFFLINE
    system.fails = SpeechError("This computer has no voice of its own.", state=SpeechState.NOT_INSTALLED)

    with pytest.raises(SpeechError, match="can't be reached"):
        asyncio.run(heard(Speaker(engines=(natural, system))))


def test_what_was_said_whole_is_kept_and_said_again_without_the_engine(tmp_path: Path):
    natural, system = engines()

    async def scenario() -> tuple[tuple[SpeechBegan, bytes], tuple[SpeechBegan, bytes]]:
        speaker = Speaker(engines=(natural, system), cache=SpeechCache(tmp_path))
        stopped = speaker.speak("never said whole", VoiceChoice(preset="kokoro:af_heart"))
        await anext(stopped)
        await anext(stopped)
        await stopped.aclose()
        return await heard(speaker), await heard(speaker)

    first, second = asyncio.run(scenario())

    assert first == second
    assert natural.asked == 2
    assert len(list(tmp_path.iterdir())) == 1


def test_only_the_voice_that_would_speak_is_warmed_up():
    natural, system = engines()

    asyncio.run(Speaker(engines=(natural, system)).warm_up(VoiceChoice(preset="kokoro:af_heart")))

    assert (natural.is_warm, system.is_warm) == (True, False)


def test_stopping_closes_the_engine():
    natural, system = engines()

    async def scenario() -> None:
        speech = Speaker(engines=(natural, system)).speak("one two three", VoiceChoice(preset="kokoro:af_heart"))
        await anext(speech)
        await anext(speech)
        await speech.aclose()

    asyncio.run(scenario())

    assert natural.closed_early


def test_the_cache_keeps_its_limit_and_forgets_what_was_used_longest_ago(tmp_path: Path):
    cache = SpeechCache(tmp_path, limit_bytes=5_000)
    chunk = SpeechChunk(bytes(1_200), 24_000, (SpeechMark(MarkKind.SENTENCE, 0, 4, 0),))
    for age, name in ((30, "a"), (20, "b"), (10, "c")):
        cache.put(name, [chunk])
        (path,) = tmp_path.glob(f"{name}.*")
        os.utime(path, (time.time() - age,) * 2)
    cache.get("a")

    cache.put("d", [chunk])
    cache.put("large", [SpeechChunk(bytes(2_000), 24_000)])

    assert [cache.get(name) == chunk for name in ("a", "b", "c", "d")] == [True, False, True, True]
    assert cache.get("large") is None
    assert cache.size_bytes() <= 5_000


def test_a_file_that_was_cut_off_is_no_speech(tmp_path: Path):
    cache = SpeechCache(tmp_path)
    cache.put("a", [SpeechChunk(bytes(1_200), 24_000)])
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-7])

    assert cache.get("a") is None


def test_a_sample_that_is_not_cloned_is_told_of_once_while_another_voice_speaks():
    natural, system = engines()
    choice = VoiceChoice(preset="kokoro:af_heart", sample="5a")

    async def began(speaker: Speaker, clones: dict[str, str]) -> SpeechBegan:
        parts = [part async for part in speaker.speak("good evening", choice, clones=clones)]
        assert isinstance(parts[0], SpeechBegan)
        return parts[0]

    async def scenario() -> list[SpeechBegan]:
        speaker = Speaker(engines=(natural, system))
        return [
            await began(speaker, {}),
            await began(speaker, {}),
            await began(Speaker(engines=(natural,)), {"5a": "x"}),
        ]

    first, second, cloned = asyncio.run(scenario())

    assert (first.voice, second.voice) == (HEART, HEART)
    assert "kept as a recording" in first.notice
    assert "editor" in first.next_step
    assert (second.notice, cloned.notice) == ("", "")
