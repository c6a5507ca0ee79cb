"""Which of the messages that were found say most about what was looked for.

FTS5's own rank counts, for every search, how common a word is with all personas: on a million messages that takes
longer than finding them. Here only what was found is weighed, by its text, as BM25 does without that count: all of it
holds every word anyway.
"""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from personadesk.domain.search_words import QUERY_LIMIT, folded_with_origins, pattern_of
from personadesk.storage.texts import storable

Item = TypeVar("Item")

LOOKED_AT_CHARACTERS = 6_000
"""Of each text: where it is longer, its length still counts."""
_SATURATION = 1.2
_LENGTH_SHARE = 0.75
_BEGINNING = 0.6
"""What the beginning of a word counts for, where a whole one counts for 1."""
_SIDE_BY_SIDE = 0.5
"""What words next to each other, in the order they were asked for, are worth beside themselves."""


def best_first(items: Iterable[Item], text_of: Callable[[Item], str], query: str) -> list[Item]:
    """The same items; those that weigh the same stay in their order."""
    listed = list(items)
    pattern = pattern_of(storable(query[:QUERY_LIMIT]))
    if pattern is None or len(listed) < 2:
        return listed
    texts = [text_of(item) for item in listed]
    usual = max(1.0, sum(map(len, texts)) / len(texts))
    weights = [
        weight(folded_with_origins(text[:LOOKED_AT_CHARACTERS])[0], len(text) / usual, pattern) for text in texts
    ]
    return [listed[number] for number in sorted(range(len(listed)), key=lambda number: -weights[number])]


def weight(folded: str, length: float, pattern: re.Pattern[str]) -> float:
    """`length` is relative to the usual; a group of `pattern` is a word that was looked for."""
    counts = [0.0] * (pattern.groups + 1)
    together = 0.0
    last_word, last_end = 0, -2
    for match in pattern.finditer(folded):
        word = match.lastindex or 0
        end = match.end()
        counts[word] += 1 if end == len(folded) or not folded[end].isalnum() else _BEGINNING
        if word == last_word + 1 and match.start() <= last_end + 1:
            together = _SIDE_BY_SIDE * (word - 1)
        last_word, last_end = word, end
    room = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length)
    return together + sum(count / (count + room) for count in counts if count)
