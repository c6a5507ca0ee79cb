"""What fills a prompt, for people to look at."""

from dataclasses import dataclass, field
from enum import StrEnum

from personadesk.domain.chat import ChatTurn


class PartKind(StrEnum):
    """In the order in which a prompt has them."""

    RULES = "rules"
    PERSONA = "persona"
    MEMORY = "memory"
    LORE = "lore"
    EXAMPLES = "examples"
    SUMMARY = "summary"
    HISTORY = "history"
    REPLY = "reply"
    """Room that is kept for the reply."""


@dataclass(frozen=True, slots=True)
class PromptPart:
    kind: PartKind
    tokens: int


@dataclass(frozen=True, slots=True)
class PromptView:
    """A prompt as it would be sent now. `free_tokens` is what nothing fills.

    `dropped_examples` and `dropped_turns` found no room; a summary stands for `summarised_turns` of those.
    """

    model: str
    context_tokens: int
    parts: tuple[PromptPart, ...]
    turns: tuple[ChatTurn, ...] = field(repr=False)
    dropped_examples: int = 0
    dropped_turns: int = 0
    summarised_turns: int = 0

    @property
    def free_tokens(self) -> int:
        return max(0, self.context_tokens - sum(part.tokens for part in self.parts))


@dataclass(frozen=True, slots=True)
class ContextFill:
    """How much of the context the next prompt would take. `estimated` where the model was left to rest."""

    prompt_tokens: int
    context_tokens: int
    estimated: bool = False
