"""Tokens by the model's own tokenizer, up to what a prompt may have."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from personadesk.domain.attachment import PICTURE_TOKENS
from personadesk.domain.chat import ChatTurn
from personadesk.services.ports import ChatModel

TURN_TOKENS = 6
"""What a template puts around a turn, rounded up over the common ones."""

CHARS_PER_TOKEN = 12
"""No ordinary text has longer tokens: what is longer than this times the context can't fit."""


class Budget:
    """Counts turns by the model's tokenizer, up to a limit in tokens."""

    def __init__(self, model: ChatModel, limit: int) -> None:
        self._model = model
        self.limit = limit

    @property
    def char_limit(self) -> int:
        return self.limit * CHARS_PER_TOKEN

    async def of(self, turns: Sequence[ChatTurn]) -> list[int]:
        if not turns:
            return []
        counts = await self._model.count_tokens([turn.text for turn in turns])
        return [
            count + TURN_TOKENS + PICTURE_TOKENS * len(turn.pictures) for turn, count in zip(turns, counts, strict=True)
        ]

    async def fit(self, turn: ChatTurn, room: int, cut: Callable[[str, int], str]) -> tuple[ChatTurn, int]:
        """Cut a turn's text until it takes at most `room` tokens. Pictures have half of them; the last ones stay."""
        most = max(room, 0) // 2 // PICTURE_TOKENS
        kept = turn.pictures[max(len(turn.pictures) - most, 0) :]
        turn = replace(turn, pictures=kept, text=cut(turn.text, min(len(turn.text), max(room, 1) * CHARS_PER_TOKEN)))
        (tokens,) = await self.of([turn])
        while tokens > room and turn.text:
            shorter = min(int(len(turn.text) * max(room - TURN_TOKENS, 0) / tokens), len(turn.text) - 1)
            turn = replace(turn, text=cut(turn.text, shorter))
            (tokens,) = await self.of([turn])
        return turn, tokens
