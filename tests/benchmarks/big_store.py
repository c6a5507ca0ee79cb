"""Fills a store quickly: many personas, and one of them with a very long conversation.

`python -m tests.benchmarks.big_store DIR --messages 100000 --personas 5000`
"""

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlcipher3 import dbapi2

from personadesk.domain.conversation import Conversation
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.domain.persona import PersonaCard
from personadesk.services.clock import SystemClock
from personadesk.services.ports import Store
from personadesk.storage.database import open_database
from personadesk.storage.moments import to_stored
from personadesk.storage.places import DATABASE_NAME
from personadesk.storage.search_text import indexed

SEED = 2187
_CHUNK = 5_000
_FIRST_MESSAGE_AT = datetime(2024, 3, 1, 8, 30, tzinfo=UTC)

_NAMES = "Ada Bruno Chidi Dalia Emre Freya Goran Hana Ilya Jonas Keiko Lamar Mina Noor Oskar Priya"
_TRAITS = "curious patient dry warm bold careful playful precise stubborn gentle restless loyal"
_TAGS = "fantasy coach science sport writing history cooking music travel space"
_PROSE = (
    "the lamp on the pier was lit before anyone asked and so we stayed a while to count boats that came home late "
    "with salt on their ropes while the kettle sang about rain in the north and nobody minded the long way round "
    "because every path past the mill ends at the same low wall where the cats sleep"
)
_WORDS = _PROSE.split()
_PIECES = (
    "**Right.** {0}.\n\n- {1}\n- {2}\n- {3}",
    "{0}.\n\n{1}. {2}.\n\n> {3}",
    "Try this:\n\n```python\ndef tide(hour: int) -> float:\n    return 2.4 * hour  # {0}\n```\n\n{1}.",
    "| when | what |\n| --- | --- |\n| dawn | {0} |\n| noon | {1} |\n\n{2}.",
    "*{0}*, she said. {1}… {2}, und dann noch {3}.",
    "灯台の明かりは消えない。{0}。夜の海は静かだ。",
    "هل رأيت البحر اليوم؟ {0}.",
    "{0}. 🌊",
    "{0}?",
    "ok",
)


@dataclass(frozen=True, slots=True)
class BigStore:
    """`persona_id` and `conversation_id` are those of the long conversation."""

    persona_id: PersonaId
    conversation_id: ConversationId


def build(data_dir: Path, *, messages: int, personas: int = 1) -> BigStore:
    """Make `personas` personas in an empty data directory; the first one's conversation gets `messages` messages."""
    database = open_database(data_dir, clock=SystemClock())
    try:
        conversation = database.submit_write(lambda store: _make_personas(store, personas)).result()
    finally:
        database.close()
    connection = dbapi2.connect(str(data_dir / DATABASE_NAME), isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN IMMEDIATE")
    rows = _messages(conversation, messages)
    while chunk := list(islice(rows, _CHUNK)):
        connection.executemany(
            "INSERT INTO messages (id, persona_id, conversation_id, parent_id, position, on_path, role, shown_swipe,"
            " characters, created_at) VALUES (?, ?, ?, ?, ?, 1, ?, 0, ?, ?)",
            [row.message for row in chunk],
        )
        connection.executemany(
            "INSERT INTO swipes (persona_id, message_id, ordinal, state, model, error, is_edit, character_count,"
            " created_at, finished_at, text) VALUES (?, ?, 0, 'complete', 'bench', '', 0, ?, ?, ?, ?)",
            [row.swipe for row in chunk],
        )
        connection.executemany("INSERT INTO message_search (rowid, body) VALUES (?, ?)", [row.entry for row in chunk])
    connection.execute("COMMIT")
    connection.close()
    return BigStore(conversation.persona_id, conversation.id)


@dataclass(frozen=True, slots=True)
class _Rows:
    message: tuple[object, ...]
    swipe: tuple[object, ...]
    entry: tuple[int, str]


def _make_personas(store: Store, count: int) -> Conversation:
    chance = random.Random(SEED)
    first = None
    for number in range(count):
        card = PersonaCard(
            name=f"{chance.choice(_NAMES.split())} {number + 1}",
            tagline=_sentence(chance, 6),
            description=". ".join(_sentence(chance, chance.randint(8, 20)) for _ in range(chance.randint(2, 6))) + ".",
            traits=tuple(chance.sample(_TRAITS.split(), chance.randint(2, 6))),
            tags=tuple(chance.sample(_TAGS.split(), chance.randint(0, 3))),
            greeting=_sentence(chance, 12) + ".",
        )
        persona = store.personas.create(card)
        first = first or persona
    assert first is not None
    return store.for_persona(first.id).create_conversation(store.people.you().id)


def _messages(conversation: Conversation, count: int) -> Iterator[_Rows]:
    chance = random.Random(SEED)
    moment = _FIRST_MESSAGE_AT
    own = int(conversation.persona_id)
    for position in range(count):
        message_id = position + 1
        role = "persona" if position % 2 else "user"
        text = message_text(chance, short=role == "user")
        moment += timedelta(seconds=chance.choice((4, 9, 25, 70, 300, 9_000)))
        at = to_stored(moment)
        parent = position or None
        yield _Rows(
            message=(message_id, own, conversation.id, parent, position, role, len(text), at),
            swipe=(own, message_id, len(text), at, at, text),
            entry=(own << 40 | message_id, indexed(text)),
        )


def message_text(chance: random.Random, *, short: bool) -> str:
    """Return a message as people and models write them: markdown, now and then code, a table, another script."""
    weights = (6, 6, 2, 1, 6, 2, 1, 8, 8, 4) if not short else (1, 2, 0, 0, 4, 1, 1, 14, 18, 8)
    piece = chance.choices(_PIECES, weights)[0]
    longest = 9 if short else 34
    return piece.format(*(_sentence(chance, chance.randint(3, longest)) for _ in range(4)))


def _sentence(chance: random.Random, words: int) -> str:
    start = chance.randrange(len(_WORDS))
    text = " ".join(_WORDS[(start + step) % len(_WORDS)] for step in range(words))
    return text[0].upper() + text[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--personas", type=int, default=1)
    arguments = parser.parse_args()
    print(build(arguments.data_dir, messages=arguments.messages, personas=arguments.personas))


if __name__ == "__main__":
    main()
