"""The words of a search: how a query comes apart, how texts are folded to be compared, and where they match.

The search index and what lights its matches on screen find the same. Scripts that put no spaces between words
(Chinese, Japanese, Korean, Thai and their neighbours) are found anywhere in a run of them.
"""

import re
import unicodedata
from functools import lru_cache

QUERY_LIMIT = 256
"""Characters of a query that are looked at."""

_WORDS_LIMIT = 16

_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e"  # Thai
    "\u0e81-\u0ece"  # Lao
    "\u1000-\u1049\u1050-\u109f"  # Myanmar
    "\u1780-\u17d3"  # Khmer
    "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7fb"  # Hangul
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"  # Kana
    "\u3105-\u312f\u31a0-\u31bf"  # Bopomofo
    "\u2e80-\u2fd5\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufad9\U00020000-\U000323af"  # Han
)
_MARKS = re.compile(
    "[\u0300-\u1fff\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ua66f-\uabff\ufe20-\ufe2f\U00010000-\U0001efff]"
)
"""Where marks that are folded away stand among others."""

RUN = re.compile(f"[{_UNSPACED}]+")
"""A run of characters that are written without spaces."""

_RUN_OR_REST = re.compile(f"([{_UNSPACED}]+)|([^{_UNSPACED}]+)")


@lru_cache(maxsize=64)
def pattern_of(query: str) -> re.Pattern[str] | None:
    """What finds a query's words in a text that `folded_with_origins` has folded; None where it holds none.

    Each word is a group of its own, in their order.
    """
    return _pattern(terms(query))


def terms(query: str) -> list[str]:
    """The words of a query, folded; a word that mixes scripts comes apart. Never a term without a letter or digit."""
    words = folded(query[:QUERY_LIMIT].replace("\0", " ")).split()
    pieces = [match[0] for word in words for match in _RUN_OR_REST.finditer(word)]
    return [piece for piece in pieces if any(character.isalnum() for character in piece)][:_WORDS_LIMIT]


def folded(text: str) -> str:
    """Width, ligatures and case made the same. The index's tokenizer takes diacritics away by itself."""
    return unicodedata.normalize("NFKC", text).casefold()


def folded_with_origins(text: str) -> tuple[str, range | list[int]]:
    """Fold text without diacritics, and say for each character of the result which one of `text` it comes from."""
    if text.isascii():
        return text.lower(), range(len(text))
    if unicodedata.is_normalized("NFKD", text) and not _MARKS.search(text):
        # Folding only ever makes text longer: where the length stayed, every character is where it was.
        whole = text.casefold()
        if len(whole) == len(text):
            return whole, range(len(text))
    pieces: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        piece = _folded_character(character)
        pieces.append(piece)
        origins += [index] * len(piece)
    return "".join(pieces), origins


def _pattern(wanted: list[str]) -> re.Pattern[str] | None:
    """A pattern that finds in folded text what the index found: whole words, and the last one's start."""
    alternatives = []
    for number, term in enumerate(wanted):
        if RUN.fullmatch(term):
            alternatives.append(re.escape(folded_with_origins(term)[0]))
            continue
        words = re.findall(r"[^\W_]+", folded_with_origins(term)[0])
        if not words:
            continue
        after = "" if number == len(wanted) - 1 else r"(?![^\W_])"
        alternatives.append(r"(?<![^\W_])" + r"[\W_]+".join(map(re.escape, words)) + after)
    return re.compile("|".join(f"({alternative})" for alternative in alternatives)) if alternatives else None


@lru_cache(maxsize=4096)
def _folded_character(character: str) -> str:
    if character.isascii():
        return character.lower()
    if RUN.fullmatch(character):
        return folded(character)
    decomposed = unicodedata.normalize("NFKD", character).casefold()
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark))
