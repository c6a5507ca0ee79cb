"""A bot's profile of one person: what it says, in this program's terms.

A language model's words were stored in these files unchecked, so any field can hold anything. What
can be read is read, what can't becomes a note, and nothing that has no field here is lost: it goes
into the details.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import repeat
from typing import Any

from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import IncomingMemory, IncomingProfile
from personadesk.domain.memory import AffectionStage, MemoryKind
from personadesk.formats.exact_json import Parsed, UnreadableJson, read_json, storable, write_storable
from personadesk.formats.foreign_dates import moment

PROFILE_LIMIT_BYTES = 8 * 1024 * 1024
INTERACTIONS_LIMIT = 2**53

_NAME = re.compile(r"user_([0-9]{1,40})(?:[^0-9].*)?\.json", re.IGNORECASE | re.DOTALL)
_DIGITS = re.compile(r"[0-9]{1,40}")
_TELLING = frozenset(("facts", "interests", "traits", "affection", "memorable_quotes"))
_MARKS = _TELLING | {"user_id", "interaction_count", "relationships", "preferences", "first_met", "username"}
_ALMOST_SURE = 3
_TEXT_KEYS = {
    MemoryKind.FACT: ("fact", "text", "content"),
    MemoryKind.QUOTE: ("quote", "text", "content"),
    MemoryKind.INTEREST: ("text",),
    MemoryKind.TRAIT: ("text",),
    MemoryKind.PREFERENCE: ("text",),
    MemoryKind.RELATIONSHIP: ("text",),
}
_ENTRY_KEYS = frozenset(("timestamp", "source", "context", "category"))
_USUAL_KEYS = 3
_NOTHING, _ONCE = repeat(""), repeat(1)
_new_memory: Callable[[tuple[object, ...]], IncomingMemory] = partial(tuple.__new__, IncomingMemory)
"""Several times as fast as the class, and there are dozens in a file."""


class UnreadableProfile(UserFacingError):
    """A profile that can't be read. Nothing of it is brought in."""


class NotAProfile(UserFacingError):
    """A file that is something else."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A profile, and sentences about what in it was not taken as it stands."""

    profile: IncomingProfile
    notes: tuple[str, ...] = ()


def profile_id(name: str) -> str | None:
    """The person's number in a file's name: user_12.json, and copies such as "user_12 (copy).json"."""
    found = _NAME.fullmatch(name)
    return found[1] if found else None


def looks_like_profile(value: object, name: str) -> bool:
    """Whether a JSON value is a profile by what is in it; a profile's name makes less of it enough."""
    if not isinstance(value, dict) or _is_social(value):
        return False
    if profile_id(name) is not None:
        return not _MARKS.isdisjoint(value)
    return "user_id" in value and not _TELLING.isdisjoint(value) and len(_MARKS & value.keys()) >= _ALMOST_SURE


def count_profile(profile: IncomingProfile) -> int:
    """How many memories a profile brings."""
    return len(profile.memories)


def read_profile(content: bytes, name: str) -> Reading:
    """Read a profile's file. Raises UnreadableProfile or NotAProfile."""
    if len(content) > PROFILE_LIMIT_BYTES and profile_id(name) is None:
        raise NotAProfile("The file is larger than a profile.")
    if len(content) > PROFILE_LIMIT_BYTES:
        raise UnreadableProfile(
            f"The file has {len(content) / 2**20:.0f} MiB; a profile has at most {PROFILE_LIMIT_BYTES // 2**20}.",
            "It is in the backup. Look at what fills it.",
        )
    try:
        parsed = read_json(content)
    except UnreadableJson as error:
        raise UnreadableProfile(error.sentence, error.next_step) from error
    return profile_from(parsed, name)


def profile_from(parsed: Parsed, name: str) -> Reading:
    """Read a profile from JSON that was read already. Raises UnreadableProfile or NotAProfile."""
    value = parsed.value
    if not looks_like_profile(value, name):
        raise _verdict(value, name)
    reader = _ProfileReader(value, clean=parsed.clean)
    key = reader.person_key(name)
    return Reading(reader.profile(key), (*parsed.notes, *reader.notes))


def readable(value: Any) -> str:
    """Any JSON value in words: "likes: tea, rain; old: yes"."""
    if isinstance(value, str):
        return storable(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        pairs = ((storable(key), readable(inner)) for key, inner in value.items())
        return "; ".join(f"{key}: {text}" if text else key for key, text in pairs)
    if isinstance(value, list):
        return ", ".join(filter(None, map(readable, value)))
    return str(value)


def _is_social(value: dict[str, Any]) -> bool:
    """The bot keeps other files under names like a profile's; they say which persona and channel they are of."""
    return "persona_id" in value and _TELLING.isdisjoint(value)


def _verdict(value: object, name: str) -> UserFacingError:
    if isinstance(value, dict) and _is_social(value):
        return NotAProfile("This is a file of the bot's social statistics, not a profile.")
    what = {dict: "an object", list: "a list", str: "a text", bool: "a yes or no", type(None): "nothing"}
    holds = what.get(type(value), "a number")
    if isinstance(value, dict) and value:
        sentence = "Nothing that a profile has is in it."
    elif isinstance(value, dict):
        sentence = "The profile is empty: an object without anything in it."
    else:
        sentence = f"The file holds {holds} where a profile is an object."
    if profile_id(name) is None:
        return NotAProfile(sentence)
    return UnreadableProfile(sentence, "A backup may have its content.")


def _usual_memories(kind: MemoryKind, text_key: str, entries: list[Any]) -> list[IncomingMemory] | None:
    """The memories of entries as the bot writes them, all at once; None where one is not, for a reader with more care.

    Texts must be clean.
    """
    texts = entries
    sources: Iterable[str] = _NOTHING
    contexts: Iterable[str] = _NOTHING
    moments: Iterable[datetime | None] = repeat(None)
    try:
        if type(entries[0]) is dict:
            other = "source" if "source" in entries[0] else "context"
            texts = [entry[text_key] for entry in entries]
            said = [entry[other] for entry in entries]
            moments = known = [datetime.fromisoformat(entry["timestamp"] + "+00:00") for entry in entries]
            if set(map(len, entries)) != {_USUAL_KEYS} or {moment.tzinfo for moment in known} != {UTC}:
                return None
            if set(map(type, said)) != {str}:
                return None
            sources, contexts = (said, _NOTHING) if other == "source" else (_NOTHING, said)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    if set(map(type, texts)) != {str} or not all(texts) or any(map(str.isspace, texts)):
        return None
    fields = zip(repeat(kind), texts, sources, moments, contexts, _NOTHING, _ONCE)
    return list(map(_new_memory, fields))


class _ProfileReader:
    """Takes the fields out of a profile's object; what stays goes into the details."""

    def __init__(self, value: dict[str, Any], *, clean: bool) -> None:
        self._value = value
        self._clean = clean
        self._details = dict(value)
        self._notes: dict[str, None] = {}
        self._odd: Counter[tuple[str, str]] = Counter()
        self._memories: list[IncomingMemory] = []

    @property
    def notes(self) -> tuple[str, ...]:
        counted = (
            f"“{field}”: {count:,} {'entry' if count == 1 else 'entries'} {what}."
            for (field, what), count in self._odd.items()
        )
        return (*self._notes, *counted)

    def person_key(self, name: str) -> str:
        """Tell the person. The file's name goes before its content: the bot itself found a profile by its name."""
        said = self._value.get("user_id")
        own = str(said) if isinstance(said, int | str) and not isinstance(said, bool) else ""
        named = profile_id(name)
        if named is None:
            if not _DIGITS.fullmatch(own):
                raise UnreadableProfile(
                    "The profile does not say whom it is about.", "Name the file user_<number>.json and try again."
                )
            named = own
        if own == named:
            del self._details["user_id"]
        elif "user_id" in self._value:
            self._note(f"The file's name says {named}, its “user_id” something else; the name counts.")
        return f"discord:{named}"

    def profile(self, key: str) -> IncomingProfile:
        for field, kind in (
            ("facts", MemoryKind.FACT),
            ("interests", MemoryKind.INTEREST),
            ("traits", MemoryKind.TRAIT),
        ):
            self._take_list(field, kind)
        self._take_pairs("preferences", MemoryKind.PREFERENCE)
        self._take_list("memorable_quotes", MemoryKind.QUOTE)
        self._take_pairs("relationships", MemoryKind.RELATIONSHIP)
        level, stage, last_met = self._take_affection()
        return IncomingProfile(
            person_key=key,
            known_as=self._take_name(),
            affection=level,
            stage=stage,
            interactions=self._take_count(),
            first_met=self._take_moment("first_met"),
            last_met=last_met,
            last_updated=self._take_moment("last_updated"),
            memories=tuple(self._memories),
            details_json=write_storable(self._details),
        )

    def _note(self, sentence: str) -> None:
        self._notes[sentence] = None

    def _entries(self, field: str) -> list[Any]:
        """A list's entries, whatever stands in the list's place."""
        value = self._details.pop(field, None)
        if isinstance(value, list):
            return value
        if value is None:
            return []
        self._note(f"“{field}” is no list; what it holds was read all the same.")
        if isinstance(value, dict) and not any(key in value for keys in _TEXT_KEYS.values() for key in keys):
            return [f"{key}: {readable(inner)}" for key, inner in value.items()]
        return [value]

    def _take_list(self, field: str, kind: MemoryKind) -> None:
        entries = self._entries(field)
        usual = _usual_memories(kind, _TEXT_KEYS[kind][0], entries) if self._clean and entries else None
        if usual is not None:
            self._memories += usual
            return
        more = []
        for entry in entries:
            if not isinstance(entry, dict):
                self._add(field, kind, entry)
            elif self._add_object(field, kind, entry):
                more.append(entry)
        if more:
            self._details[field] = more

    def _add_object(self, field: str, kind: MemoryKind, entry: dict[str, Any]) -> bool:
        """Add an entry that says more than its text; returns whether it holds more than a memory does."""
        said = entry.get("timestamp")
        learned_at = None if said is None else moment(said)
        unread = said is not None and learned_at is None
        if unread:
            self._odd[field, "without a date that can be read"] += 1
        text_key = next((name for name in _TEXT_KEYS[kind] if name in entry), None)
        more = entry.keys() - _ENTRY_KEYS
        text: Any
        if text_key is None:
            text = {name: entry[name] for name in entry if name in more}
            more = set()
        else:
            text = entry[text_key]
            more.discard(text_key)
        source, context, category = (
            readable(entry[name]) if name in entry else "" for name in ("source", "context", "category")
        )
        self._add(field, kind, text, learned_at, source, context, category)
        return unread or bool(more)

    def _add(
        self,
        field: str,
        kind: MemoryKind,
        value: Any,
        learned_at: datetime | None = None,
        source: str = "",
        context: str = "",
        category: str = "",
    ) -> None:
        text = readable(value)
        if not text or text.isspace():
            self._odd[field, "without a text, left out"] += 1
            return
        if not isinstance(value, str):
            self._odd[field, "not plain text, written out in words"] += 1
        self._memories.append(IncomingMemory(kind, text, source, learned_at, context, category))

    def _take_pairs(self, field: str, kind: MemoryKind) -> None:
        """Take an object of names and values as one memory each."""
        value = self._details.get(field)
        if not isinstance(value, dict):
            self._take_list(field, kind)
            return
        del self._details[field]
        for key, inner in value.items():
            said = readable(inner)
            self._add(field, kind, f"{key}: {said}" if said else key)

    def _take_affection(self) -> tuple[float | None, str, datetime | None]:
        value = self._details.pop("affection", None)
        if value is None:
            return None, "", None
        rest = dict(value) if isinstance(value, dict) else {"level": value}
        level = self._level(rest)
        stage = rest.get("relationship_stage")
        if isinstance(stage, str) and stage.strip():
            stage = storable(rest.pop("relationship_stage")).strip()
        else:
            if stage is not None:
                self._note("The stage of the affection can't be read; its level tells it.")
            else:
                rest.pop("relationship_stage", None)
            stage = "" if level is None else AffectionStage.of(level).value
        last_met = moment(rest.get("last_interaction"))
        if last_met is not None or rest.get("last_interaction") is None:
            rest.pop("last_interaction", None)
        else:
            self._note("The date of the last interaction can't be read and is left empty.")
        if rest:
            self._details["affection"] = rest
        return level, stage, last_met

    def _level(self, affection: dict[str, Any]) -> float | None:
        said = affection.get("level")
        level = _number(said)
        if level is None:
            if said is not None:
                self._note("The level of the affection is no number and is left empty.")
            else:
                affection.pop("level", None)
            return None
        if 0 <= level <= 100 and not isinstance(said, str):
            del affection["level"]
            return level
        kept = min(max(level, 0.0), 100.0)
        self._note(f"The level of the affection is {readable(said)[:40]}; {kept:g} is what it is taken for.")
        return kept

    def _take_name(self) -> str:
        said = self._details.pop("username", None)
        if said is not None and not isinstance(said, str):
            self._note("The name of the person is no plain text; it was written out in words.")
        return " ".join(readable(said).split())

    def _take_count(self) -> int:
        said = self._value.get("interaction_count")
        if said is None:
            self._details.pop("interaction_count", None)
            return 0
        if isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= INTERACTIONS_LIMIT:
            del self._details["interaction_count"]
            return said
        number = _number(said)
        count = 0 if number is None else int(min(max(number, 0), INTERACTIONS_LIMIT))
        self._note(f"The count of interactions is {readable(said)[:40] or 'empty'}; it is taken for {count:,}.")
        return count

    def _take_moment(self, field: str) -> datetime | None:
        said = self._value.get(field)
        read = moment(said)
        if read is not None or said is None:
            self._details.pop(field, None)
        else:
            self._note(f"The date in “{field}” can't be read and is left empty.")
        return read


def _number(value: Any) -> float | None:
    """A finite number, also one that is written as a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    except OverflowError:
        return float(INTERACTIONS_LIMIT if int(value) > 0 else -INTERACTIONS_LIMIT)
    return number if math.isfinite(number) else None
