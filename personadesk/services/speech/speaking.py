"""Saying a text in a persona's voice, with the next voice where one can't, and from what was said before."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from personadesk.domain.speech import (
    KOKORO,
    SYSTEM,
    SpeechBegan,
    SpeechChunk,
    SpeechError,
    SpeechSettings,
    SpeechState,
    SpeechStatus,
    SpeechVoice,
)
from personadesk.domain.voice import ELEVENLABS, VoiceChoice
from personadesk.services.speech.cache import SpeechCache, speech_key
from personadesk.services.speech.choosing import Candidate, candidates
from personadesk.services.speech.languages import script_language
from personadesk.services.voice_ports import Synthesizer

log = logging.getLogger(__name__)

FIRST_SOUND_S = 12.0
SPEED_RANGE = (0.5, 2.5)
_SLOW_FOR_S = 90.0


class Speaker:
    """Belongs to the engine's event loop. `engines` in the order in which their voices are listed."""

    def __init__(
        self, *, engines: Sequence[Synthesizer], cache: SpeechCache | None = None, first_sound_s: float = FIRST_SOUND_S
    ) -> None:
        self._engines = {engine.engine: engine for engine in engines}
        self._cache = cache
        self._first_sound_s = first_sound_s
        self._slow_until: dict[str, float] = {}
        self._told: set[tuple[str, SpeechState]] = set()

    async def voices(self) -> list[SpeechVoice]:
        """Every engine's, those it knows without being able to speak included."""
        return [voice for engine in self._engines.values() for voice in await engine.voices()]

    async def statuses(self) -> list[SpeechStatus]:
        """How each engine is, having looked."""
        return [await engine.refresh() for engine in self._engines.values()]

    async def speak(
        self,
        text: str,
        choice: VoiceChoice,
        *,
        language: str = "",
        clones: Mapping[str, str] | None = None,
        speed: float = 1.0,
        follows: bool = False,
        staying: SpeechVoice | None = None,
    ) -> AsyncGenerator[SpeechBegan | SpeechChunk, None]:
        """Say plain text: first who speaks, then the sound.

        `language` is the text's, "" to go by its letters; `clones` gives the voice made of a sample by its
        SHA-256. `speed` is a factor on the choice's own; `follows` says that something is being heard meanwhile.
        `staying` is the voice that spoke before: it goes on, also where another would be faster.
        Closing the iterator ends it within 200 ms. Raises SpeechError where no voice can speak, and
        where one fails after it was heard.
        """
        said_in = language or script_language(text)
        listed = await self._listed(choice)
        tried = [found for found in candidates(choice, listed, language=said_in, clones=clones) if self._has(found)]
        tried.sort(key=lambda found: found.voice != staying)
        settings = settings_of(choice, speed, follows=follows)
        failure: tuple[str, SpeechError] | None = None
        not_cloned = _not_cloned(choice, clones)
        for number, candidate in enumerate(tried):
            is_last = number == len(tried) - 1 or candidate.voice == staying
            began = False
            try:
                async with self._sound(text, candidate, settings, is_last=is_last) as sound:
                    async for chunk in sound:
                        if not began:
                            began = True
                            yield self._began(candidate, failure or not_cloned)
                        yield chunk
                return
            except SpeechError as error:
                if began:
                    raise
                log.info("a voice of %s can't speak: %s", candidate.voice.engine, error.state)
                failure = failure or (candidate.voice.engine, error)
        if failure is not None:
            raise failure[1]
        raise SpeechError(
            "There is no voice here that could speak.",
            "Fetch one in Settings, Voices.",
        )

    async def warm_up(self, choice: VoiceChoice, *, clones: Mapping[str, str] | None = None) -> None:
        """Load what would speak for this choice. Raises nothing."""
        for candidate in candidates(choice, await self._listed(choice), clones=clones)[:1]:
            if self._has(candidate):
                await self._engines[candidate.voice.engine].warm_up()

    async def kept_bytes(self) -> int:
        """How much of what was said is kept on disk."""
        return await asyncio.to_thread(self._cache.size_bytes) if self._cache is not None else 0

    async def limit_kept(self, limit_bytes: int) -> None:
        """Keep no more than this of what was said, from now on."""
        if self._cache is not None:
            await asyncio.to_thread(self._cache.limit, limit_bytes)

    async def forget_kept(self) -> None:
        """Delete what was said, as far as it can be."""
        if self._cache is not None:
            await asyncio.to_thread(self._cache.clear)

    async def close(self) -> None:
        await asyncio.gather(*(engine.close() for engine in self._engines.values()))

    async def _listed(self, choice: VoiceChoice) -> dict[str, Sequence[SpeechVoice]]:
        """The voices of the engines that may speak. No other is asked: a service's answer may take its time."""
        asked = {KOKORO, SYSTEM, choice.preset.partition(":")[0], ELEVENLABS if choice.sample else ""}
        return {name: await engine.voices() for name, engine in self._engines.items() if name in asked}

    def _has(self, candidate: Candidate) -> bool:
        return candidate.voice.engine in self._engines

    @asynccontextmanager
    async def _sound(
        self, text: str, candidate: Candidate, settings: SpeechSettings, *, is_last: bool
    ) -> AsyncGenerator[AsyncIterator[SpeechChunk], None]:
        sound = self._kept_or_made(text, candidate, settings, is_last=is_last)
        try:
            yield sound
        finally:
            await sound.aclose()

    async def _kept_or_made(
        self, text: str, candidate: Candidate, settings: SpeechSettings, *, is_last: bool
    ) -> AsyncGenerator[SpeechChunk, None]:
        engine = self._engines[candidate.voice.engine]
        key = speech_key(text, candidate.voice, settings, await engine.variant())
        kept = await asyncio.to_thread(self._cache.get, key) if self._cache is not None else None
        if kept is not None:
            yield kept
            return
        if not is_last:
            self._refuse_slow(engine)
        chunks: list[SpeechChunk] = []
        sound = engine.synthesise(text, candidate.voice.id, settings)
        try:
            first = await self._first(sound, engine, is_last=is_last)
            if first is None:
                return
            chunks.append(first)
            yield first
            async for chunk in sound:
                chunks.append(chunk)
                yield chunk
        finally:
            if isinstance(sound, AsyncGenerator):
                await sound.aclose()
        if self._cache is not None:
            await asyncio.to_thread(self._cache.put, key, chunks)

    def _refuse_slow(self, engine: Synthesizer) -> None:
        status = engine.status
        if status.state is SpeechState.BUSY:
            raise SpeechError(status.sentence, status.next_step, state=SpeechState.BUSY)
        if time.monotonic() < self._slow_until.get(engine.engine, 0.0):
            raise _too_slow()

    async def _first(
        self, sound: AsyncIterator[SpeechChunk], engine: Synthesizer, *, is_last: bool
    ) -> SpeechChunk | None:
        """The first chunk, None for a text in which nothing can be said. Raises SpeechError where it is too late."""
        try:
            async with asyncio.timeout(None if is_last else self._first_sound_s):
                return await anext(sound, None)
        except TimeoutError as error:
            self._slow_until[engine.engine] = time.monotonic() + _SLOW_FOR_S
            raise _too_slow() from error

    def _began(self, candidate: Candidate, failure: tuple[str, SpeechError] | None) -> SpeechBegan:
        self._told = {told for told in self._told if told[0] != candidate.voice.engine}
        if failure is None:
            return SpeechBegan(candidate.voice)
        engine, error = failure
        if (engine, error.state) in self._told:
            return SpeechBegan(candidate.voice)
        self._told.add((engine, error.state))
        return SpeechBegan(candidate.voice, error.sentence, error.next_step)


def _not_cloned(choice: VoiceChoice, clones: Mapping[str, str] | None) -> tuple[str, SpeechError] | None:
    """Why a voice's sample does not speak, where nothing was made of it; told once for each sample."""
    if not choice.sample or choice.sample in (clones or {}):
        return None
    why = SpeechError(
        "The voice of its own is kept as a recording until a cloning service is set up.",
        "Clone it in the editor, under Voice.",
        state=SpeechState.NEEDS_KEY,
    )
    return f"sample:{choice.sample}", why


def settings_of(choice: VoiceChoice, speed: float = 1.0, *, follows: bool = False) -> SpeechSettings:
    slowest, fastest = SPEED_RANGE
    factor = round(min(fastest, max(slowest, choice.speed * speed)), 3)
    return SpeechSettings(factor, choice.stability, choice.similarity, choice.style, follows)


def _too_slow() -> SpeechError:
    return SpeechError(
        "The chosen voice takes too long just now.",
        "It is tried again in a minute or two.",
        state=SpeechState.BUSY,
    )
