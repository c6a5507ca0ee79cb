"""Whisper on this computer as an engine: finds its weights, wakes its process, lets it rest."""

import asyncio
import base64
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from personadesk.domain.dictation import WHISPER, Heard, HearingError, HearingState, HearingStatus
from personadesk.providers.chat.embedded.runtime import spare_threads
from personadesk.providers.voices.frames import Frame
from personadesk.providers.voices.process import Gone, SpeakingProcess
from personadesk.services.weights_ports import WHISPER_WEIGHTS, WeightsFetcher

_SILENCE_S = 90.0
"""The longest wait for half a minute of sound: a quiet computer takes two seconds, a busy one ten times as long."""
_IDLE_S = 240.0
_SAMPLE_BYTES = 2
_NAME_LIMIT = 40
"""Of a longer one nobody says more."""

_READY = HearingStatus(WHISPER, HearingState.READY)
_SENTENCES = {
    "not here": (
        "What hears speech is not on this computer yet.",
        "Get it once: it works without a network then.",
        HearingState.NOT_HERE,
    ),
    "not installed": (
        "The library that hears speech is missing.",
        "Start PersonaDesk with packaging/run.sh while there is a network: it fetches it.",
        HearingState.FAILED,
    ),
    "damaged": (
        "The file of what hears speech is damaged.",
        "Get it again: what is whole of it is kept.",
        HearingState.NOT_HERE,
    ),
}
_ENDED = ("What hears speech stopped in the middle.", "Try again: it is started afresh.", HearingState.FAILED)


class WhisperHearing:
    """A Transcriber."""

    def __init__(
        self,
        *,
        weights: WeightsFetcher,
        threads: int = 0,
        silence_s: float = _SILENCE_S,
        idle_s: float = _IDLE_S,
    ) -> None:
        self._weights = weights
        self._threads = threads or max(2, spare_threads())
        self._silence_s = silence_s
        self._process = SpeakingProcess("personadesk.providers.hearing.whisper.child", idle_s=idle_s)
        self._damaged: tuple[int, ...] = ()

    @property
    def engine(self) -> str:
        return WHISPER

    @property
    def is_loaded(self) -> bool:
        return self._process.is_running

    async def refresh(self) -> HearingStatus:
        folder = await self._find_weights()
        if folder is None:
            return _status("not here")
        return _status("damaged") if self._damaged == await asyncio.to_thread(_times, folder) else _READY

    async def transcribe(self, pcm: bytes, language: str = "", names: Sequence[str] = ()) -> Heard:
        pcm = pcm[: len(pcm) // _SAMPLE_BYTES * _SAMPLE_BYTES]
        if not pcm:
            return Heard("")
        order: Frame = {"do": "hear", "sound": base64.b64encode(pcm).decode(), "language": language}
        order["names"] = _prompt(names)
        try:
            await self._load()
            heads = await self._asked(order)
        except asyncio.CancelledError:
            self._process.kill()
            raise
        text = " ".join(head["text"].strip() for head in heads)
        return Heard(text.strip(), heads[0]["language"] if heads else "")

    async def warm_up(self) -> None:
        try:
            await self._load()
        except HearingError:
            return

    async def close(self) -> None:
        await self._process.close()

    async def _find_weights(self) -> Path | None:
        here = await self._weights.is_here(WHISPER_WEIGHTS)
        return self._weights.describe(WHISPER_WEIGHTS).folder if here else None

    async def _load(self) -> None:
        """Have the process hold the model. Raises HearingError."""
        folder = await self._find_weights()
        if folder is None:
            raise _error("not here")
        try:
            await self._asked({"do": "load", "folder": str(folder), "threads": self._threads})
        except HearingError as error:
            if error.state is HearingState.NOT_HERE:
                self._damaged = await asyncio.to_thread(_times, folder)
            raise

    async def _asked(self, order: Frame) -> list[Frame]:
        """All but the last frame of an answer. Raises HearingError."""
        heads: list[Frame] = []
        try:
            async with aclosing(self._process.ask(order, silence_s=self._silence_s)) as answer:
                async for head, _ in answer:
                    if "error" in head:
                        raise _error(head["error"])
                    if "text" in head:
                        heads.append(head)
        except Gone as error:
            raise _error("gone") from error
        return heads


def _prompt(names: Sequence[str]) -> str:
    """Names as what was said before. Without the full stop what follows begins with a small letter."""
    known = [short for name in names if (short := " ".join(name.split())[:_NAME_LIMIT]) not in ("", "You")]
    return f"{', '.join(known)}." if known else ""


def _times(folder: Path) -> tuple[int, ...]:
    """Other ones once a file has been put in another's place."""
    return tuple(path.stat().st_mtime_ns for path in sorted(folder.glob("*.*")))


def _status(word: str) -> HearingStatus:
    sentence, next_step, state = _SENTENCES.get(word, _ENDED)
    return HearingStatus(WHISPER, state, sentence, next_step)


def _error(word: str) -> HearingError:
    sentence, next_step, state = _SENTENCES.get(word, _ENDED)
    return HearingError(sentence, next_step, state=state)
