"""What can be heard: a persona's voice, a message, a voice to choose."""

import asyncio
import importlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from personadesk.domain.conversation import Message, Role
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaCard
from personadesk.domain.speech import SpeechBegan, SpeechChunk, SpeechError, SpeechStatus, SpeechVoice
from personadesk.domain.voice import VoiceChoice
from personadesk.services.macros import fill_macros
from personadesk.services.speech.habits import SpeechHabits
from personadesk.services.speech.services import SpeechServices
from personadesk.services.speech.spoken_text import SpokenText, SpokenWords, spoken_text
from personadesk.ui.bridge import Bridge
from personadesk.ui.roster import Roster
from personadesk.ui.speech.outputs import Output, open_device
from personadesk.ui.speech.player import SpeechPlayer
from personadesk.ui.widgets.toasts import ToastStack

Listing = tuple[list[SpeechVoice], dict[str, SpeechStatus]]
Item = SpokenText | SpeechBegan | SpeechChunk


def persona_key(persona_id: PersonaId) -> str:
    return f"persona:{persona_id}"


def message_key(message: Message) -> str:
    """Of the reply as it is shown: another swipe of the same message is another."""
    return f"message:{message.swipe_id}"


class Voices(QObject):
    """GUI thread. One voice at a time: whatever else begins stops the one before."""

    changed = Signal(str)  # key of what is spoken or about to be, "" for nothing
    told = Signal(str)  # a sentence: who speaks, or why nobody does
    position = Signal(str, int, int)  # key, the part of the message's source that is being said

    def __init__(
        self,
        *,
        bridge: Bridge,
        roster: Roster,
        toasts: ToastStack,
        services: SpeechServices,
        parent: QObject,
        open_output: Callable[[int], Output | None] = open_device,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._roster = roster
        self._toasts = toasts
        self._speaker = services.speaker
        self._clones = services.clones
        self._personas = services.personas
        self._kept_habits = services.habits
        self.habits = SpeechHabits()
        self._work: Future[None] | None = None
        self._turn = 0
        self._persona: PersonaId | None = None
        self._spoken: SpokenText | None = None
        self._told: set[str] = set()
        self.speaks_replies = False
        self.player = SpeechPlayer(open_output=open_output, parent=self)
        self.player.ended.connect(self._end)
        self.player.started.connect(self._tell)
        self.player.position.connect(self._place)
        self.player.output_missing.connect(self._tell_missing)
        bridge.run(services.habits.read(), owner=self, then=self._take_habits)

    @property
    def key(self) -> str:
        return self.player.key

    def hear(self, persona_id: PersonaId) -> None:
        """Let a persona say its greeting; stop it where it is speaking."""

        async def find() -> tuple[str, VoiceChoice]:
            card = (await self._personas.get(persona_id)).card
            return self._first_words(card, hello), card.voice

        hello = self.tr("Hello, I am %s. It is good to meet you.")
        self._toggle(persona_key(persona_id), persona_id, find)

    def speak_message(self, message: Message) -> None:
        """Say a message in its persona's voice; stop it where it is being said."""

        async def find() -> tuple[str, VoiceChoice]:
            return message.text, (await self._personas.get(message.persona_id)).card.voice

        if message.role is Role.PERSONA:
            self._toggle(message_key(message), message.persona_id, find)

    def hear_choice(self, key: str, choice: VoiceChoice, card: PersonaCard) -> None:
        """Let a voice say a card's first words; stop it where it is being heard under this key."""

        async def find() -> tuple[str, VoiceChoice]:
            return self._first_words(card, hello), choice

        hello = self.tr("Hello, I am %s. It is good to meet you.")
        self._toggle(key, None, find)

    def list_voices(self, *, owner: QObject, then: Callable[[Listing], None]) -> None:
        """Every engine's voices, and how each engine is."""

        async def look() -> Listing:
            statuses = await self._speaker.statuses()
            return await self._speaker.voices(), {status.engine: status for status in statuses}

        self._bridge.run(look(), owner=owner, then=then)

    def measure_kept(self, *, owner: QObject, then: Callable[[int], None]) -> None:
        """How many bytes of what was said are kept."""
        self._bridge.run(self._speaker.kept_bytes(), owner=owner, then=then)

    def forget_kept(self, *, owner: QObject, then: Callable[[None], None]) -> None:
        self._bridge.run(self._speaker.forget_kept(), owner=owner, then=then)

    def persona_shown(self, persona_id: PersonaId) -> None:
        """Stop whoever else is speaking, unless that goes on."""
        if not self.habits.goes_on and self._persona is not None and self._persona != persona_id:
            self.stop()

    def set_goes_on(self, goes_on: bool) -> None:
        """Whether a voice goes on when another persona is opened; remembered."""
        self._keep(replace(self.habits, goes_on=goes_on))

    def duck(self, ducked: bool) -> None:
        """Speak at a fifth of the volume while somebody else is being listened to."""
        self.player.duck(ducked)

    def set_speaks_replies(self, speaks: bool) -> None:
        """Whether a reply that ends on screen is spoken by itself."""
        self.speaks_replies = speaks

    def persona_left(self, persona_id: PersonaId) -> None:
        """Stop a persona that is going to the trash."""
        if self._persona == persona_id:
            self.stop()

    def stop(self) -> None:
        """Be silent at once."""
        self._turn += 1
        work, self._work = self._work, None
        if work is not None:
            work.cancel()
        self._persona = None
        self._spoken = None
        if self.player.key:
            self.player.stop()
            self.changed.emit("")

    # -- inside

    def _take_habits(self, habits: SpeechHabits) -> None:
        self.habits = habits

    def _keep(self, habits: SpeechHabits) -> None:
        self.habits = habits
        self._bridge.run(self._kept_habits.keep(habits), owner=self)

    def _toggle(
        self, key: str, persona_id: PersonaId | None, find: Callable[[], Awaitable[tuple[str, VoiceChoice]]]
    ) -> None:
        again = key == self.player.key
        self.stop()
        if again:
            return
        turn = self._turn
        self._persona = persona_id
        self.player.begin(key)
        words = SpokenWords(code=self.tr("Some code is left out."), link=self.tr("link to {host}"))
        nothing = self.tr("There is nothing in it that could be said aloud.")
        self._work = self._bridge.stream(
            self._sound(find, words, nothing),
            owner=self,
            each=lambda item: self._take(turn, item),
            then=lambda _none: self._finish(turn),
            failed=lambda problem: self._fail(turn, problem),
        )
        self.changed.emit(key)

    def _first_words(self, card: PersonaCard, hello: str) -> str:
        words = next(iter(card.greetings), "") or hello % card.shown_name
        return fill_macros(words, char=card.prompt_name, user=self._roster.your_name)

    async def _sound(
        self, find: Callable[[], Awaitable[tuple[str, VoiceChoice]]], words: SpokenWords, nothing: str
    ) -> AsyncGenerator[Item]:
        """Runs on the engine. What is said, who says it, and the sound."""
        # Loaded here, so that the window need not wait for it when the first sound comes.
        await asyncio.to_thread(_load_multimedia)
        text, choice = await find()
        spoken = await asyncio.to_thread(spoken_text, text, words=words)
        if not any(char.isalnum() for char in spoken.text):
            raise SpeechError(nothing)
        yield spoken
        clones = await self._clones.known() if choice.sample else {}
        async with aclosing(self._speaker.speak(spoken.text, choice, clones=clones)) as sound:
            async for item in sound:
                yield item

    def _take(self, turn: int, item: Item) -> None:
        if turn != self._turn:
            return
        if isinstance(item, SpeechChunk):
            self.player.feed(item)
        elif isinstance(item, SpeechBegan):
            self.player.announce(item.voice.name, f"{item.notice} {item.next_step}".strip())
        else:
            self._spoken = item

    def _finish(self, turn: int) -> None:
        if turn == self._turn:
            self._work = None
            self.player.finish()

    def _fail(self, turn: int, problem: UserFacingError) -> None:
        if turn == self._turn:
            self.stop()
            said = f"{problem.sentence} {problem.next_step}".strip()
            self._toasts.say(said, bad=True)
            self.told.emit(said)

    def _end(self, _key: str) -> None:
        self._persona = None
        self._spoken = None
        self.changed.emit("")

    def _tell(self, _key: str, voice: str, notice: str) -> None:
        if not notice:
            self.told.emit(self.tr("Spoken by %s.") % (voice or self.tr("your system's voice")))
            return
        instead = self.tr("{voice} speaks instead. {why}").format(voice=voice, why=notice)
        said = instead if voice else notice
        self.told.emit(said)
        if notice not in self._told:
            self._told.add(notice)
            self._toasts.say(said)

    def _tell_missing(self) -> None:
        self._toasts.say(self.tr("No sound output found. Connect a speaker or headphones and try again."), bad=True)

    def _place(self, key: str, start: int, end: int) -> None:
        if self._spoken is not None and 0 <= start < end <= len(self._spoken.places):
            self.position.emit(key, *self._spoken.source(start, end))


def _load_multimedia() -> None:
    try:
        importlib.import_module("PySide6.QtMultimedia")
    except ImportError:
        # There is no sound then, which is told when the first comes.
        return
