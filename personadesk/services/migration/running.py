"""A run: backup, import in one transaction, verification, and the moves of a folder that is put in order."""

import contextlib
import hashlib
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise, repeat, takewhile
from pathlib import Path
from uuid import uuid4

from personadesk.domain.errors import NotFound, Stopped, UserFacingError
from personadesk.domain.ids import PersonaId, PersonId, RunId
from personadesk.domain.incoming import IncomingChat, IncomingPersona
from personadesk.domain.migration import (
    BROUGHT,
    Part,
    Plan,
    PlanGroup,
    PlanRow,
    Progress,
    Receipt,
    SourceKind,
    Stage,
    Verdict,
)
from personadesk.domain.persona import PersonaCard
from personadesk.domain.plan_columns import PlanRows, in_columns
from personadesk.domain.ready_profile import ProfileHead, ReadyProfile
from personadesk.formats.bot_persona import shown_name
from personadesk.formats.ready_profiles import read_ready
from personadesk.services.attached_files import with_checked_files
from personadesk.services.migration.planning import BlockingDatabase, runs_here
from personadesk.services.migration.reading import FROM_FILES, LIMIT_BYTES, ReadAhead, WaitingFile, from_backup
from personadesk.services.migration.reorganizing import reorganize
from personadesk.services.migration.sorting import (
    NotOurs,
    Piece,
    inside_path,
    may_be_profile,
    person_of,
    pieces_of,
    profile_piece,
)
from personadesk.services.migration_ports import (
    BackupReader,
    Backups,
    Cancelled,
    FolderMoves,
    ForeignDatabases,
    Journal,
    PictureFitter,
    PictureFitters,
    ProfileReader,
    ProfileReaders,
    RunWriter,
    StoreBackup,
    Tell,
)
from personadesk.services.ports import Clock, Store

TELL_EVERY = 32


@dataclass(slots=True)
class _Tally:
    run_id: RunId
    personas: int = 0
    memories: int = 0
    messages: int = 0
    rows: PlanRows = field(default_factory=PlanRows)


class Runner:
    """Carries a plan out. Blocks; `cancelled` is asked for every file."""

    def __init__(
        self,
        *,
        profiles: ProfileReaders,
        pictures: PictureFitters,
        backups: Backups,
        databases: ForeignDatabases,
        journal: Journal,
        moves: FolderMoves,
        database: BlockingDatabase,
        back_up_store: StoreBackup,
        clock: Clock,
        tell: Tell,
        cancelled: Cancelled,
    ) -> None:
        self._profiles = profiles
        self._pictures = pictures
        self._backups = backups
        self.databases = databases
        self._journal = journal
        self._moves = moves
        self._database = database
        self._back_up_store = back_up_store
        self._clock = clock
        self.tell = tell
        self.cancelled = cancelled

    def run(self, plan: Plan) -> Receipt:
        """Raises Stopped where cancelled and UserFacingError where it can't be done: then nothing is changed."""
        if not plan.to_import:
            raise UserFacingError("There is nothing new to bring in.", "What is here already stays as it is.")
        started, uuid = self._clock.now(), str(uuid4())
        with contextlib.ExitStack() as held:
            held.enter_context(self._journal.lock(plan.found.main))
            if self._database.submit_read(runs_here).result() != plan.runs_here:
                raise UserFacingError("Another import or an undo came in between.", "Look again at what is new now.")
            self._journal.begin(uuid, {"source": str(plan.found.base), "backup": str(plan.backup_path)})
            # Its start is over when the backup is made.
            beside = held.enter_context(self._profiles.started()) if plan.to_import > FROM_FILES else None
            pictures = held.enter_context(self._pictures.started())
            archive: BackupReader | None = None
            try:
                archive = self._backups.make(plan.found, plan.backup_path, tell=self.tell, cancelled=self.cancelled)
                try:
                    self._journal.note(uuid, "backed up", {})
                    store_backup = self._back_up_store("before-import")
                    tally = self._database.submit_large_write(
                        lambda store: _Import(self, plan, uuid, archive, store_backup, store, beside, pictures).run()
                    ).result()
                finally:
                    archive.close()
            except BaseException:
                if archive is not None:  # one that was not finished left nothing; the name may be somebody else's
                    self._moves.discard(plan.backup_path)
                self._journal.end(uuid)
                raise
            self._journal.note(uuid, "imported", {})
            moved = 0
            if plan.choices.reorganize:
                moved = reorganize(plan, uuid, tally.rows, moves=self._moves, journal=self._journal, tell=self.tell)
            self._journal.end(uuid)
        return Receipt(
            run_id=tally.run_id,
            uuid=uuid,
            source=plan.found.main,
            kind=plan.found.kind,
            started_at=started,
            finished_at=self._clock.now(),
            backup=plan.backup_path,
            database_backup=store_backup,
            rows=tally.rows,
            personas_made=tally.personas,
            memories=tally.memories,
            messages=tally.messages,
            moved=moved,
        )


class _Import:
    """The one transaction of a run."""

    def __init__(
        self,
        runner: Runner,
        plan: Plan,
        uuid: str,
        archive: BackupReader,
        store_backup: Path,
        store: Store,
        beside: ProfileReader | None,
        pictures: PictureFitter,
    ) -> None:
        self._runner = runner
        self._plan = plan
        self._archive = archive
        self._store_backup = store_backup
        self._beside = beside
        self._pictures = pictures
        self._store = store
        self._writer: RunWriter = store.imports.begin(uuid=uuid, source=plan.found.main, kind=plan.found.kind)
        self._groups: Mapping[str, PlanGroup] = {group.key: group for group in plan.groups}
        self._personas: dict[str, PersonaId] = {}
        self._named: list[str] = []
        self._rows = in_columns(plan.rows)
        self._brought = array("I")
        """The numbers of the rows that were brought in, as they were."""
        self._changed: dict[int, PlanRow] = {}
        # Who is in one file alone is called what that file says, and comes after those who are in several.
        several = takewhile(lambda person: person.profiles > 1, plan.people)
        self._names = {person.key: person.name for person in several}
        self._tally = _Tally(run_id=self._writer.run_id)

    def run(self) -> _Tally:
        if self._plan.found.kind in (SourceKind.MYBELLA, SourceKind.MEMU):
            self._bring_database()
        else:
            with self._writer.many_files() if self._beside else contextlib.nullcontext():
                self._bring_files()
        self._tally.rows = self._rows.with_changes(self._changed)
        self._tally.personas -= self._writer.finish((), self._plan.backup_path, self._store_backup)
        self._verify()
        return self._tally

    def _bring_files(self) -> None:
        rows = self._rows
        brought: dict[str, PlanRow] = {}
        several = {path for path, other in pairwise(map(rows.path, range(len(rows)))) if path == other}
        files = map(self._waiting, _in_order(rows))
        read: Iterable[tuple[WaitingFile, ReadyProfile | None]] = zip(files, repeat(None))
        if self._beside:
            read = ReadAhead(WaitingFile.named, self._beside.ready, read_ready).read(files)
        cards = rows.count_of_part(Part.CARD)
        for done, (file, ready) in enumerate(read):
            row = file.row
            if done == cards:
                self._make_personas()
            self._pause(done, len(rows), row.path)
            fresh = row
            if row.verdict is Verdict.ATTENTION:
                self._writer.keep_file(row, None, None, None)
            elif row.verdict in BROUGHT and row.path in brought:  # another piece of a file that is in already
                fresh = replace(row, verdict=brought[row.path].verdict)
            elif row.verdict in BROUGHT:
                fresh = self._bring_file(file, ready)
                if fresh.verdict in BROUGHT:
                    self._brought.append(file.number)
                if row.path in several:
                    brought[row.path] = fresh
            self._writer.list_file(fresh)
            if fresh is not row:
                self._changed[file.number] = fresh

    def _waiting(self, number: int) -> WaitingFile:
        """A row with its file's bytes where another process may read them."""
        row = self._rows[number]
        inside = inside_path(self._plan.found, row.path)
        ahead = row.part is Part.PROFILE and row.verdict in BROUGHT and row.size <= LIMIT_BYTES
        if self._beside and ahead and may_be_profile(self._plan.found.kind, inside):
            with contextlib.suppress(UserFacingError):  # which comes again when it is the file's turn
                return WaitingFile(number, row, *self._archive.read(row.path))
        return WaitingFile(number, row, None)

    def _bring_file(self, file: WaitingFile, ready: ReadyProfile | None) -> PlanRow:
        _, row, content, digest = file
        tally = (self._tally.personas, self._tally.memories, self._tally.messages)
        self._named.clear()
        if content is None:
            try:
                content, digest = from_backup(self._archive, row.path)
            except NotFound as missing:
                return _unread(row, missing)
        try:
            if digest != row.sha256:  # it was written to since the plan was made
                row = replace(row, sha256=digest, size=len(content))
            with self._writer.file():
                inside = inside_path(self._plan.found, row.path)
                pieces = [profile_piece(inside, ready)] if ready else pieces_of(self._plan.found.kind, inside, content)
                for number, piece in enumerate(list(pieces)):
                    self._bring(row, piece, content if number == 0 else None)
        except UserFacingError as problem:
            # What the savepoint took back must not be counted, nor be found under its name.
            for name in self._named:
                self._personas.pop(name, None)
            self._tally.personas, self._tally.memories, self._tally.messages = tally
            return _unread(row, problem)
        except NotOurs as other:
            return replace(row, verdict=Verdict.NOT_OURS, reason=str(other))
        return row

    def _bring_database(self) -> None:
        plan, rows = self._plan, list(self._rows)
        try:
            with self._writer.file():
                found = self._runner.databases.bring(plan.found.base, plan.found.trees[0], plan.found.kind)
                for number, (persona, incoming) in enumerate(found):
                    self._pause(number, 0, plan.found.trees[0])
                    row = next((row for row in rows if row.group == persona), rows[0])
                    self._bring(row, Piece(Part.OTHER, persona, incoming), None)
        except UserFacingError as problem:
            if isinstance(problem, Stopped):
                raise
            rows = [_unread(row, problem) for row in rows]
            self._changed = dict(enumerate(rows))
        for row in rows:
            self._writer.list_file(row)

    def _bring(self, row: PlanRow, piece: Piece, content: bytes | None) -> None:
        incoming = piece.incoming
        assert not isinstance(incoming, ProfileHead)
        if isinstance(incoming, IncomingPersona):
            self._bring_card(row, piece, content)
            return
        key, name = person_of(incoming)
        if isinstance(incoming, IncomingChat) and not incoming.has_times:
            incoming = replace(incoming, started_at=self._archive.changed_at(row.path))
        if isinstance(incoming, IncomingChat):
            incoming = with_checked_files(incoming, self._pictures.fit)
        if key == row.person_key:
            key = row.person_key  # the same text, there for good already
        person_id = None if key is None else self._person(key, name)
        persona_id = None if piece.part is Part.LOREBOOK and not piece.group else self._persona(piece.group)
        file_id = self._writer.keep_file(row, content, persona_id, person_id)
        count = self._writer.bring(file_id, incoming, persona_id, person_id)
        if isinstance(incoming, IncomingChat):
            self._tally.messages += count
        elif piece.part is not Part.LOREBOOK:
            self._tally.memories += count

    def _bring_card(self, row: PlanRow, piece: Piece, content: bytes | None) -> None:
        incoming = piece.incoming
        assert isinstance(incoming, IncomingPersona)
        known = self._groups.get(piece.group)
        if known is not None and known.persona_id is not None:
            self._writer.keep_file(row, content, known.persona_id, None)
            return
        file_id = self._writer.keep_file(row, content, None, None)
        avatar, media_type = (self._pictures.fit(incoming.avatar) if incoming.avatar else None) or (b"", "")
        persona_id = self._writer.persona(file_id, incoming.card, avatar, media_type, incoming.sample)
        self._tally.personas += 1
        for name in (piece.group, incoming.card.name, incoming.card.shown_name):
            self._name(_key(name), persona_id)

    def _persona(self, group: str) -> PersonaId:
        """The persona that a group goes to, made where there is none."""
        known = self._groups.get(group) or PlanGroup(group, shown_name(group) or "Default")
        if known.persona_id is not None:
            return known.persona_id
        for name in (known.key, known.name):
            if name and _key(name) in self._personas:
                return self._personas[_key(name)]
        persona_id = self._store.personas.named(known.name)
        if persona_id is None:
            name = " ".join(known.name.split())[:50].strip() or "Default"
            persona_id = self._writer.persona(None, PersonaCard(name=name))
            self._tally.personas += 1
        self._name(_key(known.name), persona_id)
        return persona_id

    def _make_personas(self) -> None:
        """Those that no card has made, all at once: later each would wait for the rows that are being written."""
        needed = {group for part, verdict, group in self._rows.tally() if part is Part.PROFILE and verdict in BROUGHT}
        for group in self._groups:
            if group in needed:
                self._persona(group)

    def _name(self, key: str, persona_id: PersonaId) -> None:
        if key not in self._personas:
            self._personas[key] = persona_id
            self._named.append(key)

    def _person(self, key: str, name: str) -> PersonId:
        return self._writer.person(key, self._names.get(key) or name, is_you=key in ("", self._plan.you))

    def _pause(self, number: int, total: int, path: str, stage: Stage = Stage.IMPORT) -> None:
        if self._runner.cancelled():
            raise Stopped("The import was stopped.", "Nothing was changed.")
        if number % TELL_EVERY == 0:
            self._runner.tell(Progress(stage, number, total, path))

    def _verify(self) -> None:
        """Read back what was stored: every file that was brought has the bytes of the backup."""
        if self._plan.found.kind in (SourceKind.MYBELLA, SourceKind.MEMU):
            return
        brought = iter(self._brought)
        for done, (path, content) in enumerate(self._writer.stored()):
            self._pause(done, len(self._brought), path, Stage.VERIFY)
            number = next(brought, None)
            row = None if number is None else self._tally.rows[number]
            if row is None or row.path != path or hashlib.sha256(content).digest() != row.sha256:
                raise UserFacingError(f"What was stored of {path} differs from the backup.", "Nothing was changed.")
        for number in brought:
            raise UserFacingError(f"{self._rows.path(number)} did not reach the database.", "Nothing was changed.")


def _unread(row: PlanRow, problem: UserFacingError) -> PlanRow:
    return replace(row, verdict=Verdict.ATTENTION, reason=f"{problem.sentence} {problem.next_step}".strip())


def _in_order(rows: PlanRows) -> "array[int]":
    """The numbers of all rows: cards first, because the others name personas; then profiles, which name people."""
    places = {Part.CARD: 0, Part.PROFILE: 1}
    return array("I", sorted(range(len(rows)), key=lambda number: places.get(rows.part(number), 2)))


@lru_cache(1024)
def _key(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).casefold()
