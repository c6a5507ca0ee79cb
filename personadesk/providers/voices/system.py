"""The system's own voices: always there where the system has any, offline and fast."""

import shutil
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from personadesk.domain.speech import (
    SYSTEM,
    MarkKind,
    SpeechChunk,
    SpeechError,
    SpeechMark,
    SpeechSettings,
    SpeechState,
    SpeechStatus,
    SpeechVoice,
)
from personadesk.providers.voices.frames import Frame
from personadesk.providers.voices.process import Gone, SpeakingProcess
from personadesk.services.speech.passages import passages

_SILENCE_S = 20.0
_IDLE_S = 60.0
_KIND = "espeak" if sys.platform == "linux" else "pyttsx"
_LIBRARY_COMMANDS = (
    ("apt-get", "sudo apt-get install libespeak-ng1"),
    ("dnf", "sudo dnf install espeak-ng"),
    ("zypper", "sudo zypper install espeak-ng"),
    ("pacman", "sudo pacman -S espeak-ng"),
)


class SystemVoices:
    """A Synthesizer over a child process, which may hang or crash without taking anything along."""

    def __init__(
        self, *, kind: str = _KIND, silence_s: float = _SILENCE_S, process: SpeakingProcess | None = None
    ) -> None:
        self._process = process or SpeakingProcess(
            "personadesk.providers.voices.system_child", arguments=(kind,), idle_s=_IDLE_S
        )
        self._silence_s = silence_s
        self._status = SpeechStatus(SYSTEM, SpeechState.READY)
        self._voices: tuple[SpeechVoice, ...] = ()

    @property
    def engine(self) -> str:
        return SYSTEM

    @property
    def status(self) -> SpeechStatus:
        return self._status

    async def refresh(self) -> SpeechStatus:
        await self._ask_voices()
        return self._status

    async def voices(self) -> Sequence[SpeechVoice]:
        if not self._voices:
            await self._ask_voices()
        return self._voices

    async def synthesise(self, text: str, voice: str, settings: SpeechSettings) -> AsyncGenerator[SpeechChunk, None]:
        """`voice` "" is the one the system speaks with by itself."""
        order: Frame = {"do": "speak", "voice": voice, "speed": settings.speed, "passages": passages(text)}
        try:
            async with aclosing(self._process.ask(order, silence_s=self._silence_s)) as answer:
                async for head, pcm in answer:
                    if "error" in head:
                        raise self._failed(head["error"])
                    if pcm:
                        yield SpeechChunk(pcm, head["rate"], marks_of(head))
        except Gone as error:
            raise self._failed("gone") from error
        self._status = SpeechStatus(SYSTEM, SpeechState.READY)

    async def variant(self) -> str:
        return ""

    async def warm_up(self) -> None:
        await self.voices()

    async def close(self) -> None:
        await self._process.close()

    async def _ask_voices(self) -> None:
        try:
            async with aclosing(self._process.ask({"do": "voices"}, silence_s=self._silence_s)) as answer:
                async for head, _ in answer:
                    if "error" in head:
                        self._failed(head["error"])
                    elif "voices" in head:
                        self._voices = tuple(_voice(said) for said in head["voices"])
                        self._status = SpeechStatus(SYSTEM, SpeechState.READY)
        except Gone:
            self._failed("gone")

    def _failed(self, word: str) -> SpeechError:
        if word == "not installed":
            error = SpeechError(
                "This computer has no voice of its own.", _how_to_install(), state=SpeechState.NOT_INSTALLED
            )
        elif word == "no such voice":
            return SpeechError("The system has no such voice.", "Choose another voice.", state=self._status.state)
        else:
            error = SpeechError("The system's voice stopped in the middle.", "Try again: it is started afresh.")
        self._status = SpeechStatus(SYSTEM, error.state, error.sentence, error.next_step)
        return error


def marks_of(head: Frame) -> tuple[SpeechMark, ...]:
    return tuple(SpeechMark(MarkKind(kind), start, end, at_ms) for kind, start, end, at_ms in head.get("marks", ()))


def _voice(said: dict[str, str]) -> SpeechVoice:
    return SpeechVoice(said["id"], said["name"], SYSTEM, said["language"], said["gender"], "clear, mechanical")


def _how_to_install() -> str:
    if sys.platform != "linux":
        return "Add a voice in the system's settings for speech."
    for program, command in _LIBRARY_COMMANDS:
        if shutil.which(program):
            return f"Run: {command}"
    return "Install eSpeak NG with your system's package manager."
