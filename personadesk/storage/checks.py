"""What can be said about a store without changing it: for `personadesk doctor`.

Plain SQL on a connection of its own, so that it also works beside a running window and on a file
that can't be opened for use. Blocks: about a second for every 100 MB.
"""

from dataclasses import dataclass, field
from pathlib import Path

from personadesk.domain.errors import StoreError
from personadesk.storage.assets import AssetFiles
from personadesk.storage.driver import SQLITE_VERSION, RawConnection, connect, scalar, translated
from personadesk.storage.opening import SCHEMA_VERSION, schema_version
from personadesk.storage.places import ASSETS_NAME, DATABASE_NAME

_COUNTED = ("personas", "conversations", "messages", "swipes", "people", "assets", "settings", "trash", "memories")
_PROBLEMS_LIMIT = 20
_BUSY_TIMEOUT_MS = 2_000

_NOT_INDEXED = """
SELECT count(*) FROM messages AS m
WHERE NOT EXISTS (SELECT 1 FROM message_search WHERE rowid = m.persona_id << 40 | m.id)
"""
_INDEXED_IN_VAIN = """
SELECT count(*) FROM message_search AS f
WHERE NOT EXISTS (
    SELECT 1 FROM messages AS m WHERE m.id = f.rowid & 1099511627775 AND m.persona_id = f.rowid >> 40
)
"""
_WRONG_BLOCKS = """
SELECT count(*) FROM (
    SELECT persona_id, conversation_id, block_index, messages, characters FROM path_blocks WHERE messages > 0
    EXCEPT
    SELECT m.persona_id, m.conversation_id, m.position / 256, count(*), sum(s.character_count)
    FROM messages AS m
    JOIN swipes AS s ON s.persona_id = m.persona_id AND s.message_id = m.id AND s.ordinal = m.shown_swipe
    WHERE m.on_path = 1 AND m.deleted_at IS NULL GROUP BY 1, 2, 3
)
"""


@dataclass(frozen=True, slots=True)
class StoreReport:
    """`problems` are sentences, empty for a sound store; `exists` is False where nothing was stored yet.

    `schema_version` is None where the file can't be read. Sizes are in bytes.
    """

    database: Path
    exists: bool
    sqlite_version: str
    schema_version: int | None
    known_version: int
    problems: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    database_bytes: int = 0
    log_bytes: int = 0
    asset_bytes: int = 0

    @property
    def sound(self) -> bool:
        return not self.problems


def check_store(data_dir: Path) -> StoreReport:
    """Check everything that can be checked: pages, references, the search index, the outlines, the asset files."""
    database = data_dir / DATABASE_NAME
    if not database.is_file():
        return StoreReport(database, False, SQLITE_VERSION, None, SCHEMA_VERSION)
    version: int | None = None
    counts: dict[str, int] = {}
    problems: list[str] = []
    try:
        with translated(data_dir):
            connection = connect(database, busy_timeout_ms=_BUSY_TIMEOUT_MS, read_only=True)
            try:
                version = schema_version(connection)
                problems += _page_problems(connection)
                if version == SCHEMA_VERSION:
                    problems += _content_problems(connection, data_dir)
                    counts = {table: scalar(connection, f"SELECT count(*) FROM {table}") for table in _COUNTED}
                else:
                    problems.append(f"It has version {version}; this PersonaDesk knows version {SCHEMA_VERSION}.")
            finally:
                connection.close()
    except StoreError as error:
        problems.append(str(error))
    return StoreReport(
        database=database,
        exists=True,
        sqlite_version=SQLITE_VERSION,
        schema_version=version,
        known_version=SCHEMA_VERSION,
        problems=tuple(problems),
        counts=counts,
        database_bytes=_size(database),
        log_bytes=_size(database.with_name(f"{DATABASE_NAME}-wal")),
        asset_bytes=sum(_size(file) for file in (data_dir / ASSETS_NAME).rglob("*") if file.is_file()),
    )


def _page_problems(connection: RawConnection) -> list[str]:
    """SQLite's own checks; integrity_check looks into the search index too."""
    found = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({_PROBLEMS_LIMIT})").fetchall()]
    return [] if found == ["ok"] else [f"integrity_check: {line}" for line in found]


def _content_problems(connection: RawConnection, data_dir: Path) -> list[str]:
    problems = []
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    problems += [
        f"A row of {row[0]} points at a row of {row[2]} that is not there." for row in broken[:_PROBLEMS_LIMIT]
    ]
    for statement, what in (
        (_NOT_INDEXED, "Messages that search does not know"),
        (_INDEXED_IN_VAIN, "Messages that search knows and that are not there"),
        (_WRONG_BLOCKS, "Places where a conversation's outline is wrong"),
    ):
        if number := scalar(connection, statement):
            problems.append(f"{what}: {number}.")
    files = AssetFiles(data_dir)
    for sha256, byte_count in connection.execute("SELECT sha256, byte_count FROM assets").fetchall():
        if _size(files.place(sha256)) != byte_count:
            problems.append(f"The file of asset {sha256[:12]}… is missing or cut short.")
    return problems


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
