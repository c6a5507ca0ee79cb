"""Cutting a plain text into what an engine says in one go."""

import re
from typing import NamedTuple

from personadesk.services.sentences import sentence_ends

_SHORTENED = re.compile(
    r"(?:\b[A-Za-z]\.){2,}$"
    r"|\b(?:bzw|ca|co|col|gen|inc|jr|ltd|nr|rev|sr)\.$",
    re.IGNORECASE,
)


class Passage(NamedTuple):
    """A piece of a text, from its character `start` on, without space around it."""

    text: str
    start: int


def passages(text: str, *, limit: int = 240, first: int = 0) -> list[Passage]:
    """Sentences, and parts of those beyond `limit` characters: cut behind a comma, else behind a word.

    `first` is another limit for the first passage, whose length is how long one waits for a sound.
    """
    found: list[Passage] = []
    start = 0
    for end in (*sentence_breaks(text), len(text)):
        while len(text[start:end].strip()) > (room := limit if found else first or limit):
            start += len(text[start:end]) - len(text[start:end].lstrip())
            cut = _cut(text, start, start + room)
            found.append(_stripped(text, start, cut))
            start = cut
        found.append(_stripped(text, start, end))
        start = end
    return [passage for passage in found if any(char.isalnum() for char in passage.text)]


def sentence_breaks(text: str, *, settled: bool = False) -> list[int]:
    """Where one stops for breath: behind sentences and lines, not behind shortened words or before he said so.

    At the text's very end only where it is `settled`: more of the sentence, or of a number, may come.
    """
    length = len(text)
    ends = {at + 1 for at, char in enumerate(text) if char == "\n"}
    for end in sentence_ends(text):
        behind = text[end : end + 80].lstrip()
        if not behind:
            if settled or "\n" in text[end:]:
                ends.add(end)
        elif not (behind[0].islower() or _SHORTENED.search(text, max(0, end - 12), end)):
            ends.add(end)
    return sorted(end for end in ends if end <= length)


def _cut(text: str, start: int, end: int) -> int:
    earliest = start + (end - start) // 2
    for marks in (";:\u2014", ",\u3001\uff0c", " "):
        at = max(text.rfind(mark, earliest, end) for mark in marks)
        if at > 0:
            return at + 1
    return end


def _stripped(text: str, start: int, end: int) -> Passage:
    piece = text[start:end]
    return Passage(piece.strip(), start + len(piece) - len(piece.lstrip()))
