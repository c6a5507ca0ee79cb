"""What is said to a chat model and what comes back."""

from dataclasses import dataclass, field
from enum import StrEnum


class ChatRole(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is shown to a model: at most 1024 px, without metadata."""

    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """`pictures` go with the text; a model that sees none is told of them in the text alone."""

    role: ChatRole
    text: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. `stop` holds texts that end the reply and are not part of it."""

    temperature: float = 0.6
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.1
    max_tokens: int = 400
    stop: tuple[str, ...] = ()
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """`continues`: the last turn is the beginning of the model's own reply, and what follows it is wanted.

    `aside`: nobody waits for the answer, so that a failure is no news of the model's state.
    """

    turns: tuple[ChatTurn, ...]
    sampling: Sampling = Sampling()
    continues: bool = False
    aside: bool = False


class FinishReason(StrEnum):
    STOP = "stop"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class ReplyPiece:
    """A piece of a streamed reply. The last one carries `finish` and may carry no text."""

    text: str
    finish: FinishReason | None = None


class ModelState(StrEnum):
    READY = "ready"
    """Loaded, or a server that answers."""
    RESTING = "resting"
    """On this computer and not loaded; the first message loads it."""
    LOADING = "loading"
    MISSING = "missing"
    DAMAGED = "damaged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """`label` is the model's name, `where` a short honest word for people ("Basic, on this computer").

    `small` models get a short prompt with the key facts restated right before the reply. `sampling`
    is what suits the model best. `prefills`: it can be given the beginning of its own reply to go on from.
    `sees_images`: pictures are shown to it.
    """

    id: str
    label: str
    where: str
    context_tokens: int
    small: bool
    sampling: Sampling = Sampling()
    prefills: bool = False
    sees_images: bool = False


@dataclass(frozen=True, slots=True)
class ModelStatus:
    info: ModelInfo
    state: ModelState
    sentence: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """`total_bytes` is 0 while unknown. `step` says in words what is going on."""

    step: str
    done_bytes: int
    total_bytes: int
