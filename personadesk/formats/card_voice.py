"""A persona's voice as it stands in a card, under `data.extensions.personadesk.voice`."""

from dataclasses import replace
from typing import Any

from personadesk.domain.voice import VoiceChoice

_NAME_LIMIT = 200
_NUMBERS = {"speed": (0.5, 2.0), "stability": (0.0, 1.0), "similarity": (0.0, 1.0), "style": (0.0, 1.0)}


def voice_from_card(value: object) -> VoiceChoice:
    """Numbers are brought within their ranges. The sample is not in a card: an archive brings it along."""
    said = value if isinstance(value, dict) else {}
    numbers: dict[str, Any] = {
        name: float(max(low, min(said[name], high)))
        for name, (low, high) in _NUMBERS.items()
        if isinstance(said.get(name), int | float) and not isinstance(said[name], bool)
    }
    return replace(VoiceChoice(preset=_name(said.get("preset")), system=_name(said.get("system"))), **numbers)


def voice_for_card(voice: VoiceChoice) -> dict[str, Any]:
    return {name: getattr(voice, name) for name in ("preset", "system", *_NUMBERS)}


def _name(value: object) -> str:
    return value[:_NAME_LIMIT] if isinstance(value, str) and value.isprintable() else ""
