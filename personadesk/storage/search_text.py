"""Text as the search index holds it, queries as FTS5 takes them, and the piece of a message a hit shows.

Scripts that put no spaces between words (Chinese, Japanese, Korean, Thai and their neighbours) are
cut into pairs of neighbouring characters, and a run ends with its last character alone: so any
two characters are a token, and any one is the start of a token.
"""

import re

from personadesk.domain.search_words import QUERY_LIMIT, RUN, folded, folded_with_origins, pattern_of, terms
from personadesk.storage.texts import storable

MATCH_START = "\ue000"
MATCH_END = "\ue001"
_SNIPPET_BEFORE = 48
_SNIPPET_CHARACTERS = 180


def indexed(text: str) -> str:
    """Return what the index is given for a text."""
    if text.isascii():
        return text
    return RUN.sub(_pairs_and_last, folded(text))


def fts_query(query: str, *, whole: bool = False) -> str:
    """Return the FTS5 expression for the words of a query, "" where it holds none.

    The last one may go on, but where they are wanted `whole`. Every word stands between quotes, so nothing in it is
    read as FTS5's syntax.
    """
    words = terms(storable(query[:QUERY_LIMIT]))
    if not words:
        return ""
    phrases = []
    for number, term in enumerate(words):
        if RUN.fullmatch(term):
            pairs = [term[i : i + 2] for i in range(len(term) - 1)]
            phrases.append(f'"{" ".join(pairs)}"' if pairs else f'"{term}" *')
        else:
            quoted = term.replace('"', '""')
            phrases.append(f'"{quoted}" *' if number == len(words) - 1 and not whole else f'"{quoted}"')
    return " ".join(phrases)


def snippet(text: str, query: str) -> str:
    """Return one line of `text` around the first match of a word of `query`, with the matches marked."""
    pattern = pattern_of(storable(query[:QUERY_LIMIT]))
    plain, origins = folded_with_origins(text)
    spans = []
    if pattern is not None:
        spans = [(origins[m.start()], origins[m.end() - 1] + 1) for m in pattern.finditer(plain)]
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


def _pairs_and_last(match: re.Match[str]) -> str:
    run = match[0]
    pairs = [run[i : i + 2] for i in range(len(run))]
    return f" {' '.join(pairs)} "


def _word_start(text: str, wanted: int) -> int:
    """The start of the word after `wanted`, so that a snippet doesn't begin in the middle of one."""
    if wanted <= 0:
        return 0
    space = text.find(" ", wanted, wanted + _SNIPPET_BEFORE)
    return wanted if space < 0 else space + 1


def _plain(text: str) -> str:
    """Text that holds no mark of its own."""
    return text.replace(MATCH_START, "").replace(MATCH_END, "")
