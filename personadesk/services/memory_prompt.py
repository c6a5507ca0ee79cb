"""Which memories go into a prompt, in which words, and what a persona calls the person it talks with."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from personadesk.domain.memory import Acquaintance, Memory, MemoryKind
from personadesk.services.prompt_text import NOBODY, disarm
from personadesk.services.sentences import keep_sentences

MEMORY_SHARE = 0.2
"""The part of a context that memories may take."""

LONGEST_LINE = 600
BRIEF_COUNT = 3
BRIEF_LINE = 110
"""What a small model can make use of: a few short sentences."""

FADING_DAYS = 90
"""A memory counts as much as one that is this much newer and was observed half as often."""

_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST_NAME = 80


def called(person_name: str, acquaintance: Acquaintance | None) -> str:
    """The persona's own word for the person, or the person's name where it has none worth the name."""
    word = " ".join(acquaintance.known_as.split()) if acquaintance is not None else ""
    is_name = any(letter.isalpha() for letter in word) and word.casefold() not in NOBODY
    return word[:_LONGEST_NAME].rstrip() if is_name else person_name


def choose(memories: Sequence[Memory], budget_characters: int, now: datetime) -> tuple[Memory, ...]:
    """The most useful memories whose lines fit: pinned first, then the newer and the more often observed.

    The order does not change as time goes by, so that a prompt's start stays the same between replies.
    """
    chosen: list[Memory] = []
    room = budget_characters
    for memory in sorted(memories, key=lambda memory: _rank(memory, now)):
        cost = min(len(memory.text), LONGEST_LINE) + 4
        if memory.deleted_at is None and memory.text.strip() and cost <= room:
            chosen.append(memory)
            room -= cost
    return tuple(chosen)


def choose_brief(memories: Sequence[Memory], now: datetime) -> tuple[Memory, ...]:
    """The few most useful of those that are short."""
    short = [memory for memory in memories if len(memory.text) <= BRIEF_LINE]
    return choose(short, BRIEF_COUNT * (BRIEF_LINE + 4), now)[:BRIEF_COUNT]


def line(memory: Memory, user: str) -> str:
    """A memory in one line. Its words are data: no macro is filled in and no template mark survives."""
    words = keep_sentences(" ".join(disarm(memory.text[: LONGEST_LINE * 2]).split()), LONGEST_LINE)
    return f"{user} said: “{words}”" if memory.kind is MemoryKind.QUOTE else words


def _rank(memory: Memory, now: datetime) -> tuple[bool, float, int]:
    """Smaller is more useful. Nobody knows how old what was imported without a date is: it counts as old."""
    learned = memory.learned_at or (None if memory.imported_from else memory.created_at) or _UNDATED
    days = (min(learned, now) - _UNDATED).total_seconds() / 86_400
    worth = days / FADING_DAYS + math.log2(max(memory.times_observed, 1))
    return not memory.pinned, -worth, -memory.id
