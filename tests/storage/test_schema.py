import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlcipher3 import dbapi2

from personadesk.domain.errors import StoreDamaged
from personadesk.domain.ids import PersonaId
from personadesk.storage import card_tables, chat_tables, memory_tables, opening, upgrade
from personadesk.storage.checks import check_store
from personadesk.storage.core import core_connection
from personadesk.storage.database import open_database
from personadesk.storage.driver import connect
from personadesk.storage.places import DATABASE_NAME
from personadesk.storage.tables import Base
from personadesk.storage.triggers import SEARCH_INDEX, TRIGGERS
from tests.fakes import FakeClock
from tests.storage.conftest import Desk

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

NEXT_REVISION = """
from alembic import op
revision = "0006"
down_revision = "0005"

def upgrade():
    op.execute("CREATE TABLE diaries (id INTEGER PRIMARY KEY) STRICT")
    op.execute("UPDATE people SET name = 'Upgraded'")
    {then}
    op.execute("PRAGMA user_version = 6")
"""


def schema_of(connection: Any) -> set[tuple[str, str, str]]:
    """Every object's kind, name and SQL, white space aside; without SQLite's, FTS5's and Alembic's own."""
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'message_search_%' AND name <> 'alembic_version'"
    ).fetchall()
    return {(kind, name, "".join(sql.replace('"', "").split())) for kind, name, sql in rows}


def test_the_migrations_make_the_schema_that_the_tables_describe(desk: Desk) -> None:
    desk.read(lambda store: store.personas.summaries())
    assert "memories" in memory_tables.Base.metadata.tables
    assert "lore_states" in card_tables.Base.metadata.tables
    assert "attachments" in chat_tables.Base.metadata.tables
    engine = create_engine("sqlite://", module=dbapi2)
    with engine.begin() as live:
        Base.metadata.create_all(live)
        for statement in (SEARCH_INDEX, *TRIGGERS):
            live.exec_driver_sql(statement)
        expected = schema_of(live.connection.dbapi_connection)
    engine.dispose()

    with closing(dbapi2.connect(str(desk.database.data_dir / DATABASE_NAME))) as migrated:
        assert schema_of(migrated) == expected


def test_the_version_in_the_file_is_the_newest_revision(desk: Desk) -> None:
    desk.database.opened().result()
    config = Config()
    config.set_main_option("script_location", str(upgrade.MIGRATIONS))

    head = ScriptDirectory.from_config(config).get_current_head()

    with closing(dbapi2.connect(str(desk.database.data_dir / DATABASE_NAME))) as connection:
        [version] = connection.execute("PRAGMA user_version").fetchone()
        [application] = connection.execute("PRAGMA application_id").fetchone()
    assert head is not None
    assert version == opening.SCHEMA_VERSION == int(head)
    assert application == opening.APPLICATION_ID


@pytest.mark.parametrize(
    "child",
    [
        "messages",
        "swipes",
        "path_blocks",
        "memories",
        "memory_sources",
        "profile_sources",
        "lorebooks",
        "persona_versions",
        "received_files",
        "lorebook_readers",
        "lore_states",
        "conversation_marks",
        "conversation_summaries",
        "message_marks",
        "attachments",
    ],
)
def test_what_points_at_a_row_that_goes_is_looked_up_by_all_its_columns(desk: Desk, child: str) -> None:
    """With fewer, deleting a conversation takes time by the square of its length."""
    desk.database.opened().result()
    references: dict[int, list[str]] = {}

    with closing(dbapi2.connect(str(desk.database.data_dir / DATABASE_NAME))) as connection:
        for number, _, _, column, *_ in connection.execute(f"PRAGMA foreign_key_list({child})"):
            references.setdefault(number, []).append(column)
        plans = {}
        for columns in references.values():
            condition = " AND ".join(f"{column} = ?" for column in columns)
            explained = connection.execute(
                f"EXPLAIN QUERY PLAN SELECT 1 FROM {child} WHERE {condition}", [1] * len(columns)
            ).fetchall()
            plans[tuple(columns)] = explained[0][3]

    assert plans
    for columns, plan in plans.items():
        assert "rowid=?" in plan or all(f"{column}=?" in plan for column in columns), plan


def test_revisions_import_nothing_of_the_program() -> None:
    for revision in (upgrade.MIGRATIONS / "versions").glob("*.py"):
        assert "personadesk" not in revision.read_text(encoding="utf-8").split('"""', 2)[-1]


@pytest.fixture
def old_store(desk: Desk, tmp_path: Path) -> Path:
    """A closed store of this version that holds something."""
    desk.persona("Luna")
    desk.database.close()
    return desk.database.data_dir


def scripts_with_next(tmp_path: Path, then: str = "") -> Path:
    scripts = tmp_path / "migrations %(odd) name"
    shutil.copytree(upgrade.MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "r0006_next.py").write_text(NEXT_REVISION.format(then=then), encoding="utf-8")
    return scripts


def test_an_upgrade_first_makes_a_backup_that_checks_out(old_store: Path, tmp_path: Path) -> None:
    scripts = scripts_with_next(tmp_path)

    with closing(connect(old_store / DATABASE_NAME, busy_timeout_ms=0)) as connection:
        upgrade.upgrade(connection, old_store, found=5, now=NOW, scripts=scripts)
        version = opening.schema_version(connection)

    [backup] = (old_store / "backups").iterdir()
    with closing(connect(backup, busy_timeout_ms=0, read_only=True)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert copy.execute("PRAGMA user_version").fetchone() == (5,)
        assert copy.execute("SELECT name FROM personas").fetchall() == [("Luna",)]
    assert version == 6
    assert backup.name == "personadesk-version-5-20261121T120000000000Z.sqlite3"


def test_an_upgrade_that_fails_leaves_everything_as_it_was(old_store: Path, tmp_path: Path) -> None:
    scripts = scripts_with_next(tmp_path, then='raise RuntimeError("power cut")')

    with closing(connect(old_store / DATABASE_NAME, busy_timeout_ms=0)) as connection:
        with pytest.raises(RuntimeError, match="power cut"):
            upgrade.upgrade(connection, old_store, found=5, now=NOW, scripts=scripts)

        assert opening.schema_version(connection) == 5
        assert connection.execute("SELECT name FROM people").fetchall() == [("You",)]
        assert connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'diaries'").fetchall() == []
        assert not connection.in_transaction


def test_a_file_that_is_not_sound_is_not_upgraded(old_store: Path, tmp_path: Path) -> None:
    scripts = scripts_with_next(tmp_path)
    with closing(connect(old_store / DATABASE_NAME, busy_timeout_ms=0)) as connection:
        [page] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'uq_personas_uuid' OR name"
                                    " = 'sqlite_autoindex_personas_1'").fetchone() or (0,)  # fmt: skip
        [page_size] = connection.execute("PRAGMA page_size").fetchone() or (0,)
    with (old_store / DATABASE_NAME).open("r+b") as file:
        file.seek((page - 1) * page_size + 8)
        file.write(b"\xff" * 64)

    with closing(connect(old_store / DATABASE_NAME, busy_timeout_ms=0)) as connection:
        with pytest.raises(StoreDamaged):
            upgrade.upgrade(connection, old_store, found=5, now=NOW, scripts=scripts)

        assert opening.schema_version(connection) == 5
    assert list((old_store / "backups").iterdir()) == []


def test_a_store_of_the_first_version_keeps_everything_and_is_backed_up(data_dir: Path, clock: FakeClock) -> None:
    data_dir.mkdir(exist_ok=True)
    made_by_version(data_dir, "0001")
    with closing(connect(data_dir / DATABASE_NAME, busy_timeout_ms=0)) as connection:
        connection.execute("UPDATE people SET name = 'Robin'")

    database = open_database(data_dir, clock=clock)
    you = database.submit_read(lambda store: store.people.you()).result()
    runs = database.submit_read(lambda store: store.imports.runs()).result()
    database.close()

    [backup] = (data_dir / "backups").iterdir()
    assert (you.name, runs) == ("Robin", [])
    assert backup.name.startswith("personadesk-version-1-")
    with closing(connect(data_dir / DATABASE_NAME, busy_timeout_ms=0)) as connection:
        assert opening.schema_version(connection) == opening.SCHEMA_VERSION


def test_an_older_stores_messages_are_found_by_the_new_index(data_dir: Path, clock: FakeClock) -> None:
    data_dir.mkdir(exist_ok=True)
    texts = ("The lamp on the pier", "Ein schöner Café-Besuch", "今日は東京へ行きます", "look at this")
    made_by_version(data_dir, "0004")
    with closing(connect(data_dir / DATABASE_NAME, busy_timeout_ms=0)) as connection:
        for statement in (
            "INSERT INTO personas (id, uuid, name, name_key, display_name, tagline, description, traits, tags, card,"
            " raw_json, origin, built_in_key, fingerprint, favourite, unread, created_at, updated_at)"
            " VALUES (1, 'a', 'Luna', 'luna', '', '', '', '[]', '[]', '{}', '{}', 'custom', '', '', 0, 0, 0, 0)",
            "INSERT INTO conversations (id, persona_id, person_id, title, draft, uuid, created_at, updated_at)"
            " SELECT 1, 1, id, '', '', 'b', 0, 0 FROM people",
        ):
            connection.execute(statement)
        for number, text in enumerate(texts):
            connection.execute(
                "INSERT INTO messages (id, persona_id, conversation_id, parent_id, position, on_path, role,"
                " shown_swipe, characters, created_at) VALUES (?, 1, 1, ?, ?, 1, 'user', 0, ?, 0)",
                (number + 1, number or None, number, len(text)),
            )
            connection.execute(
                "INSERT INTO swipes (persona_id, message_id, ordinal, state, model, error, is_edit, character_count,"
                " created_at, finished_at, text) VALUES (1, ?, 0, 'complete', '', '', 0, ?, 0, 0, ?)",
                (number + 1, len(text), text),
            )

    database = open_database(data_dir, clock=clock)
    desk = Desk(database)
    found = {query: desk.found(PersonaId(1), query) for query in ("la", "cafe", "東京", "th")}
    database.close()

    assert found == {"la": [texts[0]], "cafe": [texts[1]], "東京": [texts[2]], "th": [texts[3], texts[0]]}
    assert check_store(data_dir).sound


def made_by_version(data_dir: Path, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(upgrade.MIGRATIONS))
    with (
        closing(connect(data_dir / DATABASE_NAME, busy_timeout_ms=0)) as connection,
        core_connection(connection, begin="BEGIN IMMEDIATE") as core,
    ):
        config.attributes["connection"] = core
        command.upgrade(config, version)
