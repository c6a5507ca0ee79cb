"""Conversations, messages and swipes.

A conversation is a tree of messages. One path through it, from the first message to a leaf, is the
active one: the transcript shows it and the prompt is made from it. A message's text lives in its
swipes (several replies to the same message); one of them is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from personadesk.domain.ids import AttachmentId, ConversationId, MessageId, PersonaId, PersonId, SwipeId

MESSAGE_LIMIT = 100_000
"""Characters in one message. The composer keeps what is longer and says so."""

BLOCK_POSITIONS = 256
"""How many path positions a TranscriptBlock spans: position // BLOCK_POSITIONS is its index."""


class Role(StrEnum):
    USER = "user"
    PERSONA = "persona"


class SwipeState(StrEnum):
    COMPLETE = "complete"
    STREAMING = "streaming"
    STOPPED = "stopped"
    """The user stopped it; what had come is kept."""
    INTERRUPTED = "interrupted"
    """The runtime or the program ended in the middle; what had come is kept."""
    FAILED = "failed"
    """Nothing came; `error` says why."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message, by its content. `text` is what was read out of it, "" for a picture."""

    id: AttachmentId
    sha256: str
    name: str
    media_type: str
    characters: int
    text: str = field(default="", repr=False)

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")

    @property
    def guessed_encoding(self) -> str:
        """What a text was read in whose file does not say it; "" where it is known."""
        return self.media_type.partition("; charset=")[2]


@dataclass(frozen=True, slots=True)
class Person:
    """Someone a persona knows. "You" is one."""

    id: PersonId
    uuid: str
    name: str
    is_you: bool


@dataclass(frozen=True, slots=True)
class Conversation:
    """`title` is "" until somebody names it: the user, or a model (`named_by_model`). `draft` is in the composer."""

    id: ConversationId
    uuid: str
    persona_id: PersonaId
    person_id: PersonId
    title: str
    draft: str
    created_at: datetime
    updated_at: datetime
    message_count: int = 0
    archived: bool = False
    named_by_model: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message on the active path, with its shown swipe's text.

    `position` orders the path (0 is the first; gaps are allowed). `swipe_index` is 0-based.
    `error` is a sentence for the user where `state` is FAILED or INTERRUPTED; beside a reply that went well
    it says why another model than the first wrote it. A message is one of `branch_count` (itself counted) that
    follow the same one, the `branch_index`-th of them.
    """

    id: MessageId
    persona_id: PersonaId
    conversation_id: ConversationId
    parent_id: MessageId | None
    position: int
    role: Role
    text: str
    swipe_id: SwipeId
    swipe_index: int
    swipe_count: int
    state: SwipeState
    model: str
    error: str
    created_at: datetime
    edited: bool = False
    branch_index: int = 0
    branch_count: int = 1
    starred: bool = False
    pinned: bool = False
    note: str = ""
    attachments: tuple[Attachment, ...] = ()

    @property
    def stepped_in(self) -> bool:
        """Whether `model` answered in the place of another, which had failed before its first word."""
        return self.state in (SwipeState.COMPLETE, SwipeState.STOPPED) and bool(self.error and self.text)


@dataclass(frozen=True, slots=True)
class Edit:
    """A text that is to stand in place of a message's and is not saved yet; `instead`: as a branch, to be answered."""

    message: Message
    text: str
    instead: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """A way on from a message: its first message, and how much lies behind it up to its newest leaf."""

    first: MessageId
    role: Role
    opening: str
    messages: int
    newest_at: datetime
    on_path: bool


@dataclass(frozen=True, slots=True)
class WrittenText:
    """One text a message has had, oldest first: as it was written, or as it was edited."""

    index: int
    text: str
    edited: bool
    model: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class SwipeText:
    """One of a message's texts, and the model that wrote it, "" for none."""

    text: str
    model: str = ""


def models_of(swipes: Sequence[SwipeText]) -> tuple[str, ...]:
    """The models that wrote these, one each; empty where none did."""
    return tuple(swipe.model for swipe in swipes) if any(swipe.model for swipe in swipes) else ()


@dataclass(frozen=True, slots=True)
class RunningSummary:
    """What was said up to and with path position `until_position`, in short. `edited` by the user."""

    text: str
    until_position: int
    edited: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class TranscriptBlock:
    """Up to BLOCK_POSITIONS neighbouring messages, counted but not read: what a height estimate needs.

    `index` is position // BLOCK_POSITIONS of its messages. `characters` sums their shown texts.
    """

    index: int
    messages: int
    characters: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """An opened conversation: its outline in blocks (ascending) and the newest messages, oldest first."""

    conversation: Conversation
    blocks: tuple[TranscriptBlock, ...]
    tail: tuple[Message, ...]

    @property
    def message_count(self) -> int:
        return sum(block.messages for block in self.blocks)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A message that matches a search. `snippet` marks matches with U+E000 … U+E001 around them."""

    message_id: MessageId
    persona_id: PersonaId
    conversation_id: ConversationId
    position: int
    role: Role
    snippet: str
    created_at: datetime


class SearchOrder(StrEnum):
    NEWEST = "newest"
    RELEVANCE = "relevance"


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What a message must be, beside holding the words. `since` counts itself in, `before` does not."""

    role: Role | None = None
    since: datetime | None = None
    before: datetime | None = None
    has_code: bool = False
    starred: bool = False
