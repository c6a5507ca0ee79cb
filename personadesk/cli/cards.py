"""`personadesk import` and `personadesk export --persona`: cards in and out without a window."""

import argparse
import json
import sys
from pathlib import Path

from personadesk.assembly import Backend
from personadesk.cli.card_options import ON_KNOWN
from personadesk.domain.card_import import CardCandidate, CardDecision, CardMatch, CardReport, with_notes
from personadesk.domain.errors import UserFacingError
from personadesk.paths import Paths
from personadesk.services.card_exports import CardFormat

_ON_KNOWN = dict(zip(ON_KNOWN, (CardDecision.UPDATE, CardDecision.ADD, CardDecision.SKIP), strict=True))


def import_cards(paths: Paths, chosen: argparse.Namespace) -> int:
    """Returns 0 where every file that was named came in or is here, 1 where one could not be read."""
    backend = Backend(paths)
    try:
        backend.engine.submit(backend.prepare()).result()
        found = backend.engine.submit(backend.cards.look([Path(each) for each in chosen.paths], _tell)).result()
        if not found:
            raise UserFacingError("There is no character card in it.", "Name a card or a folder of cards.")
        decided = [(item, _decision(item, chosen.known)) for item in found]
        if chosen.dry_run:
            _tell_plan(decided, as_json=chosen.json)
            return int(any(item.problem for item in found))
        report = backend.engine.submit(backend.cards.bring(decided, _tell)).result()
        report = _with_pictures(backend, report)
    finally:
        backend.close()
    _tell_report(report, as_json=chosen.json)
    return int(report.failed > 0)


def _with_pictures(backend: Backend, report: CardReport) -> CardReport:
    """Wait for the pictures; those that can't be prepared now are at the window's next start."""
    try:
        problems = backend.engine.submit(backend.cards.finish_pictures(_tell_pictures)).result()
    except UserFacingError as problem:
        print(f"Pictures are still to be prepared. {problem}", file=sys.stderr)
        return report
    known = {item.persona_id for item in report.outcomes}
    for item in problems:
        if item.persona_id not in known:  # of an import that was cut short
            print(_without_picture(item.name, item.problem), file=sys.stderr)
    return with_notes(report, problems)


def export_cards(paths: Paths, folder: Path, names: list[str], kind: str, *, memories: bool, chats: bool) -> int:
    """Write personas into a folder. Raises UserFacingError for a name that nobody has."""
    backend = Backend(paths)
    try:
        backend.engine.submit(backend.prepare()).result()
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            persona = backend.engine.submit(backend.personas.find_by_name(name)).result()
            if persona is None:
                raise UserFacingError(f"There is no persona called {name!r}.", "See them with: personadesk chat")
            work = backend.card_exports.export(persona.id, CardFormat(kind), memories=memories, chats=chats)
            file = backend.engine.submit(work).result()
            target = folder / file.name
            try:
                with target.open("xb") as out:
                    out.write(file.content)
            except FileExistsError as error:
                raise UserFacingError(f"{target} is there already.", "Name another folder.") from error
            print(target)
    except OSError as error:
        raise UserFacingError(f"{folder} can't be written: {error.strerror}.", "Name another folder.") from error
    finally:
        backend.close()
    return 0


def _tell(done: int, total: int, _name: str, what: str = "") -> None:
    """Say on a terminal how far it is; in a file or a pipe that would only be noise."""
    if sys.stderr.isatty() and total > 1:
        end = "\n" if done == total else ""
        print(f"\r{done:,} of {total:,}{what}", end=end, file=sys.stderr, flush=True)


def _tell_pictures(done: int, total: int) -> None:
    _tell(done, total, "", " pictures")


def _decision(item: CardCandidate, known: str | None) -> CardDecision:
    wanted = item.decisions[0] if known is None or item.match is CardMatch.NEW else _ON_KNOWN[known]
    return wanted if wanted in item.decisions else item.decisions[0]


def _tell_plan(decided: list[tuple[CardCandidate, CardDecision]], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"file": str(item.path or item.name), "would": decision.value, "match": item.match.value}
            | ({"problem": item.problem} if item.problem else {})
            for item, decision in decided
        ]
        print(json.dumps(rows, indent=2))
        return
    for item, decision in decided:
        print(f"{decision.value:7} {item.name}" + (f": {item.problem}" if item.problem else ""))


def _tell_report(report: CardReport, *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"file": item.name, "did": item.decision.value, "persona": item.persona_name}
            | ({"problem": item.problem} if item.problem else {})
            | ({"note": item.note} if item.note else {})
            for item in report.outcomes
        ]
        print(json.dumps(rows, indent=2))
        return
    for item in report.outcomes:
        if item.problem:
            print(f"{item.name}: {item.problem}", file=sys.stderr)
        if item.note:
            print(_without_picture(item.name, item.note), file=sys.stderr)
    came = sum(item.persona_id is not None for item in report.outcomes)
    skipped = len(report.outcomes) - came - report.failed
    print(f"{came} imported, {skipped} skipped, {report.failed} refused")


def _without_picture(name: str, problem: str) -> str:
    return f"{name}: it came in without its picture. {problem}"
