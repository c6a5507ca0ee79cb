"""What tags look like, as it is kept in the settings."""

from collections.abc import Mapping
from dataclasses import asdict

from personadesk.domain.library import TAG_COLOURS, TagLook
from personadesk.services.ports import JsonValue, Settings

TAG_LOOKS = "library.tags"
"""The setting that holds the looks: tag → {"colour", "folder"}."""


def read_looks(settings: Settings) -> dict[str, TagLook]:
    """The looks of tags that have one. What can't be read is as if it had never been set."""
    stored = settings.get(TAG_LOOKS)
    if not isinstance(stored, dict):
        return {}
    return {tag: look for tag, value in stored.items() if (look := _look_from(value)) != TagLook()}


def write_looks(settings: Settings, looks: Mapping[str, TagLook]) -> None:
    settings.set(TAG_LOOKS, {tag: asdict(look) for tag, look in looks.items() if look != TagLook()})


def _look_from(value: JsonValue) -> TagLook:
    if not isinstance(value, dict):
        return TagLook()
    colour = value.get("colour")
    return TagLook(colour if isinstance(colour, str) and colour in TAG_COLOURS else "", value.get("folder") is True)
