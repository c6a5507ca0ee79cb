"""Putting a bot's profiles into per-persona folders, as the bot wants them."""

from collections.abc import Iterable

from personadesk.domain.errors import UserFacingError
from personadesk.domain.migration import BROUGHT, Part, Plan, PlanRow, Progress, Stage
from personadesk.services.migration_ports import FolderMoves, Journal, Tell


def reorganize(
    plan: Plan, uuid: str, rows: Iterable[PlanRow], *, moves: FolderMoves, journal: Journal, tell: Tell
) -> int:
    """Put the root's profiles into the folder of the persona they went to. Returns how many were moved."""
    moved = 0
    folder = _folder_name(next((group.name for group in plan.groups if not group.key), "default"))
    candidates = [row for row in rows if row.part is Part.PROFILE and not row.group and row.verdict in BROUGHT]
    for number, row in enumerate(candidates):
        tell(Progress(Stage.REORGANIZE, number, len(candidates), row.path))
        above, _, name = row.path.rpartition("/")
        to = f"{above}/{folder}/{name}" if above else f"{folder}/{name}"
        if moves.is_taken(plan.found.base, to):
            journal.note(uuid, "stays", {"from": row.path, "why": f"{to} is there already."})
            continue
        journal.note(uuid, "move", {"from": row.path, "to": to})
        try:
            moves.move(plan.found.base, row.path, to)
            moved += 1
        except UserFacingError as problem:
            journal.note(uuid, "stays", {"from": row.path, "why": problem.sentence})
    return moved


def _folder_name(name: str) -> str:
    """A persona's folder as the bot spells it: lower case, words joined by underscores."""
    kept = "".join(character if character.isalnum() else "_" for character in name.casefold())
    return "_".join(part for part in kept.split("_") if part) or "default"
