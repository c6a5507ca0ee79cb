"""Lorebooks as they stand in the store: whose they are and whether they are used."""

from dataclasses import dataclass, field
from datetime import datetime

from personadesk.domain.ids import LorebookId, PersonaId


@dataclass(frozen=True, slots=True)
class ShelvedBook:
    """`persona_id` is whose own book it is, None for a shared one, which `shared_with` names the readers of.

    `entries` counts what is in it. `raw_json` is the book's text, in the shape it was received in; "" where only
    the shelf was asked for. Times are aware UTC.
    """

    id: LorebookId
    uuid: str
    name: str
    entries: int
    enabled: bool
    created_at: datetime
    persona_id: PersonaId | None = None
    shared_with: frozenset[PersonaId] = frozenset()
    raw_json: str = field(default="", repr=False)
