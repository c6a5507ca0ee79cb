"""One pass over a text for many keys. It tells where the block begins in which a key stands first."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeVar

import re2

from personadesk.services.lorebook.patterns import Allowance, Pattern

BLOCK_CHARACTERS = 50_000
PATTERN_BLOCK_BYTES = 16_000

SET_CHARACTERS = 60_000
"""Characters of the keys in one set."""

SET_INSTRUCTIONS = 2_000
"""Instructions of the patterns in one set: with a block's bytes they bound what one look takes."""

PATTERN_INSTRUCTIONS = 300
"""A larger pattern is looked for by itself."""

_SET_MEMORY_BYTES = 64 << 20
_PATTERN_MEMORY_BYTES = 8 << 20
_CANARY = "\x03\x01\x03"

T = TypeVar("T")


def first_blocks(text: str, ends: Sequence[int], needles: Collection[str]) -> dict[str, int]:
    """The offset of a block for each needle that stands in the text. `ends` are where it may be parted."""
    first: dict[str, int] = {}
    for part in _parts([(one, len(one)) for one in sorted(needles)], SET_CHARACTERS):
        together = _set_of(part, literal=True)
        for start, stop in _blocks(ends, BLOCK_CHARACTERS):
            block = text[start:stop]
            indices = _matched(together, block.encode(), len(part))
            found = (one for one in part if one in block) if indices is None else (part[index] for index in indices)
            for one in found:
                first.setdefault(one, start)
    return first


def first_pattern_blocks(
    encoded: bytes, ends: Sequence[int], patterns: Collection[Pattern], allowance: Allowance
) -> dict[Pattern, int | None]:
    """The offset of a block for each pattern that was found, None for one that stands nowhere.

    One is left out where looking for all at once needs more memory or time than there is.
    """
    first: dict[Pattern, int | None] = {}
    for part in _parts([(one, one.size) for one in patterns], SET_INSTRUCTIONS):
        together = _set_of([one.linear_source for one in part], literal=False)
        found: dict[Pattern, int | None] = {}
        for start, stop in _blocks(ends, PATTERN_BLOCK_BYTES):
            indices = _matched(together, encoded[start:stop], len(part)) if allowance.left_s > 0 else None
            if indices is None:
                break
            for index in indices:
                found.setdefault(part[index], start)
        else:
            first |= {**dict.fromkeys(part), **found}
    return first


def _parts(weighed: Iterable[tuple[T, int]], limit: int) -> Iterator[list[T]]:
    part: list[T] = []
    weight = 0
    for one, own in weighed:
        if part and weight + own > limit:
            yield part
            part, weight = [], 0
        part.append(one)
        weight += own
    if part:
        yield part


def _blocks(ends: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
    """Stretches of whole texts, each of at least `length` but the last."""
    start = 0
    for end in ends:
        if end - start >= length or end == ends[-1]:
            yield start, end
            start = end


def _set_of(keys: Sequence[str], *, literal: bool) -> re2.Set | None:
    """None where they are too many for the memory a set may take."""
    options = re2.Options()
    options.literal = literal
    options.log_errors = False
    options.max_mem = _SET_MEMORY_BYTES if literal else _PATTERN_MEMORY_BYTES
    together = re2.Set.SearchSet(options)
    try:
        # The last one is put behind every block: a set that does not find it ran out of memory.
        for one in (*keys, _CANARY):
            together.Add(one)
        together.Compile()
    except re2.error:
        return None
    return together


def _matched(together: re2.Set | None, block: bytes, count: int) -> list[int] | None:
    """The indices of what stands in the block; None where that can't be said."""
    found = together.Match(block + _CANARY.encode()) if together else []
    return [index for index in found if index < count] if count in found else None
