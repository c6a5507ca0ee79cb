"""What is to be said, message after message, and saying it a sentence at a time, a little ahead of the listener."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

from personadesk.domain.speech import SpeechBegan, SpeechChunk, SpeechError, SpeechVoice
from personadesk.domain.voice import VoiceChoice
from personadesk.services.speech.speaking import Speaker
from personadesk.services.speech.spoken_text import SpokenText, SpokenWords
from personadesk.services.speech.streaming import SentenceCutter

AHEAD_CHARACTERS = 300
"""Beyond the sentence that is heard and the next one, so much text is made into sound ahead."""
PAUSE_S = 0.15
"""A growing text that is still for so long has come to the end of its sentence."""

Find = Callable[[], Awaitable[tuple[str, VoiceChoice]]]


@dataclass(slots=True)
class Part:
    """One text. `find` gives what has come of it and who says it; while it is `growing`, more comes.

    `given` is its start where that was said before.
    """

    key: str
    find: Find
    growing: bool = False
    given: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    cutter: SentenceCutter | None = None
    choice: VoiceChoice = field(default_factory=VoiceChoice)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the part `key`. Lines are numbered through all parts of a script."""

    number: int
    key: str
    spoken: SpokenText
    choice: VoiceChoice


@dataclass(frozen=True, slots=True)
class AllSaid:
    """Everything there is has been made into sound; `added` is how often something was added by then."""

    added: int


Item = Line | SpeechBegan | SpeechChunk | AllSaid


class Script:
    """Belongs to the engine's event loop, once it is made. `nothing` is said of a text without words.

    `more` gives what comes behind the first part, None for nothing more; what is added comes behind that.
    """

    def __init__(
        self,
        first: Part,
        *,
        words: SpokenWords,
        nothing: str = "",
        more: Callable[[], Awaitable[Part | None]] | None = None,
    ) -> None:
        self.added = 0
        self._words = words
        self._nothing = nothing
        self._more = more
        self._parts = [first]
        self._added: list[Part] = []
        self._lines: list[Line] = []
        self._at = 0
        self._heard = 0
        self.voices: dict[str, SpeechVoice] = {}
        """Who speaks each part: a voice does not change in the middle of one."""
        self._news = asyncio.Event()
        self._cutting = asyncio.Lock()

    async def add(self, part: Part) -> None:
        """Say this behind all that is there, unless it is said already."""
        self.added += 1
        self._added.append(part)
        self._tell()

    async def grow(self, key: str, text: str) -> None:
        """The whole text so far of a part that is being written."""
        part = self._growing(key)
        if part is not None:
            part.text = text
            self._tell()

    async def end(self, key: str, text: str) -> None:
        """The text of a part as it has ended."""
        part = self._growing(key)
        if part is not None:
            part.text, part.growing = text, False
            self._tell()

    async def hear(self, number: int) -> None:
        """This line is being heard now."""
        self._heard = number
        self._tell()

    async def line(self, number: int) -> Line | None:
        """A line as soon as it is there; None where nothing more comes. Raises what finding a part's text raises."""
        while number >= len(self._lines):
            async with self._cutting:
                if number < len(self._lines):
                    break
                if self._at == len(self._parts) and not await self._go_on():
                    return None
                await self._cut(self._parts[self._at])
        return self._lines[number]

    async def wait_for_listener(self, number: int) -> None:
        """Wait until this line is near enough to what is heard."""
        while number > self._heard + 1 and self._ahead(number) > AHEAD_CHARACTERS:
            await self._next_news()

    # -- inside

    async def _go_on(self) -> bool:
        """Whether there is another part."""
        part = await self._more() if self._more is not None else None
        if part is None:
            self._more = None
            known = {part.key for part in self._parts}
            self._added = [part for part in self._added if part.given or part.key not in known]
            part = self._added.pop(0) if self._added else None
        if part is not None:
            self._parts.append(part)
        return part is not None

    def _growing(self, key: str) -> Part | None:
        return next((part for part in (*self._parts, *self._added) if part.key == key and part.growing), None)

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _next_news(self) -> None:
        await self._news.wait()

    def _ahead(self, number: int) -> int:
        return sum(len(line.spoken.text) for line in self._lines[self._heard + 1 : number])

    async def _cut(self, part: Part) -> None:
        if part.cutter is None:
            text, part.choice = await part.find()
            part.text = part.text or text
            part.cutter = SentenceCutter(self._words, given=part.given)
        if not part.growing:
            self._write(part, await asyncio.to_thread(part.cutter.finish, part.text))
            self._at += 1
            if self._nothing and not self._lines and self._at == len(self._parts):
                raise SpeechError(self._nothing)
            return
        if self._write(part, part.cutter.grow(part.text)):
            return
        try:
            async with asyncio.timeout(PAUSE_S):
                await self._next_news()
        except TimeoutError:
            if not self._write(part, part.cutter.grow(part.text, settled=True)) and part.growing:
                await self._next_news()

    def _write(self, part: Part, spoken: list[SpokenText]) -> bool:
        for text in spoken:
            self._lines.append(Line(len(self._lines), part.key, text, part.choice))
        return bool(spoken)


async def say_lines(
    script: Script,
    speaker: Speaker,
    *,
    start: int = 0,
    speed: Callable[[], float] = lambda: 1.0,
    clones: Callable[[], Awaitable[Mapping[str, str]]],
) -> AsyncGenerator[Item, None]:
    """Each line from `start` on, followed by who says it and its sound; AllSaid at the end.

    Raises SpeechError where no voice can speak.
    """
    number = start
    while True:
        await script.wait_for_listener(number)
        line = await script.line(number)
        if line is None:
            yield AllSaid(script.added)
            return
        yield line
        known = await clones() if line.choice.sample else {}
        staying = script.voices.get(line.key)
        sound = speaker.speak(
            line.spoken.text, line.choice, clones=known, speed=speed(), follows=number > start, staying=staying
        )
        async with aclosing(sound):
            async for item in sound:
                if isinstance(item, SpeechBegan):
                    script.voices.setdefault(line.key, item.voice)
                yield item
        number += 1
