"""Memories: what one persona knows, and how it stands with a person."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from personadesk.domain.ids import MemoryId, PersonaId, PersonId

MEMORY_LIMIT = 4_000
"""Characters in one memory that is written by hand. What is imported is kept whole."""


class MemoryKind(StrEnum):
    FACT = "fact"
    INTEREST = "interest"
    TRAIT = "trait"
    PREFERENCE = "preference"
    QUOTE = "quote"
    RELATIONSHIP = "relationship"
    SUMMARY = "summary"
    EVENT = "event"
    KNOWLEDGE = "knowledge"
    BEHAVIOR = "behavior"


@dataclass(frozen=True, slots=True)
class Memory:
    """One thing a persona knows. `person_id` is whom it is about, None for what is about nobody.

    `source` says where it came from in the source's own word (conversation, manual_instruction …), or
    "user" for one written here. `context` is what surrounded a quote. `imported_from` is the file it was
    read from, "" for one written here. `learned_at` is None where nobody noted it. Times are aware UTC.
    """

    id: MemoryId
    persona_id: PersonaId
    person_id: PersonId | None
    kind: MemoryKind
    text: str
    context: str = ""
    category: str = ""
    source: str = ""
    imported_from: str = ""
    learned_at: datetime | None = None
    times_observed: int = 1
    pinned: bool = False
    edited: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | None = None


class AffectionStage(StrEnum):
    STRANGER = "stranger"
    ACQUAINTANCE = "acquaintance"
    FRIEND = "friend"
    CLOSE_FRIEND = "close_friend"
    BEST_FRIEND = "best_friend"

    @classmethod
    def of(cls, level: float) -> "AffectionStage":
        """The stage of an affection level from 0 to 100."""
        for least, stage in (
            (80, cls.BEST_FRIEND),
            (60, cls.CLOSE_FRIEND),
            (40, cls.FRIEND),
            (20, cls.ACQUAINTANCE),
        ):
            if level >= least:
                return stage
        return cls.STRANGER


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """How a persona stands with a person.

    `known_as` is the persona's own word for the person, "" where it uses the person's name. `affection`
    is 0 to 100, None where nobody kept it. `details_json` holds everything else a profile said, as a
    JSON object's text: counters, preferences, unknown keys.
    """

    persona_id: PersonaId
    person_id: PersonId
    known_as: str = ""
    affection: float | None = None
    stage: str = ""
    interactions: int = 0
    first_met: datetime | None = None
    last_met: datetime | None = None
    details_json: str = "{}"
