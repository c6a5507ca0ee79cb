"""A card as columns and JSON, and the limits it is held to."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from personadesk.domain.errors import InvalidInput
from personadesk.domain.persona import (
    DISPLAY_NAME_LIMIT,
    NAME_LIMIT,
    TRAIT_LIMIT,
    TRAITS_LIMIT,
    CommunicationStyle,
    PersonaCard,
)
from personadesk.domain.voice import VoiceChoice
from personadesk.storage.summaries import texts_from
from personadesk.storage.texts import storable

_TEXT_COLUMNS = ("name", "display_name", "tagline", "description", "raw_json")
_LIST_COLUMNS = ("traits", "tags")
_JSON_FIELDS = tuple(
    field.name for field in fields(PersonaCard) if field.name not in (*_TEXT_COLUMNS, *_LIST_COLUMNS, "voice")
)
_VOICE_FIELDS = frozenset(field.name for field in fields(VoiceChoice))


def name_key(name: str) -> str:
    """Names with the same key are the same name: width, ligatures, case and spacing don't count."""
    folded = unicodedata.normalize("NFKC", " ".join(storable(name).split())).casefold()
    return unicodedata.normalize("NFKC", folded)


def checked_name(name: str, *, whose: str = "persona") -> str:
    """Return a name as it is stored: one line, no spaces around it. Raises InvalidInput(field="name")."""
    name = " ".join(storable(name).split())
    if not any(unicodedata.category(character)[0] in "LNPS" for character in name):
        raise InvalidInput("name", f"A {whose} needs a name.", f"Type 1 to {NAME_LIMIT} characters.")
    if len(name) > NAME_LIMIT:
        raise InvalidInput(
            "name", f"This name has {len(name)} characters; a name has up to {NAME_LIMIT}.", "Shorten it."
        )
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise InvalidInput("name", "This name holds a character that can't be shown.", "Type the name again.")
    return name


def checked(card: PersonaCard) -> PersonaCard:
    """Return a card as it is stored. Raises InvalidInput where a field is beyond its limit."""
    values: dict[str, Any] = {field.name: _storable(getattr(card, field.name)) for field in fields(card)}
    card = replace(card, **values)
    card = replace(
        card,
        name=checked_name(card.name),
        display_name=" ".join(card.display_name.split()),
        traits=tuple(trait.strip() for trait in card.traits if trait.strip()),
        tags=tuple(tag.strip() for tag in card.tags if tag.strip()),
    )
    if len(card.display_name) > DISPLAY_NAME_LIMIT:
        raise InvalidInput(
            "display_name",
            f"This display name has {len(card.display_name)} characters; it may have up to {DISPLAY_NAME_LIMIT}.",
            "Shorten it.",
        )
    if len(card.traits) > TRAITS_LIMIT:
        raise InvalidInput(
            "traits", f"There are {len(card.traits)} traits; a persona has up to {TRAITS_LIMIT}.", "Take some away."
        )
    longest = max(card.traits, key=len, default="")
    if len(longest) > TRAIT_LIMIT:
        raise InvalidInput(
            "traits",
            f"The trait “{longest[:TRAIT_LIMIT]}…” has {len(longest)} characters; a trait has up to {TRAIT_LIMIT}.",
            "Shorten it.",
        )
    return card


def card_columns(card: PersonaCard) -> dict[str, str]:
    """Return the columns of a checked card."""
    columns: dict[str, str] = {name: getattr(card, name) for name in _TEXT_COLUMNS}
    columns |= {name: _json(getattr(card, name)) for name in _LIST_COLUMNS}
    columns["name_key"] = name_key(card.name)
    columns["card"] = _json({name: getattr(card, name) for name in _JSON_FIELDS} | {"voice": asdict(card.voice)})
    return columns


def card_text(card: PersonaCard) -> str:
    """Return a card as one JSON text, without what it was made of."""
    whole = {name: getattr(card, name) for name in (*_TEXT_COLUMNS, *_LIST_COLUMNS, *_JSON_FIELDS)}
    return _json({**whole, "raw_json": "", "voice": asdict(card.voice)})


def card_of_text(text: str, raw_json: str) -> PersonaCard:
    """Make a card of what card_text wrote."""
    stored = json.loads(text)
    columns = {name: stored[name] for name in _TEXT_COLUMNS} | {"raw_json": raw_json}
    columns |= {name: _json(stored[name]) for name in _LIST_COLUMNS}
    return card_from({**columns, "card": text})


def card_from(row: Mapping[str, Any]) -> PersonaCard:
    """Make a card of the columns of a persona's row."""
    values: dict[str, Any] = {name: row[name] for name in _TEXT_COLUMNS}
    values |= {name: texts_from(row[name]) for name in _LIST_COLUMNS}
    stored = json.loads(row["card"])
    for name in _JSON_FIELDS:
        # A card that was stored before a field came to be has none of it.
        if name in stored:
            values[name] = tuple(stored[name]) if isinstance(stored[name], list) else stored[name]
    values["style"] = CommunicationStyle(values["style"])
    voice = stored.get("voice", {})
    values["voice"] = VoiceChoice(**{name: value for name, value in voice.items() if name in _VOICE_FIELDS})
    return PersonaCard(**values)


def _storable(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(storable(item) for item in value)
    return storable(value) if isinstance(value, str) and not isinstance(value, CommunicationStyle) else value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
