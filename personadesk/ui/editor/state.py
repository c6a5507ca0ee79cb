"""The card as it is being edited: one stack of undo for the whole form."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from personadesk.domain.persona import PersonaCard

COALESCE_S = 1.2
MOST_STEPS = 1000


@dataclass(slots=True)
class _Step:
    field: str
    before: PersonaCard
    after: PersonaCard
    typed: bool
    at: float


class EditorState(QObject):
    """`changed` after every change; `moved` names the field that undo, redo or a whole new card touched.

    Typing in one field becomes one step, until it pauses or `seal` ends it.
    """

    changed = Signal()
    moved = Signal(str)

    def __init__(
        self, card: PersonaCard, *, clock: Callable[[], float] = time.monotonic, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.saved = card
        self.card = card
        self._clock = clock
        self._done: list[_Step] = []
        self._undone: list[_Step] = []
        self._sealed = True

    @property
    def dirty(self) -> bool:
        return self.card != self.saved

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    def put(self, field: str, *, typed: bool = False, **values: Any) -> None:
        """Change values of the card as one step; `field` says where the focus goes when it is undone."""
        after = replace(self.card, **values)
        if after == self.card:
            return
        now = self._clock()
        last = self._done[-1] if self._done else None
        joins = last is not None and typed and last.typed and last.field == field and now - last.at < COALESCE_S
        if last is not None and joins and not self._sealed:
            last.after, last.at = after, now
        else:
            self._done.append(_Step(field, self.card, after, typed, now))
            del self._done[:-MOST_STEPS]
        self._undone.clear()
        self._sealed = False
        self.card = after
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

    def begin(self, card: PersonaCard) -> None:
        """Take up a stored card, with nothing to undo."""
        self.saved = card
        self._done.clear()
        self._undone.clear()
        self._go(card, "")

    def lay_over(self, card: PersonaCard) -> None:
        """Take up a whole card as one step."""
        field = next((name for name in card.__slots__ if getattr(card, name) != getattr(self.card, name)), "")
        if field:
            self.put(field, **{name: getattr(card, name) for name in card.__slots__})
            self.seal()
            self.moved.emit(field)

    def _go(self, card: PersonaCard, field: str) -> None:
        self._sealed = True
        self.card = card
        self.changed.emit()
        self.moved.emit(field)
