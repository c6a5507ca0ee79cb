"""A card as plain values, for what is kept beside the store's own columns."""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from personadesk.domain.persona import CommunicationStyle, PersonaCard
from personadesk.domain.voice import VoiceChoice
from personadesk.services.ports import JsonValue


def card_values(card: PersonaCard) -> dict[str, JsonValue]:
    """Everything but `raw_json`, which the store has already."""
    values: dict[str, JsonValue] = {}
    for field in fields(card):
        value = getattr(card, field.name)
        if field.name == "voice":
            values["voice"] = asdict(value)
        elif field.name != "raw_json":
            values[field.name] = list(value) if isinstance(value, tuple) else str(value)
    return values


def card_from_values(values: Mapping[str, JsonValue], base: PersonaCard) -> PersonaCard:
    """Lay values over a card. What is missing or of another kind stays as `base` has it."""
    found: dict[str, Any] = {}
    for field in fields(base):
        value, before = values.get(field.name), getattr(base, field.name)
        if field.name in ("voice", "style", "raw_json"):
            continue
        if isinstance(before, tuple) and isinstance(value, list):
            found[field.name] = tuple(item for item in value if isinstance(item, str))
        elif isinstance(before, str) and isinstance(value, str):
            found[field.name] = value
    style = values.get("style")
    if isinstance(style, str) and style in set(CommunicationStyle):
        found["style"] = CommunicationStyle(style)
    voice = values.get("voice")
    if isinstance(voice, dict):
        found["voice"] = _voice(voice, base.voice)
    return replace(base, **found)


def _voice(values: Mapping[str, JsonValue], base: VoiceChoice) -> VoiceChoice:
    found: dict[str, Any] = {}
    for field in fields(base):
        value, before = values.get(field.name), getattr(base, field.name)
        if isinstance(before, str) and isinstance(value, str):
            found[field.name] = value
        elif isinstance(before, float) and isinstance(value, int | float) and not isinstance(value, bool):
            found[field.name] = float(value)
    return replace(base, **found)
