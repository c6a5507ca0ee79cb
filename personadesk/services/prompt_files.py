"""Files in a prompt: their text stands with the message they came with, and models that see are shown pictures."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from personadesk.domain.attachment import PICTURE_LIMIT
from personadesk.domain.chat import Picture
from personadesk.domain.conversation import Attachment, Message
from personadesk.domain.errors import NotFound
from personadesk.domain.ids import MessageId
from personadesk.services.ports import PersonaStore, Store

log = logging.getLogger(__name__)

PICTURE_BYTES = 3_700_000
"""Of one picture that is shown: in base64 it is just below the 5 MB that Anthropic takes."""


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """Where a picture lies, for who wants to show it."""

    path: Path
    media_type: str


def stored_files(chat: PersonaStore, history: Sequence[Message]) -> Mapping[MessageId, Sequence[Attachment]]:
    """The files of these messages with their texts; runs within a read of the store."""
    wanted = [message.id for message in history if message.attachments]
    return chat.attachments_of(wanted) if wanted else {}


def with_files(history: Sequence[Message], files: Mapping[MessageId, Sequence[Attachment]]) -> tuple[Message, ...]:
    """The same messages, each with its files' texts before its own words."""
    return tuple(
        replace(message, text=with_texts(message.text, files[message.id])) if message.id in files else message
        for message in history
    )


def stored_pictures(store: Store, history: Sequence[Message]) -> Mapping[MessageId, Sequence[StoredPicture]]:
    """Where the newest PICTURE_LIMIT pictures of these messages lie; runs within a read of the store."""
    found: dict[MessageId, list[StoredPicture]] = {}
    room = PICTURE_LIMIT
    for message in reversed(history):
        pictures = [file for file in message.attachments if file.is_picture]
        for file in reversed(pictures[-room:] if room else []):
            try:
                stored = StoredPicture(store.assets.path(file.sha256), file.media_type)
            except NotFound:
                continue
            found.setdefault(message.id, []).insert(0, stored)
            room -= 1
    return found


async def read_pictures(
    stored: Mapping[MessageId, Sequence[StoredPicture]],
) -> Mapping[MessageId, Sequence[Picture]]:
    """Their bytes. What can't be read, or is more than services take, is left out: the text names it."""
    return await asyncio.to_thread(
        lambda: {
            message_id: [read for one in pictures if (read := _read(one)) is not None]
            for message_id, pictures in stored.items()
        }
    )


def with_texts(text: str, files: Sequence[Attachment]) -> str:
    """A message as a model is told it: the texts of its files, then its own words."""
    parts = [_shown(file) for file in files]
    return "\n\n".join([*parts, text] if text.strip() else parts)


def _read(stored: StoredPicture) -> Picture | None:
    try:
        content = stored.path.read_bytes()
    except OSError as problem:
        log.info("a picture could not be shown to the model: %s", type(problem).__name__)
        return None
    return Picture(stored.media_type, content) if len(content) <= PICTURE_BYTES else None


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
