"""The editor's sections and which field of a card stands in which."""

from enum import StrEnum

from PySide6.QtCore import QCoreApplication


class SectionKey(StrEnum):
    """In the order in which they are listed."""

    BASICS = "basics"
    PERSONALITY = "personality"
    GREETINGS = "greetings"
    VOICE = "voice"
    LOREBOOK = "lorebook"
    MODEL = "model"
    ADVANCED = "advanced"


_FIELDS = {
    SectionKey.BASICS: ("name", "display_name", "tagline", "description", "tags", "avatar"),
    SectionKey.PERSONALITY: (
        "traits",
        "style",
        "style_text",
        "personality",
        "key_facts",
        "scenario",
        "example_dialogue",
        "system_prompt",
        "post_history_instructions",
    ),
    SectionKey.GREETINGS: ("greeting", "alternate_greetings"),
    SectionKey.VOICE: ("voice",),
    SectionKey.LOREBOOK: ("lorebook",),
    SectionKey.ADVANCED: ("nickname", "creator", "character_version", "creator_notes", "source", "raw_json"),
}


def section_of(field: str) -> SectionKey:
    """Where a field of the card is edited; the first section for one that is edited nowhere."""
    whole = field.partition(".")[0]
    return next((key for key, names in _FIELDS.items() if whole in names), SectionKey.BASICS)


def section_title(key: SectionKey) -> str:
    return {
        SectionKey.BASICS: _tr("Basics"),
        SectionKey.PERSONALITY: _tr("Personality"),
        SectionKey.GREETINGS: _tr("Greetings"),
        SectionKey.VOICE: _tr("Voice"),
        SectionKey.LOREBOOK: _tr("Lorebook"),
        SectionKey.MODEL: _tr("Model"),
        SectionKey.ADVANCED: _tr("Advanced"),
    }[key]


def field_title(field: str) -> str:
    """What a field of the card is called in words."""
    return {
        "name": _tr("Name"),
        "display_name": _tr("Display name"),
        "tagline": _tr("Tagline"),
        "description": _tr("Description"),
        "tags": _tr("Tags"),
        "avatar": _tr("Picture"),
        "traits": _tr("Traits"),
        "style": _tr("Communication style"),
        "style_text": _tr("Style in your words"),
        "personality": _tr("Personality"),
        "key_facts": _tr("Key facts"),
        "scenario": _tr("Scenario"),
        "example_dialogue": _tr("Example dialogue"),
        "system_prompt": _tr("System prompt"),
        "post_history_instructions": _tr("Post-history instructions"),
        "greeting": _tr("First greeting"),
        "alternate_greetings": _tr("Other greetings"),
        "voice": _tr("Voice"),
        "lorebook": _tr("Lorebook"),
        "nickname": _tr("Nickname"),
        "creator": _tr("Creator"),
        "character_version": _tr("Version"),
        "creator_notes": _tr("Creator's notes"),
        "source": _tr("Source"),
        "raw_json": _tr("Card as received"),
    }.get(field, field)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Editor", text)
