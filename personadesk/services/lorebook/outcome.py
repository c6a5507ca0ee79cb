"""What an activation is given, and what it tells: entries that fired and why, those that did not and why not."""

from dataclasses import dataclass, field
from enum import StrEnum

from personadesk.domain.chat import ChatRole
from personadesk.domain.lorebook import Lorebook, LoreEntry, LorePosition
from personadesk.domain.told_lore import ToldEntry, Why
from personadesk.services.lorebook.timed import LoreState
from personadesk.services.macros import MacroValues


@dataclass(frozen=True, slots=True)
class LoreLine:
    """A message that is searched for keys. `name` is who wrote it."""

    text: str
    name: str = ""
    from_persona: bool = False


@dataclass(frozen=True, slots=True)
class LoreSettings:
    """The program's defaults, which are SillyTavern's, and where the conversation stands.

    `scan_depth`, `recursive`, `case_sensitive` and `match_whole_words` hold where a book or an entry says
    nothing. `earlier` and `earlier_replies` count messages, and the persona's among them, before the
    history that is given. `greeting` is the 0-based index of the greeting in use, None where unknown.
    `regex_ms` is what all regular expressions together may take.
    """

    context_tokens: int = 4096
    budget_percent: int = 25
    scan_depth: int = 2
    recursive: bool = False
    case_sensitive: bool = False
    match_whole_words: bool = False
    include_names: bool = True
    earlier: int = 0
    earlier_replies: int = 0
    greeting: int | None = None
    macros: MacroValues = field(default_factory=lambda: MacroValues("", ""))
    regex_ms: int = 100

    @property
    def budget_tokens(self) -> int:
        return self.context_tokens * self.budget_percent // 100


class Reason(StrEnum):
    """Why an entry did not fire."""

    DISABLED = "disabled"
    EMPTY = "empty"
    DELAY = "delay"
    COOLDOWN = "cooldown"
    NOT_BY_RECURSION = "not_by_recursion"
    """It is told only where another entry's text calls it, and none did."""
    DECORATOR = "decorator"
    """A decorator's condition is not met; `detail` names it."""
    NO_KEY = "no_key"
    SECONDARY = "secondary"
    EXCLUDED = "excluded"
    """A key that must not stand there does; `detail` is it."""
    GROUP = "group"
    """Another entry of its group, named in `detail`, was told."""
    PROBABILITY = "probability"
    BUDGET = "budget"
    SOURCE = "source"
    """Only an entry's text called it that itself found no room."""
    BAD_KEY = "bad_key"
    """No key was found, and `detail` is no regular expression or took too long."""


@dataclass(frozen=True, slots=True)
class FiredEntry:
    """`text` is what is told, with macros filled; `tokens` 0 until counted. `place` orders the prompt."""

    entry: LoreEntry
    book: Lorebook
    why: Why
    text: str
    position: LorePosition
    depth: int
    role: ChatRole
    place: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class IdleEntry:
    entry: LoreEntry
    book: Lorebook
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """The texts of one place, joined. `depth` and `role` say something at AT_DEPTH only."""

    position: LorePosition
    text: str
    depth: int = 0
    role: ChatRole = ChatRole.SYSTEM


@dataclass(frozen=True, slots=True)
class Firing:
    """What fired before there is a budget, in the prompt's order. `worth` is the rank in the same order:
    the lowest goes first."""

    fired: tuple[FiredEntry, ...]
    idle: tuple[IdleEntry, ...]
    worth: tuple[tuple[int, ...], ...]
    length: int
    state: LoreState

    @property
    def texts(self) -> list[str]:
        return [fired.text for fired in self.fired]


@dataclass(frozen=True, slots=True)
class Activation:
    """`fired` is in the prompt's order; `state` is to be stored once the prompt is used."""

    fired: tuple[FiredEntry, ...] = ()
    idle: tuple[IdleEntry, ...] = ()
    state: LoreState = field(default_factory=LoreState)

    @property
    def tokens(self) -> int:
        return sum(fired.tokens for fired in self.fired)

    @property
    def told(self) -> tuple[ToldEntry, ...]:
        """What fired and has a text, without the books around it."""
        return tuple(
            ToldEntry(fired.entry, fired.book.name, fired.book.key, fired.why, fired.tokens)
            for fired in self.fired
            if fired.text
        )

    @property
    def placed(self) -> tuple[Placed, ...]:
        """The texts for each place, each in the order of its entries."""
        texts: dict[tuple[LorePosition, int, ChatRole], list[str]] = {}
        for fired in self.fired:
            if fired.text:
                at_depth = fired.position is LorePosition.AT_DEPTH
                place = (fired.position, fired.depth if at_depth else 0, fired.role if at_depth else ChatRole.SYSTEM)
                texts.setdefault(place, []).append(fired.text)
        return tuple(
            Placed(position, "\n".join(parts), depth, role) for (position, depth, role), parts in texts.items()
        )

    def text_at(self, position: LorePosition) -> str:
        return "\n".join(fired.text for fired in self.fired if fired.position is position and fired.text)
