"""What the user's own search finds, over every persona or one."""

from dataclasses import dataclass, field
from datetime import datetime

from personadesk.domain.conversation import SearchFilter, SearchHit
from personadesk.domain.ids import ConversationId, MemoryId, PersonaId


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What was typed: words, and what narrows the messages. `within` is a persona's name as it was typed, or ""."""

    words: str = ""
    only: SearchFilter = field(default_factory=SearchFilter)
    within: str = ""


@dataclass(frozen=True, slots=True)
class FoundConversation:
    conversation_id: ConversationId
    persona_id: PersonaId
    title: str
    updated_at: datetime
    archived: bool = False


@dataclass(frozen=True, slots=True)
class FoundMemory:
    memory_id: MemoryId
    persona_id: PersonaId
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """Newest first, each; messages also best first, where that was asked for."""

    messages: tuple[SearchHit, ...] = ()
    conversations: tuple[FoundConversation, ...] = ()
    memories: tuple[FoundMemory, ...] = ()
