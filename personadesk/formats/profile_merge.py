"""Two files about one person: what becomes of them together, and how they differ.

The rule: lists are joined without doubles, of two counters the larger counts, of two first meetings
the earlier, and of anything else what the profile says that was updated last.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from personadesk.domain.incoming import IncomingMemory, IncomingProfile
from personadesk.domain.memory import MemoryKind
from personadesk.formats.exact_json import write_storable
from personadesk.formats.foreign_dates import moment

_WORDS = {
    MemoryKind.FACT: ("fact", "facts"),
    MemoryKind.INTEREST: ("interest", "interests"),
    MemoryKind.TRAIT: ("trait", "traits"),
    MemoryKind.PREFERENCE: ("preference", "preferences"),
    MemoryKind.QUOTE: ("quote", "quotes"),
    MemoryKind.RELATIONSHIP: ("relationship", "relationships"),
    MemoryKind.SUMMARY: ("summary", "summaries"),
    MemoryKind.EVENT: ("event", "events"),
    MemoryKind.KNOWLEDGE: ("piece of knowledge", "pieces of knowledge"),
    MemoryKind.BEHAVIOR: ("behavior", "behaviors"),
}
_COUNTERS = ("total_messages", "positive_interactions", "negative_interactions", "interaction_count")
_EARLIEST = "created_at"

_Identity = tuple[MemoryKind, str]


def merged(a: IncomingProfile, b: IncomingProfile) -> IncomingProfile:
    """Join two profiles by the rule; which one comes first makes no difference."""
    older, newer = sorted((a, b), key=_age)
    leading = newer if newer.affection is not None else older
    return IncomingProfile(
        person_key=newer.person_key,
        known_as=newer.known_as or older.known_as,
        memories=tuple(_joined((*older.memories, *newer.memories)).values()),
        affection=leading.affection,
        stage=leading.stage or newer.stage or older.stage,
        interactions=max(older.interactions, newer.interactions),
        first_met=_first(older.first_met, newer.first_met),
        last_met=_last(older.last_met, newer.last_met),
        last_updated=_last(older.last_updated, newer.last_updated),
        details_json=_joined_details(older.details_json, newer.details_json),
    )


def merge_sentence(old: IncomingProfile, new: IncomingProfile) -> str:
    """Say what `new` brings to `old`: "3 new facts; 12 known already; interactions 40 (was 12)"."""
    result = merged(old, new)
    before, brought = _identities(old), _identities(new)
    parts = []
    fresh = _counted(brought - before)
    if fresh:
        parts.append(", ".join(f"{count:,} new {word}" for count, word in fresh))
    known = len(brought & before)
    if known:
        parts.append(f"{known:,} known already")
    for word, was, says, becomes in _scalars(old, new, result):
        if becomes != was:
            parts.append(f"{word} {becomes} (was {was})" if was else f"{word} {becomes}")
        elif says and says != was:
            parts.append(f"{word} stays {was}")
    return "; ".join(parts) or "nothing new"


def difference(old: IncomingProfile, new: IncomingProfile) -> str:
    """Say how a changed file differs: "+2 facts, -1 fact (stays), affection 40 -> 55"."""
    before, after = _identities(old), _identities(new)
    parts = [f"+{count:,} {word}" for count, word in _counted(after - before)]
    parts += [f"-{count:,} {word} (stays)" for count, word in _counted(before - after)]
    for word, was, says, _ in _scalars(old, new, new):
        if was != says:
            parts.append(f"{word} {was or 'unsaid'} -> {says or 'unsaid'}")
    return ", ".join(parts) or "only details"


def _scalars(
    old: IncomingProfile, new: IncomingProfile, result: IncomingProfile
) -> Iterable[tuple[str, str, str, str]]:
    """What is one value: its word, and how each of the three says it."""
    three = (old, new, result)
    yield "name", *_each(f"“{p.known_as}”" if p.known_as else "" for p in three)
    yield "affection", *_each("" if p.affection is None else f"{p.affection:g}" for p in three)
    yield "stage", *_each(p.stage.replace("_", " ") for p in three)
    yield "interactions", *_each(f"{p.interactions:,}" for p in three)
    yield "first met", *_each(_day(p.first_met) for p in three)
    yield "last met", *_each(_day(p.last_met) for p in three)


def _each(texts: Iterable[str]) -> tuple[str, str, str]:
    old, new, result = texts
    return old, new, result


def _day(when: datetime | None) -> str:
    return when.date().isoformat() if when else ""


def _age(profile: IncomingProfile) -> tuple[bool, float, str]:
    """An order of profiles in which two have the same place only if they say the same."""
    when = profile.last_updated
    return when is not None, when.timestamp() if when else 0.0, repr(profile)


def _identity(memory: IncomingMemory) -> _Identity:
    return memory.kind, " ".join(memory.text.split()).casefold()


def _identities(profile: IncomingProfile) -> set[_Identity]:
    return {_identity(memory) for memory in profile.memories}


def _counted(identities: Iterable[_Identity]) -> list[tuple[int, str]]:
    counts = Counter(kind for kind, _ in identities)
    return [(counts[kind], _WORDS[kind][counts[kind] != 1]) for kind in MemoryKind if counts[kind]]


def _joined(memories: Iterable[IncomingMemory]) -> dict[_Identity, IncomingMemory]:
    found: dict[_Identity, IncomingMemory] = {}
    for memory in memories:
        key = _identity(memory)
        known = found.get(key)
        found[key] = memory if known is None else _same(known, memory)
    return found


def _same(older: IncomingMemory, newer: IncomingMemory) -> IncomingMemory:
    return newer._replace(
        source=newer.source or older.source,
        learned_at=_first(older.learned_at, newer.learned_at),
        context=newer.context or older.context,
        category=newer.category or older.category,
        times_observed=max(older.times_observed, newer.times_observed),
    )


def _first(a: datetime | None, b: datetime | None) -> datetime | None:
    return min(a, b) if a and b else a or b


def _last(a: datetime | None, b: datetime | None) -> datetime | None:
    return max(a, b) if a and b else a or b


def _joined_details(older: str, newer: str) -> str:
    if older == newer:
        return newer
    return write_storable(_joined_objects(json.loads(older), json.loads(newer)))


def _joined_objects(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **older,
        **{key: _joined_values(key, older[key], value) if key in older else value for key, value in newer.items()},
    }


def _joined_values(key: str, older: Any, newer: Any) -> Any:
    if isinstance(older, dict) and isinstance(newer, dict):
        return _joined_objects(older, newer)
    if isinstance(older, list) and isinstance(newer, list):
        return list({json.dumps(item, sort_keys=True): item for item in (*older, *newer)}.values())
    if key in _COUNTERS and _is_number(older) and _is_number(newer):
        return max(older, newer)
    if key == _EARLIEST:
        first, second = moment(older), moment(newer)
        return older if first and (not second or first < second) else newer
    return older if newer is None else newer


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
