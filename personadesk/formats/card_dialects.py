"""Persona files that are no character cards: Pygmalion's, and a bot's own schema (acore_bot's PERSONA_SCHEMA).

Both are told by their content, and give a card's keys and values.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from personadesk.formats.card_texts import all_lines, line, text

JsonObject = dict[str, Any]

PYGMALION = {
    "name": "char_name",
    "description": "char_persona",
    "scenario": "world_scenario",
    "first_mes": "char_greeting",
    "mes_example": "example_dialogue",
}
"""A card's keys and what Pygmalion's files call them."""

BOT_KEYS = frozenset(
    (
        "name",
        "display_name",
        "description",
        "version",
        "core",
        "knowledge",
        "system_prompt",
        "character_name",
        "persona_id",
    )
)
"""What of a bot's file a card is made of."""


class Dialect(StrEnum):
    CARD = "card"
    PYGMALION = "pygmalion"
    BOT = "bot"


def dialect(root: JsonObject) -> Dialect:
    """Say what wrote a JSON object. What has a card's `data` is a card, whatever stands beside it."""
    if isinstance(root.get("data"), dict):
        return Dialect.CARD
    core = root.get("core")
    if isinstance(core, dict) and core.keys() & {"personality", "background"}:
        return Dialect.BOT
    if isinstance(root.get("character_name"), str) and isinstance(root.get("system_prompt"), str):
        return Dialect.BOT
    return Dialect.PYGMALION if "char_name" in root else Dialect.CARD


def translated(root: JsonObject) -> JsonObject:
    """A dialect's values under a card's keys; {} for a card."""
    match dialect(root):
        case Dialect.PYGMALION:
            return {key: root[theirs] for key, theirs in PYGMALION.items() if theirs in root}
        case Dialect.BOT:
            return _card_of_bot(root)
        case _:
            return {}


def own_fields(root: JsonObject) -> JsonObject:
    """What a bot's file says that stands in our own extension in a card."""
    if dialect(root) is not Dialect.BOT:
        return {}
    personality, background = _part(root, "personality"), _part(root, "background")
    return {
        "display_name": root.get("display_name"),
        "traits": personality.get("traits"),
        "key_facts": background.get("key_facts"),
    }


def _card_of_bot(root: JsonObject) -> JsonObject:
    core = _object(root.get("core"))
    personality, background = _part(root, "personality"), _part(root, "background")
    knowledge = _object(root.get("knowledge"))
    described = [
        text(root.get("description")),
        text(background.get("description") if background else core.get("background")),
        _sentence("World", [background.get("world")]),
        _listed("Facts", background.get("key_facts")),
        _sentence("Knows much about", all_lines(knowledge.get("expertise_areas"))),
        _sentence("Likes to talk about", all_lines(knowledge.get("topic_interests"))),
        _sentence("Avoids", all_lines(knowledge.get("topic_avoidances"))),
    ]
    characterised = [
        _listed("Traits", personality.get("traits")) if personality else text(core.get("personality")),
        _listed("Way of speaking", personality.get("speech_style")),
        _sentence("Humour", [personality.get("humor")]),
    ]
    return {
        "name": next((root[key] for key in ("name", "character_name", "persona_id") if line(root.get(key))), None),
        "description": _paragraphs(described),
        "personality": _paragraphs(characterised),
        "character_version": root.get("version"),
    }


def _part(root: JsonObject, key: str) -> JsonObject:
    return _object(_object(root.get("core")).get(key))


def _object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _listed(title: str, value: Any) -> str:
    items = all_lines(value if isinstance(value, list) else [value])
    return "\n".join((f"{title}:", *(f"- {item}" for item in items))) if items else ""


def _sentence(title: str, values: Iterable[Any]) -> str:
    said = ", ".join(filter(None, map(line, values)))
    return f"{title}: {said}" if said else ""


def _paragraphs(texts: Iterable[str]) -> str:
    return "\n\n".join(filter(str.strip, texts))
