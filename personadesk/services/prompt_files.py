"""Files in a prompt: their text stands with the message they came with."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from personadesk.domain.conversation import Attachment, Message
from personadesk.domain.ids import MessageId
from personadesk.services.ports import PersonaStore


def stored_files(chat: PersonaStore, history: Sequence[Message]) -> Mapping[MessageId, Sequence[Attachment]]:
    """The files of these messages with their texts; runs within a read of the store."""
    wanted = [message.id for message in history if message.attachments]
    return chat.attachments_of(wanted) if wanted else {}


def with_files(history: Sequence[Message], files: Mapping[MessageId, Sequence[Attachment]]) -> tuple[Message, ...]:
    """The same messages, each with its files' texts before its own words."""
    return tuple(
        replace(message, text=_with_files(message.text, files[message.id])) if message.id in files else message
        for message in history
    )


def _with_files(text: str, files: Sequence[Attachment]) -> str:
    parts = [_shown(file) for file in files]
    return "\n\n".join([*parts, text] if text.strip() else parts)


def _shown(file: Attachment) -> str:
    if file.is_picture:
        return f"[A picture is attached: {file.name}]"
    fence = "`" * max(3, _longest_run(file.text) + 1)
    return f"Attached file {file.name}:\n{fence}\n{file.text}\n{fence}"


def _longest_run(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest
