"""The one migration service: the wizard and the terminal are views on it."""

import contextlib
import gc
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import RunId
from personadesk.domain.migration import Choices, Found, Plan, PlanRow, Receipt, Run, UndoPreview, UndoResult
from personadesk.services.migration.look import Looker, usual_places
from personadesk.services.migration.planning import BlockingDatabase, Planner
from personadesk.services.migration.running import Runner
from personadesk.services.migration_ports import (
    Backups,
    Cancelled,
    FolderMoves,
    ForeignDatabases,
    Journal,
    OpenRun,
    PictureFitters,
    ProfileReaders,
    SourceFiles,
    StoreBackup,
    Tell,
)
from personadesk.services.ports import Clock, Publish

_TURN_S = 0.000_5
"""A window asks for Python a dozen times in each of its turns, and waits this long for each."""
_YOUNG = 20_000
"""A file is dozens of objects without a circle: looking for those every 700, as is usual, takes a tenth of the time."""


def never() -> bool:
    return False


def silent(_progress: object) -> None:
    """Tell nobody."""


class Migration:
    """Every call blocks, for a worker thread or the terminal. One at a time."""

    def __init__(
        self,
        *,
        files: SourceFiles,
        profiles: ProfileReaders,
        pictures: PictureFitters,
        databases: ForeignDatabases,
        backups: Backups,
        journal: Journal,
        moves: FolderMoves,
        database: BlockingDatabase,
        back_up_store: StoreBackup,
        clock: Clock,
        publish: Publish,
        home: Path,
        program: Path,
    ) -> None:
        self._files = files
        self._profiles = profiles
        self._pictures = pictures
        self._databases = databases
        self._backups = backups
        self._journal = journal
        self._moves = moves
        self._database = database
        self._back_up_store = back_up_store
        self._clock = clock
        self._publish = publish
        self._home = home
        self._program = program

    # -- looking

    def looked_at(self) -> list[Path]:
        """The folders that `usual_places` looks into."""
        return list(usual_places(self._home, self._program))

    def usual_places(self) -> list[Found]:
        """What lies next to the program, in the home folder and where a bot is usually put."""
        found: dict[Path, Found] = {}
        for place in self.looked_at():
            for item in self._looker().inspect(place):
                found.setdefault(item.main, item)
        return list(found.values())

    def inspect(self, place: Path) -> list[Found]:
        """What a file or folder holds. Raises UserFacingError where there is nothing at that place."""
        return self._looker().inspect(place)

    def plan(self, found: Found, choices: Choices, *, tell: Tell = silent, cancelled: Cancelled = never) -> Plan:
        """The dry run. Writes nothing. Raises Stopped."""
        planner = Planner(
            files=self._files,
            profiles=self._profiles,
            databases=self._databases,
            backups=self._backups,
            database=self._database,
            clock=self._clock,
            tell=tell,
            cancelled=cancelled,
        )
        with _undisturbed():
            return planner.plan(found, choices)

    # -- doing

    def run(self, plan: Plan, *, tell: Tell = silent, cancelled: Cancelled = never) -> Receipt:
        """Back up, import, verify. Raises UserFacingError, Stopped where cancelled: then nothing is changed."""
        if plan.needed_bytes > plan.free_bytes:
            needed, free = plan.needed_bytes // 1_000_000 + 1, plan.free_bytes // 1_000_000
            raise UserFacingError(
                f"The backup needs {needed} MB, and {free} MB are free.",
                "Make room, or choose another place for the backup.",
            )
        runner = Runner(
            profiles=self._profiles,
            pictures=self._pictures,
            backups=self._backups,
            databases=self._databases,
            journal=self._journal,
            moves=self._moves,
            database=self._database,
            back_up_store=self._back_up_store,
            clock=self._clock,
            tell=tell,
            cancelled=cancelled,
        )
        with _undisturbed():
            receipt = runner.run(plan)
        self._tell_all()
        return receipt

    def runs(self) -> list[Run]:
        return self._database.submit_read(lambda store: store.imports.runs()).result()

    def rows(self, run_id: RunId) -> list[PlanRow]:
        return self._database.submit_read(lambda store: store.imports.rows(run_id)).result()

    def preview_undo(self, run_id: RunId) -> UndoPreview:
        return self._database.submit_read(lambda store: store.imports.preview_undo(run_id)).result()

    def undo(self, run_id: RunId, *, restore_folder: bool = False) -> UndoResult:
        """Take a run back. Files that it moved go back to their place; with `restore_folder` every file of the
        backup gets its old content, and what differs is set aside first."""
        run = self._run(run_id)
        with self._journal.lock(run.source):
            # First the files: one that is cut short there can be asked for again.
            restored, left = self._put_back(run, restore_folder)
            preview = self._database.submit_large_write(lambda store: store.imports.undo(run_id)).result()
        self._tell_all()
        return UndoResult(preview, restored, tuple(left))

    def recover(self) -> list[str]:
        """Finish or take back what the program's end cut short, and say so in sentences."""
        said = []
        for item in self._journal.unfinished():
            with contextlib.ExitStack() as held:
                try:
                    held.enter_context(self._journal.lock(_source_of(item)))
                except UserFacingError:
                    continue  # it is not cut short: another program is at it, or at its folder
                # It may have ended while its lock was asked for.
                if any(fresh.uuid == item.uuid for fresh in self._journal.unfinished()):
                    done = next((run for run in self.runs() if run.uuid == item.uuid), None)
                    said.append(self._recover_one(item, done))
        return said

    # -- inside

    def _looker(self) -> Looker:
        return Looker(files=self._files, databases=self._databases)

    def _run(self, run_id: RunId) -> Run:
        for run in self.runs():
            if run.id == run_id:
                if run.undone_at is not None:
                    raise UserFacingError("This import was undone before.", "There is nothing left to undo.")
                return run
        raise NotFound("There is no such import.", "See which there are with: personadesk migrate --list")

    def _put_back(self, run: Run, restore_folder: bool) -> tuple[int, list[str]]:
        left: list[str] = []
        restored = 0
        base = self._base_of(run)
        for path, to in reversed(self._journal.moves(run.uuid)):
            if self._moves.take_back(base, path, to):
                restored += 1
            elif (base / to).exists():
                left.append(f"{to} stays where it is: its old place is taken.")
        if restore_folder and run.backup is not None:
            archive = self._backups.open(run.backup)
            try:
                count, problems = archive.restore(base)
            finally:
                archive.close()
            restored += count
            left += problems
        return restored, left

    def _base_of(self, run: Run) -> Path:
        """The folder that the backup's paths are relative to."""
        if run.backup is None:
            return run.source
        archive = self._backups.open(run.backup)
        try:
            return archive.base
        finally:
            archive.close()

    def _recover_one(self, item: OpenRun, run: Run | None) -> str:
        details = _details_of(item)
        source = details.get("source", "a folder")
        if run is None:
            if "backup" in details:
                made = any(step == "backed up" for step, _ in item.steps)
                self._moves.discard(Path(details["backup"]), finished=made)
            self._journal.end(item.uuid)
            return f"The import of {source} was cut short when PersonaDesk ended. Nothing was changed by it."
        for path, to in self._journal.moves(item.uuid):
            try:
                self._moves.move(Path(source), path, to)
            except UserFacingError as problem:
                self._journal.note(item.uuid, "stays", {"from": path, "why": problem.sentence})
        self._journal.end(item.uuid)
        return f"The import of {source} was cut short when PersonaDesk ended. It is complete now."

    def _tell_all(self) -> None:
        personas = self._database.submit_read(lambda store: store.personas.summaries()).result()
        touched = frozenset(persona.id for persona in personas)
        self._publish(ChangeSet(personas=touched, cards=touched, memories=touched, trash=True))


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Threads change places oftener, because this work hardly ever lets Python go by itself; circles are sought
    more rarely, where they are sought at all."""
    turn_s, collected = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(min(turn_s, _TURN_S))
    gc.set_threshold(max(_YOUNG, collected[0]) if collected[0] else 0, *collected[1:])
    try:
        yield
    finally:
        gc.set_threshold(*collected)
        sys.setswitchinterval(turn_s)


def _details_of(item: OpenRun) -> Mapping[str, str]:
    return item.steps[0][1] if item.steps else {}


def _source_of(item: OpenRun) -> Path:
    return Path(_details_of(item).get("source", ""))


def shown_path(path: str) -> str:
    """A path that can be printed: what is no text in it is shown escaped."""
    return json.dumps(path)[1:-1] if not path.isprintable() or _has_surrogates(path) else path


def _has_surrogates(path: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in path)
