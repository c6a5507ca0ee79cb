"""The memories and conversations of an archive: JSON, one a line.

A conversation has the shape of SillyTavern's chat logs, so that it opens there too. What is ours stands in the
header under `chat_metadata.personadesk`, and in a message under `extra.personadesk`: its marks, and its files, which
lie beside the conversations under the SHA-256 of their content.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from personadesk.domain.conversation import Role
from personadesk.domain.incoming import IncomingChat, IncomingFile, IncomingMemories, IncomingMemory, IncomingMessage
from personadesk.domain.memory import MemoryKind
from personadesk.formats.swipe_models import swipe_extras, swipe_models

_OWN = "personadesk"

FileOf = Callable[[str], bytes]
"""The content of one of the archive's files by its place. Raises KeyError where there is none."""


def write_memories(memories: Iterable[IncomingMemories]) -> bytes:
    return _lines(
        {
            "person_key": about.person_key,
            "person_name": about.person_name,
            "kind": memory.kind.value,
            "text": memory.text,
            "source": memory.source,
            "learned_at": _written(memory.learned_at),
            "context": memory.context,
            "category": memory.category,
            "times_observed": memory.times_observed,
        }
        for about in memories
        for memory in about.memories
    )


def read_memories(content: bytes) -> tuple[IncomingMemories, ...]:
    """Raises ValueError, KeyError, TypeError or AttributeError for what write_memories does not write."""
    people: dict[tuple[str | None, str], list[IncomingMemory]] = {}
    for value in _objects(content):
        memory = IncomingMemory(
            MemoryKind(value["kind"]),
            _text(value["text"]),
            source=_text(value["source"]),
            learned_at=_moment(value["learned_at"]),
            context=_text(value["context"]),
            category=_text(value["category"]),
            times_observed=int(value["times_observed"]),
        )
        key = value["person_key"]
        people.setdefault((None if key is None else _text(key), _text(value["person_name"])), []).append(memory)
    return tuple(IncomingMemories(tuple(known), key, name) for (key, name), known in people.items())


def write_chat(chat: IncomingChat, persona_name: str) -> bytes:
    header = {
        "user_name": "unused",
        "character_name": persona_name,
        "create_date": _written(chat.started_at),
        "chat_metadata": {_OWN: {"title": chat.title, "person_key": chat.person_key}},
    }
    return _lines((header, *(_message(message, persona_name) for message in chat.messages)))


def file_place(content: bytes) -> str:
    """Where a message's file lies in an archive."""
    return f"files/{hashlib.sha256(content).hexdigest()}"


def read_chat(content: bytes, file_of: FileOf) -> IncomingChat:
    """Raises ValueError, KeyError, TypeError or AttributeError for what write_chat does not write."""
    lines = _objects(content)
    header = next(lines, {})
    own = header["chat_metadata"][_OWN]
    messages = tuple(_read_message(line, file_of) for line in lines)
    return IncomingChat(_text(own["title"]), messages, _text(own["person_key"]), _moment(header["create_date"]))


def _read_message(value: dict[str, Any], file_of: FileOf) -> IncomingMessage:
    extra = value.get("extra") or {}
    ours = extra.get(_OWN) or {}
    shown = _index(value["swipe_id"], value["swipes"])
    return IncomingMessage(
        Role.USER if value["is_user"] else Role.PERSONA,
        tuple(map(_text, value["swipes"])),
        shown,
        _moment(value.get("send_date")),
        models=swipe_models(value, len(value["swipes"]), shown),
        starred=ours.get("starred") is True,
        pinned=ours.get("pinned") is True,
        note=_text(ours.get("note", "")),
        files=tuple(
            IncomingFile(
                _text(file["name"]), _text(file["media_type"]), file_of(_text(file["file"])), _text(file["text"])
            )
            for file in ours.get("files", ())
        ),
    )


def _message(message: IncomingMessage, persona_name: str) -> dict[str, Any]:
    written = _written(message.sent_at)
    model = message.models[message.shown] if message.models else ""
    extra: dict[str, Any] = {"model": model} if model else {}
    own: dict[str, Any] = {}
    if message.starred or message.pinned or message.note:
        own = {"starred": message.starred, "pinned": message.pinned, "note": message.note}
    if message.files:
        own["files"] = [
            {
                "file": file_place(file.content),
                "name": file.name,
                "media_type": file.media_type,
                "text": file.text,
            }
            for file in message.files
        ]
    if own:
        extra[_OWN] = own
    return {
        "name": "User" if message.role is Role.USER else persona_name,
        "is_user": message.role is Role.USER,
        "is_system": False,
        "send_date": written,
        "mes": message.swipes[message.shown],
        "extra": extra,
        "swipes": list(message.swipes),
        "swipe_id": message.shown,
        "swipe_info": [{"send_date": written, "extra": extra} for extra in swipe_extras(message)],
    }


def _lines(values: Iterable[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(value, ensure_ascii=False) for value in values).encode()


def _objects(content: bytes) -> Iterator[dict[str, Any]]:
    for line in content.split(b"\n"):
        if line.strip():
            value = json.loads(line)
            if not isinstance(value, dict):
                raise ValueError("a line that is no object")
            yield value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    value.encode()  # a lone surrogate is a ValueError
    return value


def _index(value: object, items: list[Any]) -> int:
    if not isinstance(value, int) or not 0 <= value < len(items):
        raise ValueError("no such swipe")
    return value


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment
