"""Text as the search index holds it, queries as FTS5 takes them, and the piece of a message a hit shows.

Scripts that put no spaces between words (Chinese, Japanese, Korean, Thai and their neighbours) are
cut into pairs of neighbouring characters, and a run ends with its last character alone: so any
two characters are a token, and any one is the start of a token.
"""

import re
import unicodedata
from functools import lru_cache

from personadesk.storage.texts import storable

QUERY_LIMIT = 256
"""Characters of a query that are looked at."""

_WORDS_LIMIT = 16
MATCH_START = "\ue000"
MATCH_END = "\ue001"
_SNIPPET_BEFORE = 48
_SNIPPET_CHARACTERS = 180

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

_RUN = re.compile(f"[{_UNSPACED}]+")
_RUN_OR_REST = re.compile(f"([{_UNSPACED}]+)|([^{_UNSPACED}]+)")


def indexed(text: str) -> str:
    """Return what the index is given for a text."""
    if text.isascii():
        return text
    return _RUN.sub(_pairs_and_last, _folded(text))


def fts_query(query: str, *, whole: bool = False) -> str:
    """Return the FTS5 expression for the words of a query, "" where it holds none.

    The last one may go on, but where they are wanted `whole`. Every word stands between quotes, so nothing in it is
    read as FTS5's syntax.
    """
    terms = _terms(query)
    if not terms:
        return ""
    phrases = []
    for number, term in enumerate(terms):
        if _RUN.fullmatch(term):
            pairs = [term[i : i + 2] for i in range(len(term) - 1)]
            phrases.append(f'"{" ".join(pairs)}"' if pairs else f'"{term}" *')
        else:
            quoted = term.replace('"', '""')
            phrases.append(f'"{quoted}" *' if number == len(terms) - 1 and not whole else f'"{quoted}"')
    return " ".join(phrases)


def snippet(text: str, query: str) -> str:
    """Return one line of `text` around the first match of a word of `query`, with the matches marked."""
    pattern = word_pattern(query)
    folded, origins = _folded_with_origins(text)
    spans = []
    if pattern is not None:
        spans = [(origins[m.start()], origins[m.end() - 1] + 1) for m in pattern.finditer(folded)]
    start = _word_start(text, spans[0][0] - _SNIPPET_BEFORE) if spans else 0
    end = min(len(text), start + _SNIPPET_CHARACTERS)
    pieces = ["…" if start else ""]
    at = start
    for first, after in spans:
        if first < at or after > end:
            continue
        pieces += [_plain(text[at:first]), MATCH_START, _plain(text[first:after]), MATCH_END]
        at = after
    pieces += [_plain(text[at:end]), "…" if end < len(text) else ""]
    return " ".join("".join(pieces).split())


def folded_start(text: str, characters: int) -> str:
    """The beginning of a text as `word_pattern` looks at it."""
    return _folded_with_origins(text[:characters])[0]


@lru_cache(maxsize=64)
def word_pattern(query: str) -> re.Pattern[str] | None:
    """Finds the query's words in folded text, each as a group of its own, in their order; None where it has none."""
    return _pattern(_terms(query))


def _terms(query: str) -> list[str]:
    """The words of a query, folded; a word that mixes scripts comes apart. Never a term without a letter or digit."""
    words = _folded(storable(query[:QUERY_LIMIT]).replace("\0", " ")).split()
    pieces = [match[0] for word in words for match in _RUN_OR_REST.finditer(word)]
    return [piece for piece in pieces if any(character.isalnum() for character in piece)][:_WORDS_LIMIT]


def _pairs_and_last(match: re.Match[str]) -> str:
    run = match[0]
    pairs = [run[i : i + 2] for i in range(len(run))]
    return f" {' '.join(pairs)} "


def _folded(text: str) -> str:
    """Width, ligatures and case made the same. The index's tokenizer takes diacritics away by itself."""
    return unicodedata.normalize("NFKC", text).casefold()


def _pattern(terms: list[str]) -> re.Pattern[str] | None:
    """A pattern that finds in folded text what the index found: whole words, and the last one's start."""
    alternatives = []
    for number, term in enumerate(terms):
        if _RUN.fullmatch(term):
            alternatives.append(re.escape(_folded_with_origins(term)[0]))
            continue
        words = re.findall(r"[^\W_]+", _folded_with_origins(term)[0])
        if not words:
            continue
        after = "" if number == len(terms) - 1 else r"(?![^\W_])"
        alternatives.append(r"(?<![^\W_])" + r"[\W_]+".join(map(re.escape, words)) + after)
    return re.compile("|".join(f"({alternative})" for alternative in alternatives)) if alternatives else None


def _folded_with_origins(text: str) -> tuple[str, range | list[int]]:
    """Fold text without diacritics, and say for each character of the result which one of `text` it comes from."""
    if text.isascii():
        return text.lower(), range(len(text))
    if unicodedata.is_normalized("NFKD", text) and not _MARKS.search(text):
        # Folding only ever makes text longer: where the length stayed, every character is where it was.
        whole = text.casefold()
        if len(whole) == len(text):
            return whole, range(len(text))
    folded: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        piece = _folded_character(character)
        folded.append(piece)
        origins += [index] * len(piece)
    return "".join(folded), origins


@lru_cache(maxsize=4096)
def _folded_character(character: str) -> str:
    if character.isascii():
        return character.lower()
    if _RUN.fullmatch(character):
        return _folded(character)
    decomposed = unicodedata.normalize("NFKD", character).casefold()
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark))


def _word_start(text: str, wanted: int) -> int:
    """The start of the word after `wanted`, so that a snippet doesn't begin in the middle of one."""
    if wanted <= 0:
        return 0
    space = text.find(" ", wanted, wanted + _SNIPPET_BEFORE)
    return wanted if space < 0 else space + 1


def _plain(text: str) -> str:
    """Text that holds no mark of its own."""
    return text.replace(MATCH_START, "").replace(MATCH_END, "")
