"""One thing being said after the other: makes the sound a little ahead, plays it, and knows which sentence is heard."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import aclosing
from typing import Any

from PySide6.QtCore import QObject, Signal

from personadesk.domain.errors import UserFacingError
from personadesk.domain.speech import SpeechBegan, SpeechChunk
from personadesk.services.speech.script import AllSaid, Item, Line, Part, Script, say_lines
from personadesk.services.speech.speaking import Speaker
from personadesk.ui.bridge import Bridge
from personadesk.ui.speech.multimedia import load_multimedia
from personadesk.ui.speech.outputs import Output
from personadesk.ui.speech.player import SpeechPlayer

Clones = Callable[[], Coroutine[Any, Any, Mapping[str, str]]]


class Reading(QObject):
    """GUI thread. `key` names the text that is heard, or about to be."""

    changed = Signal(str)  # key, "" once nothing is said any more
    position = Signal(str, int, int)  # key, the part of the text that is being said
    voice_began = Signal(object)  # SpeechBegan
    failed = Signal(object)  # UserFacingError
    altered = Signal()  # paused or not, at another sentence

    def __init__(
        self,
        *,
        bridge: Bridge,
        speaker: Speaker,
        clones: Clones,
        open_output: Callable[[int], Output | None],
        prepare: Callable[[], None] = load_multimedia,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._speaker = speaker
        self._clones = clones
        self._prepare_output = prepare
        self._script: Script | None = None
        self._work: Future[None] | None = None
        self._turn = 0
        self._key = ""
        self._lines: dict[int, Line] = {}
        self._next = 0
        self._added = 0
        self.heard = 0
        self.sounds = False
        """Whether anything has been heard of it yet."""
        self.speed = 1.0
        self.player = SpeechPlayer(open_output=open_output, parent=self)
        self.player.ended.connect(self._end)
        self.player.clip_began.connect(self._show_line)

    @property
    def key(self) -> str:
        return self._key

    @property
    def goes_on(self) -> bool:
        """Whether there is, or may come, a sentence behind the one that is heard."""
        return self._work is not None or self.heard + 1 in self._lines

    def begin(self, key: str, script: Script) -> None:
        """Say this; what was said before stops."""
        self._silence()
        self._script = script
        self._key = key
        self.player.begin(key)
        self._produce(0)
        self.changed.emit(key)
        self.altered.emit()

    def add(self, part: Part) -> None:
        """Say this behind all that is being said."""
        if self._script is None:
            return
        self._added += 1
        self._run(self._script.add(part))
        if self._work is None:
            self.player.finish(finished=False)
            self._produce(self._next)

    def grow(self, key: str, text: str) -> None:
        """More has come of a text that is being said while it is written."""
        if self._script is not None:
            self._run(self._script.grow(key, text))

    def end_text(self, key: str, text: str) -> None:
        """All has come of it."""
        if self._script is not None:
            self._run(self._script.end(key, text))

    def skip(self, by: int) -> None:
        """Go on with the next sentence, or go back by one."""
        if self._script is None:
            return
        if by > 0 and not self.goes_on:
            self.stop()
            return
        self.heard = max(0, self.heard + by)
        self._run(self._script.hear(self.heard))
        if not self.player.go_to(self.heard):
            self.player.finish(finished=False)
            self._produce(self.heard)
        self.altered.emit()

    def set_paused(self, paused: bool) -> None:
        if self._script is not None:
            (self.player.pause if paused else self.player.resume)()
            self.altered.emit()

    def set_speed(self, speed: float) -> None:
        """Speak faster or slower, from the next sentence on."""
        self.speed = speed
        first = self.player.drop_waiting()
        if first is not None:
            self.player.finish(finished=False)
            self._produce(first)

    def stop(self) -> None:
        """Be silent at once."""
        if self._silence():
            self.changed.emit("")
            self.altered.emit()

    # -- inside

    def _silence(self) -> bool:
        """Returns whether anything was being said."""
        spoke, self._key = bool(self._key), ""
        self._turn += 1
        self._cancel()
        self._script = None
        self._lines.clear()
        self._next = self._added = self.heard = 0
        self.sounds = False
        self.player.stop()
        return spoke

    def _cancel(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            work.cancel()

    def _produce(self, start: int) -> None:
        """Make sound from this line on; what is on its way of an earlier making is dropped."""
        if self._script is None:
            return
        self._cancel()
        self._turn += 1
        self._next = start
        turn = self._turn
        self._work = self._bridge.stream(
            _heard_soon(
                say_lines(self._script, self._speaker, start=start, speed=lambda: self.speed, clones=self._clones),
                self._prepare_output,
            ),
            owner=self,
            each=lambda item: self._take(turn, item),
            then=lambda _none: None,
            failed=lambda problem: self._fail(turn, problem),
        )

    def _take(self, turn: int, item: Item) -> None:
        if turn != self._turn:
            return
        if isinstance(item, SpeechChunk):
            self.player.feed(item)
        elif isinstance(item, Line):
            self._lines[item.number] = item
            self._next = item.number + 1
            self.player.open_clip(item.number)
        elif isinstance(item, SpeechBegan):
            self.voice_began.emit(item)
        elif isinstance(item, AllSaid):
            self._work = None
            if item.added < self._added:
                self._produce(self._next)
            else:
                self.player.finish()
                self.altered.emit()

    def _fail(self, turn: int, problem: UserFacingError) -> None:
        if turn == self._turn:
            self.stop()
            self.failed.emit(problem)

    def _show_line(self, number: int) -> None:
        line = self._lines.get(number)
        if line is None or self._script is None:
            return
        self.heard = number
        self.sounds = True
        self._run(self._script.hear(number))
        if line.key != self._key:
            self._key = line.key
            self.changed.emit(line.key)
        self.position.emit(line.key, *line.spoken.source(0, len(line.spoken.text)))
        self.altered.emit()

    def _end(self, _key: str) -> None:
        self.stop()

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._bridge.run(coroutine, owner=self)


async def _heard_soon(items: AsyncGenerator[Item, None], prepare: Callable[[], None]) -> AsyncGenerator[Item, None]:
    """The items, no sound before the window can play it: it must not wait for an import or a device."""
    loading = asyncio.create_task(asyncio.to_thread(prepare))
    try:
        async with aclosing(items):
            async for item in items:
                if isinstance(item, SpeechChunk):
                    await asyncio.shield(loading)
                yield item
    finally:
        await asyncio.wait({loading})
