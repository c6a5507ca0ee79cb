"""`personadesk migrate`: the same service as the wizard's, in the terminal."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from personadesk.assembly import Backend, make_migration
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId, RunId
from personadesk.domain.migration import BROUGHT, Choices, Found, Plan, PlanRow, Progress, SourceKind, Verdict
from personadesk.formats.bot_persona import check_persona_id, shown_name
from personadesk.paths import Paths
from personadesk.services.clock import SystemClock
from personadesk.services.migration.planning import BlockingDatabase
from personadesk.services.migration.service import Migration, shown_path
from personadesk.storage.dry_database import DryDatabase

WORDS = {
    Verdict.IMPORT: "import",
    Verdict.MERGE: "merge",
    Verdict.UPDATE: "update",
    Verdict.HERE: "already here",
    Verdict.SKIP: "skip",
    Verdict.ATTENTION: "needs attention",
    Verdict.NOT_OURS: "not ours",
}


def migrate(paths: Paths, chosen: argparse.Namespace) -> int:
    """Returns 0 where all is well, 1 where something needs attention, 2 for a persona id that can't be one."""
    if chosen.persona is not None:
        try:
            check_persona_id(chosen.persona)
        except UserFacingError as problem:
            print(f"{problem.sentence} {problem.next_step}".strip(), file=sys.stderr)
            return 2
    if chosen.dry_run:
        return _dry_run(paths, chosen)
    backend = Backend(paths)
    try:
        backend.database.opened().result()
        backend.engine.submit(backend.prepare()).result()
        for sentence in backend.migration.recover():
            print(sentence, file=sys.stderr)
        if chosen.list:
            return _list(backend.migration, as_json=chosen.json)
        if chosen.rollback is not None:
            return _roll_back(backend.migration, chosen)
        return _bring(backend.migration, backend.database, chosen)
    finally:
        backend.close()


def _dry_run(paths: Paths, chosen: argparse.Namespace) -> int:
    clock = SystemClock()
    database = DryDatabase(paths.data_dir, clock=clock)
    try:
        migration = make_migration(
            paths, database=database, back_up_store=database.back_up, clock=clock, publish=lambda _event: None
        )
        return _bring(migration, database, chosen)
    finally:
        database.close()


def _bring(migration: Migration, database: BlockingDatabase, chosen: argparse.Namespace) -> int:
    found = _found(migration, chosen.profiles_dir)
    choices = Choices(
        personas=_default_persona(database, chosen.persona),
        you=None if chosen.you is None else f"discord:{chosen.you.removeprefix('discord:')}",
        backup_folder=Path(chosen.backup_dir).absolute() if chosen.backup_dir else None,
        reorganize=chosen.reorganize,
    )
    plan = migration.plan(found, choices, tell=_tell(chosen))
    rows = plan.rows
    backup: Path | None = None
    if plan.to_import and not chosen.dry_run:
        receipt = migration.run(plan, tell=_tell(chosen))
        rows, backup = receipt.rows, receipt.backup
    _say(plan, rows, backup, chosen)
    return 1 if any(row.verdict is Verdict.ATTENTION for row in rows) else 0


def _found(migration: Migration, folder: str | None) -> Found:
    if folder is not None:
        found = migration.inspect(Path(folder))
        if found:
            return found[0]
        if Path(folder).expanduser().is_dir():
            return Found(SourceKind.PROFILES, Path(folder).expanduser().absolute(), (".",))
        raise UserFacingError(f"{folder} holds nothing that can be brought in.", "Name another folder or file.")
    places = migration.usual_places()
    if not places:
        looked = "\n  ".join(str(place) for place in migration.looked_at())
        raise UserFacingError(f"No profiles were found. Looked in:\n  {looked}\n", "Name a folder with --profiles-dir.")
    return places[0]


def _default_persona(database: BlockingDatabase, name: str | None) -> tuple[tuple[str, PersonaId], ...]:
    if name is None:
        return ()
    names = (name, shown_name(name))
    for persona in database.submit_read(lambda store: [store.personas.find_by_name(item) for item in names]).result():
        if persona is not None:
            return (("", persona.id),)
    raise UserFacingError(f"There is no persona named {name}.", "See who is there with: personadesk chat")


def _say(plan: Plan, rows: Sequence[PlanRow], backup: Path | None, chosen: argparse.Namespace) -> None:
    counted = {verdict: sum(row.verdict is verdict for row in rows) for verdict in Verdict}
    profiles = sum(verdict_count for verdict, verdict_count in counted.items() if verdict is not Verdict.NOT_OURS)
    if chosen.json:
        said = {
            "source": str(plan.found.main),
            "kind": plan.found.kind.value,
            "dry_run": chosen.dry_run,
            "backup": str(backup) if backup else None,
            "counts": {verdict.value: count for verdict, count in counted.items()},
            "personas": [{"key": group.key, "name": group.name, "here": group.persona_id} for group in plan.groups],
            "you": plan.you,
            "rows": [_as_json(row) for row in rows],
        }
        print(json.dumps(said, indent=2))
        return
    print(f"{'Would bring in' if chosen.dry_run else 'Brought in'} from {plan.found.main}")
    for row in rows:
        if chosen.verbose or row.verdict is Verdict.ATTENTION:
            print(f"  {WORDS[row.verdict]:15} {shown_path(row.path)}  {row.reason}".rstrip())
    print(f"Total found:     {profiles}")
    print(f"Imported:        {sum(counted[verdict] for verdict in BROUGHT)}")
    print(f"Skipped:         {counted[Verdict.HERE] + counted[Verdict.SKIP]}")
    print(f"Needs attention: {counted[Verdict.ATTENTION]}")
    if chosen.dry_run:
        print(f"Backup would go to: {plan.backup_path}")
        print("Nothing was changed: this was a dry run.")
    else:
        print(f"Backup: {backup}" if backup else "Nothing new, so no backup was made.")


def _as_json(row: PlanRow) -> dict[str, object]:
    return {
        "path": row.path,
        "part": row.part.value,
        "verdict": row.verdict.value,
        "group": row.group,
        "person": row.person_key,
        "count": row.count,
        "size": row.size,
        "sha256": row.sha256.hex(),
        "reason": row.reason,
    }


def _list(migration: Migration, *, as_json: bool) -> int:
    runs = migration.runs()
    if as_json:
        said = [
            {
                "run": run.id,
                "source": str(run.source),
                "kind": run.kind.value,
                "started_at": run.started_at.isoformat(),
                "backup": str(run.backup) if run.backup else None,
                "imported": run.imported,
                "attention": run.attention,
                "undone": run.undone_at is not None,
            }
            for run in runs
        ]
        print(json.dumps(said, indent=2))
        return 0
    for run in runs:
        state = "undone" if run.undone_at else f"{run.imported} imported, {run.attention} need attention"
        print(f"{run.id:4}  {run.started_at:%Y-%m-%d %H:%M} UTC  {run.source}  {state}")
    if not runs:
        print("Nothing was imported yet.")
    return 0


def _roll_back(migration: Migration, chosen: argparse.Namespace) -> int:
    alive = [run.id for run in migration.runs() if run.undone_at is None]
    if chosen.rollback and not chosen.rollback.isdigit():
        print(f"{chosen.rollback} is no run. See which there are with: personadesk migrate --list", file=sys.stderr)
        return 2
    if not chosen.rollback and not alive:
        raise UserFacingError("There is no import to undo.", "See which there were with: personadesk migrate --list")
    run_id = RunId(int(chosen.rollback)) if chosen.rollback else alive[0]
    result = migration.undo(run_id, restore_folder=chosen.restore_folder)
    gone = result.preview
    print(
        f"Undone: {gone.personas} personas, {gone.memories} memories, {gone.conversations} conversations and"
        f" {gone.lorebooks} lorebooks went; {result.restored} files were put back."
    )
    for sentence in (*gone.kept, *result.left):
        print(f"  {sentence}")
    return 1 if result.left else 0


def _tell(chosen: argparse.Namespace) -> Callable[[Progress], None]:
    shown = sys.stderr.isatty() and not chosen.json

    def tell(progress: Progress) -> None:
        if shown:
            print(
                f"\r{progress.stage.value.replace('_', ' ')}: {progress.done} of {progress.total}  ",
                end="",
                file=sys.stderr,
            )

    return tell
