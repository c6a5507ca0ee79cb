"""What can be heard: a persona's voice, a message, a reply while it is written, a voice to choose."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from personadesk.domain.conversation import Message, Role
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId, SwipeId
from personadesk.domain.persona import PersonaCard
from personadesk.domain.speech import SpeechBegan, SpeechStatus, SpeechVoice
from personadesk.domain.voice import VoiceChoice
from personadesk.services.macros import fill_macros
from personadesk.services.speech.habits import SpeechHabits
from personadesk.services.speech.script import Find, Part, Script
from personadesk.services.speech.services import SpeechServices
from personadesk.services.speech.speaking import Speaker
from personadesk.services.speech.spoken_text import SpokenWords
from personadesk.ui.bridge import Bridge
from personadesk.ui.roster import Roster
from personadesk.ui.speech.multimedia import load_multimedia
from personadesk.ui.speech.outputs import Output, open_device
from personadesk.ui.speech.reading import Reading
from personadesk.ui.widgets.toasts import ToastStack

Listing = tuple[list[SpeechVoice], dict[str, SpeechStatus]]
_MESSAGE = "message:"


def persona_key(persona_id: PersonaId) -> str:
    return f"persona:{persona_id}"


def message_key(message: Message) -> str:
    """Of the reply as it is shown: another swipe of the same message is another."""
    return swipe_key(message.swipe_id)


def swipe_key(swipe_id: SwipeId) -> str:
    return f"{_MESSAGE}{swipe_id}"


def swipe_of(key: str) -> SwipeId | None:
    """The reply that a key names; None for what is no reply."""
    return SwipeId(int(key.removeprefix(_MESSAGE))) if key.startswith(_MESSAGE) else None


class Voices(QObject):
    """GUI thread. One voice at a time: whatever else begins stops the one before, or waits for its end."""

    changed = Signal(str)  # key of what is spoken or about to be, "" for nothing
    told = Signal(str)  # a sentence: who speaks, or why nobody does
    position = Signal(str, int, int)  # key, the part of the message's source that is being said
    altered = Signal()  # paused or not, another sentence, another speed, other habits

    def __init__(
        self,
        *,
        bridge: Bridge,
        roster: Roster,
        toasts: ToastStack,
        services: SpeechServices,
        parent: QObject,
        open_output: Callable[[int], Output | None] = open_device,
        prepare: Callable[[], None] = load_multimedia,
    ) -> None:
        """`prepare` is called on another thread before `open_output`."""
        super().__init__(parent)
        self._bridge = bridge
        self._roster = roster
        self._toasts = toasts
        self._services = services
        self.clones = services.clones
        self.kept = KeptSpeech(bridge, services.speaker, self)
        self.open_output = open_output
        self.prepare = prepare
        self._persona: PersonaId | None = None
        self._voice: SpeechVoice | None = None
        self._told: set[str] = set()
        self.habits = SpeechHabits()
        self._habits_read = False
        self._early: dict[str, Any] = {}
        self.speaks_replies = False
        self.reading = Reading(
            bridge=bridge,
            speaker=services.speaker,
            clones=services.clones.known,
            open_output=open_output,
            prepare=prepare,
            parent=self,
        )
        self.player = self.reading.player
        self.reading.changed.connect(self._pass_on)
        self.reading.position.connect(self.position)
        self.reading.altered.connect(self.altered)
        self.reading.voice_began.connect(self._tell)
        self.reading.failed.connect(self._tell_failure)
        self.player.output_missing.connect(self._tell_missing)
        bridge.run(services.habits.read(), owner=self, then=self._take_habits)

    @property
    def key(self) -> str:
        return self.reading.key

    @property
    def persona(self) -> PersonaId | None:
        """Who is speaking, where it is a persona."""
        return self._persona

    def hear(self, persona_id: PersonaId) -> None:
        """Let a persona say its greeting; stop it where it is speaking."""

        async def find() -> tuple[str, VoiceChoice]:
            card = (await self._services.personas.get(persona_id)).card
            return self._first_words(card, hello), card.voice

        hello = self.tr("Hello, I am %s. It is good to meet you.")
        self._toggle(persona_key(persona_id), persona_id, find)

    def hear_choice(self, key: str, choice: VoiceChoice, card: PersonaCard) -> None:
        """Let a voice say a card's first words; stop it where it is being heard under this key."""

        async def find() -> tuple[str, VoiceChoice]:
            return self._first_words(card, hello), choice

        hello = self.tr("Hello, I am %s. It is good to meet you.")
        self._toggle(key, None, find)

    def speak_message(self, message: Message) -> None:
        """Say a message in its persona's voice; stop it where it is being said."""
        if message.role is Role.PERSONA:
            self._toggle(message_key(message), message.persona_id, self._part(message).find)

    def speak_from(self, message: Message) -> None:
        """Say a message and all that the persona said behind it."""
        following = self._services.following(message)

        async def more() -> Part | None:
            behind = await following.next()
            return self._part(behind) if behind is not None else None

        if message.role is Role.PERSONA:
            self._begin(self._part(message), message.persona_id, more)
        else:
            self._begin(Part(message_key(message), _nothing), message.persona_id, more)

    def follow_reply(
        self, persona_id: PersonaId, swipe_id: SwipeId, text: str, *, given: str = "", ended: bool = False
    ) -> None:
        """Say a reply as it is written: behind what the same persona says just now, in place of another's voice.

        `given` is its start where that was said before.
        """

        async def find() -> tuple[str, VoiceChoice]:
            return text, (await self._services.personas.get(persona_id)).card.voice

        part = Part(swipe_key(swipe_id), find, growing=not ended, given=given)
        if self.key and self._persona == persona_id:
            self.reading.add(part)
        else:
            self._begin(part, persona_id)

    def list_voices(self, *, owner: QObject, then: Callable[[Listing], None]) -> None:
        """Every engine's voices, and how each engine is."""
        speaker = self._services.speaker

        async def look() -> Listing:
            statuses = await speaker.statuses()
            return await speaker.voices(), {status.engine: status for status in statuses}

        self._bridge.run(look(), owner=owner, then=then)

    def persona_shown(self, persona_id: PersonaId) -> None:
        """Stop whoever else is speaking, unless that goes on."""
        if not self.habits.goes_on and self._persona is not None and self._persona != persona_id:
            self.stop()

    def persona_left(self, persona_id: PersonaId) -> None:
        """Stop a persona that is going to the trash."""
        if self._persona == persona_id:
            self.stop()

    def set_speaks_replies(self, speaks: bool) -> None:
        """Whether every persona's replies on screen are spoken by themselves."""
        self.speaks_replies = speaks
        self.altered.emit()

    def change_habits(self, **changes: Any) -> None:
        """Take up another speed, another way; remembered."""
        self.habits = dataclasses.replace(self.habits, **changes)
        if not self._habits_read:
            self._early |= changes
        if "speed" in changes:
            self.reading.set_speed(self.habits.speed)
        self._bridge.run(self._services.habits.change(**changes), owner=self)
        self.altered.emit()

    def set_goes_on(self, goes_on: bool) -> None:
        """Whether a voice goes on when another persona is opened; remembered."""
        self.change_habits(goes_on=goes_on)

    def duck(self, ducked: bool) -> None:
        """Speak at a fifth of the volume while somebody else is being listened to."""
        self.player.duck(ducked)

    def stop(self) -> None:
        """Be silent at once."""
        self.reading.stop()

    # -- inside

    def _toggle(self, key: str, persona_id: PersonaId | None, find: Find) -> None:
        again = key == self.key
        self.stop()
        if not again:
            self._begin(Part(key, find), persona_id)

    def _part(self, message: Message) -> Part:
        async def find() -> tuple[str, VoiceChoice]:
            return message.text, (await self._services.personas.get(message.persona_id)).card.voice

        return Part(message_key(message), find)

    def _begin(
        self, part: Part, persona_id: PersonaId | None, more: Callable[[], Awaitable[Part | None]] | None = None
    ) -> None:
        self._voice = None
        words = SpokenWords(code=self.tr("Some code is left out."), link=self.tr("link to {host}"))
        nothing = self.tr("There is nothing in it that could be said aloud.")
        script = Script(part, words=words, nothing="" if more or part.growing else nothing, more=more)
        self.reading.stop()
        self._persona = persona_id
        self.reading.begin(part.key, script)

    def _first_words(self, card: PersonaCard, hello: str) -> str:
        words = next(iter(card.greetings), "") or hello % card.shown_name
        return fill_macros(words, char=card.prompt_name, user=self._roster.your_name)

    def _take_habits(self, habits: SpeechHabits) -> None:
        """What was changed before they were read stays."""
        self._habits_read = True
        self.habits = dataclasses.replace(habits, **self._early)
        self.reading.speed = self.habits.speed
        self.altered.emit()

    def _pass_on(self, key: str) -> None:
        if not key:
            self._persona = None
        self.changed.emit(key)

    def _tell(self, began: SpeechBegan) -> None:
        notice = f"{began.notice} {began.next_step}".strip()
        if began.voice == self._voice and not notice:
            return
        self._voice = began.voice
        voice = began.voice.name
        if not notice:
            self.told.emit(self.tr("Spoken by %s.") % (voice or self.tr("your system's voice")))
            return
        instead = self.tr("{voice} speaks instead. {why}").format(voice=voice, why=notice)
        said = instead if voice else notice
        self.told.emit(said)
        if notice not in self._told:
            self._told.add(notice)
            self._toasts.say(said)

    def _tell_failure(self, problem: UserFacingError) -> None:
        said = f"{problem.sentence} {problem.next_step}".strip()
        self._toasts.say(said, bad=True)
        self.told.emit(said)

    def _tell_missing(self) -> None:
        self._toasts.say(self.tr("No sound output found. Connect a speaker or headphones and try again."), bad=True)


class KeptSpeech(QObject):
    """What is kept of what was said, so that it is heard at once the next time."""

    def __init__(self, bridge: Bridge, speaker: Speaker, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._speaker = speaker

    def measure(self, *, owner: QObject, then: Callable[[int], None]) -> None:
        """How many bytes it has."""
        self._bridge.run(self._speaker.kept_bytes(), owner=owner, then=then)

    def forget(self, *, owner: QObject, then: Callable[[None], None]) -> None:
        self._bridge.run(self._speaker.forget_kept(), owner=owner, then=then)


async def _nothing() -> tuple[str, VoiceChoice]:
    return "", VoiceChoice()
