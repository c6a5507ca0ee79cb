"""Samples of a voice: opening one, what is to be said about it, and cutting a part out of it."""

import asyncio
import stat
from dataclasses import dataclass
from pathlib import Path

from personadesk.domain.errors import NotFound
from personadesk.domain.sample import (
    BEST_FROM_S,
    BEST_TO_S,
    LONGEST_S,
    MEDIA_TYPES,
    SAMPLE_LIMIT_BYTES,
    SHORTEST_S,
    Sound,
    SoundFormat,
    VoiceSample,
)
from personadesk.formats.audio_heads import refused, too_large
from personadesk.formats.sound_file import flac_file
from personadesk.services.ports import Database
from personadesk.services.sample_ports import SampleReader

_MUCH_SILENCE = 0.4
_CLIPPED = 0.0005
_QUIET_DB = -36.0
_TELEPHONE_RATE = 12_000
_BEST = f"{BEST_FROM_S:g} to {BEST_TO_S:g} seconds of one voice are best."


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said about a sample, with one next step, "" where all is well. `bars` one that can't be used."""

    sentence: str
    next_step: str = ""
    bars: bool = False


@dataclass(frozen=True, slots=True)
class OpenedSample:
    """A recording's file as it is, and what was found in it."""

    sample: VoiceSample
    sound: Sound


class SampleService:
    """Asynchronous, for the engine thread."""

    def __init__(self, *, database: Database, reader: SampleReader) -> None:
        self._database = database
        self._reader = reader

    async def open_file(self, path: Path) -> OpenedSample:
        """Raises UserFacingError for what is no recording, or none that can be a sample."""
        return await self.open(await asyncio.to_thread(_read, path))

    async def open(self, content: bytes) -> OpenedSample:
        """Raises UserFacingError likewise."""
        sound = await self._reader.read(content)
        sample = VoiceSample(content, MEDIA_TYPES[sound.format])
        await asyncio.to_thread(lambda: sample.sha256)
        return OpenedSample(sample, sound)

    async def open_stored(self, sha256: str) -> OpenedSample:
        """Raises NotFound where the file is gone."""
        return await self.open(await self._database.read(lambda store: store.assets.path(sha256).read_bytes()))

    async def open_pcm(self, pcm: bytes, sample_rate: int) -> OpenedSample:
        """What a microphone heard: signed 16-bit mono."""
        return await self.open(await asyncio.to_thread(flac_file, pcm, sample_rate))

    async def cut(self, sound: Sound, start_s: float, end_s: float) -> OpenedSample:
        """A part, as FLAC. Raises UserFacingError for a part of nothing."""
        part = sound.part(start_s, end_s)
        if not part:
            raise refused("Nothing lies between the handles.", "Move them apart.")
        return await self.open_pcm(part, sound.sample_rate)


def findings(sound: Sound, duration_s: float | None = None) -> tuple[Finding, ...]:
    """What is to be said, the worst first; one sentence of praise where nothing is wrong.

    `duration_s` is how long the chosen part is, None for all of it.
    """
    length = sound.duration_s if duration_s is None else duration_s
    found = [item for item in (_of_length(length), _of_silence(sound)) if item is not None]
    if sound.clipped > _CLIPPED:
        found.append(
            Finding(
                "It is too loud in places and crackles there.",
                "Record it again a little further from the microphone.",
            )
        )
    elif sound.silence < 1 and sound.loudness_db < _QUIET_DB:
        found.append(Finding("It is very quiet.", "Record it again, louder or closer to the microphone."))
    if sound.source_rate < _TELEPHONE_RATE:
        found.append(
            Finding("It sounds as through a telephone.", "A recording of 16 kHz or more gives a better voice.")
        )
    if not found:
        return (Finding(f"Good: {length:.0f} seconds, clear and loud enough."),)
    return tuple(sorted(found, key=lambda item: not item.bars))


def can_be_used(found: tuple[Finding, ...]) -> bool:
    return not any(item.bars for item in found)


def sample_name(format_: SoundFormat) -> str:
    """What a sample's file is called where it goes: its own name may say anything."""
    return f"sample.{'ogg' if format_ is SoundFormat.OPUS else format_.value}"


def _of_length(length: float) -> Finding | None:
    if length < SHORTEST_S:
        sentence = f"It is {length:.1f} seconds long; a sample needs at least {SHORTEST_S:g}."
        return Finding(sentence, f"Record or choose a longer one: {_BEST}", bars=True)
    if length > LONGEST_S:
        sentence = f"It is {length:.0f} seconds long; a sample may have {LONGEST_S:g}."
        return Finding(sentence, "Move the handles until 10 to 30 seconds remain.", bars=True)
    if length < BEST_FROM_S:
        return Finding(f"It is short: {length:.1f} seconds.", f"It can be used; {_BEST}")
    if length > BEST_TO_S + 1:
        return Finding(f"It is longer than needed: {length:.0f} seconds.", "Cut 10 to 30 clear seconds out of it.")
    return None


def _of_silence(sound: Sound) -> Finding | None:
    if sound.silence >= 1:
        return Finding("There is nothing but silence in it.", "Check the microphone, and record it again.", bars=True)
    if sound.silence > _MUCH_SILENCE:
        return Finding(f"{sound.silence:.0%} of it is silence.", "Cut the pauses at its beginning and end away.")
    return None


def _read(path: Path) -> bytes:
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise refused("This is not a file.", "Choose a recording.")
        if state.st_size > SAMPLE_LIMIT_BYTES:
            raise too_large(state.st_size)
        with path.open("rb") as file:
            return file.read(SAMPLE_LIMIT_BYTES + 1)
    except OSError as problem:
        raise NotFound("This file can't be read.", "Check that it is there and yours to open.") from problem
