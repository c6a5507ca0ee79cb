"""MyBella's database: its personas, its chats and what it noted about its users.

Its ids were given out again after a deletion: a row that names a persona belongs to the one of that
name, whatever its persona_id says. Its accounts are never read.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from personadesk.domain.conversation import Role
from personadesk.domain.incoming import (
    Incoming,
    IncomingChat,
    IncomingMemories,
    IncomingMemory,
    IncomingMessage,
    IncomingPersona,
)
from personadesk.domain.memory import MemoryKind
from personadesk.domain.persona import TRAIT_LIMIT, TRAITS_LIMIT
from personadesk.formats.character_card import OWN_EXTENSION, UnreadableCard, read_card_json
from personadesk.formats.sillytavern import read_moment
from personadesk.storage.foreign_values import Tables, line, persona_name, sentences, text, topics, whole

_ROLES = {
    "user": Role.USER,
    "human": Role.USER,
    "assistant": Role.PERSONA,
    "bot": Role.PERSONA,
    "model": Role.PERSONA,
    "ai": Role.PERSONA,
}
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_KEPT = ("voice_id", "custom_voice_url", "profile_picture")
"""What a persona has there that a card has no field for."""


def is_it(tables: Tables) -> bool:
    return (
        tables.has("persona_profiles", "name", "personality_traits")
        or tables.has("chat_messages", "role", "content", "persona")
        or tables.has("messages", "user_id", "role", "content", "persona")
        or tables.has("conversation_memories", "summary", "persona")
    )


def read(tables: Tables) -> Iterator[tuple[str, Incoming]]:
    """Yield the personas, then chats and memories by persona and user.

    Where the database knows a single user that is You, "" as a key; else they are told apart.
    """
    personas = _Personas(tables)
    for incoming in personas.incoming:
        yield incoming.card.name, incoming
    people = _People(tables)
    yield from _chats(tables, "chat_messages", "memory_id", personas, people)
    yield from _chats(tables, "messages", "chat_id", personas, people)
    yield from _memories(tables, personas, people)


class _Personas:
    """Which persona a row belongs to."""

    def __init__(self, tables: Tables) -> None:
        self.incoming: list[IncomingPersona] = []
        self._by_name: dict[str, str] = {}
        self._by_id: dict[str, str] = {}
        columns = (
            "id",
            "name",
            "display_name",
            "description",
            "personality_traits",
            "communication_style",
            "tagline",
            *_KEPT,
        )
        for row in tables.rows("persona_profiles", columns):
            incoming = _persona(row)
            if incoming is None:
                continue
            written = line(row["name"] or row["display_name"]).casefold()
            if written not in self._by_name:
                self.incoming.append(incoming)
            name = self._by_name.setdefault(written, incoming.card.name)
            self._by_id[text(row["id"])] = name
            self._by_name.setdefault(line(row["display_name"]).casefold(), name)
        self._by_name.pop("", None)

    def of(self, row: Mapping[str, Any]) -> str:
        """The persona's name: the one that is written there, else the one whose id it is, else ""."""
        written = line(row.get("persona"))
        if written:
            return self._by_name.get(written.casefold()) or persona_name(written)
        return self._by_id.get(text(row.get("persona_id")), "")


class _People:
    def __init__(self, tables: Tables) -> None:
        tables_with_people = ("chat_messages", "messages", "conversation_memories", "user_preferences")
        found = {line(row["user_id"]) for table in tables_with_people for row in tables.rows(table, ("user_id",))}
        self._several = len(found - {""}) > 1

    def key(self, user_id: object) -> str:
        user = line(user_id)
        return f"mybella:{user}" if self._several and user else ""

    def name(self, user_id: object) -> str:
        return f"User {line(user_id)}" if self.key(user_id) else ""


def _persona(row: Mapping[str, Any]) -> IncomingPersona | None:
    written = text(row["personality_traits"])
    traits = [part.strip() for part in written.split(",") if part.strip()]
    fits = len(traits) <= TRAITS_LIMIT and all(len(trait) <= TRAIT_LIMIT for trait in traits)
    own = {
        "display_name": line(row["display_name"]),
        "tagline": line(row["tagline"]),
        "traits": traits if fits else [],
        "style": line(row["communication_style"]).lower(),
    }
    kept = {key: text(row[key]) for key in _KEPT if text(row[key])}
    data = {
        "name": line(row["name"] or row["display_name"]),
        "description": text(row["description"]),
        "personality": "" if fits else written,
        "extensions": {OWN_EXTENSION: own, **({"mybella": kept} if kept else {})},
    }
    card = {"spec": "chara_card_v3", "spec_version": "3.0", "data": data}
    try:
        return IncomingPersona(read_card_json(json.dumps(card, ensure_ascii=False)))
    except UnreadableCard:
        return None


@dataclass(slots=True)
class _Chat:
    title: str
    lines: list[tuple[datetime, IncomingMessage]] = field(default_factory=list)

    def add(self, role: Role, said: str, sent_at: datetime | None) -> None:
        # A message without a time stays behind the one that was stored before it.
        place = sent_at or (self.lines[-1][0] if self.lines else _LONG_AGO)
        self.lines.append((place, IncomingMessage(role, (said,), sent_at=sent_at)))

    def incoming(self, person_key: str) -> IncomingChat:
        messages = tuple(message for _, message in sorted(self.lines, key=lambda placed: placed[0]))
        first = next((message.sent_at for message in messages if message.sent_at), None)
        return IncomingChat(self.title, messages, person_key, first)


def _chats(
    tables: Tables, table: str, thread: str, personas: _Personas, people: _People
) -> Iterator[tuple[str, IncomingChat]]:
    titles = _titles(tables) if thread == "chat_id" else {}
    chats: dict[tuple[str, str, str], _Chat] = {}
    columns = ("id", "user_id", thread, "role", "content", "persona", "persona_id", "timestamp")
    for row in tables.rows(table, columns):
        role, said = _ROLES.get(line(row["role"]).lower()), text(row["content"])
        if role is None or not said:
            continue
        place = (personas.of(row), people.key(row["user_id"]), text(row[thread]))
        chat = chats.setdefault(place, _Chat(titles.get(place[2], "")))
        chat.add(role, said, read_moment(row["timestamp"]))
    for (persona, person_key, _), chat in chats.items():
        yield persona, chat.incoming(person_key)


def _titles(tables: Tables) -> dict[str, str]:
    return {text(row["id"]): line(row["title"]) for row in tables.rows("chats", ("id", "title"))}


def _memories(tables: Tables, personas: _Personas, people: _People) -> Iterator[tuple[str, IncomingMemories]]:
    found: dict[tuple[str, str, str], list[IncomingMemory]] = {}
    for row, memory in (*_noted(tables), *_preferences(tables)):
        place = (personas.of(row), people.key(row["user_id"]), people.name(row["user_id"]))
        found.setdefault(place, []).append(memory)
    for (persona, person_key, name), memories in found.items():
        yield persona, IncomingMemories(tuple(memories), person_key, name)


def _noted(tables: Tables) -> Iterator[tuple[Mapping[str, Any], IncomingMemory]]:
    """The summaries of conversations, and the facts that were drawn from them."""
    columns = (
        "id",
        "user_id",
        "persona",
        "persona_id",
        "summary",
        "key_topics",
        "user_mood",
        "important_facts",
        "started_at",
        "last_updated",
    )
    for row in tables.rows("conversation_memories", columns):
        learned_at = read_moment(row["last_updated"]) or read_moment(row["started_at"])
        category = topics(row["key_topics"])
        if summary := text(row["summary"]):
            yield (
                row,
                IncomingMemory(
                    MemoryKind.SUMMARY, summary, "conversation", learned_at, line(row["user_mood"]), category
                ),
            )
        for fact in sentences(row["important_facts"]):
            yield row, IncomingMemory(MemoryKind.FACT, fact, "conversation", learned_at, category=category)


def _preferences(tables: Tables) -> Iterator[tuple[Mapping[str, Any], IncomingMemory]]:
    columns = (
        "id",
        "user_id",
        "persona_id",
        "category",
        "key",
        "value",
        "learned_from",
        "first_observed",
        "last_confirmed",
        "times_observed",
    )
    for row in tables.rows("user_preferences", columns):
        key, value = line(row["key"]), text(row["value"])
        if not key and not value:
            continue
        yield (
            row,
            IncomingMemory(
                kind=MemoryKind.PREFERENCE,
                text=f"{key}: {value}" if key and value else key or value,
                source=line(row["learned_from"]),
                learned_at=read_moment(row["last_confirmed"]) or read_moment(row["first_observed"]),
                category=line(row["category"]),
                times_observed=max(1, whole(row["times_observed"], 1)),
            ),
        )
