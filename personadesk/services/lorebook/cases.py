"""Entries made ready to be judged: decorators read, keys compiled, defaults filled in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from personadesk.domain.chat import ChatRole
from personadesk.domain.lorebook import DEFAULT_DEPTH, Lorebook, LoreEntry, LorePosition, SelectiveLogic
from personadesk.services.lorebook.decorators import Directives, split
from personadesk.services.lorebook.haystack import Haystack, Key, key_of
from personadesk.services.lorebook.outcome import LoreSettings
from personadesk.services.lorebook.patterns import Allowance, Pattern, TookTooLong
from personadesk.services.macros import fill


@dataclass(frozen=True, slots=True)
class Hit:
    """A key and where it stands: text `index` of haystack `haystack` (0 is the conversation)."""

    key: str
    haystack: int
    index: int


@dataclass(slots=True)
class Keys:
    """Some of an entry's keys. What was found, and how many haystacks were searched, is kept between rounds."""

    written: tuple[str, ...]
    compiled: tuple[Key, ...]
    hits: dict[int, Hit] = field(default_factory=dict)
    searched: int = 0
    bad: str = ""
    """A key that is no regular expression, or took too long."""

    def look(self, haystacks: Sequence[Haystack], depth: int, allowance: Allowance, *, first: bool) -> None:
        """Search what was not searched before; `first` ends at the first key that is found."""
        for number in range(self.searched, len(haystacks)):
            if not haystacks[number].may_hold(self.compiled):
                continue
            reach = len(haystacks[number]) if number else depth
            for place, key in enumerate(self.compiled):
                if place in self.hits or (first and self.hits):
                    continue
                # Compiling takes its time too.
                if isinstance(key, Pattern) and (allowance.left_s <= 0 or not key.valid):
                    self.bad = self.written[place]
                    continue
                try:
                    index = haystacks[number].find(key, reach, allowance)
                except TookTooLong:
                    self.bad = self.written[place]
                    continue
                if index is not None:
                    self.hits[place] = Hit(self.written[place], number, index)
        self.searched = len(haystacks)

    @property
    def hit(self) -> Hit | None:
        return self.hits[min(self.hits)] if self.hits else None


@dataclass(slots=True)
class Case:
    """An entry under judgement. `key` is what the conversation's state calls it."""

    book: Lorebook
    entry: LoreEntry
    key: str
    text: str
    directives: Directives
    depth: int
    primary: Keys
    secondary: Keys
    additional: Keys
    excluded: Keys

    @property
    def compiled(self) -> tuple[Key, ...]:
        return self.primary.compiled + self.secondary.compiled + self.additional.compiled + self.excluded.compiled

    def secondary_holds(self, haystacks: Sequence[Haystack], allowance: Allowance) -> bool:
        if not self.secondary.compiled:
            return True
        self.secondary.look(haystacks, self.depth, allowance, first=False)
        found, wanted = len(self.secondary.hits), len(self.secondary.compiled)
        return {
            SelectiveLogic.AND_ANY: found > 0,
            SelectiveLogic.NOT_ALL: found < wanted,
            SelectiveLogic.NOT_ANY: found == 0,
            SelectiveLogic.AND_ALL: found == wanted,
        }[self.entry.logic]

    def place(self, length: int) -> tuple[LorePosition, int, ChatRole]:
        """Where its text goes in a conversation of so many messages. Decorators go before fields."""
        entry, said = self.entry, self.directives
        role = said.role or entry.role
        if said.position is not None:
            return said.position, entry.depth, role
        if said.depth is not None:
            return LorePosition.AT_DEPTH, said.depth, role
        if said.reverse_depth is not None:
            return LorePosition.AT_DEPTH, max(length - said.reverse_depth, 0), role
        if entry.position in (LorePosition.NOTE_TOP, LorePosition.NOTE_BOTTOM):
            return entry.position, DEFAULT_DEPTH, ChatRole.SYSTEM
        return entry.position, entry.depth, role


def cases_of(books: Sequence[Lorebook], settings: LoreSettings) -> list[Case]:
    return [_case(book, entry, settings) for book in books for entry in book.entries]


def _case(book: Lorebook, entry: LoreEntry, settings: LoreSettings) -> Case:
    said, text = split(entry.content, greeting_known=settings.greeting is not None)
    case_sensitive = settings.case_sensitive if entry.case_sensitive is None else entry.case_sensitive
    whole_words = settings.match_whole_words if entry.match_whole_words is None else entry.match_whole_words

    def keys(written: Sequence[str]) -> Keys:
        if not written:
            return Keys((), ())
        filled = [fill(key, settings.macros).strip() for key in written]
        kept = tuple(key for key in filled if key)
        return Keys(
            kept,
            tuple(
                key_of(key, is_pattern=entry.use_regex, case_sensitive=case_sensitive, whole_words=whole_words)
                for key in kept
            ),
        )

    depths = (said.scan_depth, entry.scan_depth, book.scan_depth, settings.scan_depth)
    return Case(
        book=book,
        entry=entry,
        key=f"{book.key}/{entry.uid}",
        text=text,
        directives=said,
        depth=next(depth for depth in depths if depth is not None),
        primary=keys(entry.keys),
        secondary=keys(entry.secondary_keys if entry.selective else ()),
        additional=keys(said.additional_keys),
        excluded=keys(said.exclude_keys),
    )


def prepare(haystack: Haystack, cases: Sequence[Case], allowance: Allowance) -> None:
    """Look for the cases' keys at once, where there are enough of them."""
    if haystack.worth_preparing(sum(len(case.primary.compiled) for case in cases)):
        haystack.prepare((key for case in cases for key in case.compiled), allowance)
