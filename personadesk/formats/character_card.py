"""Character Cards as JSON: V1, V2 and V3 in, V3 out.

The formats: malfoyslastname/character-card-spec-v2 (spec_v1.md, spec_v2.md) and
kwaroran/character-card-spec-v3 (SPEC_V3.md). What PersonaDesk adds stands under
`data.extensions.personadesk`. Keys that are not ours survive: a card is written as its raw JSON
with the fields laid over it.
"""

import json
import logging
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from personadesk.domain.errors import UserFacingError
from personadesk.domain.persona import (
    DISPLAY_NAME_LIMIT,
    NAME_LIMIT,
    TRAIT_LIMIT,
    TRAITS_LIMIT,
    CommunicationStyle,
    PersonaCard,
)

log = logging.getLogger(__name__)

SIZE_LIMIT_BYTES = 16 * 1024 * 1024
DEPTH_LIMIT = 100
TAGLINE_LIMIT = 200
KEY_FACTS_LIMIT = 10
KEY_FACT_LIMIT = 200

OWN_EXTENSION = "personadesk"

_TEXTS = {
    "description": "description",
    "personality": "personality",
    "scenario": "scenario",
    "greeting": "first_mes",
    "example_dialogue": "mes_example",
    "system_prompt": "system_prompt",
    "post_history_instructions": "post_history_instructions",
    "creator": "creator",
    "creator_notes": "creator_notes",
    "character_version": "character_version",
}
"""PersonaCard's texts and their keys in a card."""

_LAID = ("name", "nickname", "tags", "alternate_greetings", *_TEXTS.values())
"""The keys a PersonaCard has a say in."""

_PYGMALION = {
    "name": "char_name",
    "description": "char_persona",
    "scenario": "world_scenario",
    "first_mes": "char_greeting",
    "mes_example": "example_dialogue",
}
"""A card's keys and what Pygmalion's files call them."""

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

JsonObject = dict[str, Any]


class UnreadableCard(UserFacingError):
    """A text that can't become a persona. Nothing is kept of it."""


def read_card_json(text: str) -> PersonaCard:
    """Read a card of any version, and what is seen in the wild instead of one.

    A name beyond its limit is cut and the whole of it shown as the display name. Raises
    UnreadableCard with the reason.
    """
    text = text.removeprefix("\ufeff")
    card = _parse(text)
    if card.get("spec") == "lorebook_v3":
        raise UnreadableCard("This file is a lorebook, not a persona.", "Choose a character card.")
    _note_newer_version(card)
    fields = _Fields(card)
    own = fields.own_extension()
    full_name = fields.name()
    name = _cut_name(full_name)
    display_name = _line(own.get("display_name"))[:DISPLAY_NAME_LIMIT].rstrip()
    if not display_name and name != full_name:
        display_name = full_name[:DISPLAY_NAME_LIMIT].rstrip()
    texts = {field: _text(fields.get(key)) for field, key in _TEXTS.items()}
    return PersonaCard(
        name=name,
        display_name=display_name,
        tagline=_line(own.get("tagline"))[:TAGLINE_LIMIT].rstrip(),
        traits=_lines(own.get("traits"), TRAITS_LIMIT, TRAIT_LIMIT),
        key_facts=_lines(own.get("key_facts"), KEY_FACTS_LIMIT, KEY_FACT_LIMIT),
        style=_style(own.get("style")),
        style_text=_text(own.get("style_text")),
        alternate_greetings=_greetings(fields.get("alternate_greetings")),
        nickname=_nickname(fields.get("nickname")),
        tags=_tags(fields.get("tags")),
        raw_json=text,
        **texts,
    )


def write_card_json(card: PersonaCard) -> str:
    """Write a card as V3, laid over the JSON it came from, so that keys unknown here live on."""
    root = _parse(card.raw_json) if card.raw_json else {}
    before = _Fields(root)
    data: JsonObject = dict(before.data)
    _lay_name(card, before, data)
    for field, key in _TEXTS.items():
        data[key] = _kept(before.get(key), _text, getattr(card, field))
    if card.nickname or before.get("nickname") is not None:  # an empty one would stand for {{char}} in some programs
        data["nickname"] = _kept(before.get("nickname"), _nickname, card.nickname)
    data["tags"] = _kept_list(before.get("tags"), _tags, card.tags)
    data["alternate_greetings"] = _kept_list(before.get("alternate_greetings"), _greetings, card.alternate_greetings)
    data["extensions"] = _extensions(card, before)
    if not isinstance(data.get("group_only_greetings"), list):
        data["group_only_greetings"] = []
    if data.get("character_book", ...) is None:
        del data["character_book"]
    # Some programs repeat V1's fields beside `data`: they must not tell an older story.
    mirrored = {key: data[key] for key in _LAID if key in root and key in data}
    renamed = _PYGMALION.values() if "char_name" in root else ()
    others = {key: value for key, value in root.items() if key not in renamed}
    version = {"spec": "chara_card_v3", "spec_version": _written_version(root)}
    written = json.dumps({**others, **mirrored, **version, "data": data}, ensure_ascii=False, indent=2)
    return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", written)


def own_extension(card: PersonaCard) -> Mapping[str, Any]:
    """What stands under `data.extensions.personadesk` in the JSON this card came from."""
    return _Fields(_parse(card.raw_json)).own_extension() if card.raw_json else {}


class _Fields:
    """A card's fields, wherever its version puts them: under `data`, flat, or by Pygmalion's names."""

    def __init__(self, root: JsonObject) -> None:
        self._root = root
        data = root.get("data")
        self.data: JsonObject = data if isinstance(data, dict) else {}

    def get(self, key: str) -> Any:
        if key in self.data:
            return self.data[key]
        if key in self._root:
            return self._root[key]
        return self._root.get(_PYGMALION.get(key, ""))

    def name(self) -> str:
        """The name, whole. Raises UnreadableCard where there is none."""
        for candidate in (self.data.get("name"), self._root.get("name"), self._root.get("char_name")):
            name = _line(candidate)
            if any(unicodedata.category(character) != "Cf" for character in name):  # one can see it
                return name
        raise UnreadableCard(
            "This file has no name in it, so it is no character card.", "Choose a card, or give the character a name."
        )

    def extensions(self) -> JsonObject:
        extensions = self.get("extensions")
        return extensions if isinstance(extensions, dict) else {}

    def own_extension(self) -> JsonObject:
        own = self.extensions().get(OWN_EXTENSION)
        return own if isinstance(own, dict) else {}


def _parse(text: str) -> JsonObject:
    _check_size(text)
    if text.startswith("rcc||rccv1||"):
        raise UnreadableCard("This card is encrypted.", "Export it from its program without encryption.")
    try:
        # JSON has neither NaN nor numbers without end; a file that holds one keeps the rest of it.
        value = json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise UnreadableCard(
            f"This card is not valid JSON (line {error.lineno}, column {error.colno}).",
            "Export it again from the program that made it.",
        ) from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:  # a whole number with thousands of digits
        raise UnreadableCard("This card holds a number too long to read.") from error
    if not isinstance(value, dict):
        raise UnreadableCard("This file holds JSON, but no character card.", "Choose a card file.")
    _check_depth(value)
    return value


def _check_size(text: str) -> None:
    try:
        size = len(text) if len(text) > SIZE_LIMIT_BYTES else len(text.encode())
    except UnicodeEncodeError as error:
        raise UnreadableCard("This card is not UTF-8 text.", "Save it as UTF-8.") from error
    if size > SIZE_LIMIT_BYTES:
        raise UnreadableCard(
            f"This card is larger than {SIZE_LIMIT_BYTES // (1024 * 1024)} MB.",
            "Take pictures out of it, and try again.",
        )


def _check_depth(value: JsonObject) -> None:
    level: list[Any] = [value]
    for _ in range(DEPTH_LIMIT):
        deeper: list[Any] = []
        for item in level:
            children = item.values() if isinstance(item, dict) else item
            deeper += [child for child in children if isinstance(child, dict | list)]
        if not deeper:
            return
        level = deeper
    raise _too_deep()


def _too_deep() -> UnreadableCard:
    return UnreadableCard(f"This card is nested more than {DEPTH_LIMIT} levels deep.", "Choose another card.")


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _version(root: JsonObject) -> float:
    try:
        return float(root.get("spec_version", 0))
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _note_newer_version(root: JsonObject) -> None:
    if _version(root) >= 4:
        log.warning("A card of version %s is newer than V3; what is known of it is read.", _version(root))


def _written_version(root: JsonObject) -> str:
    version = root.get("spec_version")
    return version if isinstance(version, str) and 3 <= _version(root) < 4 else "3.0"


def _lay_name(card: PersonaCard, before: _Fields, data: JsonObject) -> None:
    old = before.get("name")
    data["name"] = old if isinstance(old, str) and _cut_name(_line(old)) == card.name else card.name


def _extensions(card: PersonaCard, before: _Fields) -> JsonObject:
    own = {
        **before.own_extension(),
        "display_name": card.display_name,
        "tagline": card.tagline,
        "traits": list(card.traits),
        "key_facts": list(card.key_facts),
        "style": card.style.value,
        "style_text": card.style_text,
    }
    return {**before.extensions(), OWN_EXTENSION: own}


def _kept(old: Any, read: Any, value: str) -> str:
    """The text as it was received where it still says the same."""
    return old if isinstance(old, str) and read(old) == value else value


def _kept_list(old: Any, read: Any, value: tuple[str, ...]) -> list[str]:
    whole = isinstance(old, list) and all(isinstance(item, str) for item in old)
    return old if whole and read(old) == value else list(value)


def _text(value: Any) -> str:
    """A text of any length, as written. Numbers become text, lists of texts paragraphs, all else nothing."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return "\n".join(filter(None, map(_text, value)))
    if not isinstance(value, str):
        return ""
    return _LONE_SURROGATE.sub("\ufffd", value).replace("\0", "")


def _line(value: Any) -> str:
    """A text on one line, without control characters and without those that turn the direction of writing."""
    shown = "".join(
        character
        for character in _text(value)
        if character.isspace() or not (unicodedata.category(character) == "Cc" or character in _BIDI_CONTROLS)
    )
    return " ".join(shown.split())


def _lines(value: Any, count: int, length: int) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return ()
    lines = (_line(item)[:length].rstrip() for item in value)
    return tuple(dict.fromkeys(line for line in lines if line))[:count]


def _tags(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return ()
    unique: dict[str, str] = {}
    for tag in map(_line, value):
        if tag:
            unique.setdefault(tag.casefold(), tag)
    return tuple(unique.values())


def _greetings(value: Any) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [value]
    return tuple(text for text in map(_text, texts) if text.strip())


def _style(value: Any) -> CommunicationStyle:
    try:
        return CommunicationStyle(value)
    except ValueError:
        return CommunicationStyle.FRIENDLY


def _nickname(value: Any) -> str:
    """It takes the place of every {{char}}: one as long as a book would fill the memory."""
    return _cut_name(_line(value))


def _cut_name(name: str) -> str:
    if len(name) <= NAME_LIMIT:
        return name
    cut = name[:NAME_LIMIT]
    head, space, _ = cut.rpartition(" ")
    return head.rstrip() if space and len(head) >= NAME_LIMIT // 2 else cut.rstrip()
