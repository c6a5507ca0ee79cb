"""How well a name answers what was typed, a slip of the finger allowed."""

from personadesk.ui.library.search_text import search_key

TYPO_FROM = 4
"""Shorter words are taken as they are typed: another letter makes another word."""


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


def _nearly(key: str, query: str) -> bool:
    """Whether a word of the name begins with the query but for a letter; for two in a long one."""
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
