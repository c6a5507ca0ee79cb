"""The store as one transaction sees it. Imported on a database thread: it brings SQLAlchemy."""

import hashlib
import json
from pathlib import Path

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from personadesk.domain.conversation import Person, SwipeState
from personadesk.domain.errors import NotFound
from personadesk.domain.ids import PersonaId, PersonId
from personadesk.services.ports import Clock, JsonValue
from personadesk.storage import search_index
from personadesk.storage.asset_use import let_go
from personadesk.storage.assets import AssetFiles
from personadesk.storage.cards import checked_name
from personadesk.storage.core import driver_of
from personadesk.storage.everywhere import SqlSearch
from personadesk.storage.imports import SqlImports
from personadesk.storage.lorebooks import SqlLorebooks
from personadesk.storage.memories import SqlMemoryStore
from personadesk.storage.moments import to_stored
from personadesk.storage.persona_store import SqlPersonaStore
from personadesk.storage.personas import SqlPersonas, persona_not_found
from personadesk.storage.tables import people, settings, swipes
from personadesk.storage.trash import SqlTrash
from personadesk.storage.versions import SqlVersions

_PRESENT = "SELECT 1 FROM personas WHERE id = ? AND deleted_at IS NULL"
_NAME_FILE = (
    "INSERT INTO assets (sha256, media_type, byte_count, created_at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (sha256) DO NOTHING"
)
INTERRUPTED = "PersonaDesk ended before this reply was finished."


class SqlPeople:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def you(self) -> Person:
        """The first migration made "You", so that a read finds them too."""
        row = self._connection.execute(select(people).where(people.c.is_you == 1)).one()
        return Person(id=PersonId(row.id), uuid=row.uuid, name=row.name, is_you=bool(row.is_you))

    def all(self) -> list[Person]:
        rows = self._connection.execute(select(people).order_by(people.c.is_you.desc(), people.c.id))
        return [Person(PersonId(row.id), row.uuid, row.name, bool(row.is_you)) for row in rows]

    def rename(self, person_id: PersonId, name: str) -> None:
        """Raises InvalidInput(field="name")."""
        values = {"name": checked_name(name, whose="person")}
        result = self._connection.execute(update(people).where(people.c.id == person_id), values)
        if result.rowcount == 0:
            raise NotFound("This person is not here any more.", "Choose another one.")


class SqlSettings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> JsonValue:
        stored = self._connection.scalar(select(settings.c.value).where(settings.c.key == key))
        value: JsonValue = None if stored is None else json.loads(stored)
        return value

    def set(self, key: str, value: JsonValue) -> None:
        """NaN and infinities are refused with ValueError: JSON has none."""
        stored = json.dumps(value, allow_nan=False)
        statement = upsert(settings).values(key=key, value=stored)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": stored}))

    def beginning(self, prefix: str) -> dict[str, JsonValue]:
        found = select(settings.c.key, settings.c.value).where(settings.c.key.startswith(prefix, autoescape=True))
        # SQLite's LIKE takes upper and lower case for the same.
        return {row.key: json.loads(row.value) for row in self._connection.execute(found) if row.key.startswith(prefix)}


class SqlAssets:
    def __init__(self, connection: Connection, *, files: AssetFiles, clock: Clock, discarded: list[Path]) -> None:
        self._connection = connection
        self._files = files
        self._clock = clock
        self._discarded = discarded

    def put(self, content: bytes, media_type: str, *, sha256: str = "") -> str:
        """The file is on disk before the row that names it is committed. `sha256` is the content's, where known."""
        sha256 = sha256 or hashlib.sha256(content).hexdigest()
        self._files.keep({sha256: content})
        place = self._files.place(sha256)
        if place in self._discarded:  # what this transaction let go of is wanted again
            self._discarded.remove(place)
        row = (sha256, media_type, len(content), to_stored(self._clock.now()))
        self._connection.exec_driver_sql(_NAME_FILE, row)
        return sha256

    def path(self, sha256: str) -> Path:
        return self._files.path(sha256)

    def let_go(self, sha256: str) -> None:
        let_go(self._connection, sha256, self._files, self._discarded)


class SqlStore:
    """One transaction's view. `discarded` lists files that are to be removed once it is committed."""

    def __init__(self, connection: Connection, *, files: AssetFiles, clock: Clock) -> None:
        self._connection = connection
        self._files = files
        self._clock = clock
        self.discarded: list[Path] = []

    @property
    def personas(self) -> SqlPersonas:
        return SqlPersonas(self._connection, clock=self._clock)

    @property
    def people(self) -> SqlPeople:
        return SqlPeople(self._connection)

    @property
    def lorebooks(self) -> SqlLorebooks:
        return SqlLorebooks(self._connection, clock=self._clock)

    @property
    def versions(self) -> SqlVersions:
        return SqlVersions(self._connection)

    @property
    def settings(self) -> SqlSettings:
        return SqlSettings(self._connection)

    @property
    def trash(self) -> SqlTrash:
        return SqlTrash(self._connection, files=self._files, discarded=self.discarded)

    @property
    def search(self) -> SqlSearch:
        return SqlSearch(self._connection)

    @property
    def assets(self) -> SqlAssets:
        return SqlAssets(self._connection, files=self._files, clock=self._clock, discarded=self.discarded)

    @property
    def imports(self) -> SqlImports:
        return SqlImports(self._connection, clock=self._clock, assets=self.assets, people=self.people, trash=self.trash)

    def for_persona(self, persona_id: PersonaId) -> SqlPersonaStore:
        self._require_persona(persona_id)
        return SqlPersonaStore(self._connection, persona_id, clock=self._clock)

    def memories(self, persona_id: PersonaId) -> SqlMemoryStore:
        self._require_persona(persona_id)
        return SqlMemoryStore(self._connection, persona_id, clock=self._clock)

    def _require_persona(self, persona_id: PersonaId) -> None:
        if driver_of(self._connection).execute(_PRESENT, (persona_id,)).fetchone() is None:
            raise persona_not_found()

    def interrupt_unfinished(self) -> int:
        """Also those in the trash: nothing streams there either."""
        search_index.put_unfinished(self._connection)
        result = self._connection.execute(
            update(swipes).where(swipes.c.state == SwipeState.STREAMING.value),
            {
                "state": SwipeState.INTERRUPTED.value,
                "error": INTERRUPTED,
                "finished_at": to_stored(self._clock.now()),
            },
        )
        return result.rowcount
