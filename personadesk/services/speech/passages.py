"""Cutting a plain text into what an engine says in one go."""

from typing import NamedTuple

from personadesk.services.sentences import sentence_ends


class Passage(NamedTuple):
    """A piece of a text, from its character `start` on, without space around it."""

    text: str
    start: int


def passages(text: str, *, limit: int = 240, first: int = 0) -> list[Passage]:
    """Sentences, and parts of those beyond `limit` characters: cut behind a comma, else behind a word.

    `first` is another limit for the first passage, whose length is how long one waits for a sound.
    """
    ends = sorted({*sentence_ends(text), *(at + 1 for at, char in enumerate(text) if char == "\n"), len(text)})
    found: list[Passage] = []
    start = 0
    for end in ends:
        while len(text[start:end].strip()) > (room := limit if found else first or limit):
            start += len(text[start:end]) - len(text[start:end].lstrip())
            cut = _cut(text, start, start + room)
            found.append(_stripped(text, start, cut))
            start = cut
        found.append(_stripped(text, start, end))
        start = end
    return [passage for passage in found if any(char.isalnum() for char in passage.text)]


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
