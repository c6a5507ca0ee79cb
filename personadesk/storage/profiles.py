"""How a persona stands with a person: the merge of what every live file says about it."""

import json
from typing import Any

from sqlalchemy import Connection

_SOURCES = """
SELECT known_as, affection, stage, interactions, first_met, last_met, details
FROM profile_sources WHERE persona_id = ? AND person_id = ? ORDER BY coalesce(last_updated, -9e18), file_id
"""


def merged(connection: Connection, persona_id: int, person_id: int) -> tuple[Any, ...] | None:
    """Known as, affection, stage, interactions, first and last met, details; None where no file says anything."""
    sources = connection.exec_driver_sql(_SOURCES, (persona_id, person_id)).all()
    return _merged([tuple(row) for row in sources]) if sources else None


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
