"""A store of a million messages of fifty personas: opening a page, searching, and committing a message.

`python -m tests.benchmarks.chat_store [MESSAGES]`. Every figure stands beside the same statements on a
bare connection, measured in turns with it in the same run. Takes some minutes and half a gigabyte.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from personadesk.domain.conversation import Role, SearchHit, SearchOrder
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.domain.persona import PersonaCard
from personadesk.services.clock import SystemClock
from personadesk.services.ports import NewSwipe, Store
from personadesk.storage.database import SqliteDatabase, open_database
from personadesk.storage.moments import to_stored
from personadesk.storage.places import DATABASE_NAME
from personadesk.storage.search_text import fts_query, indexed
from tests.benchmarks.big_store import SEED

PERSONAS = 50
COMMITS = 600
QUERIES = 300
ORACLE_QUERIES = 1_000
PAGE = 60
_CHUNK = 5_000
_KANJI = "灯台海夜静船旅人山川空風雨雪花鳥月星光影"
_SYLLABLES = tuple(first + second for first in "bcdfghjklmnprstvwz" for second in "aeiou")
_VOCABULARY = 40_000
_COMMON = ("the", "and", "to", "of", "you", "that", "was", "it", "in", "we", "is", "so")

_RAW_PAGE = """
SELECT m.id, m.position, m.role, m.created_at, s.id, s.text FROM messages AS m
JOIN swipes AS s ON s.persona_id = m.persona_id AND s.message_id = m.id AND s.ordinal = m.shown_swipe
WHERE m.persona_id = ? AND m.conversation_id = ? AND m.on_path = 1 AND m.deleted_at IS NULL
ORDER BY m.position DESC LIMIT ?
"""
_RAW_RANKED = """
SELECT m.id, s.text FROM (
    SELECT rowid, rank AS score FROM message_search WHERE message_search MATCH ? AND rowid BETWEEN ? AND ?
    ORDER BY rank LIMIT 200
) AS f CROSS JOIN messages AS m ON m.id = f.rowid & 1099511627775
CROSS JOIN swipes AS s ON s.persona_id = m.persona_id AND s.message_id = m.id AND s.ordinal = m.shown_swipe
WHERE m.on_path = 1 AND m.deleted_at IS NULL ORDER BY f.score LIMIT 50
"""
_RAW_NEWEST = """
SELECT m.id, s.text FROM message_search AS f
CROSS JOIN messages AS m ON m.id = f.rowid & 1099511627775
CROSS JOIN swipes AS s ON s.persona_id = m.persona_id AND s.message_id = m.id AND s.ordinal = m.shown_swipe
WHERE message_search MATCH ? AND f.rowid BETWEEN ? AND ? AND m.on_path = 1 AND m.deleted_at IS NULL
ORDER BY f.rowid DESC LIMIT 50
"""


def word_of(rank: int) -> str:
    """A word by how common it is, 0 the commonest. Words of one rank are the same in every run."""
    if rank < len(_COMMON):
        return _COMMON[rank]
    chance = random.Random(rank)
    return "".join(chance.choice(_SYLLABLES) for _ in range(chance.choice((2, 2, 3, 3, 4))))


WORDS = tuple(word_of(rank) for rank in range(_VOCABULARY))


def text_of(chance: random.Random, number: int) -> str:
    """A message whose words are as common as those of a language (Zipf), now and then in Japanese."""
    count = chance.choice((4, 8, 12, 20, 40)) if number % 2 else chance.choice((3, 6, 10, 16))
    words = [WORDS[min(int(chance.paretovariate(0.55)) - 1, chance.randrange(_VOCABULARY))] for _ in range(count)]
    if number % 29 == 0:
        words.append("".join(chance.choice(_KANJI) for _ in range(8)))
    return " ".join(words) + "."


def build(data_dir: Path, messages: int) -> list[tuple[PersonaId, ConversationId]]:
    """Fill an empty data directory; returns each persona with its conversation."""
    database = open_database(data_dir, clock=SystemClock())
    try:
        homes = database.submit_write(_personas).result()
    finally:
        database.close()
    raw = dbapi2.connect(str(data_dir / DATABASE_NAME), isolation_level=None)
    raw.execute("PRAGMA synchronous = OFF")
    rows = _rows(homes, messages)
    while chunk := list(islice(rows, _CHUNK)):
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(
            "INSERT INTO messages (id, persona_id, conversation_id, parent_id, position, on_path, role, shown_swipe,"
            " characters, created_at) VALUES (?, ?, ?, ?, ?, 1, ?, 0, ?, ?)",
            [row[0] for row in chunk],
        )
        raw.executemany(
            "INSERT INTO swipes (persona_id, message_id, ordinal, state, model, error, is_edit, character_count,"
            " created_at, finished_at, text) VALUES (?, ?, 0, 'complete', 'bench', '', 0, ?, ?, ?, ?)",
            [row[1] for row in chunk],
        )
        raw.executemany("INSERT INTO message_search (rowid, body) VALUES (?, ?)", [row[2] for row in chunk])
        raw.execute("COMMIT")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    return homes


def _personas(store: Store) -> list[tuple[PersonaId, ConversationId]]:
    you = store.people.you().id
    homes = []
    for number in range(PERSONAS):
        persona = store.personas.create(PersonaCard(f"Persona {number + 1}"))
        homes.append((persona.id, store.for_persona(persona.id).create_conversation(you).id))
    return homes


def _rows(homes: list[tuple[PersonaId, ConversationId]], count: int) -> Iterator[tuple[Any, Any, Any]]:
    chance = random.Random(SEED)
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    last: list[int | None] = [None] * PERSONAS
    for number in range(count):
        who = number % PERSONAS
        persona, conversation = homes[who]
        message_id = number + 1
        text = text_of(chance, number)
        moment += timedelta(seconds=7)
        at = to_stored(moment)
        role = "persona" if number // PERSONAS % 2 else "user"
        yield (
            (message_id, persona, conversation, last[who], number // PERSONAS, role, len(text), at),
            (persona, message_id, len(text), at, at, text),
            (persona << 40 | message_id, indexed(text)),
        )
        last[who] = message_id


def taken_ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1_000


def tell(name: str, floor: list[float], ours: list[float], share: float = 0.5) -> None:
    """Print a quantile of both, in ms, and their ratio."""

    def quantile(values: list[float]) -> float:
        return sorted(values)[min(len(values) - 1, int(len(values) * share))]

    bare, here = quantile(floor), quantile(ours)
    print(f"{name:46} {bare:8.3f} ms bare {here:8.3f} ms   {here / bare:5.2f} x")


def measure_pages(database: SqliteDatabase, raw: Any, homes: list[tuple[PersonaId, ConversationId]]) -> None:
    floor, ours = [], []
    for home in homes * 4:

        def bare(home: tuple[PersonaId, ConversationId] = home) -> object:
            return raw.execute(_RAW_PAGE, (*home, PAGE)).fetchall()

        def read(store: Store, home: tuple[PersonaId, ConversationId] = home) -> object:
            return store.for_persona(home[0]).transcript(home[1], PAGE)

        floor.append(taken_ms(bare))
        ours.append(taken_ms(_reading(database, read)))
    tell(f"last {PAGE} messages, median", floor, ours)
    tell(f"last {PAGE} messages, p99", floor, ours, 0.99)


def _reading(database: SqliteDatabase, work: Callable[[Store], object]) -> Callable[[], object]:
    return lambda: database.submit_read(work).result()


def measure_searches(database: SqliteDatabase, raw: Any, homes: list[tuple[PersonaId, ConversationId]]) -> None:
    chance = random.Random(SEED + 1)
    texts: dict[int, list[tuple[int, str]]] = {}
    for order, statement in ((SearchOrder.RELEVANCE, _RAW_RANKED), (SearchOrder.NEWEST, _RAW_NEWEST)):
        floor, ours = [], []
        for _ in range(QUERIES):
            persona, _ = chance.choice(homes)
            query = _query(chance, _texts(raw, texts, persona))
            floor.append(taken_ms(_bare_search(raw, statement, persona, query)))
            ours.append(taken_ms(_search(database, persona, query, order)))
        tell(f"search by {order.value}, median", floor, ours)
        tell(f"search by {order.value}, p99", floor, ours, 0.99)


def _bare_search(raw: Any, statement: str, persona: PersonaId, query: str) -> Callable[[], object]:
    match, first, last = fts_query(query), persona << 40, (persona + 1 << 40) - 1
    return lambda: raw.execute(statement, (match, first, last)).fetchall()


def _search(
    database: SqliteDatabase, persona: PersonaId, query: str, order: SearchOrder, limit: int = 50
) -> Callable[[], list[SearchHit]]:
    def work(store: Store) -> list[SearchHit]:
        return store.search.messages(query, persona_id=persona, order=order, limit=limit)

    return lambda: database.submit_read(work).result()


def _query(chance: random.Random, texts: list[tuple[int, str]]) -> str:
    """What people look for: a word or two of a message, the beginning of one, two characters of Japanese."""
    if chance.random() < 0.1:
        start = chance.randrange(len(_KANJI) - 1)
        return _KANJI[start : start + 2]
    words = [word for word in chance.choice(texts)[1].rstrip(".").split() if word.isascii()]
    found = chance.choice([word for word in words if word not in _COMMON] or words)
    kind = chance.randrange(4)
    if kind == 0:
        return found[: max(4, len(found) - 2)]
    return f"{found} {chance.choice(words)}" if kind == 1 else found


def _texts(raw: Any, known: dict[int, list[tuple[int, str]]], persona: PersonaId) -> list[tuple[int, str]]:
    """Every message of a persona with its text."""
    if persona not in known:
        rows = raw.execute("SELECT message_id, text FROM swipes WHERE persona_id = ?", (persona,))
        known[persona] = rows.fetchall()
    return known[persona]


def measure_recall(
    database: SqliteDatabase, raw: Any, homes: list[tuple[PersonaId, ConversationId]], queries: int
) -> None:
    """Compare with what looking at every text finds: whole words, the last as a prefix, CJK by any two characters."""
    chance = random.Random(SEED + 2)
    texts: dict[int, list[tuple[int, str]]] = {}
    found = wanted = extra = 0
    for _ in range(queries):
        persona, _ = chance.choice(homes)
        of_persona = _texts(raw, texts, persona)
        query = _sampled(chance, of_persona)
        holding = {message for message, text in of_persona if _holds(text, query)}
        hits = _search(database, persona, query, SearchOrder.NEWEST, 1_000_000)()
        got = {int(hit.message_id) for hit in hits}
        wanted += len(holding)
        found += len(holding & got)
        extra += len(got - holding)
    print(f"recall over {queries} sampled queries: {found / max(1, wanted):.4%} of {wanted:,}; {extra:,} beyond them")


def _sampled(chance: random.Random, texts: list[tuple[int, str]]) -> str:
    """A word, the start of one, two words, or two neighbouring characters of a text that is there."""
    while True:
        words = [word for word in chance.choice(texts)[1].replace("。", " ").split() if word.isalnum()]
        if not words:
            continue
        word = chance.choice(words)
        if word[0] in _KANJI:
            start = chance.randrange(max(1, len(word) - 1))
            return word[start : start + 2]
        return word[: chance.randrange(2, 12)] if chance.random() < 0.5 else word


def _holds(text: str, query: str) -> bool:
    lowered = "".join(char if char.isalnum() else " " for char in text.casefold())
    query = query.casefold()
    if query[0] in _KANJI:
        return query in lowered
    return lowered.startswith(query) or f" {query}" in lowered


def measure_commits(data_dir: Path, homes: list[tuple[PersonaId, ConversationId]]) -> None:
    """The same rows in one FULL transaction each, in turns: bare in a copy of the file, ours through the port."""
    persona, conversation = homes[0]
    text = "The lamp on the pier was lit before anyone asked, **and so** we stayed a while to count the boats."
    with tempfile.TemporaryDirectory(dir=data_dir) as name:
        for folder in ("raw", "ours"):
            (Path(name) / folder).mkdir()
            (Path(name) / folder / DATABASE_NAME).write_bytes((data_dir / DATABASE_NAME).read_bytes())
        raw = dbapi2.connect(str(Path(name) / "raw" / DATABASE_NAME), isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            raw.execute(f"PRAGMA {pragma}")
        [leaf, position] = raw.execute(
            "SELECT id, position FROM messages WHERE persona_id = ? AND conversation_id = ? ORDER BY position DESC",
            (persona, conversation),
        ).fetchone()
        last = [leaf, position]
        database = open_database(Path(name) / "ours", clock=SystemClock())

        def bare() -> None:
            now = to_stored(datetime.now(UTC))
            raw.execute("BEGIN IMMEDIATE")
            message = raw.execute(
                "INSERT INTO messages (persona_id, conversation_id, parent_id, position, on_path, role, shown_swipe,"
                " characters, created_at) VALUES (?, ?, ?, ?, 1, 'user', 0, ?, ?)",
                (persona, conversation, last[0], last[1] + 1, len(text), now),
            ).lastrowid
            raw.execute(
                "INSERT INTO swipes (persona_id, message_id, ordinal, state, model, error, is_edit, character_count,"
                " created_at, finished_at, text) VALUES (?, ?, 0, 'complete', '', '', 0, ?, ?, ?, ?)",
                (persona, message, len(text), now, now, text),
            )
            raw.execute("INSERT INTO message_search (rowid, body) VALUES (?, ?)", (persona << 40 | message, text))
            raw.execute("UPDATE conversations SET updated_at = ? WHERE id = ?", (now, conversation))
            raw.execute("COMMIT")
            last[:] = [message, last[1] + 1]

        def append(store: Store) -> object:
            return store.for_persona(persona).append_message(conversation, Role.USER, [NewSwipe(text)])

        async def turns() -> None:
            floor, ours = [], []
            for number in range(COMMITS):
                bare_ms = taken_ms(bare)
                start = time.perf_counter()
                await database.write(append)
                ours_ms = (time.perf_counter() - start) * 1_000
                if number >= 20:
                    floor.append(bare_ms)
                    ours.append(ours_ms)
            tell("a message committed, median", floor, ours)

        asyncio.run(turns())
        database.close()
        raw.close()


def main() -> None:
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="personadesk-bench-", dir=Path.cwd()) as name:
        data_dir = Path(name)
        start = time.perf_counter()
        homes = build(data_dir, messages)
        size_mb = (data_dir / DATABASE_NAME).stat().st_size / 1e6
        print(
            f"built {messages:,} messages of {PERSONAS} personas: {time.perf_counter() - start:.0f} s, {size_mb:.0f} MB"
        )
        measure_commits(data_dir, homes)
        database = open_database(data_dir, clock=SystemClock())
        database.opened().result()
        raw = dbapi2.connect(f"{(data_dir / DATABASE_NAME).as_uri()}?mode=ro", uri=True)
        measure_pages(database, raw, homes)
        measure_searches(database, raw, homes)
        measure_recall(database, raw, homes, min(ORACLE_QUERIES, messages // 100))
        raw.close()
        database.close()


if __name__ == "__main__":
    main()
