"""Messages as a sound file: made in order, written as they are made, whole or not there at all."""

import asyncio
import contextlib
import errno
import os
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from personadesk.domain.conversation import Message, Role, SwipeState
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.domain.speech import SpeechBegan, SpeechChunk
from personadesk.domain.voice import VoiceChoice
from personadesk.formats.sound_file import SoundKind, SoundWriter
from personadesk.services.ports import Database, Store
from personadesk.services.speech.clones import VoiceClones
from personadesk.services.speech.speaking import Speaker
from personadesk.services.speech.spoken_text import SpokenWords
from personadesk.services.speech.streaming import said_lines

FILE_RATE = 24_000
BETWEEN_MESSAGES_S = 0.7
_PROBLEMS = {
    errno.ENOSPC: ("There is no room left on the disk.", "Make room, or choose another place."),
    errno.EDQUOT: ("There is no room left on the disk.", "Make room, or choose another place."),
    errno.EACCES: ("Nothing may be written there.", "Choose another folder."),
    errno.EPERM: ("Nothing may be written there.", "Choose another folder."),
    errno.EROFS: ("Nothing may be written there.", "Choose another folder."),
    errno.ENOENT: ("That folder is not there any more.", "Choose another folder."),
    errno.EISDIR: ("There is a folder of that name.", "Choose another name."),
    errno.ENAMETOOLONG: ("That name is too long.", "Choose a shorter one."),
}


@dataclass(frozen=True, slots=True)
class SaveProgress:
    """Characters made into sound, of so many; `seconds_left` is an estimate, None before there is one."""

    done: int
    total: int
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class SavedSpeech:
    """A file of `seconds` of sound. `notice` says why another voice than the chosen one spoke, "" where none did."""

    path: Path
    seconds: float
    notice: str = ""


@dataclass(frozen=True, slots=True)
class _Saying:
    text: str
    choice: VoiceChoice
    ends_message: bool


class SpeechSaving:
    """Asynchronous, for the engine thread. Closing a generator leaves nothing behind."""

    def __init__(self, *, database: Database, speaker: Speaker, clones: VoiceClones) -> None:
        self._database = database
        self._speaker = speaker
        self._clones = clones

    async def save_messages(
        self, messages: Sequence[Message], place: Path, words: SpokenWords | None = None
    ) -> AsyncGenerator[SaveProgress | SavedSpeech, None]:
        """Write what is said of messages to a file whose ending tells its kind, the persona's in its own voice.

        The user's are said in the system's voice. Raises UserFacingError: nothing to say, no voice, no room.
        """
        sayings = await self._sayings(messages, words)
        if not sayings:
            raise UserFacingError("There is nothing in it that could be said aloud.", "Choose another message.")
        kind = SoundKind(place.suffix.removeprefix(".").casefold())
        async with aclosing(self._written(sayings, place, kind)) as steps:
            async for step in steps:
                yield step

    async def messages(
        self, persona_id: PersonaId, conversation_id: ConversationId, *, with_mine: bool
    ) -> list[Message]:
        """What can be said of a conversation, oldest first."""

        def work(store: Store) -> list[Message]:
            chat = store.for_persona(persona_id)
            blocks = chat.transcript(conversation_id, 1).blocks
            return [
                message
                for block in blocks
                for message in chat.block(conversation_id, block.index)
                if message.text
                and message.state is not SwipeState.STREAMING
                and (with_mine or message.role is Role.PERSONA)
            ]

        return await self._database.read(work)

    # -- inside

    async def _sayings(self, messages: Sequence[Message], words: SpokenWords | None) -> list[_Saying]:
        ids = {message.persona_id for message in messages}
        voices = await self._database.read(lambda store: {item: store.personas.get(item).card.voice for item in ids})

        def cut() -> list[_Saying]:
            found: list[_Saying] = []
            for message in messages:
                choice = voices[message.persona_id] if message.role is Role.PERSONA else VoiceChoice()
                lines = said_lines(message.text, words)
                found += [_Saying(line.text, choice, line is lines[-1]) for line in lines]
            return found

        return await asyncio.to_thread(cut)

    async def _written(
        self, sayings: list[_Saying], place: Path, kind: SoundKind
    ) -> AsyncGenerator[SaveProgress | SavedSpeech, None]:
        pending = place.with_name(f".{place.name}.{os.getpid()}.part")
        total = sum(len(saying.text) for saying in sayings)
        began = time.monotonic()
        done, seconds, notice = 0, 0.0, ""
        yield SaveProgress(0, total, None)
        clones = await self._clones.known() if any(saying.choice.sample for saying in sayings) else {}
        file = await asyncio.to_thread(_PendingFile, pending, kind)
        try:
            for saying in sayings:
                sound = self._speaker.speak(saying.text, saying.choice, clones=clones, follows=True)
                async with aclosing(sound):
                    async for item in sound:
                        if isinstance(item, SpeechChunk):
                            seconds += item.duration_s
                            await asyncio.to_thread(file.write, item.pcm, item.sample_rate)
                        elif isinstance(item, SpeechBegan) and not notice:
                            notice = f"{item.notice} {item.next_step}".strip()
                if saying.ends_message and saying is not sayings[-1]:
                    seconds += BETWEEN_MESSAGES_S
                    await asyncio.to_thread(file.write, bytes(2 * round(BETWEEN_MESSAGES_S * FILE_RATE)), FILE_RATE)
                done += len(saying.text)
                yield SaveProgress(done, total, (time.monotonic() - began) / done * (total - done))
            await asyncio.to_thread(file.finish, place)
        finally:
            # In the loop's own thread: a thread that is asked while the loop is closing would not run.
            file.drop()
        yield SavedSpeech(place, seconds, notice)


class _PendingFile:
    """Beside the place it is for, until it is whole. Raises UserFacingError for what the disk refuses."""

    def __init__(self, pending: Path, kind: SoundKind) -> None:
        self._pending = pending
        with _in_words():
            self._stream = _Stream(pending.open("w+b"))
        self._writer = SoundWriter(self._stream, FILE_RATE, kind)  # type: ignore[arg-type]
        self._is_open = True

    def write(self, pcm: bytes, sample_rate: int) -> None:
        self._writer.write(pcm, sample_rate)
        with _in_words():
            self._stream.check()

    def finish(self, place: Path) -> None:
        self._close()
        with _in_words():
            self._stream.check()
            self._stream.sync()
            self._pending.replace(place)

    def drop(self) -> None:
        """Let go of it; what was not finished is deleted."""
        self._close()
        self._stream.close()
        with contextlib.suppress(OSError):
            self._pending.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._writer.close()


class _Stream:
    """A file under libsndfile's hands, through which no exception can pass: what went wrong is kept for `check`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._problem: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            self._file.write(data)
        except OSError as problem:
            self._problem = self._problem or problem
        return len(data)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return self._file.seek(offset, whence)
        except OSError as problem:
            self._problem = self._problem or problem
            return offset

    def tell(self) -> int:
        return self._file.tell()

    def check(self) -> None:
        """Raises the OSError that came up."""
        if self._problem is not None:
            raise self._problem

    def sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        sentence, step = _PROBLEMS.get(error.errno or 0, ("The file could not be written.", "Choose another place."))
        raise UserFacingError(sentence, step) from error
