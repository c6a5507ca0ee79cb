"""A persona's card as it was at every save, and the file it came in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from personadesk.domain.ids import PersonaId, VersionId
from personadesk.domain.persona import PersonaCard


class SavedBy(StrEnum):
    MADE = "made"
    EDITED = "edited"
    REPLACED = "replaced"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class CardVersion:
    """`avatar` is the SHA-256 of its asset, "" if it had none. `saved_at` is aware UTC."""

    id: VersionId
    persona_id: PersonaId
    saved_at: datetime
    saved_by: SavedBy
    card: PersonaCard
    avatar: str = ""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """The file a persona was brought in from, as it was received. `sha256` is its asset."""

    sha256: str
    name: str
    media_type: str
