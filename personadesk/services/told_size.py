"""A model whose server reads less than was thought, and said how much."""

from collections.abc import Sequence
from dataclasses import replace

from personadesk.domain.chat import ModelInfo
from personadesk.domain.errors import ContextOverflow
from personadesk.services.ports import ChatModel

LEAST_TOKENS = 512
"""Less than this is no context to talk in: the number was another one."""


class Told:
    """A ChatModel with the context that its server told."""

    def __init__(self, model: ChatModel, context_tokens: int) -> None:
        self._model = model
        self.info: ModelInfo = replace(model.info, context_tokens=context_tokens)
        self.status = model.status
        self.stream = model.stream
        self.warm_up = model.warm_up
        self.close = model.close

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return await self._model.count_tokens(texts)


def as_told(model: ChatModel, problem: ContextOverflow, prompt_tokens: int) -> Told | None:
    """The model by what its refusal of a prompt says; None where that tells nothing new.

    Where the server counted more tokens than `prompt_tokens`, which were ours, so much less of ours fit.
    """
    room = problem.context_tokens
    if 0 < prompt_tokens < problem.prompt_tokens:
        room = room * prompt_tokens // problem.prompt_tokens
    return Told(model, room) if LEAST_TOKENS <= room < model.info.context_tokens else None
