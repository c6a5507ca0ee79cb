"""A persona: what its author wrote, and how it stands in this library."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.domain.voice import VoiceChoice

NAME_LIMIT = 50
DISPLAY_NAME_LIMIT = 100
CARD_DESCRIPTION_LIMIT = 500
TRAIT_LIMIT = 40
TRAITS_LIMIT = 20


class Origin(StrEnum):
    BUILT_IN = "built_in"
    CUSTOM = "custom"


class CommunicationStyle(StrEnum):
    """How the persona talks. CUSTOM means the card's own `style_text`."""

    CASUAL = "casual"
    PROFESSIONAL = "professional"
    FRIENDLY = "friendly"
    SUPPORTIVE = "supportive"
    MOTIVATIONAL = "motivational"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class PersonaCard:
    """What the author wrote: Character Card V3's fields and PersonaDesk's own.

    `example_dialogue` is the card's `mes_example` text with its `<START>` marks. `raw_json` is the
    card as received (UTF-8 JSON text), "" for a persona made here; unknown keys live on in it.
    `source` says where the card was had from (ids or addresses, oldest first).
    `key_facts` are a few very short sentences a small model can be reminded of right before it replies.
    """

    name: str
    display_name: str = ""
    tagline: str = ""
    description: str = ""
    personality: str = ""
    traits: tuple[str, ...] = ()
    key_facts: tuple[str, ...] = ()
    style: CommunicationStyle = CommunicationStyle.FRIENDLY
    style_text: str = ""
    scenario: str = ""
    greeting: str = ""
    alternate_greetings: tuple[str, ...] = ()
    example_dialogue: str = ""
    system_prompt: str = ""
    post_history_instructions: str = ""
    nickname: str = ""
    tags: tuple[str, ...] = ()
    creator: str = ""
    creator_notes: str = ""
    character_version: str = ""
    source: tuple[str, ...] = ()
    voice: VoiceChoice = field(default_factory=VoiceChoice)
    raw_json: str = field(default="", repr=False)

    @property
    def shown_name(self) -> str:
        return self.display_name or self.name

    @property
    def prompt_name(self) -> str:
        """What {{char}} stands for: the nickname where there is one (Character Card V3)."""
        return self.nickname or self.name

    @property
    def greetings(self) -> tuple[str, ...]:
        """The greeting and its alternates, without empty ones; () for a persona that waits for you."""
        return tuple(text for text in (self.greeting, *self.alternate_greetings) if text.strip())


@dataclass(frozen=True, slots=True)
class Persona:
    """A stored persona with its whole card. `avatar` is the SHA-256 of its asset, "" if it has none."""

    id: PersonaId
    uuid: str
    card: PersonaCard
    origin: Origin
    built_in_key: str = ""
    avatar: str = ""
    favourite: bool = False
    pin_position: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PersonaSummary:
    """What a card in the grid and a row in the sidebar show: cheap to read for thousands.

    `description` is cut to CARD_DESCRIPTION_LIMIT characters. `last_text` is one line of the newest
    message that has words, cut to 120. `unread` counts replies that ended while the persona was not on screen.
    Times are aware UTC.
    """

    id: PersonaId
    name: str
    shown_name: str
    tagline: str
    description: str
    traits: tuple[str, ...]
    tags: tuple[str, ...]
    origin: Origin
    avatar: str
    favourite: bool
    pin_position: int | None
    created_at: datetime
    conversation_id: ConversationId | None = None
    last_message_at: datetime | None = None
    last_text: str = ""
    message_count: int = 0
    unread: int = 0
    deleted_at: datetime | None = None
