"""Character Cards as JSON: V1, V2 and V3 in, V2 and V3 out.

The formats: malfoyslastname/character-card-spec-v2 (spec_v1.md, spec_v2.md) and
kwaroran/character-card-spec-v3 (SPEC_V3.md). What PersonaDesk adds stands under
`data.extensions.personadesk`. A card is written as the JSON it came from with what was edited laid
over it: keys that are not ours survive, and so does every value that nobody changed.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from personadesk.domain.errors import UserFacingError
from personadesk.domain.persona import DISPLAY_NAME_LIMIT, TRAIT_LIMIT, TRAITS_LIMIT, CommunicationStyle, PersonaCard
from personadesk.domain.voice import VoiceChoice
from personadesk.formats import card_texts
from personadesk.formats.card_dialects import PYGMALION, Dialect, JsonObject, dialect, own_fields, translated
from personadesk.formats.card_voice import voice_for_card, voice_from_card

log = logging.getLogger(__name__)

SIZE_LIMIT_BYTES = 16 * 1024 * 1024
DEPTH_LIMIT = 100
TAGLINE_LIMIT = 200
KEY_FACTS_LIMIT = 10
KEY_FACT_LIMIT = 200
NEWEST_VERSION = 3.0

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

DATA_KEYS = frozenset(
    (
        *_LAID,
        "extensions",
        "character_book",
        "assets",
        "creator_notes_multilingual",
        "source",
        "group_only_greetings",
        "creation_date",
        "modification_date",
    )
)
"""All keys that V3 knows under `data`."""


class UnreadableCard(UserFacingError):
    """A text that can't become a persona. Nothing is kept of it."""


def read_card_json(text: str) -> PersonaCard:
    """Read a card of any version, and what is seen in the wild instead of one.

    A name beyond its limit is cut and the whole of it shown as the display name. Raises
    UnreadableCard with the reason.
    """
    text = text.removeprefix("\ufeff")
    root = parse_card(text)
    if root.get("spec") == "lorebook_v3":
        raise UnreadableCard("This file is a lorebook, not a persona.", "Choose a character card.")
    if card_version(root) >= 4:
        log.warning("A card of version %s is newer than V3; what is known of it is read.", card_version(root))
    fields = CardFields(root)
    own = fields.own()
    full_name = fields.name()
    shown = own.get("display_name")
    texts = {field: card_texts.text(fields.get(key)) for field, key in _TEXTS.items()}
    return PersonaCard(
        name=card_texts.cut_name(full_name),
        display_name=_display_name(_implied_display_name(full_name) if shown is None else shown),
        tagline=_tagline(own.get("tagline")),
        traits=_traits(own.get("traits")),
        key_facts=_key_facts(own.get("key_facts")),
        style=card_texts.style(own.get("style")),
        style_text=card_texts.text(own.get("style_text")),
        alternate_greetings=card_texts.greetings(fields.get("alternate_greetings")),
        nickname=card_texts.nickname(fields.get("nickname")),
        tags=card_texts.tags(fields.get("tags")),
        source=_source(fields.get("source")),
        voice=voice_from_card(own.get("voice")),
        raw_json=text,
        **texts,
    )


def write_card_json(card: PersonaCard) -> str:
    """Write a card as V3."""
    root = parse_card(card.raw_json) if card.raw_json else {}
    version = root.get("spec_version")
    kept = isinstance(version, str) and NEWEST_VERSION <= card_version(root) < 4
    return _written(card, root, {"spec": "chara_card_v3", "spec_version": version if kept else "3.0"})


def write_card_v2_json(card: PersonaCard) -> str:
    """Write a card as V2. What only V3 has stays in `data`, where V2 asks every program to leave it alone."""
    root = parse_card(card.raw_json) if card.raw_json else {}
    return _written(card, root, {"spec": "chara_card_v2", "spec_version": "2.0"})


def own_extension(card: PersonaCard) -> Mapping[str, Any]:
    """What stands under `data.extensions.personadesk` in the JSON this card came from."""
    return CardFields(parse_card(card.raw_json)).own() if card.raw_json else {}


class CardFields:
    """A card's fields, wherever its version puts them: under `data`, flat, or by another program's names."""

    def __init__(self, root: JsonObject) -> None:
        self.root = root
        data = root.get("data")
        self.data: JsonObject = data if isinstance(data, dict) else {}
        self._flat = {**root, **translated(root)}
        self._own = own_fields(root)

    def get(self, key: str) -> Any:
        return self.data[key] if key in self.data else self._flat.get(key)

    def name(self) -> str:
        """The name, whole. Raises UnreadableCard where there is none."""
        for candidate in (self.data.get("name"), self._flat.get("name"), self.root.get("char_name")):
            name = card_texts.line(candidate)
            if card_texts.is_visible(name):
                return name
        raise UnreadableCard(
            "This file has no name in it, so it is no character card.", "Choose a card, or give the character a name."
        )

    def extensions(self) -> JsonObject:
        extensions = self.get("extensions")
        return extensions if isinstance(extensions, dict) else {}

    def own(self) -> JsonObject:
        own = self.extensions().get(OWN_EXTENSION)
        return {**self._own, **own} if isinstance(own, dict) else self._own


def parse_card(text: str) -> JsonObject:
    """Read a card's JSON. Raises UnreadableCard."""
    _check_size(text)
    if text.startswith("rcc||rccv1||"):
        raise UnreadableCard("This card is encrypted.", "Export it from its program without encryption.")
    try:
        # JSON has neither NaN nor numbers without end; a file that holds one keeps the rest of it.
        value = json.loads(text, parse_constant=lambda _: None, parse_float=card_texts.finite)
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


def card_version(root: JsonObject) -> float:
    """The `spec_version` as a number, 0 where it is none."""
    try:
        return float(root.get("spec_version", 0))
    except (TypeError, ValueError, OverflowError):
        return 0.0


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


def _written(card: PersonaCard, root: JsonObject, version: JsonObject) -> str:
    before = CardFields(root)
    data: JsonObject = dict(before.data) if before.data else {key: root[key] for key in DATA_KEYS if key in root}
    data["name"] = _kept(before.get("name"), lambda old: card_texts.cut_name(card_texts.line(old)), card.name)
    for field, key in _TEXTS.items():
        data[key] = _kept(before.get(key), card_texts.text, getattr(card, field))
    if card.nickname or before.get("nickname") is not None:  # an empty one would stand for {{char}} in some programs
        data["nickname"] = _kept(before.get("nickname"), card_texts.nickname, card.nickname)
    data["tags"] = _kept_list(before.get("tags"), card_texts.tags, card.tags)
    data["alternate_greetings"] = _kept_list(
        before.get("alternate_greetings"), card_texts.greetings, card.alternate_greetings
    )
    if added := [item for item in card.source if item not in _source(before.get("source"))]:
        data["source"] = [*_source(before.get("source")), *added]
    data["extensions"] = _extensions(card, before, data["name"])
    if version["spec"] == "chara_card_v3":
        data["group_only_greetings"] = _group_greetings(data.get("group_only_greetings"))
    if data.get("character_book", ...) is None:
        del data["character_book"]
    return _dumped({**_beside(root, before, data), **version, "data": data})


def _beside(root: JsonObject, before: CardFields, data: JsonObject) -> JsonObject:
    """What stands beside `data`. V1's fields, which some programs repeat there, must not tell an older story."""
    renamed = frozenset(PYGMALION.values()) if dialect(root) is Dialect.PYGMALION else frozenset()
    edited = {key for key in _LAID if key in root and key in data and data[key] != before.get(key)}
    return {key: data[key] if key in edited else value for key, value in root.items() if key not in renamed}


def _dumped(root: JsonObject) -> str:
    written = json.dumps(root, ensure_ascii=False, indent=2)
    return card_texts.LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", written)


def _extensions(card: PersonaCard, before: CardFields, name: Any) -> Any:
    """The extensions with our own. What of ours says nothing new is not written into a stranger's card."""
    written = before.get("extensions")
    stood = before.extensions().get(OWN_EXTENSION)
    own: JsonObject = dict(stood) if isinstance(stood, dict) else {}
    plain_voice = replace(card.voice, sample="", sample_name="")
    for key, read, value in (
        ("display_name", _display_name, card.display_name),
        ("tagline", _tagline, card.tagline),
        ("traits", _traits, card.traits),
        ("key_facts", _key_facts, card.key_facts),
        ("style", card_texts.style, card.style),
        ("style_text", card_texts.text, card.style_text),
        ("voice", voice_from_card, plain_voice),
    ):
        default = _implied_display_name(card_texts.line(name)) if key == "display_name" else read(None)
        if read(own[key]) != value if key in own else value != default:
            own[key] = _as_json(own.get(key), value)
    if own:
        return {**before.extensions(), OWN_EXTENSION: own}
    return {} if _is_plain(written) else written


def _as_json(old: Any, value: object) -> object:
    match value:
        case CommunicationStyle():
            return value.value
        case VoiceChoice():
            known = old if isinstance(old, dict) else {}
            return {**known, **voice_for_card(value)}
        case tuple():
            return list(value)
        case _:
            return value


def _display_name(value: Any) -> str:
    return card_texts.line(value)[:DISPLAY_NAME_LIMIT].rstrip()


def _implied_display_name(full_name: str) -> str:
    """A name too long for a name is shown whole."""
    return "" if card_texts.cut_name(full_name) == full_name else _display_name(full_name)


def _tagline(value: Any) -> str:
    return card_texts.line(value)[:TAGLINE_LIMIT].rstrip()


def _traits(value: Any) -> tuple[str, ...]:
    return card_texts.lines(value, TRAITS_LIMIT, TRAIT_LIMIT)


def _key_facts(value: Any) -> tuple[str, ...]:
    return card_texts.lines(value, KEY_FACTS_LIMIT, KEY_FACT_LIMIT)


def _source(value: Any) -> tuple[str, ...]:
    return card_texts.greetings(value)


def _group_greetings(value: Any) -> Any:
    return value if isinstance(value, list) or not _is_plain(value) else list(card_texts.greetings(value))


def _kept(old: Any, read: Callable[[Any], str], value: str) -> Any:
    """What was received where it still says the same; as a text, unless that would lose some of it."""
    return old if read(old) == value and (isinstance(old, str) or not _is_plain(old)) else value


def _kept_list(old: Any, read: Callable[[Any], tuple[str, ...]], value: tuple[str, ...]) -> Any:
    whole = isinstance(old, list) and all(isinstance(item, str) for item in old)
    return old if read(old) == value and (whole or not _is_plain(old)) else list(value)


def _is_plain(value: Any) -> bool:
    """Say whether a value says no more than its text does."""
    if isinstance(value, list):
        return all(item is None or isinstance(item, str | int | float) for item in value)
    return value is None or (isinstance(value, str | int | float) and not isinstance(value, bool))
