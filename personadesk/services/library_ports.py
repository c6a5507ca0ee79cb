"""What arranging many personas at once needs from the store, as Protocols."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from personadesk.domain.ids import ConversationId, MessageId, PersonaId, TrashId
from personadesk.domain.library import Restored
from personadesk.domain.persona import PersonaSummary


@dataclass(frozen=True, slots=True)
class TrashEntry:
    """Something in the trash. `kind` is "persona", "conversation" or "message"."""

    id: TrashId
    kind: str
    label: str
    persona_id: PersonaId
    conversation_id: ConversationId | None
    message_id: MessageId | None
    deleted_at: datetime


class ManyPersonas(Protocol):
    def summaries_of(self, persona_ids: Collection[PersonaId]) -> tuple[list[PersonaSummary], list[PersonaSummary]]:
        """Those present among these, and those in the trash; what is gone for good is in neither."""
        ...

    def tags(
        self, persona_ids: Collection[PersonaId] | None = None, *, tag: str = ""
    ) -> dict[PersonaId, tuple[str, ...]]:
        """The tags of these (of all, where it is None), not in the trash; with `tag`, of those that have it."""
        ...

    def set_tags(self, tags: Mapping[PersonaId, Sequence[str]]) -> None:
        """A built-in's are kept beside its card."""
        ...

    def set_favourites(self, persona_ids: Collection[PersonaId], favourite: bool) -> list[PersonaId]:
        """Returns those it changed."""
        ...

    def built_ins_of(self, persona_ids: Collection[PersonaId]) -> frozenset[PersonaId]: ...
    def trash_many(self, persona_ids: Collection[PersonaId]) -> list[TrashId]:
        """Those in the trash already are left out."""
        ...


class TrashOfMany(Protocol):
    def restore_personas(self, trash_ids: Collection[TrashId]) -> "Restored":
        """Those whose name has been taken since stay."""
        ...

    def purge_many(self, trash_ids: Collection[TrashId]) -> list[TrashEntry]:
        """What went with another, or before, is left out."""
        ...
