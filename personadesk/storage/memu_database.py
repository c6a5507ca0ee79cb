"""memU's memory store: an agent is a persona, a user a person, an item a memory."""

from collections.abc import Iterator

from personadesk.domain.incoming import Incoming, IncomingMemories, IncomingMemory
from personadesk.domain.memory import MemoryKind
from personadesk.formats.sillytavern import read_moment
from personadesk.storage.foreign_values import Tables, line, persona_name, text

_KINDS = {
    "profile": MemoryKind.FACT,
    "event": MemoryKind.EVENT,
    "knowledge": MemoryKind.KNOWLEDGE,
    "behavior": MemoryKind.BEHAVIOR,
}


def is_it(tables: Tables) -> bool:
    return tables.has("memory_items", "summary", "memory_type") and (
        tables.has("memory_items", "agent_id") or tables.has("memory_items", "user_id")
    )


def read(tables: Tables) -> Iterator[tuple[str, Incoming]]:
    """Yield every agent's memories of every user, in the order in which they were noted."""
    categories = _categories(tables)
    found: dict[tuple[str, str], list[IncomingMemory]] = {}
    columns = ("id", "user_id", "agent_id", "memory_type", "summary", "created_at")
    for row in tables.rows("memory_items", columns):
        said = text(row["summary"])
        if not said:
            continue
        source = line(row["memory_type"])
        memory = IncomingMemory(
            kind=_KINDS.get(source.lower(), MemoryKind.FACT),
            text=said,
            source=source,
            learned_at=read_moment(row["created_at"]),
            category=", ".join(categories.get(text(row["id"]), ())),
        )
        found.setdefault((persona_name(row["agent_id"]), line(row["user_id"])), []).append(memory)
    for (persona, user), memories in found.items():
        yield persona, IncomingMemories(tuple(memories), f"memu:{user}" if user else None, user)


def _categories(tables: Tables) -> dict[str, dict[str, None]]:
    """The names of the categories each item is in."""
    names = {text(row["id"]): line(row["name"]) for row in tables.rows("categories", ("id", "name"))}
    found: dict[str, dict[str, None]] = {}
    for row in tables.rows("category_items", ("item_id", "category_id")):
        name = names.get(text(row["category_id"]))
        if name:
            found.setdefault(text(row["item_id"]), {})[name] = None
    return found
