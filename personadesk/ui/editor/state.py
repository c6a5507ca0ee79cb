"""The persona as it is being edited: one stack of undo for the whole form."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from personadesk.domain.avatar import AvatarChoice
from personadesk.domain.lorebook import Lorebook
from personadesk.domain.persona import PersonaCard
from personadesk.domain.sample import VoiceSample
from personadesk.domain.voice import VoiceChoice

COALESCE_S = 1.2
MOST_STEPS = 1000
AVATAR = "avatar"
LOREBOOK = "lorebook"
SAMPLE = "voice.sample"


@dataclass(frozen=True, slots=True)
class Held:
    """What is edited: a card, the persona's own lorebook where it has one, and what is to become of its picture.

    `sample` is the recording that the card's voice names, where it is not stored yet.
    """

    card: PersonaCard
    book: Lorebook | None = None
    avatar: AvatarChoice = field(default_factory=AvatarChoice)
    sample: VoiceSample | None = None


@dataclass(slots=True)
class _Step:
    field: str
    before: Held
    after: Held
    typed: bool
    at: float


class EditorState(QObject):
    """`changed` after every change; `moved` names the field that undo, redo or a whole new card touched.

    Typing in one field becomes one step, until it pauses or `seal` ends it.
    """

    changed = Signal()
    moved = Signal(str)

    def __init__(
        self, held: Held, *, clock: Callable[[], float] = time.monotonic, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._saved = held
        self._held = held
        self._clock = clock
        self._done: list[_Step] = []
        self._undone: list[_Step] = []
        self._sealed = True
        self._awaited: tuple[str, VoiceSample] | None = None

    @property
    def held(self) -> Held:
        return self._held

    @property
    def card(self) -> PersonaCard:
        return self._held.card

    @property
    def book(self) -> Lorebook | None:
        return self._held.book

    @property
    def avatar(self) -> AvatarChoice:
        return self._held.avatar

    @property
    def sample(self) -> VoiceSample | None:
        return self._held.sample

    @property
    def drafted(self) -> Held:
        """What a draft keeps: what is edited, and as its sample a recording that waits to be used."""
        if self._awaited is None:
            return self._held
        name, sample = self._awaited
        voice = replace(self.card.voice, sample=sample.sha256, sample_name=name)
        return replace(self._held, card=replace(self.card, voice=voice), sample=sample)

    @property
    def worth_keeping(self) -> bool:
        """Whether a draft would hold anything that is not stored."""
        return self.drafted != self._saved

    @property
    def dirty(self) -> bool:
        return self._held != self._saved

    @property
    def book_dirty(self) -> bool:
        return self._held.book != self._saved.book

    def put(self, field: str, *, typed: bool = False, **values: Any) -> None:
        """Change values of the card as one step; `field` says where the focus goes when it is undone."""
        self._put(field, replace(self._held, card=replace(self.card, **values)), typed=typed)

    def put_book(self, field: str, book: Lorebook | None) -> None:
        """Change the lorebook; edits of one `field` in a row are one step."""
        self._put(f"{LOREBOOK}.{field}", replace(self._held, book=book), typed=True)

    def put_avatar(self, avatar: AvatarChoice) -> None:
        """Change what is to become of the picture."""
        self._put(AVATAR, replace(self._held, avatar=avatar), typed=False)

    def put_sample(self, voice: VoiceChoice, sample: VoiceSample | None) -> None:
        """Change which recording is the voice's; None where it is stored, or where there is none."""
        self._put(SAMPLE, replace(self._held, card=replace(self.card, voice=voice), sample=sample), typed=False)

    def await_sample(self, name: str, sample: VoiceSample) -> None:
        """Hold a recording that its maker has not decided on yet."""
        self._awaited = name, sample
        self.changed.emit()

    def await_nothing(self) -> None:
        """It was decided on."""
        if self._awaited is not None:
            self._awaited = None
            self.changed.emit()

    def seal(self) -> None:
        """Let what is typed from now on be a step of its own."""
        self._sealed = True

    def undo(self) -> None:
        if self._done:
            step = self._done.pop()
            self._undone.append(step)
            self._go(step.before, step.field)

    def redo(self) -> None:
        if self._undone:
            step = self._undone.pop()
            self._done.append(step)
            self._go(step.after, step.field)

    def begin(self, held: Held) -> None:
        """Take up what is stored, with nothing to undo."""
        self._saved = held
        self._done.clear()
        self._undone.clear()
        self._go(held, "")

    def lay_over(self, held: Held) -> None:
        """Take up a whole card, its lorebook and its picture as one step."""
        names = (item.name for item in fields(held.card))
        other = AVATAR if held.avatar != self.avatar else LOREBOOK
        field = next((name for name in names if getattr(held.card, name) != getattr(self.card, name)), other)
        if held != self._held:
            self._put(field, held, typed=False)
            self.seal()
            self.moved.emit(field)

    # -- inside

    def _put(self, field: str, after: Held, *, typed: bool) -> None:
        if after == self._held:
            return
        now = self._clock()
        last = self._done[-1] if self._done else None
        joins = last is not None and typed and last.typed and last.field == field and now - last.at < COALESCE_S
        if last is not None and joins and not self._sealed:
            last.after, last.at = after, now
        else:
            self._done.append(_Step(field, self._held, after, typed, now))
            del self._done[:-MOST_STEPS]
        self._undone.clear()
        self._sealed = False
        self._held = after
        self.changed.emit()

    def _go(self, held: Held, field: str) -> None:
        self._sealed = True
        self._held = held
        self.changed.emit()
        self.moved.emit(field)
