"""A card at every save, and the file a persona came in."""

from typing import Any

from sqlalchemy import Connection, Row

from personadesk.domain.errors import NotFound
from personadesk.domain.ids import PersonaId, VersionId
from personadesk.domain.persona import Persona
from personadesk.domain.versions import CardVersion, ReceivedFile, SavedBy
from personadesk.storage.cards import card_of_text, card_text
from personadesk.storage.moments import from_stored, to_stored
from personadesk.storage.texts import storable

_ALL = "SELECT id, saved_at, saved_by, avatar, card, raw_json FROM persona_versions WHERE persona_id = ? ORDER BY id"
_ADD = "INSERT INTO persona_versions (persona_id, saved_at, saved_by, avatar, card, raw_json) VALUES (?, ?, ?, ?, ?, ?)"
_KEEP_RECEIVED = (
    "INSERT INTO received_files (persona_id, sha256, name) VALUES (?, ?, ?)"
    " ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, name = excluded.name"
)
_RECEIVED = """
SELECT f.sha256, f.name, a.media_type FROM received_files AS f JOIN assets AS a ON a.sha256 = f.sha256
WHERE f.persona_id = ?
"""
_WITH_FILE = """
SELECT p.id FROM received_files AS f JOIN personas AS p ON p.id = f.persona_id
WHERE f.sha256 = ? AND p.deleted_at IS NULL ORDER BY p.id LIMIT 1
"""


class SqlVersions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, persona_id: PersonaId) -> list[CardVersion]:
        raw_json = ""
        versions = []
        for row in self._connection.exec_driver_sql(_ALL, (persona_id,)):
            raw_json = raw_json if row.raw_json is None else row.raw_json
            versions.append(_version_from(row, persona_id, raw_json))
        return versions[::-1]

    def get(self, persona_id: PersonaId, version_id: VersionId) -> CardVersion:
        found = next((version for version in self.of(persona_id) if version.id == version_id), None)
        if found is None:
            raise NotFound("This version is not here any more.", "Choose another one.")
        return found

    def received(self, persona_id: PersonaId) -> ReceivedFile | None:
        row = self._connection.exec_driver_sql(_RECEIVED, (persona_id,)).first()
        return None if row is None else ReceivedFile(*row)

    def keep_received(self, persona_id: PersonaId, sha256: str, name: str) -> None:
        self._connection.exec_driver_sql(_KEEP_RECEIVED, (persona_id, sha256, storable(name)))

    def with_file(self, sha256: str) -> PersonaId | None:
        found = self._connection.exec_driver_sql(_WITH_FILE, (sha256,)).scalar()
        return None if found is None else PersonaId(found)


def keep_version(connection: Connection, before: Persona, after: Persona, saved_by: SavedBy) -> None:
    """Keep a card as it was and as it is now. The first change keeps two."""
    rows = []
    if not has_versions(connection, before.id):
        rows.append(_row_of(before, before.created_at, SavedBy.MADE, before.card.raw_json))
    raw_json = after.card.raw_json if after.card.raw_json != before.card.raw_json else None
    rows.append(_row_of(after, after.updated_at, saved_by, raw_json))
    connection.exec_driver_sql(_ADD, rows)


def has_versions(connection: Connection, persona_id: PersonaId) -> bool:
    known = "SELECT 1 FROM persona_versions WHERE persona_id = ? LIMIT 1"
    return connection.exec_driver_sql(known, (persona_id,)).scalar() is not None


def _row_of(persona: Persona, moment: Any, saved_by: SavedBy, raw_json: str | None) -> tuple[object, ...]:
    return persona.id, to_stored(moment), saved_by.value, persona.avatar or None, card_text(persona.card), raw_json


def _version_from(row: Row[Any], persona_id: PersonaId, raw_json: str) -> CardVersion:
    return CardVersion(
        id=VersionId(row.id),
        persona_id=persona_id,
        saved_at=from_stored(row.saved_at),
        saved_by=SavedBy(row.saved_by),
        card=card_of_text(row.card, raw_json),
        avatar=row.avatar or "",
    )
