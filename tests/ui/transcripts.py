"""Messages and conversations for tests of the transcript."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from personadesk.domain.conversation import (
    BLOCK_POSITIONS,
    Conversation,
    Message,
    Role,
    SwipeState,
    Transcript,
    TranscriptBlock,
)
from personadesk.domain.ids import ConversationId, MessageId, PersonaId, PersonId, SwipeId
from personadesk.ui.theme.tokens import Theme, load_theme

RESOURCES = Path(__file__).parents[2] / "resources"
START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def theme(name: str = "dark") -> Theme:
    return load_theme(RESOURCES / "themes" / f"{name}.toml")


def message(position: int, text: str = "Words.", **changes: Any) -> Message:
    """A message at a path position. Even positions are the persona's, and a minute passes between two."""
    known: dict[str, Any] = {
        "id": MessageId(position + 1),
        "persona_id": PersonaId(1),
        "conversation_id": ConversationId(1),
        "parent_id": MessageId(position) if position else None,
        "position": position,
        "role": Role.USER if position % 2 else Role.PERSONA,
        "text": text,
        "swipe_id": SwipeId(position + 1),
        "swipe_index": 0,
        "swipe_count": 1,
        "state": SwipeState.COMPLETE,
        "model": "",
        "error": "",
        "created_at": START + timedelta(minutes=position),
    }
    return Message(**(known | changes))


def conversation(number: int = 1) -> Conversation:
    return Conversation(ConversationId(number), f"c{number}", PersonaId(1), PersonId(1), "", "", START, START)


def transcript(messages: Sequence[Message], *, tail: int = 50, number: int = 1) -> Transcript:
    """The outline of these messages, with the newest ones in it."""
    counted: dict[int, list[int]] = {}
    for item in messages:
        block = counted.setdefault(item.position // BLOCK_POSITIONS, [0, 0])
        block[0] += 1
        block[1] += len(item.text)
    blocks = tuple(TranscriptBlock(index, held[0], held[1]) for index, held in sorted(counted.items()))
    return Transcript(conversation(number), blocks, tuple(messages[-tail:] if tail else ()))


def long_transcript(count: int) -> Transcript:
    """A conversation of `count` messages whose newest 50 are there."""
    blocks = tuple(
        TranscriptBlock(index, held, held * 200)
        for index in range((count + BLOCK_POSITIONS - 1) // BLOCK_POSITIONS)
        if (held := min(BLOCK_POSITIONS, count - index * BLOCK_POSITIONS))
    )
    newest = tuple(message(position, prose(position)) for position in range(max(0, count - 50), count))
    return Transcript(conversation(), blocks, newest)


def block_of(index: int, count: int) -> list[Message]:
    """What a store answers for one block of `long_transcript(count)`."""
    first = index * BLOCK_POSITIONS
    return [message(position, prose(position)) for position in range(first, min(first + BLOCK_POSITIONS, count))]


def prose(position: int) -> str:
    return f"Message {position}. " + "The ash falls over the tower. " * (position % 9)
