"""Messages and conversations for tests of the transcript."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint
from PySide6.QtGui import QFont
from pytestqt.qtbot import QtBot

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
from personadesk.ui.chat.transcript_model import TranscriptModel
from personadesk.ui.chat.transcript_view import TranscriptView
from personadesk.ui.theme.icons import install_icons
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


@contextmanager
def open_view(qtbot: QtBot) -> Iterator[TranscriptView]:
    """An empty transcript on screen, with nothing in it that moves by itself."""
    install_icons(RESOURCES / "icons")
    view = TranscriptView(theme())
    qtbot.addWidget(view)
    view.setModel(TranscriptModel(view))
    view.setFont(QFont("Inter", 10))
    view.set_persona("Ada", None)
    view.set_motion_allowed(False)
    view.resize(820, 620)
    view.show()
    qtbot.waitExposed(view)
    yield view
    view.close()


def say(view: TranscriptView, *messages: Message) -> None:
    view.transcript.open(transcript(messages))


def text_point(view: TranscriptView, row: int, at: int = 0) -> QPoint:
    """Where a character of a row is in the viewport."""
    made = view.layout_of(row)
    block = made.document.findBlock(at)
    area = made.document.documentLayout().blockBoundingRect(block)
    line = block.layout().lineForTextPosition(at - block.position())
    x = line.cursorToX(at - block.position())
    across = x[0] if isinstance(x, tuple) else x
    return QPoint(
        round(made.text.x() + area.x() + across + 1),
        round(view.top_of(row) + made.text.y() + area.y() + line.y() + line.height() / 2),
    )
