"""How a persona stands with a person: the merge of what every live file says about it."""

import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

_SOURCES = """
SELECT persona_id, person_id, known_as, affection, stage, interactions, first_met, last_met, details
FROM profile_sources WHERE persona_id = ? ORDER BY person_id, coalesce(last_updated, -9e18), file_id
"""
_PUT = "INSERT OR REPLACE INTO acquaintances VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_DROP = "DELETE FROM acquaintances WHERE persona_id = ? AND person_id = ?"


def merge_again(connection: Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """Bring the acquaintances of these personas and persons up to date with their sources."""
    wanted = set(pairs)
    made: list[tuple[Any, ...]] = []
    for persona_id in sorted({persona_id for persona_id, _ in wanted}):
        rows = connection.exec_driver_sql(_SOURCES, (persona_id,)).all()
        for pair, sources in groupby(rows, key=lambda row: (row[0], row[1])):
            if pair in wanted:
                made.append((*pair, *_merged([tuple(row[2:]) for row in sources])))
    gone = wanted - {(row[0], row[1]) for row in made}
    if gone:
        connection.exec_driver_sql(_DROP, sorted(gone))
    if made:
        connection.exec_driver_sql(_PUT, made)


def _merged(sources: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """From oldest to newest: the larger counter, the earlier first-met, the newer scalar."""
    known_as, affection, stage, interactions, first_met, last_met, details = sources[0]
    for newer in sources[1:]:
        known_as = newer[0] or known_as
        affection = affection if newer[1] is None else newer[1]
        stage = newer[2] or stage
        interactions = max(interactions, newer[3])
        first_met = min((met for met in (first_met, newer[4]) if met is not None), default=None)
        last_met = max((met for met in (last_met, newer[5]) if met is not None), default=None)
        details = _merged_details(details, newer[6])
    return known_as, affection, stage, interactions, first_met, last_met, details


def _merged_details(older: str, newer: str) -> str:
    if older == newer or older == "{}":
        return newer
    try:
        merged = _merged_values(json.loads(older), json.loads(newer))
        return json.dumps(merged, ensure_ascii=False)
    except (ValueError, RecursionError):  # integers of thousands of digits, lists within lists within lists
        return newer


def _merged_values(older: object, newer: object) -> object:
    if isinstance(older, dict) and isinstance(newer, dict):
        both = {key: _merged_values(older[key], newer[key]) for key in older.keys() & newer.keys()}
        return {**older, **newer, **both}
    if type(older) is int and type(newer) is int:
        return max(older, newer)
    return older if newer is None else newer
