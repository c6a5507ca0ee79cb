"""The personas of the library."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, select, update

from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.ids import PersonaId, TrashId
from personadesk.domain.persona import Origin, Persona, PersonaCard, PersonaSummary
from personadesk.domain.versions import SavedBy
from personadesk.formats.lorebook_files import embedded_book
from personadesk.services.ports import Clock
from personadesk.storage.cards import card_columns, card_from, checked, name_key
from personadesk.storage.lorebooks import SqlLorebooks
from personadesk.storage.moments import from_stored, from_stored_or_none, to_stored
from personadesk.storage.summaries import (
    BUILT_IN_TAGS,
    ONE,
    PRESENT,
    SOME,
    TAGS,
    TRASHED,
    summary_from,
    texts_from,
    texts_to,
)
from personadesk.storage.tables import assets, personas
from personadesk.storage.versions import has_versions, keep_version

_ADD = """
INSERT INTO personas (name, display_name, tagline, description, raw_json, traits, tags, name_key, card, uuid, origin,
    built_in_key, fingerprint, avatar, favourite, unread, created_at, updated_at)
VALUES (:name, :display_name, :tagline, :description, :raw_json, :traits, :tags, :name_key, :card, :uuid, :origin,
    :built_in_key, :fingerprint, :avatar, 0, 0, :created_at, :updated_at)
"""


class SqlPersonas:
    """It knows no rule about built-in ones: the services keep those as they are."""

    def __init__(self, connection: Connection, *, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def summaries(self) -> list[PersonaSummary]:
        return [summary_from(row) for row in self._connection.exec_driver_sql(PRESENT)]

    def trashed(self) -> list[PersonaSummary]:
        """Newest in the trash first."""
        return [summary_from(row) for row in self._connection.exec_driver_sql(TRASHED)]

    def samples(self) -> dict[PersonaId, str]:
        own = "SELECT id, json_extract(card, '$.voice.sample') AS sample FROM personas WHERE sample <> ''"
        return {PersonaId(row[0]): row[1] for row in self._connection.exec_driver_sql(own)}

    def summaries_of(self, persona_ids: Collection[PersonaId]) -> tuple[list[PersonaSummary], list[PersonaSummary]]:
        """Those in the trash newest first."""
        rows = self._connection.exec_driver_sql(SOME, (json.dumps(list(persona_ids)),))
        found = [summary_from(row) for row in rows]
        trashed = [item for item in found if item.deleted_at is not None]
        trashed.sort(key=lambda item: (item.deleted_at, item.id), reverse=True)
        return [item for item in found if item.deleted_at is None], trashed

    def summary(self, persona_id: PersonaId) -> PersonaSummary:
        row = self._connection.exec_driver_sql(ONE, (persona_id,)).first()
        if row is None:
            raise persona_not_found()
        return summary_from(row)

    def get(self, persona_id: PersonaId) -> Persona:
        return _persona_from(self._row(persona_id))

    def find_by_name(self, name: str) -> Persona | None:
        statement = select(personas).where(personas.c.name_key == name_key(name), personas.c.deleted_at.is_(None))
        row = self._connection.execute(statement).first()
        return None if row is None else _persona_from(row)

    def named(self, name: str) -> PersonaId | None:
        known = "SELECT id FROM personas WHERE name_key = ? AND deleted_at IS NULL"
        found = self._connection.exec_driver_sql(known, (name_key(name),)).scalar()
        return None if found is None else PersonaId(found)

    def built_in(self, key: str) -> tuple[Persona, str] | None:
        """Also one in the trash, so that it isn't made a second time: its `deleted_at` says so."""
        statement = select(personas).where(personas.c.built_in_key == key, personas.c.built_in_key != "")
        row = self._connection.execute(statement).first()
        return None if row is None else (_persona_from(row), row.fingerprint)

    def create(
        self,
        card: PersonaCard,
        *,
        origin: Origin = Origin.CUSTOM,
        avatar: str = "",
        built_in_key: str = "",
        fingerprint: str = "",
        take_book: bool = True,
    ) -> Persona:
        card = checked(card)
        self._require_free_name(card.name)
        uuid, now = str(uuid4()), self._now()
        values = {
            **card_columns(card),
            "uuid": uuid,
            "origin": origin.value,
            "built_in_key": built_in_key,
            "fingerprint": fingerprint,
            "avatar": self._known_avatar(avatar),
            "created_at": now,
            "updated_at": now,
        }
        persona_id = PersonaId(self._connection.exec_driver_sql(_ADD, values).lastrowid)
        if take_book:
            _take_book(SqlLorebooks(self._connection, clock=self._clock), persona_id, card)
        made = from_stored(now)
        return Persona(persona_id, uuid, card, origin, built_in_key, avatar, created_at=made, updated_at=made)

    def update_card(
        self,
        persona_id: PersonaId,
        card: PersonaCard,
        *,
        avatar: str | None = None,
        fingerprint: str | None = None,
        saved_by: SavedBy = SavedBy.EDITED,
    ) -> Persona:
        """None leaves the avatar or the fingerprint as it is; "" takes the avatar away."""
        before = self.get(persona_id)
        card = checked(card)
        self._require_free_name(card.name, except_for=persona_id)
        values: dict[str, object] = {**card_columns(card), "updated_at": self._now()}
        if avatar is not None:
            values["avatar"] = self._known_avatar(avatar)
        if fingerprint is not None:
            values["fingerprint"] = fingerprint
        self._connection.execute(update(personas).where(personas.c.id == persona_id), values)
        after = self.get(persona_id)
        if before.origin is Origin.CUSTOM and (before.card, before.avatar) != (after.card, after.avatar):
            keep_version(self._connection, before, after, saved_by)
        return after

    def give_avatar(self, persona_id: PersonaId, sha256: str) -> bool:
        before = None
        if has_versions(self._connection, persona_id):
            before = self._connection.execute(select(personas).where(personas.c.id == persona_id)).one()
        given = "UPDATE personas SET avatar = ? WHERE id = ? AND avatar IS NULL"
        if not self._connection.exec_driver_sql(given, (self._known_avatar(sha256), persona_id)).rowcount:
            return False
        if before is not None:
            persona = _persona_from(before)
            keep_version(self._connection, persona, replace(persona, avatar=sha256), SavedBy.REPLACED)
        return True

    def set_favourite(self, persona_id: PersonaId, favourite: bool) -> None:
        self._row(persona_id)
        self._connection.execute(update(personas).where(personas.c.id == persona_id), {"favourite": int(favourite)})

    def set_pins(self, persona_ids: Sequence[PersonaId]) -> None:
        """A persona named twice is pinned at its first place."""
        self._connection.execute(update(personas).where(personas.c.pin_position.is_not(None)), {"pin_position": None})
        for position, persona_id in enumerate(dict.fromkeys(persona_ids)):
            self._row(persona_id)
            self._connection.execute(update(personas).where(personas.c.id == persona_id), {"pin_position": position})

    def set_favourites(self, persona_ids: Collection[PersonaId], favourite: bool) -> list[PersonaId]:
        found = self._connection.exec_driver_sql(
            "UPDATE personas SET favourite = ? WHERE favourite <> ? AND deleted_at IS NULL"
            " AND id IN (SELECT value FROM json_each(?)) RETURNING id",
            (int(favourite), int(favourite), json.dumps(list(persona_ids))),
        )
        return [PersonaId(row[0]) for row in found]

    def tags(
        self, persona_ids: Collection[PersonaId] | None = None, *, tag: str = ""
    ) -> dict[PersonaId, tuple[str, ...]]:
        """`tag` narrows it to those that have it; None are all personas."""
        if persona_ids is None:
            found = self._connection.exec_driver_sql(f"SELECT p.id, {TAGS} FROM personas AS p WHERE deleted_at IS NULL")
        else:
            found = self._connection.exec_driver_sql(
                f"SELECT p.id, {TAGS} FROM personas AS p"
                " WHERE deleted_at IS NULL AND p.id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(persona_ids)),),
            )
        read = {PersonaId(row[0]): texts_from(row[1]) for row in found}
        return {key: tags for key, tags in read.items() if tag in tags} if tag else read

    def set_tags(self, tags: Mapping[PersonaId, Sequence[str]]) -> None:
        """A built-in's stand in the settings; the card's own, given back to it, are stored nowhere twice."""
        keys = self._connection.exec_driver_sql(
            "SELECT id, built_in_key, tags FROM personas WHERE origin = 'built_in'"
            " AND id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(tags)),),
        )
        built_in = {PersonaId(row[0]): (str(row[1]), texts_from(row[2])) for row in keys}
        now = self._now()
        rows = [(texts_to(own), now, key) for key, own in tags.items() if key not in built_in]
        if rows:
            self._connection.exec_driver_sql("UPDATE personas SET tags = ?, updated_at = ? WHERE id = ?", rows)
        if built_in:
            stored = self._connection.exec_driver_sql("SELECT value FROM settings WHERE key = ?", (BUILT_IN_TAGS,))
            kept = json.loads(stored.scalar() or "{}")
            for persona_id, (key, shipped) in built_in.items():
                kept.pop(key, None)
                if tuple(tags[persona_id]) != shipped:
                    kept[key] = list(tags[persona_id])
            self._connection.exec_driver_sql(
                "INSERT INTO settings (key, value) VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (BUILT_IN_TAGS, json.dumps(kept)),
            )

    def built_ins_of(self, persona_ids: Collection[PersonaId]) -> frozenset[PersonaId]:
        found = self._connection.exec_driver_sql(
            "SELECT id FROM personas WHERE origin = 'built_in' AND id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(persona_ids)),),
        )
        return frozenset(PersonaId(row[0]) for row in found)

    def trash(self, persona_id: PersonaId) -> TrashId:
        """The pin goes; the favourite star stays for when it comes back."""
        self._row(persona_id)
        return self.trash_many([persona_id])[0]

    def trash_many(self, persona_ids: Collection[PersonaId]) -> list[TrashId]:
        now, wanted = self._now(), json.dumps(list(persona_ids))
        execute = self._connection.exec_driver_sql
        listed = execute(
            "INSERT INTO trash (kind, label, persona_id, deleted_at)"
            " SELECT 'persona', CASE display_name WHEN '' THEN name ELSE display_name END, id, ? FROM personas"
            " WHERE deleted_at IS NULL AND id IN (SELECT value FROM json_each(?)) RETURNING id",
            (now, wanted),
        ).fetchall()
        execute(
            "UPDATE personas SET deleted_at = ?, pin_position = NULL"
            " WHERE deleted_at IS NULL AND id IN (SELECT value FROM json_each(?))",
            (now, wanted),
        )
        return [TrashId(row[0]) for row in listed]

    def _row(self, persona_id: PersonaId) -> Row[Any]:
        statement = select(personas).where(personas.c.id == persona_id, personas.c.deleted_at.is_(None))
        row = self._connection.execute(statement).first()
        if row is None:
            raise persona_not_found()
        return row

    def _require_free_name(self, name: str, except_for: PersonaId | None = None) -> None:
        taken = "SELECT id, name FROM personas WHERE name_key = ? AND deleted_at IS NULL"
        other = self._connection.exec_driver_sql(taken, (name_key(name),)).first()
        if other is not None and other.id != except_for:
            raise InvalidInput("name", f"There is a persona named {other.name} already.", "Choose another name.")

    def _known_avatar(self, sha256: str) -> str | None:
        if not sha256:
            return None
        if self._connection.scalar(select(assets.c.id).where(assets.c.sha256 == sha256)) is None:
            raise NotFound("This picture is not in the library any more.", "Choose it again.")
        return sha256

    def _now(self) -> int:
        return to_stored(self._clock.now())


def persona_not_found() -> NotFound:
    return NotFound("This persona is not here any more.", "Look for it in the trash.")


def _take_book(lorebooks: SqlLorebooks, persona_id: PersonaId, card: PersonaCard) -> None:
    """A card's own lorebook is a book of the persona's from now on."""
    book = embedded_book(card.raw_json)
    if book is not None:
        lorebooks.add(book.name or card.name, book.raw_json, book.entries, persona_id)


def _persona_from(row: Row[Any]) -> Persona:
    return Persona(
        id=PersonaId(row.id),
        uuid=row.uuid,
        card=card_from(row._asdict()),
        origin=Origin(row.origin),
        built_in_key=row.built_in_key,
        avatar=row.avatar or "",
        favourite=bool(row.favourite),
        pin_position=row.pin_position,
        created_at=from_stored(row.created_at),
        updated_at=from_stored(row.updated_at),
        deleted_at=from_stored_or_none(row.deleted_at),
    )
