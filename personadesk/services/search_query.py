"""Reading what was typed into the search: words, and the marks that narrow it (`from:me has:code after:2026-01-31`)."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from personadesk.domain.conversation import Role, SearchFilter
from personadesk.domain.search import SearchQuery

_MARK = re.compile(r'(?<!\S)(from|in|has|is|before|after|on):("([^"]*)"|\S+)', re.IGNORECASE)
_ME = frozenset(("me", "you", "user"))
_PERSONA = frozenset(("persona", "them", "bot"))


def read_query(typed: str, *, zone: tzinfo | None = None) -> SearchQuery:
    """A mark that says nothing known stays a word. Days are those of `zone`, by default the computer's."""
    only = SearchFilter()
    within = ""
    words: list[str] = []
    at = 0
    for match in _MARK.finditer(typed):
        words.append(typed[at : match.start()])
        at = match.end()
        key, value = match[1].lower(), match[3] if match[3] is not None else match[2]
        narrowed = _narrowed(only, key, value, zone)
        if narrowed is not None:
            only = narrowed
        elif key in ("in", "from") and value:
            within = value
            only = replace(only, role=Role.PERSONA) if key == "from" else only
        else:
            words.append(match[0])
    words.append(typed[at:])
    return SearchQuery(" ".join(" ".join(words).split()), only, within)


def _narrowed(only: SearchFilter, key: str, value: str, zone: tzinfo | None) -> SearchFilter | None:
    """None for a mark that is no filter."""
    lowered = value.casefold()
    if key == "from" and lowered in _ME:
        return replace(only, role=Role.USER)
    if key == "from" and lowered in _PERSONA:
        return replace(only, role=Role.PERSONA)
    if key == "has" and lowered == "code":
        return replace(only, has_code=True)
    if key in ("is", "has") and lowered in ("starred", "star"):
        return replace(only, starred=True)
    if key in ("before", "after", "on"):
        return _dated(only, key, value, zone)
    return None


def _dated(only: SearchFilter, key: str, value: str, zone: tzinfo | None) -> SearchFilter | None:
    try:
        day = date.fromisoformat(value)
        begins, ends = (_midnight(each, zone) for each in (day, day + timedelta(days=1)))
    except (ValueError, OverflowError, OSError):
        return None
    if key == "before":
        return replace(only, before=begins)
    return replace(only, since=begins, before=ends) if key == "on" else replace(only, since=ends)


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    begins = datetime.combine(day, time(), zone)
    return (begins if zone is not None else begins.astimezone()).astimezone(UTC)
