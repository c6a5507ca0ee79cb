"""A migration of many profiles beside the same work in plain code. `python -m tests.benchmarks.migration [COUNT]`

The floor reads, hashes, writes one backup file with a sync, reads it back and compares, parses with
orjson, and inserts in one transaction with synchronous=FULL what a migration has to leave behind:

- every file with its path, digest and bytes, and every person with the key they are known by;
- every memory with its columns, in a table where a row of another persona can't be pointed at
  (persona and id are unique together), where a text is there once for each persona and person, and
  where everything that points at a row is indexed;
- what a profile says besides, with its unknown fields as JSON.

It knows the profiles' shape, so it checks nothing, and it plans and verifies nothing. The program runs in a
process of its own, on a store that is there already: its peak memory is not the floor's. It has profiles read by
a process beside it, whose 15 MB are not in that figure; both want a core each. The floor is run before and after
it, and the median counts, because a machine is not always as fast.
"""

import hashlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlcipher3 import dbapi2

from personadesk.assembly import Backend
from personadesk.domain.migration import Choices
from personadesk.paths import Paths, find_resources
from tests.bot_folder import fact, profile, put

FACTS = 8
SCHEMA = """
CREATE TABLE personas (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE people (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL) STRICT;
CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT NOT NULL, sha256 BLOB NOT NULL, size INTEGER NOT NULL,
    persona_id INTEGER NOT NULL REFERENCES personas (id), person_id INTEGER NOT NULL REFERENCES people (id),
    count INTEGER NOT NULL, content BLOB NOT NULL) STRICT;
CREATE INDEX files_persona ON files (persona_id);
CREATE INDEX files_person ON files (person_id);
CREATE TABLE profiles (persona_id INTEGER NOT NULL REFERENCES personas (id),
    person_id INTEGER NOT NULL REFERENCES people (id), file_id INTEGER NOT NULL REFERENCES files (id),
    known_as TEXT NOT NULL, affection REAL, stage TEXT NOT NULL, interactions INTEGER NOT NULL, first_met INTEGER,
    last_met INTEGER, last_updated INTEGER, details TEXT NOT NULL,
    PRIMARY KEY (persona_id, person_id, file_id)) WITHOUT ROWID, STRICT;
CREATE INDEX profiles_person ON profiles (person_id);
CREATE INDEX profiles_file ON profiles (file_id);
CREATE TABLE memories (id INTEGER PRIMARY KEY AUTOINCREMENT, persona_id INTEGER NOT NULL REFERENCES personas (id),
    person_id INTEGER REFERENCES people (id), kind TEXT NOT NULL, text TEXT NOT NULL, key TEXT NOT NULL,
    context TEXT NOT NULL, category TEXT NOT NULL, source TEXT NOT NULL, file_id INTEGER REFERENCES files (id),
    learned_at INTEGER, times_observed INTEGER NOT NULL, pinned INTEGER NOT NULL, edited INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, deleted_at INTEGER) STRICT;
CREATE UNIQUE INDEX memories_of_persona ON memories (persona_id, id);
CREATE UNIQUE INDEX memories_text ON memories (person_id, persona_id, kind, key);
CREATE INDEX memories_file ON memories (file_id);
"""
MEMORY = (
    "INSERT INTO memories (persona_id, person_id, kind, text, key, context, category, source, file_id, learned_at,"
    " times_observed, pinned, edited, created_at, updated_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', ?7, ?8, ?9, 1, 0, 0, ?10, ?10)"
)
NOW = 1_767_225_600_000_000


def make_profiles(folder: Path, count: int) -> None:
    for number in range(count):
        facts = [
            fact(f"Said thing {index} of {number} about the weather in {index * 7} towns") for index in range(FACTS)
        ]
        put(folder / f"persona_{number % 20}" / f"user_{10**17 + number}.json", profile(10**17 + number, facts=facts))


def moment(said: str) -> int:
    return int(datetime.fromisoformat(said).replace(tzinfo=UTC).timestamp() * 1_000_000)


def memories_of(said: dict[str, Any], persona: int, person: int, file: int) -> list[tuple[Any, ...]]:
    """Takes what it uses out of `said`."""

    def row(kind: str, text: str, at: int | None = None, source: str = "", context: str = "") -> tuple[Any, ...]:
        key = " ".join(text.casefold().split())
        return persona, person, kind, text, key, context, source, file, at, NOW

    return [
        *(row("fact", one["fact"], moment(one["timestamp"]), one["source"]) for one in said.pop("facts")),
        *(row("interest", text) for text in said.pop("interests")),
        *(row("trait", text) for text in said.pop("traits")),
        *(row("preference", f"{key}: {value}") for key, value in said.pop("preferences").items()),
        *(
            row("quote", one["quote"], moment(one["timestamp"]), "", one["context"])
            for one in said.pop("memorable_quotes")
        ),
        *(row("relationship", f"{key}: {value}") for key, value in said.pop("relationships").items()),
    ]


def insert(connection: Any, files: list[Path], contents: list[bytes], digests: list[bytes]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    personas: dict[str, int] = {}
    for number, (file, content, digest) in enumerate(zip(files, contents, digests, strict=True), 1):
        said = orjson.loads(content)
        name = file.parent.name
        if name not in personas:
            personas[name] = len(personas) + 1
            connection.execute("INSERT INTO personas VALUES (?, ?)", (personas[name], name))
        persona, feels = personas[name], said.pop("affection")
        known_as, key = said.pop("username"), f"discord:{said.pop('user_id')}"
        rows = memories_of(said, persona, number, number)
        connection.execute("INSERT INTO people VALUES (?, ?, ?)", (number, key, known_as))
        connection.execute(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (number, str(file), digest, len(content), persona, number, len(rows), content),
        )
        connection.executemany(MEMORY, rows)
        standing = (feels.pop("level"), feels.pop("relationship_stage"), said.pop("interaction_count"))
        times = (said.pop("first_met"), feels.pop("last_interaction"), said.pop("last_updated"))
        details = orjson.dumps({**said, "affection": feels}).decode()
        connection.execute(
            "INSERT INTO profiles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (persona, number, number, known_as, *standing, *map(moment, times), details),
        )
    connection.execute("COMMIT")


def floor(folder: Path, work: Path) -> float:
    began = time.perf_counter()
    files = sorted(folder.rglob("*.json"))
    contents = [file.read_bytes() for file in files]
    digests = [hashlib.sha256(content).digest() for content in contents]
    archive = work / "floor.bin"
    with archive.open("wb") as out:
        for content in contents:
            out.write(content)
        out.flush()
        os.fsync(out.fileno())
    with archive.open("rb") as back:
        for content, digest in zip(contents, digests, strict=True):
            if hashlib.sha256(back.read(len(content))).digest() != digest:
                raise SystemExit("the floor's own backup differs")
    connection = dbapi2.connect(str(work / "floor.sqlite3"), isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;" + SCHEMA)
    insert(connection, files, contents, digests)
    connection.close()
    return time.perf_counter() - began


def make_store(data_dir: Path) -> None:
    backend = Backend(Paths(data_dir=data_dir, resources=find_resources()))
    backend.engine.submit(backend.prepare()).result()
    backend.close()


def run_program(folder: Path, data_dir: Path) -> None:
    """In a process of its own; prints the seconds of the dry run and of it all, and the peak in bytes."""
    backend = Backend(Paths(data_dir=data_dir, resources=find_resources()))
    backend.engine.submit(backend.prepare()).result()
    began = time.perf_counter()
    found = backend.migration.inspect(folder)[0]
    plan = backend.migration.plan(found, Choices())
    planned = time.perf_counter() - began
    receipt = backend.migration.run(plan)
    whole = time.perf_counter() - began
    backend.close()
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(planned, whole, peak_bytes, receipt.memories)


def measure(count: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        folder = work / "bot" / "profiles"
        make_profiles(folder, count)

        def a_floor() -> float:
            return floor(folder, Path(tempfile.mkdtemp(dir=work)))

        def child(*arguments: str) -> list[str]:
            command = [sys.executable, "-m", "tests.benchmarks.migration", *arguments]
            return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()

        def a_run(name: str) -> list[str]:
            child("--make", str(work / name))
            return child("--run", str(folder), str(work / name))

        floors, planned, whole, peaks = [a_floor()], [], [], []
        for number in range(3):
            dry, end_to_end, peak_bytes, _ = map(float, a_run(f"desk{number}"))
            planned.append(dry)
            whole.append(end_to_end)
            peaks.append(peak_bytes)
            floors.append(a_floor())
        base = statistics.median(floors)
        print(f"migration of {count:,} profiles: floor {base:.2f} s ({min(floors):.2f} to {max(floors):.2f})")
        for label, values, bar in (("dry run", planned, 0.5), ("end to end", whole, 1.5)):
            median = statistics.median(values)
            spread = f"{min(values):.2f} to {max(values):.2f}"
            print(f"  {label:12} {median:.2f} s ({spread}), {median / base:.2f} x (bar {bar})")
        print(f"  {'peak memory':12} {max(peaks) / 1e6:.0f} MB (bar 150 at 100,000 profiles)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run_program(Path(sys.argv[2]), Path(sys.argv[3]))
    elif sys.argv[1:2] == ["--make"]:
        make_store(Path(sys.argv[2]))
    else:
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
