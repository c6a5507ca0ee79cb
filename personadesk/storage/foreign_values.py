"""Values of other programs' tables, where a column may hold anything."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from personadesk.formats.exact_json import storable

_NAME_LIMIT = 50
"""As many characters as a persona's name may have."""

TEXT_KEYS = ("fact", "text", "content", "value", "summary")
"""Where an object that stands for a sentence has it."""


class Tables(Protocol):
    def has(self, table: str, *columns: str) -> bool: ...
    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Mapping[str, Any]]: ...


def text(value: object) -> str:
    """A column's text; numbers as they are written, bytes as UTF-8."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return storable(str(value)).strip()


def line(value: object) -> str:
    return " ".join(text(value).split())


def persona_name(value: object) -> str:
    return line(value)[:_NAME_LIMIT].rstrip()


def whole(value: object, default: int) -> int:
    try:
        return int(value) if isinstance(value, int | float | str) else default
    except (ValueError, OverflowError):
        return default


def sentences(value: object) -> tuple[str, ...]:
    """What a column says, item by item: a JSON list or object, or one item a line."""
    written = text(value)
    if not written:
        return ()
    try:
        parsed = json.loads(written) if written[0] in "[{" else None
    except (ValueError, RecursionError):
        parsed = None
    if isinstance(parsed, dict):
        items = [f"{key}: {_said(item)}" for key, item in parsed.items()]
    elif isinstance(parsed, list):
        items = [_said(item) for item in parsed]
    else:
        items = [part.lstrip("-*• ") for part in written.splitlines()]
    return tuple(filter(None, map(text, items)))


def topics(value: object) -> str:
    """A JSON list or a text with commas, as a text with commas."""
    parts = sentences(value)
    return ", ".join(part.strip() for whole_part in parts for part in whole_part.split(",") if part.strip())


def _said(item: object) -> str:
    if isinstance(item, dict):
        found = next((item[key] for key in TEXT_KEYS if isinstance(item.get(key), str)), None)
        return found if found is not None else json.dumps(item, ensure_ascii=False)
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
