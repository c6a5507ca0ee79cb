"""The natural voice as an engine: finds its files, wakes its process, and knows whether it keeps pace."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

from personadesk.domain.speech import (
    KOKORO,
    SpeechChunk,
    SpeechError,
    SpeechSettings,
    SpeechState,
    SpeechStatus,
    SpeechVoice,
)
from personadesk.providers.chat.embedded.runtime import spare_threads
from personadesk.providers.voices.frames import Frame
from personadesk.providers.voices.kokoro.weights import VoiceKit, find_weights, read_kit
from personadesk.providers.voices.process import Gone, SpeakingProcess
from personadesk.providers.voices.system import marks_of
from personadesk.services.speech.passages import passages

log = logging.getLogger(__name__)

_SILENCE_S = 60.0
_IDLE_S = 180.0
_PASSAGE_LIMIT = 140
_FIRST_LIMIT = 70
_KEEPS_PACE = 1.1
"""Seconds of work for a second of sound, above which a listener hears gaps."""
_PACE_VALID_S = 90.0

_READY = SpeechStatus(KOKORO, SpeechState.READY)
_BUSY = SpeechStatus(
    KOKORO,
    SpeechState.BUSY,
    "This computer is too busy for the natural voice to keep pace.",
    "Close programs that are at work, or let the system's voice speak.",
)
_ABSENT = (
    "The natural voice is not on this computer.",
    "Fetch it in Settings, Voices.",
)
_SENTENCES = {
    "not installed": (*_ABSENT, SpeechState.NOT_INSTALLED),
    "damaged": (
        "The natural voice's file is damaged: its checksum is another one.",
        "Fetch it again in Settings, Voices.",
        SpeechState.FAILED,
    ),
}


_Stamp = tuple[tuple[Path, int], ...]


class KokoroVoices:
    """A Synthesizer. `real_time_factor` is seconds of work for a second of sound, of late; 0.0 before any."""

    def __init__(self, *, folder: Path, models_dir: Path, threads: int = 0, silence_s: float = _SILENCE_S) -> None:
        self._folder = folder
        self._models_dir = models_dir
        self._threads = threads or max(2, spare_threads())
        self._silence_s = silence_s
        self._process = SpeakingProcess("personadesk.providers.voices.kokoro.child", idle_s=_IDLE_S)
        self._kit: VoiceKit | None = None
        self._status = _READY
        self._pace = 0.0
        self._paced_at = 0.0
        self._refused: _Stamp = ()
        """The files that turned out damaged, until they are others."""

    @property
    def engine(self) -> str:
        return KOKORO

    @property
    def real_time_factor(self) -> float:
        return self._pace

    @property
    def status(self) -> SpeechStatus:
        fresh = time.monotonic() - self._paced_at < _PACE_VALID_S
        return _BUSY if self._status is _READY and fresh and self._pace > _KEEPS_PACE else self._status

    async def refresh(self) -> SpeechStatus:
        weights = await asyncio.to_thread(find_weights, await self._opened(), self._models_dir)
        if not weights:
            self._failed("not installed")
        elif not self._refused or await asyncio.to_thread(_stamp, weights) != self._refused:
            self._refused = ()
            self._status = _READY
        return self.status

    async def voices(self) -> Sequence[SpeechVoice]:
        return (await self._opened()).voices

    async def synthesise(self, text: str, voice: str, settings: SpeechSettings) -> AsyncGenerator[SpeechChunk, None]:
        kit = await self._opened()
        if voice not in {known.id for known in kit.voices}:
            raise SpeechError(
                "The natural voice has no such speaker.", "Choose another voice.", state=self._status.state
            )
        order: Frame = {
            "do": "speak",
            "style": str(kit.folder / f"{voice}.bin"),
            "speed": settings.speed,
            "passages": passages(text, limit=_PASSAGE_LIMIT, first=0 if settings.follows else _FIRST_LIMIT),
        }
        try:
            await self._load(kit)
            async with aclosing(self._process.ask(order, silence_s=self._silence_s)) as answer:
                async for head, pcm in answer:
                    if "error" in head:
                        raise self._failed(head["error"])
                    if pcm:
                        chunk = SpeechChunk(pcm, head["rate"], marks_of(head))
                        self._note_pace(head["took_ms"] / 1000 / chunk.duration_s)
                        yield chunk
        except Gone as error:
            raise self._failed("gone") from error
        self._status = _READY

    async def variant(self) -> str:
        return ""

    async def warm_up(self) -> None:
        try:
            await self._load(await self._opened())
        except Gone:
            self._failed("gone")
        except SpeechError as error:
            log.info("the natural voice could not be warmed up: %s", error.state)

    async def close(self) -> None:
        await self._process.close()

    async def _opened(self) -> VoiceKit:
        if self._kit is None:
            self._kit = await asyncio.to_thread(read_kit, self._folder)
        return self._kit

    async def _load(self, kit: VoiceKit) -> None:
        """Have the process hold the model. Raises SpeechError, Gone."""
        weights = await asyncio.to_thread(find_weights, kit, self._models_dir)
        if not weights:
            raise self._failed("not installed")
        order: Frame = {
            "do": "load",
            "weights": [str(path) for path in weights],
            "sha256": kit.model["sha256"],
            "rate": kit.model["sample_rate"],
            "most_tokens": kit.model["most_tokens"],
            "tokens": kit.tokens,
            "threads": self._threads,
        }
        async with aclosing(self._process.ask(order, silence_s=self._silence_s)) as answer:
            async for head, _ in answer:
                if "error" in head:
                    if head["error"] == "damaged":
                        self._refused = await asyncio.to_thread(_stamp, weights)
                    raise self._failed(head["error"])

    def _note_pace(self, factor: float) -> None:
        fresh = time.monotonic() - self._paced_at < _PACE_VALID_S
        self._pace = (self._pace + factor) / 2 if fresh and self._pace else factor
        self._paced_at = time.monotonic()

    def _failed(self, word: str) -> SpeechError:
        sentence, next_step, state = _SENTENCES.get(
            word,
            ("The natural voice stopped in the middle.", "Try again: it is started afresh.", SpeechState.FAILED),
        )
        self._status = SpeechStatus(KOKORO, state, sentence, next_step)
        return SpeechError(sentence, next_step, state=state)


def _stamp(weights: Sequence[Path]) -> _Stamp:
    """What tells these files from those that are fetched in their place; () where one has gone meanwhile."""
    try:
        return tuple((path, path.stat().st_mtime_ns) for path in weights)
    except OSError:
        return ()
