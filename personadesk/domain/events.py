"""Facts that views react to. Each names what it is about, so a late one lands where it belongs."""

from dataclasses import dataclass, field

from personadesk.domain.chat import ModelStatus
from personadesk.domain.conversation import Message
from personadesk.domain.ids import ConversationId, MessageId, PersonaId, SwipeId
from personadesk.domain.told_lore import ToldEntry


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What a write touched: views refresh only that.

    `personas` is anything about them; `cards` names those of them that are described in other words now.
    `files` names conversations in whose composers others lie now.
    """

    personas: frozenset[PersonaId] = frozenset()
    cards: frozenset[PersonaId] = frozenset()
    conversations: frozenset[ConversationId] = frozenset()
    messages: frozenset[MessageId] = frozenset()
    files: frozenset[ConversationId] = frozenset()
    memories: frozenset[PersonaId] = frozenset()
    people: bool = False
    lorebooks: bool = False
    settings: frozenset[str] = frozenset()
    trash: bool = False


@dataclass(frozen=True, slots=True)
class MessageAppended:
    """A message was committed at the end of the active path of its conversation."""

    message: Message


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """A message's shown swipe, text or state is another now."""

    message: Message


@dataclass(frozen=True, slots=True)
class PathChanged:
    """The active path changed by more than its last message: the transcript is read again."""

    persona_id: PersonaId
    conversation_id: ConversationId


@dataclass(frozen=True, slots=True)
class ReplyGrew:
    """The whole text so far of a reply that is being written. Sent at most 30 times a second."""

    persona_id: PersonaId
    conversation_id: ConversationId
    message_id: MessageId
    swipe_id: SwipeId
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """`step` says what is going on before the first token: waking the model, reading the prompt."""

    persona_id: PersonaId
    conversation_id: ConversationId
    message_id: MessageId


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """A reply is over, whichever way: `message.state` says which. It is committed, unless its `error` says why not.

    `lore` is what its prompt held of lorebooks, in order; `prompt_tokens` is 0 where none was made.
    """

    message: Message
    prompt_tokens: int
    context_tokens: int
    lore: tuple[ToldEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelChanged:
    status: ModelStatus


Event = (
    ChangeSet | MessageAppended | MessageChanged | PathChanged | ReplyGrew | ReplyStarted | ReplyEnded | ModelChanged
)
