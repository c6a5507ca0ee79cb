"""How well a name answers what was typed, a slip of the finger allowed."""

import re
from collections.abc import Sequence

from personadesk.ui.library.search_text import search_key
from personadesk.ui.palette.command import Command

TYPO_FROM = 4
"""Shorter words are taken as they are typed: another letter makes another word. Of three, two may have changed places.
"""


def score(name: str, query: str) -> int:
    """0 is not at all. A prefix beats a word's start, that beats a part, that letters in order, and those a typo."""
    key = search_key(name)
    if not query:
        return 1
    if key.startswith(query):
        return 5
    if any(word.startswith(query) for word in key.split()):
        return 4
    if query in key:
        return 3
    rest = iter(key)
    if all(letter in rest for letter in query):
        return 2
    return 1 if _nearly(key, query) else 0


def command_scores(commands: Sequence[Command], query: str) -> dict[Command, int]:
    """Those that answer what was typed, and how well: by a slip of the finger only where none does without."""
    scores = {command: _command_score(command, query) for command in commands}
    if not any(scores.values()):
        return {command: 1 for command in commands if all(_mistyped(command, word) for word in query.split())}
    return {command: points for command, points in scores.items() if points}


def _command_score(command: Command, query: str) -> int:
    """By its name as `score` goes, but never by letters that are only in order; else word by word, in any order."""
    named = score(command.name, query)
    if named >= 3:
        return named
    words = _words(command)
    return 2 if all(any(known.startswith(word) for known in words) for word in query.split()) else 0


def _mistyped(command: Command, word: str) -> bool:
    return any(known.startswith(word) or _nearly(known, word) for known in _words(command))


def _words(command: Command) -> list[str]:
    return re.findall(r"\w+", search_key(f"{command.name} {command.where} {command.also}"))


def _nearly(key: str, query: str) -> bool:
    """Whether a word of the name begins with the query but for a letter; for two in a long one."""
    if len(query) == TYPO_FROM - 1:
        swapped = (query[1] + query[0] + query[2], query[0] + query[2] + query[1])
        return any(start.startswith(swapped) for start in (key, *key.split()[1:]))
    if len(query) < TYPO_FROM:
        return False
    # Imported when somebody first mistypes: it is not on the way to the palette.
    from rapidfuzz.distance import OSA

    allowed = 1 if len(query) < 2 * TYPO_FROM else 2
    starts = [key, *key.split()[1:]]
    return any(
        OSA.distance(start[:length], query, score_cutoff=allowed) <= allowed
        for start in starts
        for length in range(len(query) - allowed, len(query) + allowed + 1)
    )
