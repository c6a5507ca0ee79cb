"""Writing one run: what other programs' files say becomes rows, and every row's origin is noted for an undo."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from personadesk.domain.errors import InvalidInput
from personadesk.domain.ids import PersonaId, PersonId, RunId
from personadesk.domain.incoming import (
    Incoming,
    IncomingChat,
    IncomingLorebook,
    IncomingMemories,
    IncomingProfile,
)
from personadesk.domain.migration import BROUGHT, PlanRow, Verdict
from personadesk.domain.persona import NAME_LIMIT, PersonaCard
from personadesk.domain.ready_profile import ReadyProfile
from personadesk.domain.sample import MEDIA_TYPES
from personadesk.formats.audio_heads import sound_format
from personadesk.formats.ready_profiles import memory_columns, ready_profile
from personadesk.services.asset_ports import Assets
from personadesk.services.ports import Clock, People
from personadesk.storage.brought_memories import BroughtMemories, all_storable
from personadesk.storage.cards import checked_name
from personadesk.storage.chat_import import store_chat
from personadesk.storage.file_names import name_bytes, name_text
from personadesk.storage.lorebooks import SqlLorebooks, lorebook_mark
from personadesk.storage.moments import to_stored
from personadesk.storage.person_keys import PersonKeys
from personadesk.storage.personas import SqlPersonas
from personadesk.storage.row_buffer import Mark, RowBuffer
from personadesk.storage.texts import storable
from personadesk.storage.trash import FORGET_ORIGIN

NAMELESS_BOOK = "Lorebook"
KEPT, KEPT_AND_LISTED, LISTED = 0, 1, 2

_PERSONA = """
SELECT name, display_name, traits, tags, description, card, raw_json, coalesce(avatar, '')
FROM personas WHERE id = ?
"""
_SPACES = re.compile("  | $")
_STORED = "SELECT path, content FROM import_files WHERE run_id = ? AND content IS NOT NULL ORDER BY id"
_LISTED_AS = (
    "UPDATE import_files SET verdict = ?, reason = ?, count = ?, size = ?, sha256 = ?"
    f", listed = {KEPT_AND_LISTED} WHERE id = ?"
)
_UNUSED_PEOPLE = """
SELECT r.row_id FROM import_rows AS r WHERE r.run_id = ? AND r.kind = 'person'
AND NOT EXISTS (SELECT 1 FROM import_files AS f WHERE f.person_id = r.row_id)
AND NOT EXISTS (SELECT 1 FROM memories AS m WHERE m.person_id = r.row_id)
AND NOT EXISTS (SELECT 1 FROM profile_sources AS p WHERE p.person_id = r.row_id)
AND NOT EXISTS (SELECT 1 FROM conversations AS c WHERE c.person_id = r.row_id)
"""

_UNUSED_PERSONAS = """
SELECT r.row_id FROM import_rows AS r WHERE r.run_id = ? AND r.kind = 'persona'
AND NOT EXISTS (SELECT 1 FROM import_files AS f WHERE f.persona_id = r.row_id)
"""


class SqlRunWriter:
    """Made by SqlImports.begin. What it is told reaches the tables by `finish` at the latest.

    A person or a persona it made outlives a file that was taken back, because the files after it may
    name them too; one that no file names at the end is dropped.
    """

    def __init__(self, connection: Connection, run_id: RunId, *, clock: Clock, assets: Assets, people: People) -> None:
        self._connection = connection
        self._run_id = run_id
        self._clock = clock
        self._assets = assets
        self._you = people.you().id
        self._buffer = RowBuffer(connection, now=to_stored(clock.now()))
        self._in_file: Mark | None = None
        self._savepoint = False
        self._keys = PersonKeys(connection)
        self._kept: dict[str, list[tuple[int, PlanRow]]] = {}
        """By their paths, those that no row lists yet."""
        self._kept_in_file: list[tuple[int, PlanRow]] = []
        self._listed_otherwise: list[tuple[object, ...]] = []
        self._counts = Counter[Verdict]()
        self._brought = BroughtMemories(connection, self._buffer, write_through=self._write_through)
        self._personas = self._memories = self._messages = 0

    @property
    def run_id(self) -> RunId:
        return self._run_id

    def many_files(self) -> AbstractContextManager[None]:
        return self._buffer.beside()

    @contextmanager
    def file(self) -> Iterator[None]:
        """Nothing is written for it yet where rows can wait; the savepoint is set at the first that can't."""
        if self._in_file is not None:
            raise RuntimeError("a file within a file")
        if self._buffer.full:
            self._buffer.flush_beside()
            self._keys.settle()
        self._in_file = self._buffer.mark()
        self._kept_in_file.clear()
        counts = self._personas, self._memories, self._messages
        try:
            yield
        except BaseException:
            self._buffer.take_back(self._in_file)
            self._personas, self._memories, self._messages = counts
            self._kept_in_file.clear()
            if self._savepoint:
                self._connection.exec_driver_sql("ROLLBACK TO incoming_file")
            raise
        finally:
            for kept in self._kept_in_file:
                self._kept.setdefault(kept[1].path, []).append(kept)
            if self._savepoint:
                self._connection.exec_driver_sql("RELEASE incoming_file")
            self._savepoint = False
            self._in_file = None

    def keep_file(
        self, row: PlanRow, content: bytes | None, persona_id: PersonaId | None, person_id: PersonId | None
    ) -> int:
        file_id = self._buffer.next_id("import_files")
        self._add_file(file_id, row, content, persona_id, person_id, KEPT_AND_LISTED)
        if self._in_file is None:
            self._kept.setdefault(row.path, []).append((file_id, row))
        else:
            self._kept_in_file.append((file_id, row))
        return file_id

    def person(self, key: str, name: str, *, is_you: bool = False) -> PersonId:
        """The key "" is You without being stored."""
        if is_you:
            if key and self._keys.find(key) != self._you:
                self._map(key, self._you)
            return self._you
        known = self._keys.find(key)
        if known is not None:
            return PersonId(known)
        person_id = PersonId(self._buffer.next_id("people"))
        shown = _person_name(name, key)
        self._people_first(person_id, shown)
        self._map(key, person_id)
        return person_id

    def persona(
        self, file_id: int | None, card: PersonaCard, avatar: bytes = b"", media_type: str = "", sample: bytes = b""
    ) -> PersonaId:
        self._write_through()
        if sample and (kind := sound_format(sample)) is not None:
            self._assets.put(sample, MEDIA_TYPES[kind])
        sha256 = self._assets.put(avatar, media_type) if avatar else ""
        personas = SqlPersonas(self._connection, clock=self._clock)
        made = personas.create(_with_free_name(personas, card), avatar=sha256)
        self._note("persona", made.id, persona_mark(self._connection, made.id))
        for book in SqlLorebooks(self._connection, clock=self._clock).own(made.id):
            self._note("lorebook", book.id, lorebook_mark(self._connection, book.id))
        if file_id is not None:
            self._connection.exec_driver_sql(
                "UPDATE import_files SET persona_id = ? WHERE id = ? AND persona_id IS NULL", (made.id, file_id)
            )
        self._personas += 1
        return made.id

    def bring(
        self,
        file_id: int,
        incoming: Incoming | ReadyProfile,
        persona_id: PersonaId | None,
        person_id: PersonId | None,
    ) -> int:
        if isinstance(incoming, IncomingLorebook):
            return self._bring_lorebook(incoming, persona_id)
        if persona_id is None:
            raise ValueError("only a lorebook can belong to nobody")
        if isinstance(incoming, IncomingChat):
            return self._bring_chat(incoming, persona_id, person_id)
        if isinstance(incoming, IncomingProfile):
            incoming = ready_profile(_storable(incoming))
        if isinstance(incoming, ReadyProfile) and person_id is not None:
            memories = incoming.memories
            row = (persona_id, person_id, file_id, *incoming[1:9])
            self._buffer.add("profile_sources", row, len(incoming.details_json))
        elif isinstance(incoming, IncomingMemories):
            memories = memory_columns(all_storable(incoming.memories))
        else:
            raise TypeError(f"{type(incoming).__name__} is not brought this way")
        new = self._brought.bring(file_id, memories, persona_id, person_id)
        self._memories += new
        return new

    def list_file(self, row: PlanRow) -> None:
        self._counts[row.verdict] += 1
        waiting = self._kept.get(row.path, ())
        known = next((kept for kept in waiting if kept[1] is row), None)
        if known is None:
            known = next((kept for kept in waiting if _identity(kept[1]) == _identity(row)), None)
            if known is None:
                self._add_file(self._buffer.next_id("import_files"), row, None, None, None, LISTED)
                return
            told = (row.verdict.value, storable(row.reason), row.count, row.size, row.sha256)
            self._listed_otherwise.append((*told, known[0]))
        if len(waiting) > 1:
            self._kept[row.path].remove(known)
        else:
            del self._kept[row.path]

    def finish(self, rows: Sequence[PlanRow], backup: Path | None, database_backup: Path | None) -> int:
        for row in sorted(rows, key=_path):
            self.list_file(row)
        self._buffer.flush()
        if self._listed_otherwise:
            self._connection.exec_driver_sql(_LISTED_AS, self._listed_otherwise)
        pieces = [(file_id,) for kept in self._kept.values() for file_id, _ in kept]
        if pieces:
            self._connection.exec_driver_sql(f"UPDATE import_files SET listed = {KEPT} WHERE id = ?", pieces)
        self._drop_unused_people()
        dropped = self._drop_unused_personas()
        counts = {
            "files": self._counts.total(),
            "imported": sum(self._counts[verdict] for verdict in BROUGHT),
            "attention": self._counts[Verdict.ATTENTION],
            "personas": self._personas - dropped,
            "memories": self._memories,
            "messages": self._messages,
        }
        self._connection.exec_driver_sql(
            "UPDATE import_runs SET finished_at = ?, backup = ?, database_backup = ?, counts = ? WHERE id = ?",
            (
                to_stored(self._clock.now()),
                None if backup is None else name_bytes(str(backup)),
                None if database_backup is None else name_bytes(str(database_backup)),
                json.dumps(counts),
                self._run_id,
            ),
        )
        return dropped

    def stored(self) -> Iterator[tuple[str, bytes]]:
        for path, content in self._connection.exec_driver_sql(_STORED, (self._run_id,)):
            yield name_text(path), content

    def _add_file(
        self,
        file_id: int,
        row: PlanRow,
        content: bytes | None,
        persona_id: PersonaId | None,
        person_id: PersonId | None,
        listed: int,
    ) -> None:
        what = (row.part._value_, row.verdict._value_)
        head = (file_id, self._run_id, name_bytes(row.path), row.sha256, row.size, *what)
        of_whom = (name_bytes(row.group), persona_id, person_id, name_bytes(row.person_key))
        tail = (row.count, listed, content)
        self._buffer.add("import_files", (*head, storable(row.reason), *of_whom, *tail), len(content or b""))

    def _bring_chat(self, chat: IncomingChat, persona_id: PersonaId, person_id: PersonId | None) -> int:
        self._write_through()
        whose = self._you if person_id is None else person_id
        conversation_id, mark = store_chat(
            self._connection,
            self._buffer,
            chat,
            persona_id=persona_id,
            person_id=whose,
            now=self._clock.now(),
            put_file=self._assets.put,
        )
        self._note("conversation", conversation_id, mark)
        brought = sum(bool(message.swipes) for message in chat.messages)
        self._messages += brought
        return brought

    def _bring_lorebook(self, lorebook: IncomingLorebook, persona_id: PersonaId | None) -> int:
        self._write_through()
        lorebooks = SqlLorebooks(self._connection, clock=self._clock)
        name = lorebook.name.strip() or NAMELESS_BOOK
        made = lorebooks.create(name, lorebook.raw_json, lorebook.entries, persona_id)
        self._note("lorebook", made.id, lorebook_mark(self._connection, made.id))
        return lorebook.entries

    def _people_first(self, person_id: int, name: str) -> None:
        self._buffer.add_lasting("people", (person_id, self._buffer.new_uuid(), name))
        self._buffer.add_lasting("import_rows", (self._run_id, "person", person_id, name))

    def _map(self, key: str, person_id: int) -> None:
        self._buffer.add_lasting("person_keys", (name_bytes(key), person_id, self._run_id))
        self._keys.note(key, person_id)

    def _note(self, kind: str, row_id: int, mark: str) -> None:
        self._buffer.add("import_rows", (self._run_id, kind, row_id, mark))

    def _write_through(self) -> None:
        """Make the tables hold everything so far: within a file only after the savepoint that can take it back."""
        if self._in_file is not None and not self._savepoint:
            self._in_file = self._buffer.flush_until(self._in_file)
            self._connection.exec_driver_sql("SAVEPOINT incoming_file")
            self._savepoint = True
        self._buffer.flush()

    def _drop_unused_personas(self) -> int:
        unused = [row[0] for row in self._connection.exec_driver_sql(_UNUSED_PERSONAS, (self._run_id,))]
        for persona_id in unused:
            self._connection.exec_driver_sql(FORGET_ORIGIN, ("persona", persona_id))
            self._connection.exec_driver_sql("DELETE FROM personas WHERE id = ?", (persona_id,))
        return len(unused)

    def _drop_unused_people(self) -> None:
        unused = [row[0] for row in self._connection.exec_driver_sql(_UNUSED_PEOPLE, (self._run_id,))]
        for person_id in unused:
            self._connection.exec_driver_sql("DELETE FROM person_keys WHERE person_id = ?", (person_id,))
            self._connection.exec_driver_sql(
                FORGET_ORIGIN,
                ("person", person_id),
            )
            self._connection.exec_driver_sql("DELETE FROM people WHERE id = ?", (person_id,))


def persona_mark(connection: Connection, persona_id: int) -> str:
    """A digest of the card: what it is at the end of an import and what it is before the undo."""
    row = connection.exec_driver_sql(_PERSONA, (persona_id,)).first()
    return "" if row is None else hashlib.sha256(json.dumps(tuple(row)).encode()).hexdigest()


def _path(row: PlanRow) -> str:
    return row.path


def _identity(row: PlanRow) -> tuple[str, str, str, str]:
    return row.path, row.group, row.part.value, row.person_key


def _person_name(name: str, key: str) -> str:
    if (
        name.isascii()
        and name.isprintable()
        and name[:1].isalnum()
        and len(name) <= NAME_LIMIT
        and not _SPACES.search(name)
    ):
        return name  # what all that follows would make of it
    for candidate in (name, key.rpartition(":")[2]):
        cut = " ".join(storable(candidate).split())[:NAME_LIMIT].rstrip()
        try:
            return checked_name(cut, whose="person")
        except InvalidInput:
            continue
    return "Someone"


def _with_free_name(personas: SqlPersonas, card: PersonaCard) -> PersonaCard:
    name, number = card.name, 1
    while personas.named(name) is not None:
        number += 1
        end = f" ({number})"
        name = " ".join(card.name.split())[: NAME_LIMIT - len(end)].rstrip() + end
    return card if name == card.name else replace(card, name=name)


def _storable(profile: IncomingProfile) -> IncomingProfile:
    return replace(
        profile,
        known_as=storable(profile.known_as),
        stage=storable(profile.stage),
        details_json=storable(profile.details_json),
        memories=tuple(all_storable(profile.memories)),
    )
