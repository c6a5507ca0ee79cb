"""What a fault is tried on: a bot's folder, a desk that was used before, and what must hold after any fault."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlcipher3 import dbapi2

from personadesk.assembly import Backend
from personadesk.domain.migration import Choices, Plan
from personadesk.paths import Paths, find_resources
from personadesk.storage.backup_archive import TarBackups
from personadesk.storage.checks import check_store
from personadesk.storage.places import BACKUPS_NAME, DATABASE_NAME
from tests.bot_folder import fact, make_bot, profile, put, tree

Contents = dict[str, list[tuple[object, ...]]]

# They differ between two runs that did the same.
_OF_THE_MOMENT = frozenset({"uuid", "created_at", "updated_at", "deleted_at", "started_at", "finished_at", "undone_at"})
_LOOKED_AT = "trash.last_looked"
_PLACES = frozenset({"backup", "database_backup", "source"})


def make_profiles(bot: Path, count: int, size: int = 0) -> None:
    """Further profiles, a tenth of them beside the folders of their personas. `size` adds so many bytes to each."""
    profiles = bot / "data" / "profiles"
    for number in range(count):
        folder = profiles if number % 10 == 0 else profiles / f"persona_{number % 9}"
        facts = [fact(f"Said thing {index} of {number}") for index in range(4)]
        user = 10**17 + number
        put(folder / f"user_{user}.json", profile(user, facts=facts, padding="x" * size))


@contextlib.contextmanager
def opened(desk: Path) -> Iterator[Backend]:
    """The program in this process, as far as a migration needs it."""
    backend = Backend(Paths(data_dir=desk, resources=find_resources()))
    try:
        backend.engine.submit(backend.prepare()).result(60)
        yield backend
    finally:
        backend.close()


def contents(desk: Path) -> Contents:
    """Every row of every table, without what differs between two runs that did the same."""
    # With the program's own driver: a second SQLite in one process takes the first one's locks away as it closes.
    uri = f"{(desk / DATABASE_NAME).absolute().as_uri()}?mode=ro"
    with contextlib.closing(dbapi2.connect(uri, uri=True)) as connection:
        tables = [
            name
            for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            if not name.startswith(("sqlite_", "message_search"))
        ]
        found = {}
        for table in tables:
            rows = connection.execute(f"SELECT * FROM {table}")
            kept = [
                place
                for place, column in enumerate(rows.description)
                if column[0] not in _OF_THE_MOMENT and column[0] not in _PLACES
            ]
            found[table] = sorted(
                (tuple(row[place] for place in kept) for row in rows if row[0] != _LOOKED_AT), key=repr
            )
        return found


def sources(bot: Path) -> dict[str, bytes]:
    """The files of the bot, without the backups that lie beside them."""
    return {path: content for path, content in tree(bot).items() if "profiles_backup_" not in path}


def archives(bot: Path) -> list[Path]:
    """The backups beside the bot's files, finished or not."""
    return sorted(bot.rglob("*profiles_backup_*"))


def plan(backend: Backend, bot: Path, *, reorganize: bool) -> Plan:
    found = backend.migration.inspect(bot)[0]
    return backend.migration.plan(found, Choices(reorganize=reorganize))


@dataclass
class Ground:
    """Make it once for many faults. `desk` is a data directory to be copied for each."""

    root: Path
    profiles: int = 0
    size: int = 0
    reorganize: bool = False
    bot: Path = field(init=False)
    desk: Path = field(init=False)
    original: dict[str, bytes] = field(init=False)
    before: Contents = field(init=False)
    after: Contents = field(init=False)
    undone: Contents = field(init=False)

    def __post_init__(self) -> None:
        self.bot, self.desk = self.root / "bot", self.root / "desk"
        make_bot(self.bot)
        make_profiles(self.bot, self.profiles, self.size)
        for folder in (".", "default"):  # a copy in the place that a file will be moved to
            put(self.bot / "data" / "profiles" / folder / "user_77.json", profile(77, username="Ash"))
        self.original = sources(self.bot)
        with opened(self.desk):
            self.before = contents(self.desk)
        reference = self.fresh_desk("reference")
        with opened(reference) as backend:
            receipt = backend.migration.run(plan(backend, self.bot, reorganize=self.reorganize))
            self.after = contents(reference)
            backend.migration.undo(receipt.run_id)
            self.undone = contents(reference)
        assert sources(self.bot) == self.original
        self.tidy(reference)

    def fresh_desk(self, name: str) -> Path:
        desk = self.root / name
        shutil.copytree(self.desk, desk)
        return desk

    def tidy(self, desk: Path) -> None:
        """Remove a desk and the backups beside the bot's folder."""
        shutil.rmtree(desk)
        for left in self.bot.rglob("profiles_backup_*"):
            left.unlink()

    def arguments(self) -> tuple[str, ...]:
        return ("migrate", "--profiles-dir", str(self.bot), *(("--reorganize",) if self.reorganize else ()))

    def judge(self, desk: Path, bot: Path | None = None) -> str:
        """Hold a desk and a folder after a fault to all that was promised; returns "before" or "after".

        The next start finds the state before or after the run, the next run brings the rest, an undo takes
        all of it back, and no byte of the source is ever lost.
        """
        bot = bot or self.bot
        self._nothing_is_lost(bot)
        with opened(desk) as backend:
            backend.migration.recover()
            found = contents(desk)
            assert found in (self.before, self.after), _differences(found, self.before, self.after)
            was = "before" if found == self.before else "after"
            kept = archives(bot)
            # A kill between an archive's name and the line about it leaves the archive, verified and whole.
            assert len(kept) == 1 if was == "after" else len(kept) <= 1
            for path in kept:
                TarBackups().open(path).close()
            self._nothing_is_lost(bot)
            again = plan(backend, bot, reorganize=self.reorganize)
            assert (again.to_import > 0) == (was == "before")
            if again.to_import:
                backend.migration.run(again)
            assert contents(desk) == self.after
            assert check_store(desk).problems == ()
            assert len(archives(bot)) == len(kept) + (was == "before")
            self._nothing_is_lost(bot)
            assert sorted(sources(bot).values()) == sorted(self.original.values())
            (run,) = backend.migration.runs()
            result = backend.migration.undo(run.id)
            assert result.left == ()
            assert contents(desk) == self.undone
            assert sources(bot) == self.original
            if was == "before":  # and so another backup was made since
                assert not [path for path in (desk / BACKUPS_NAME).iterdir() if not path.name.endswith(".sqlite3")]
        return was

    def _nothing_is_lost(self, bot: Path) -> None:
        now = sources(bot)
        if self.reorganize:
            assert set(self.original.values()) <= set(now.values())
        else:
            assert now == self.original


def _differences(found: Contents, *expected: Contents) -> str:
    """Which tables differ from each state, and by how many rows."""
    return "; ".join(
        ", ".join(
            f"{table}: {len(found[table])} rows for {len(state[table])}"
            for table in found
            if found[table] != state[table]
        )
        for state in expected
    )
