"""A migration of many profiles beside the same work in plain code. `python -m tests.benchmarks.migration [COUNT]`

The floor reads, hashes, writes one backup file with a sync, reads it back and compares, parses with the
standard parser, and inserts file, person and memories in one transaction with synchronous=FULL.
"""

import hashlib
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from sqlcipher3 import dbapi2

from personadesk.assembly import Backend
from personadesk.domain.migration import Choices
from personadesk.paths import Paths, find_resources
from tests.bot_folder import fact, profile, put

FACTS = 8
SCHEMA = """
CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT NOT NULL, sha256 BLOB NOT NULL, content BLOB NOT NULL);
CREATE TABLE people (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, details TEXT NOT NULL);
CREATE TABLE memories (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL, text TEXT NOT NULL, key TEXT NOT NULL, learned_at TEXT, source TEXT,
    UNIQUE (person, kind, key));
CREATE INDEX memories_of ON memories (person, learned_at);
"""


def make_profiles(folder: Path, count: int) -> None:
    for number in range(count):
        facts = [
            fact(f"Said thing {index} of {number} about the weather in {index * 7} towns") for index in range(FACTS)
        ]
        put(folder / f"persona_{number % 20}" / f"user_{10**17 + number}.json", profile(10**17 + number, facts=facts))


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
    connection.execute("BEGIN IMMEDIATE")
    for number, (file, content, digest) in enumerate(zip(files, contents, digests, strict=True), 1):
        said = json.loads(content)
        connection.execute("INSERT INTO files VALUES (?, ?, ?, ?)", (number, str(file), digest, content))
        connection.execute(
            "INSERT INTO people VALUES (?, ?, ?)", (number, str(said["user_id"]), json.dumps(said["affection"]))
        )
        rows = [
            (number, "fact", item["fact"], item["fact"].casefold(), item["timestamp"], item["source"])
            for item in said["facts"]
        ]
        for kind in ("interests", "traits"):
            rows += [(number, kind, text, text.casefold(), None, "") for text in said[kind]]
        rows += [
            (number, "quote", item["quote"], item["quote"].casefold(), item["timestamp"], "")
            for item in said["memorable_quotes"]
        ]
        rows += [(number, "preference", f"{key}: {value}", key, None, "") for key, value in said["preferences"].items()]
        rows += [(number, "relationship", value, value, None, "") for value in said["relationships"].values()]
        connection.executemany(
            "INSERT INTO memories (person, kind, text, key, learned_at, source) VALUES (?, ?, ?, ?, ?, ?)", rows
        )
    connection.execute("COMMIT")
    connection.close()
    return time.perf_counter() - began


def measure(count: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        folder = work / "bot" / "profiles"
        make_profiles(folder, count)
        floors = [floor(folder, Path(tempfile.mkdtemp(dir=work))) for _ in range(3)]
        base = sorted(floors)[1]
        backend = Backend(Paths(data_dir=work / "desk", resources=find_resources()))
        backend.engine.submit(backend.prepare()).result()
        began = time.perf_counter()
        found = backend.migration.inspect(folder)[0]
        plan = backend.migration.plan(found, Choices())
        planned = time.perf_counter() - began
        backend.migration.run(plan)
        whole = time.perf_counter() - began
        backend.close()
        memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"migration of {count:,} profiles: floor {base:.2f} s")
        print(f"  dry run      {planned:.2f} s, {planned / base:.2f} x (bar 0.5)")
        print(f"  end to end   {whole:.2f} s, {whole / base:.2f} x (bar 1.5)")
        print(f"  peak memory  {memory_mb:.0f} MB with the floor in the same process")


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
