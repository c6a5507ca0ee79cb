"""One entry of a lorebook in JSON: a card's form and SillyTavern's, and what is found between them.

Reading never fails: what can't be understood counts as unsaid. Writing lays what was edited over the
JSON as received, so that an entry nobody touched comes out equal and no unknown key is lost.
"""

import copy
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from personadesk.domain.chat import ChatRole
from personadesk.domain.lorebook import LoreEntry, LorePosition, SelectiveLogic
from personadesk.formats.exact_json import storable

_LARGEST = 1_000_000_000
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_SILLYTAVERN_MARKS = frozenset({"selectiveLogic", "useProbability", "exclude_recursion", "display_index"})
"""In a card's extensions: SillyTavern wrote it. It says `use_regex` of every entry and means /…/ keys alone."""


class Dialect(Enum):
    CARD = "card"
    WORLD = "world"


@dataclass(frozen=True, slots=True)
class _Codec:
    """`read` returns None for what says nothing."""

    read: Callable[[object], Any]
    write: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a field stands; keys are joined by dots. A `mirror` is written only where it is already."""

    path: str
    codec: _Codec
    mirror: bool = False


def flag(value: object) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "1": True, "false": False, "0": False}.get(value.strip().lower())
    return bool(value) if isinstance(value, bool | int | float) else None


def whole(value: object) -> int | None:
    """A whole number, also from a text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value[:40])
        except ValueError:
            return None
    if not isinstance(value, int | float) or value != value:
        return None
    return int(max(-_LARGEST, min(_LARGEST, value)))


def count(value: object) -> int | None:
    number = whole(value)
    return None if number is None else max(number, 0)


def text(value: object) -> str | None:
    if isinstance(value, bool):
        return None
    return storable(str(value)) if isinstance(value, str | int | float) else None


def _keys(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return tuple(key for key in map(str.strip, storable(value).split(",")) if key)
    if not isinstance(value, list):
        return None
    return tuple(key for key in map(text, value) if key is not None)


def _position(value: object) -> LorePosition | None:
    if isinstance(value, str) and value.startswith(("before", "after")):
        return LorePosition.BEFORE_CHAR if value.startswith("before") else LorePosition.AFTER_CHAR
    number = whole(value)
    return LorePosition(number) if number in set(LorePosition) else None


def _position_word(value: LorePosition) -> str:
    return "before_char" if value is LorePosition.BEFORE_CHAR else "after_char"


_ROLES = (ChatRole.SYSTEM, ChatRole.USER, ChatRole.ASSISTANT)


def _role(value: object) -> ChatRole | None:
    if isinstance(value, str) and value.lower() in ("system", "user", "assistant"):
        return ChatRole(value.lower())
    number = whole(value)
    return _ROLES[number] if number is not None and 0 <= number < len(_ROLES) else None


def _logic(value: object) -> SelectiveLogic | None:
    number = whole(value)
    return SelectiveLogic(number) if number in set(SelectiveLogic) else None


def _percent(value: object) -> int | None:
    number = count(value)
    return None if number is None else min(number, 100)


def _level(value: object) -> int | None:
    return int(value) if isinstance(value, bool) else count(value)


def _not(value: object) -> bool | None:
    said = flag(value)
    return None if said is None else not said


_FLAG, _COUNT, _TEXT = _Codec(flag), _Codec(count), _Codec(text)
_KEYS = _Codec(_keys, list)
_LEVEL = _Codec(_level, lambda level: level if level > 1 else bool(level))
_EXTRAS: dict[str, tuple[str, str, _Codec]] = {
    "logic": ("selectiveLogic", "selectiveLogic", _Codec(_logic, int)),
    "depth": ("depth", "depth", _COUNT),
    "role": ("role", "role", _Codec(_role, _ROLES.index)),
    "probability": ("probability", "probability", _Codec(_percent)),
    "use_probability": ("useProbability", "useProbability", _FLAG),
    "match_whole_words": ("match_whole_words", "matchWholeWords", _FLAG),
    "scan_depth": ("scan_depth", "scanDepth", _COUNT),
    "sticky": ("sticky", "sticky", _COUNT),
    "cooldown": ("cooldown", "cooldown", _COUNT),
    "delay": ("delay", "delay", _COUNT),
    "group": ("group", "group", _TEXT),
    "group_override": ("group_override", "groupOverride", _FLAG),
    "group_weight": ("group_weight", "groupWeight", _COUNT),
    "exclude_recursion": ("exclude_recursion", "excludeRecursion", _FLAG),
    "prevent_recursion": ("prevent_recursion", "preventRecursion", _FLAG),
    "delay_until_recursion": ("delay_until_recursion", "delayUntilRecursion", _LEVEL),
    "ignore_budget": ("ignore_budget", "ignoreBudget", _FLAG),
}
"""SillyTavern's own fields: their key in a card's extensions, and in a world file."""

_ENABLED = (_Place("enabled", _FLAG), _Place("disable", _Codec(_not, lambda value: not value)))
_ORDER = (_Place("insertion_order", _Codec(whole)), _Place("order", _Codec(whole)))
_POSITION = _Codec(_position, int)

_CARD: dict[str, tuple[_Place, ...]] = {
    "keys": (_Place("keys", _KEYS), _Place("key", _KEYS, mirror=True)),
    "secondary_keys": (_Place("secondary_keys", _KEYS), _Place("keysecondary", _KEYS, mirror=True)),
    "content": (_Place("content", _TEXT),),
    "name": (_Place("name", _TEXT),),
    "comment": (_Place("comment", _TEXT),),
    "enabled": (_ENABLED[0], _Place("disable", _ENABLED[1].codec, mirror=True)),
    "constant": (_Place("constant", _FLAG),),
    "selective": (_Place("selective", _FLAG),),
    "order": (_ORDER[0], _Place("order", _Codec(whole), mirror=True)),
    "priority": (_Place("priority", _Codec(whole)),),
    "position": (_Place("extensions.position", _POSITION), _Place("position", _Codec(_position, _position_word))),
    "case_sensitive": (_Place("case_sensitive", _FLAG), _Place("extensions.case_sensitive", _FLAG)),
    "use_regex": (_Place("extensions.use_regex", _FLAG, mirror=True), _Place("use_regex", _FLAG)),
    **{field: (_Place(f"extensions.{key}", codec),) for field, (key, _, codec) in _EXTRAS.items()},
}
_WORLD: dict[str, tuple[_Place, ...]] = {
    "keys": (_Place("key", _KEYS), _Place("keys", _KEYS, mirror=True)),
    "secondary_keys": (_Place("keysecondary", _KEYS), _Place("secondary_keys", _KEYS, mirror=True)),
    "content": _CARD["content"],
    "name": (_Place("name", _TEXT),),
    "comment": _CARD["comment"],
    "enabled": (_ENABLED[1], _Place("enabled", _FLAG, mirror=True)),
    "constant": _CARD["constant"],
    "selective": _CARD["selective"],
    "order": (_ORDER[1], _Place("insertion_order", _Codec(whole), mirror=True)),
    "priority": _CARD["priority"],
    "position": (_Place("position", _POSITION),),
    "case_sensitive": (_Place("caseSensitive", _FLAG),),
    "use_regex": (_Place("use_regex", _FLAG),),
    **{field: (_Place(key, codec),) for field, (_, key, codec) in _EXTRAS.items()},
}
_PLACES = {Dialect.CARD: _CARD, Dialect.WORLD: _WORLD}

_UNSAID = {"selective": False, "keys": ()}
"""What a field means that nobody wrote, where that is not what a new entry begins with."""


def dialect_of(raw: Mapping[str, Any], otherwise: Dialect) -> Dialect:
    if "keys" in raw:
        return Dialect.CARD
    return Dialect.WORLD if raw.keys() & {"key", "keysecondary", "disable"} else otherwise


def read_entry(raw: Mapping[str, Any], dialect: Dialect, uid: str) -> LoreEntry:
    """The entry, without its `raw`."""
    said: dict[str, Any] = dict(_UNSAID)
    if dialect is Dialect.WORLD:
        said["position"] = LorePosition.BEFORE_CHAR
    for field, places in _PLACES[dialect].items():
        for place in places:
            value = place.codec.read(_get(raw, place.path))
            if value is not None:
                said[field] = value
                break
    if said.get("use_regex") and _is_sillytaverns(raw):
        said["use_regex"] = flag(_get(raw, "extensions.use_regex")) is True
    return LoreEntry(uid, **said)


def write_entry(entry: LoreEntry, dialect: Dialect) -> dict[str, Any]:
    """The entry's JSON object; one that came in the other form is translated."""
    raw = json.loads(entry.raw) if entry.raw else None
    if raw is None:
        written = _template(entry.uid, dialect)
    elif dialect_of(raw, dialect) is dialect:
        written = raw
    else:
        written = _translated(raw, dialect, entry)
    before = read_entry(written, dialect, entry.uid)
    for field, places in _PLACES[dialect].items():
        value = getattr(entry, field)
        if value != getattr(before, field):
            for place in places:
                _set(written, place, value)
    if entry.use_regex and not read_entry(written, dialect, entry.uid).use_regex:
        _extensions(written)["use_regex"] = True
    return written


def _get(raw: Mapping[str, Any], path: str) -> object:
    outer, _, key = path.rpartition(".")
    inside = raw.get(outer) if outer else raw
    return inside.get(key) if isinstance(inside, dict) else None


def _set(written: dict[str, Any], place: _Place, value: Any) -> None:
    """Set a field at a place; None leaves nothing behind but a null where there was something."""
    outer, _, key = place.path.rpartition(".")
    inside: object = written.get(outer) if outer else written
    stands = isinstance(inside, dict) and key in inside
    if not stands and (place.mirror or value is None):
        return
    target = _extensions(written) if outer else written
    target[key] = None if value is None else place.codec.write(value)


def _extensions(written: dict[str, Any]) -> dict[str, Any]:
    extensions = written.get("extensions")
    if not isinstance(extensions, dict):
        extensions = written["extensions"] = {}
    return extensions


def _is_sillytaverns(raw: Mapping[str, Any]) -> bool:
    extensions = raw.get("extensions")
    return isinstance(extensions, dict) and bool(_SILLYTAVERN_MARKS & extensions.keys())


def _template(uid: str, dialect: Dialect) -> dict[str, Any]:
    """What each program expects of every entry."""
    number: int | str = int(uid) if uid.isascii() and uid.isdigit() and len(uid) < 10 else uid
    if dialect is Dialect.CARD:
        return {
            "id": number,
            "keys": [],
            "content": "",
            "extensions": {},
            "enabled": True,
            "insertion_order": 100,
            "use_regex": False,
            "constant": False,
            "selective": False,
            "secondary_keys": [],
            "position": "after_char",
        }
    return {
        "uid": number,
        "key": [],
        "keysecondary": [],
        "comment": "",
        "content": "",
        "constant": False,
        "selective": False,
        "selectiveLogic": 0,
        "order": 100,
        "position": 0,
        "disable": False,
        "probability": 100,
        "useProbability": True,
        "depth": 4,
        "group": "",
        "groupOverride": False,
        "groupWeight": 100,
        "scanDepth": None,
        "caseSensitive": None,
        "matchWholeWords": None,
        "role": 0,
        "sticky": 0,
        "cooldown": 0,
        "delay": 0,
        "excludeRecursion": False,
        "preventRecursion": False,
        "delayUntilRecursion": False,
    }


def _translated(raw: Mapping[str, Any], dialect: Dialect, entry: LoreEntry) -> dict[str, Any]:
    """A template with what the other form says beyond the fields that are known."""
    written = _template(entry.uid, dialect)
    other = _PLACES[Dialect.WORLD if dialect is Dialect.CARD else Dialect.CARD]
    known = {place.path.partition(".")[0] for places in other.values() for place in places} | {"id", "uid"}
    extensions = copy.deepcopy(raw.get("extensions"))
    if isinstance(extensions, dict):
        written["extensions"] = extensions
    for key, value in raw.items():
        if key in known or key in written:
            continue
        if dialect is Dialect.CARD:
            _extensions(written)[_CAMEL.sub(r"_\1", key).lower()] = value
        else:
            written[key] = value
    if dialect is Dialect.WORLD and not entry.comment:
        written["comment"] = entry.name
    return written
