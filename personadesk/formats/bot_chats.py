"""A bot's chats and summaries: one file a channel, all personas of the channel in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from personadesk.domain.conversation import Role
from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import IncomingChat, IncomingMemories, IncomingMemory, IncomingMessage
from personadesk.domain.memory import MemoryKind
from personadesk.formats.exact_json import read_json
from personadesk.formats.foreign_dates import moment
from personadesk.formats.legacy_profile import readable

SUMMARY_SOURCE = "conversation_summary"

_ASSISTANT = frozenset(("assistant", "bot", "model"))
_HUMAN = frozenset(("user", "human"))
_ROLES = _ASSISTANT | _HUMAN | {"system", "tool", "function", "developer"}


class UnreadableChat(UserFacingError):
    """A chat or summary that can't be read. Nothing of it is brought in."""


def looks_like_chat_history(value: object) -> bool:
    """Whether a JSON value is a channel's list of messages; entries that are none don't spoil it."""
    return isinstance(value, list) and any(_is_message(entry) for entry in value)


def looks_like_summary(value: object) -> bool:
    """Whether a JSON value sums up a channel's conversation."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("summary"), str)
        and "channel_id" in value
        and not {"message_count", "participants", "timestamp"}.isdisjoint(value)
    )


def read_chat_history(content: bytes, name: str) -> Mapping[str, IncomingChat]:
    """Split a channel's messages by the persona that answers; "" is one without a name.

    A persona's chat holds its replies, each with the messages since the reply before it, whoever's that
    was. What was said after the last reply stays with the last persona. Raises UserFacingError.
    """
    value = read_json(content).value
    if not looks_like_chat_history(value):
        raise UnreadableChat("The file holds no list of messages.", "It is in the backup. Look into it.")
    lines: dict[str, list[_Line]] = {}
    waiting: list[_Line] = []
    persona = ""
    for line in _lines(value):
        waiting.append(line)
        if line.role is Role.PERSONA:
            persona = line.name
            lines.setdefault(persona, []).extend(waiting)
            waiting = []
    if waiting:
        lines.setdefault(persona, []).extend(waiting)
    if not lines:
        raise UnreadableChat("No message in the file has a text.", "It is in the backup. Look into it.")
    title = f"Channel {_stem(name)}"
    return {persona: _chat(title, its) for persona, its in lines.items()}


def read_summary(content: bytes, name: str) -> IncomingMemories:
    """Read a summary as one memory about nobody. Raises UserFacingError."""
    value = read_json(content).value
    if not looks_like_summary(value):
        raise UnreadableChat("The file holds no summary of a conversation.", "It is in the backup. Look into it.")
    text = readable(value["summary"])
    if not text.strip():
        raise UnreadableChat("The summary in the file is empty.", "It is in the backup. Look into it.")
    times = (moment(value.get(key)) for key in ("timestamp", "last_message_time", "first_message_time"))
    said = [f"Channel {readable(value['channel_id']) or _stem(name)}"]
    if value.get("participants"):
        said.append(f"with {readable(value['participants'])}")
    if isinstance(value.get("message_count"), int):
        said.append(f"{value['message_count']:,} messages")
    days = [day for key in ("first_message_time", "last_message_time") if (day := _day(moment(value.get(key))))]
    said += [" to ".join(dict.fromkeys(days))] if days else []
    memory = IncomingMemory(
        MemoryKind.SUMMARY,
        text,
        source=SUMMARY_SOURCE,
        learned_at=next((time for time in times if time), None),
        context=", ".join(said),
    )
    return IncomingMemories((memory,), person_key=None)


@dataclass(frozen=True, slots=True)
class _Line:
    """One message with who said it."""

    role: Role
    text: str
    name: str
    person: str = ""
    sent_at: datetime | None = field(default=None)


def _is_message(entry: object) -> bool:
    return isinstance(entry, dict) and _role_word(entry) in _ROLES and "content" in entry


def _role_word(entry: Mapping[str, Any]) -> str:
    word = entry.get("role")
    return word.strip().casefold() if isinstance(word, str) else ""


def _lines(entries: Iterable[object]) -> Iterable[_Line]:
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        word = _role_word(entry)
        text = _content(entry.get("content"))
        if not text.strip() or word not in _ASSISTANT | _HUMAN:
            continue
        yield _Line(
            Role.PERSONA if word in _ASSISTANT else Role.USER,
            text,
            " ".join(readable(entry.get("username")).split()),
            readable(entry.get("user_id")).strip(),
            moment(entry.get("timestamp")),
        )


def _content(value: Any) -> str:
    """A message's text, also where it comes in parts."""
    if isinstance(value, list) and all(isinstance(part, dict) for part in value):
        return "\n".join(readable(part["text"]) for part in value if "text" in part)
    return readable(value)


def _chat(title: str, lines: list[_Line]) -> IncomingChat:
    humans = dict.fromkeys(line.person or line.name for line in lines if line.role is Role.USER)
    several = len(humans) > 1
    people = {line.person for line in lines if line.role is Role.USER}
    alone = people.pop() if len(people) == 1 and not several else ""
    return IncomingChat(
        title,
        tuple(IncomingMessage(line.role, (_shown(line, several),), sent_at=line.sent_at) for line in lines),
        person_key=f"discord:{alone}" if alone.isascii() and alone.isdigit() else "",
        started_at=next((line.sent_at for line in lines if line.sent_at), None),
    )


def _shown(line: _Line, several: bool) -> str:
    if line.role is Role.PERSONA or not several:
        return line.text
    return f"{line.name or line.person or 'Someone'}: {line.text}"


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _day(when: datetime | None) -> str:
    return when.date().isoformat() if when else ""
