"""Lorebooks in JSON: a card's `character_book`, `lorebook_v3`, and SillyTavern's world file."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from personadesk.domain.errors import UserFacingError
from personadesk.domain.lorebook import Lorebook, LoreEntry, LoreShape
from personadesk.formats.exact_json import read_json
from personadesk.formats.lorebook_entry import Dialect, count, dialect_of, flag, read_entry, text, write_entry

SPEC = "lorebook_v3"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def read_book(raw_json: str, name: str = "") -> Lorebook:
    """Read a book in any of its forms; `name` is what to call one that has no name, `null` an empty one.

    Raises UserFacingError for what is no JSON or no book. What in an entry can't be understood counts as
    unsaid.
    """
    value = _parsed(raw_json)
    if value is None:
        return Lorebook(name, given_name=name)
    return _read(_inner(value), name)


def write_book(book: Lorebook, raw_json: str = "") -> str:
    """The book in the form that `raw_json` has, with what was edited laid over it; a card's without one."""
    value = _parsed(raw_json) if raw_json.strip() else None
    if value is None:
        return _written({"extensions": {}, **_laid_anew(book, [], Dialect.CARD)})
    inner = _inner(value)
    _lay_fields(inner, book)
    inner["entries"] = _lay_entries(inner["entries"], book)
    return _written(value)


def write_standalone(book: Lorebook) -> str:
    """The book in a file of its own, as Character Card V3 has it."""
    return _written({"spec": SPEC, "data": json.loads(write_book(book))})


def write_world(book: Lorebook) -> str:
    """The book as SillyTavern's world file."""
    return _written(_laid_anew(book, {}, Dialect.WORLD))


def shape_of(raw_json: str) -> LoreShape:
    """Which form a book has. Raises as `read_book` does."""
    value = _parsed(raw_json)
    if value is not None and value.get("spec") == SPEC:
        return LoreShape.STANDALONE
    return LoreShape.WORLD if value is not None and isinstance(value.get("entries"), dict) else LoreShape.CARD


def _parsed(raw_json: str) -> dict[str, Any] | None:
    value = read_json(raw_json.encode("utf-8", "surrogatepass")).value
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(_inner(value).get("entries"), list | dict):
        raise UserFacingError("This holds no lorebook.", "Choose a lorebook, or a card to read as a persona.")
    return value


def _inner(value: dict[str, Any]) -> dict[str, Any]:
    data = value.get("data")
    return data if value.get("spec") == SPEC and isinstance(data, dict) else value


def _read(inner: Mapping[str, Any], given_name: str) -> Lorebook:
    written = inner["entries"]
    usual = _usual(written)
    entries: list[LoreEntry] = []
    taken: set[str] = set()
    for place, raw in written.items() if isinstance(written, dict) else enumerate(written):
        if isinstance(raw, dict):
            uid = place if isinstance(place, str) else _uid(raw, place, taken)
            taken.add(uid)
            entries.append(replace(read_entry(raw, dialect_of(raw, usual), uid), raw=_written(raw)))
    return Lorebook(
        name=_own_name(inner) or given_name,
        description=text(inner.get("description")) or "",
        scan_depth=count(inner.get("scan_depth")),
        token_budget=count(inner.get("token_budget")),
        recursive_scanning=flag(inner.get("recursive_scanning")) is True,
        entries=tuple(entries),
        given_name=given_name,
        raw=_written({key: value for key, value in inner.items() if key != "entries"}),
    )


def _own_name(inner: Mapping[str, Any]) -> str:
    return " ".join((text(inner.get("name")) or "").split())


def _usual(written: object) -> Dialect:
    return Dialect.WORLD if isinstance(written, dict) else Dialect.CARD


def _uid(raw: Mapping[str, Any], index: int, taken: set[str]) -> str:
    for key in ("id", "uid"):
        uid = text(raw.get(key))
        if uid and uid not in taken:
            return uid
    while str(index) in taken:
        index += 1
    return str(index)


def _lay_fields(inner: dict[str, Any], book: Lorebook) -> None:
    before = _read({**inner, "entries": []}, book.given_name)
    for field in ("name", "description", "scan_depth", "token_budget", "recursive_scanning"):
        value = getattr(book, field)
        if value != getattr(before, field):
            inner[field] = value


def _laid_anew(book: Lorebook, container: list[Any] | dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    inner: dict[str, Any] = json.loads(book.raw) if book.raw else {}
    _lay_fields(inner, book)
    laid = [write_entry(entry, dialect) for entry in book.entries]
    inner["entries"] = laid if isinstance(container, list) else _by_uid(book, laid)
    return inner


def _lay_entries(written: list[Any] | dict[str, Any], book: Lorebook) -> list[Any] | dict[str, Any]:
    """The book's entries in the container they came in. What is no entry keeps its place."""
    received = [raw for raw in (written.values() if isinstance(written, dict) else written) if isinstance(raw, dict)]
    usual = dialect_of(received[0], _usual(written)) if received else _usual(written)
    own = {_written(raw): dialect_of(raw, _usual(written)) for raw in received}
    laid = [write_entry(entry, own.get(entry.raw, usual)) for entry in book.entries]
    if isinstance(written, dict):
        return {**_by_uid(book, laid), **{key: junk for key, junk in written.items() if not isinstance(junk, dict)}}
    for index, item in enumerate(written):
        if not isinstance(item, dict):
            laid.insert(index, item)
    return laid


def _by_uid(book: Lorebook, laid: list[dict[str, Any]]) -> dict[str, Any]:
    return dict(zip((entry.uid for entry in book.entries), laid, strict=True))


def _written(value: object) -> str:
    """JSON on one line that reads back equal; a lone surrogate is escaped, for UTF-8 has none."""
    line = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json.dumps(value, separators=(",", ":")) if _LONE_SURROGATE.search(line) else line
