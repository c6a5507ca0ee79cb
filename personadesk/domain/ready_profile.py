"""A profile as it is stored: what a file says, in the store's own columns."""

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

_SEPARATOR = "|"


class MemoryColumns(NamedTuple):
    """Memories, a column each, all of one length. `learned_at` is in microseconds since 1970, UTC.

    Two of one kind with the same of `keys` are the same memory. `observed` is at least 1 and fits into 64 bits.
    """

    kinds: Sequence[str]
    texts: Sequence[str]
    keys: Sequence[str]
    contexts: Sequence[str]
    categories: Sequence[str]
    sources: Sequence[str]
    learned_at: Sequence[int | None]
    observed: Sequence[int]


class ReadyProfile(NamedTuple):
    """An IncomingProfile for the store. Times are in microseconds since 1970, UTC; `notes` are sentences about what
    was not taken as it stands."""

    person_key: str
    known_as: str
    affection: float | None
    stage: str
    interactions: int
    first_met: int | None
    last_met: int | None
    last_updated: int | None
    details_json: str
    memories: MemoryColumns
    notes: Sequence[str] = ()


class ProfileHead(NamedTuple):
    """What a plan tells of a profile. `memories` is how many are in it."""

    person_key: str
    known_as: str
    interactions: int
    memories: int
    notes: Sequence[str] = ()


def text_key(text: str) -> str:
    """Texts with the same key are the same memory: width, ligatures, case and spacing don't count."""
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", " ".join(text.split())).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def text_keys(texts: Sequence[str]) -> list[str]:
    """The key of each, all of them at once where they are plain: an import asks for hundreds of thousands."""
    joined = _SEPARATOR.join(["", *texts, ""])
    plain = joined.isascii() and joined.isprintable() and joined.count(_SEPARATOR) == len(texts) + 1
    if not plain or "  " in joined or f" {_SEPARATOR}" in joined or f"{_SEPARATOR} " in joined:
        return [text_key(text) for text in texts]
    return joined.lower().split(_SEPARATOR)[1:-1]
