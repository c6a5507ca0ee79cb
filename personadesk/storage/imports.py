"""What other programs' files have brought, run by run."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from personadesk.domain.ids import PersonaId, PersonId, RunId
from personadesk.domain.migration import BROUGHT, Part, PlanRow, Run, SourceKind, UndoPreview, Verdict
from personadesk.services.asset_ports import Assets
from personadesk.services.migration_ports import KnownFile
from personadesk.services.ports import Clock, People
from personadesk.storage.file_names import name_bytes, name_text
from personadesk.storage.moments import from_stored, from_stored_or_none, to_stored
from personadesk.storage.run_writer import LISTED, SqlRunWriter
from personadesk.storage.trash import SqlTrash
from personadesk.storage.undo import Undo, require_run

_BROUGHT = ", ".join(f"'{verdict.value}'" for verdict in BROUGHT)
_LIVE = "import_files AS f JOIN import_runs AS r ON r.id = f.run_id AND r.undone_at IS NULL"
_KNOWN = f"""
SELECT f.path, f.sha256, f.persona_id, f.person_key FROM {_LIVE}
LEFT JOIN personas AS p ON p.id = f.persona_id
WHERE f.verdict IN ({_BROUGHT}) AND f.listed < {LISTED} AND p.deleted_at IS NULL ORDER BY f.id
"""
_ORIGINAL = f"""
SELECT f.content FROM {_LIVE}
WHERE f.persona_id = ? AND f.person_key = ? AND f.content IS NOT NULL ORDER BY f.id DESC LIMIT 1
"""
_NEWEST = f"SELECT max(f.id) FROM {_LIVE} WHERE f.content IS NOT NULL GROUP BY f.path ORDER BY f.path"
_CONTENT = "SELECT path, content FROM import_files WHERE id = ?"
_ROWS = """
SELECT path, sha256, size, part, verdict, reason, group_key, person_key, count AS number
FROM import_files WHERE run_id = ? AND listed > 0 ORDER BY path, id
"""
_BEGIN = "INSERT INTO import_runs (uuid, source, kind, started_at, counts) VALUES (?, ?, ?, ?, '{}')"


class SqlImports:
    def __init__(
        self, connection: Connection, *, clock: Clock, assets: Assets, people: People, trash: SqlTrash
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._assets = assets
        self._people = people
        self._trash = trash

    def known(self) -> Iterator[KnownFile]:
        """In the order in which they came; not what belongs to a persona in the trash."""
        for path, sha256, persona_id, person_key in self._connection.exec_driver_sql(_KNOWN):
            whose = None if persona_id is None else PersonaId(persona_id)
            yield KnownFile(name_text(path), sha256, whose, name_text(person_key))

    def original(self, persona_id: PersonaId, person_key: str) -> bytes | None:
        content = self._connection.exec_driver_sql(_ORIGINAL, (persona_id, name_bytes(person_key))).scalar()
        return None if content is None else bytes(content)

    def originals(self) -> Iterator[tuple[str, bytes]]:
        """One file's bytes are in memory at a time."""
        ids = [row[0] for row in self._connection.exec_driver_sql(_NEWEST)]
        for file_id in ids:
            path, content = self._connection.exec_driver_sql(_CONTENT, (file_id,)).one()
            yield name_text(path), bytes(content)

    def person_keys(self) -> Mapping[str, PersonId]:
        rows = self._connection.exec_driver_sql("SELECT key, person_id FROM person_keys")
        return {name_text(key): PersonId(person_id) for key, person_id in rows}

    def begin(self, *, uuid: str, source: Path, kind: SourceKind) -> SqlRunWriter:
        values = (uuid, name_bytes(str(source)), kind.value, to_stored(self._clock.now()))
        run_id = RunId(self._connection.exec_driver_sql(_BEGIN, values).lastrowid)
        return SqlRunWriter(self._connection, run_id, clock=self._clock, assets=self._assets, people=self._people)

    def runs(self) -> list[Run]:
        rows = self._connection.exec_driver_sql("SELECT * FROM import_runs ORDER BY id DESC")
        return [_run_from(row) for row in rows]

    def rows(self, run_id: RunId) -> list[PlanRow]:
        require_run(self._connection, run_id)
        return [_plan_row_from(row) for row in self._connection.exec_driver_sql(_ROWS, (run_id,))]

    def preview_undo(self, run_id: RunId) -> UndoPreview:
        """Raises NotFound for a run that is not there, UserFacingError for one that is undone already."""
        return Undo(self._connection, run_id).preview()

    def undo(self, run_id: RunId) -> UndoPreview:
        undo = Undo(self._connection, run_id)
        undo.apply(self._trash, now=to_stored(self._clock.now()))
        return undo.preview()


def _run_from(row: Row[Any]) -> Run:
    counts = json.loads(row.counts)
    return Run(
        id=RunId(row.id),
        uuid=row.uuid,
        source=Path(name_text(row.source)),
        kind=SourceKind(row.kind),
        started_at=from_stored(row.started_at),
        backup=None if row.backup is None else Path(name_text(row.backup)),
        files=counts.get("files", 0),
        imported=counts.get("imported", 0),
        attention=counts.get("attention", 0),
        undone_at=from_stored_or_none(row.undone_at),
    )


def _plan_row_from(row: Row[Any]) -> PlanRow:
    return PlanRow(
        path=name_text(row.path),
        part=Part(row.part),
        verdict=Verdict(row.verdict),
        group=name_text(row.group_key),
        person_key=name_text(row.person_key),
        count=row.number,
        size=row.size,
        sha256=bytes(row.sha256),
        reason=row.reason,
    )
