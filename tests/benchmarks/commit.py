"""What the store costs beside raw SQLite: a message's commit, and reading a conversation of 100,000 messages.

`python -m tests.benchmarks.commit`; figures are medians, ratios are to the floor measured in the same run.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlcipher3 import dbapi2

from personadesk.domain.conversation import Role
from personadesk.services.clock import SystemClock
from personadesk.services.ports import NewSwipe, Store
from personadesk.storage.database import SqliteDatabase, open_database
from tests.benchmarks.big_store import BigStore, build

COMMITS = 1_000
READS = 50
MESSAGES = 100_000
TEXT = "The lamp on the pier was lit before anyone asked, **and so** we stayed a while to count the boats."


async def medians_ms(times: int, *works: Callable[[], Awaitable[object]]) -> list[float]:
    """Run the works in turn, `times` rounds, so that what disturbs the machine disturbs all of them."""
    taken: list[list[float]] = [[] for _ in works]
    for round_number in range(times + 3):
        for work, times_of_work in zip(works, taken, strict=True):
            start = time.perf_counter()
            await work()
            if round_number >= 3:
                times_of_work.append((time.perf_counter() - start) * 1_000)
    return [statistics.median(times_of_work) for times_of_work in taken]


async def measure_commits(folder: Path) -> None:
    """Print a message's commit through the port against one row's commit through the bare driver."""
    raw = dbapi2.connect(str(folder / "raw.sqlite3"), isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    big = build(folder / "commits", messages=1_000)
    database = open_database(folder / "commits", clock=SystemClock())

    async def bare() -> None:
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("INSERT INTO messages (text) VALUES (?)", (TEXT,))
        raw.execute("COMMIT")

    def append(store: Store) -> object:
        return store.for_persona(big.persona_id).append_message(big.conversation_id, Role.USER, [NewSwipe(TEXT)])

    async def stored() -> object:
        return await database.write(append)

    floor, ours = await medians_ms(COMMITS, bare, stored)
    database.close()
    raw.close()
    print(f"{'one row, bare driver, FULL':42} {floor:8.3f} ms")
    print(f"{'one message, through the port, FULL':42} {ours:8.3f} ms   {ours / floor:.1f} x")


async def measure_reads(database: SqliteDatabase, big: BigStore) -> None:
    """Print what opening, scrolling and searching the long conversation takes."""

    def reading(work: Callable[[Store], object]) -> Callable[[], Awaitable[object]]:
        return lambda: database.read(work)

    own, conversation = big.persona_id, big.conversation_id
    works: dict[str, Callable[[Store], object]] = {
        "transcript, outline and last 50": lambda store: store.for_persona(own).transcript(conversation, 50),
        "block of 256": lambda store: store.for_persona(own).block(conversation, 200),
        "library summaries": lambda store: store.personas.summaries(),
        "search, a word in most messages": lambda store: store.for_persona(own).search("the"),
        "search, one letter": lambda store: store.for_persona(own).search("s"),
        "search, two words": lambda store: store.for_persona(own).search("kettle rain"),
        "search, Japanese": lambda store: store.for_persona(own).search("夜の海"),
        "search, nothing found": lambda store: store.for_persona(own).search("zeppelin"),
    }
    for name, median in zip(works, await medians_ms(READS, *map(reading, works.values())), strict=True):
        print(f"{name:42} {median:8.3f} ms")


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="personadesk-bench-", dir=Path.cwd()) as name:
        folder = Path(name)
        await measure_commits(folder)
        start = time.perf_counter()
        big = build(folder / "big", messages=MESSAGES)
        size_mb = sum(file.stat().st_size for file in (folder / "big").iterdir()) / 1e6
        print(f"built {MESSAGES:,} messages in {time.perf_counter() - start:.1f} s, {size_mb:.0f} MB")
        start = time.perf_counter()
        database = open_database(folder / "big", clock=SystemClock())
        database.early_summaries().result()
        print(f"{'open to early summaries (warm imports)':42} {(time.perf_counter() - start) * 1_000:8.3f} ms")
        await measure_reads(database, big)
        database.close()


if __name__ == "__main__":
    asyncio.run(main())
