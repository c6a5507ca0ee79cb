"""Edits of a book's entries, as values: what a table's bulk commands do."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from personadesk.domain.lorebook import Lorebook, LoreEntry

_NUMBER_KEYS = ("id", "uid")


def in_prompt_order(entries: Sequence[LoreEntry]) -> list[LoreEntry]:
    """By order; entries of one order as they stand in the book."""
    return sorted(entries, key=lambda entry: entry.order)


def with_entry(book: Lorebook, entry: LoreEntry) -> Lorebook:
    """Put an entry in the place of the one with its uid."""
    return replace(book, entries=tuple(entry if old.uid == entry.uid else old for old in book.entries))


def with_settings(book: Lorebook, settings: Lorebook) -> Lorebook:
    """A book with what another one says of itself, and its own entries."""
    return replace(settings, entries=book.entries)


def with_fields(book: Lorebook, uids: Collection[str], **fields: Any) -> Lorebook:
    """Set the same fields of many entries."""
    return replace(
        book, entries=tuple(replace(entry, **fields) if entry.uid in uids else entry for entry in book.entries)
    )


def without(book: Lorebook, uids: Collection[str]) -> Lorebook:
    return replace(book, entries=tuple(entry for entry in book.entries if entry.uid not in uids))


def with_new(book: Lorebook) -> tuple[Lorebook, LoreEntry]:
    """Add an empty entry at the end of the prompt's order."""
    order = max((entry.order for entry in book.entries), default=LoreEntry("").order)
    entry = LoreEntry(book.free_uid(), order=order)
    return replace(book, entries=(*book.entries, entry)), entry


def with_copies(book: Lorebook, uids: Collection[str]) -> tuple[Lorebook, list[str]]:
    """Put a copy behind each of these; also their new uids, in order."""
    entries: list[LoreEntry] = []
    made: list[str] = []
    number = int(book.free_uid())
    for entry in book.entries:
        entries.append(entry)
        if entry.uid in uids:
            made.append(str(number))
            entries.append(replace(entry, uid=str(number), raw=_renumbered(entry.raw, number)))
            number += 1
    return replace(book, entries=tuple(entries)), made


def with_all_of(book: Lorebook, other: Lorebook) -> tuple[Lorebook, list[str]]:
    """Add another book's entries behind one's own, under new uids, which are returned too."""
    first = int(book.free_uid())
    added = [
        replace(entry, uid=str(number), raw=_renumbered(entry.raw, number))
        for number, entry in enumerate(other.entries, first)
    ]
    return replace(book, entries=(*book.entries, *added)), [entry.uid for entry in added]


def moved(book: Lorebook, uids: Collection[str], before: str | None) -> Lorebook:
    """Put these, in their order, before another entry of the prompt's order, or at its end.

    Their `order` becomes one that lies between their new neighbours'; no other entry's changes. Entries of
    one order are told apart by their place in the book, which becomes the prompt's order.
    """
    arranged = in_prompt_order(book.entries)
    chosen = [entry for entry in arranged if entry.uid in uids]
    at = next((place for place, entry in enumerate(arranged) if entry.uid == before), len(arranged))
    head = [entry for entry in arranged[:at] if entry.uid not in uids]
    tail = [entry for entry in arranged[at:] if entry.uid not in uids]
    low = head[-1].order if head else None
    high = tail[0].order if tail else None
    placed = [replace(entry, order=order) for entry, order in zip(chosen, _orders(chosen, low, high), strict=True)]
    return replace(book, entries=(*head, *placed, *tail))


def moved_by(book: Lorebook, uids: Collection[str], step: int) -> Lorebook:
    """Move these one place up (-1) or down (1) in the prompt's order, together."""
    arranged = in_prompt_order(book.entries)
    places = [place for place, entry in enumerate(arranged) if entry.uid in uids]
    if not places:
        return book
    if step < 0:
        first = max(places[0] - 1, 0)
        return moved(book, uids, arranged[first].uid)
    behind = [entry for entry in arranged[places[-1] + 1 :] if entry.uid not in uids]
    return moved(book, uids, behind[1].uid if len(behind) > 1 else None)


def _orders(chosen: Sequence[LoreEntry], low: int | None, high: int | None) -> list[int]:
    """Ascending orders between two neighbours': their own where they fit, else spread over the gap."""
    own = [entry.order for entry in chosen]
    if all((low is None or order >= low) and (high is None or order <= high) for order in own):
        return own
    if low is None and high is None:
        return own
    if low is None:
        assert high is not None
        return [high - len(own) + number for number in range(len(own))]
    if high is None:
        return [low + 1 + number for number in range(len(own))]
    gap = high - low
    return [low + gap * (number + 1) // (len(own) + 1) for number in range(len(own))]


def _renumbered(raw: str, number: int) -> str:
    if not raw:
        return ""
    value = json.loads(raw)
    for key in _NUMBER_KEYS:
        if key in value:
            value[key] = number
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
