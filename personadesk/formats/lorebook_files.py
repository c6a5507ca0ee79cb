"""Lorebooks in files of their own: SillyTavern's, Character Card V2's and V3's, and a bot's list."""

from typing import Any

from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import IncomingLorebook
from personadesk.formats.character_card import SIZE_LIMIT_BYTES
from personadesk.formats.exact_json import read_json, storable, write_storable

NAME_LIMIT = 100

_SPEC = "lorebook_v3"
_KEYS = frozenset({"key", "keys"})
_BOOK_KEYS = frozenset(
    {
        "name",
        "description",
        "entries",
        "extensions",
        "scan_depth",
        "token_budget",
        "recursive_scanning",
        "originalData",
        "is_creation",
    }
)


def read_lorebook(content: bytes, name: str) -> IncomingLorebook:
    """Read a lorebook; the file's name is its name where it has none. Raises UserFacingError."""
    if len(content) > SIZE_LIMIT_BYTES:
        raise UserFacingError(
            f"This lorebook is larger than {SIZE_LIMIT_BYTES // (1024 * 1024)} MB.", "Split it and try again."
        )
    value = read_json(content).value
    book = _book(value)
    if book is None:
        raise UserFacingError("This file holds no lorebook.", "Choose a lorebook, or a card to read as a persona.")
    stem = name.replace("\\", "/").rpartition("/")[2]
    stem = stem[:-5] if stem.lower().endswith(".json") else stem
    return IncomingLorebook(_name(book.get("name")) or _name(stem), _as_received(content, value), len(_entries(book)))


def embedded_book(card_json: str) -> IncomingLorebook | None:
    """The lorebook inside a card's JSON; None where there is none, or none that can be read."""
    if '"character_book"' not in card_json:
        return None
    try:
        root = read_json(card_json.encode("utf-8", "surrogatepass")).value
    except UserFacingError:
        return None
    data = root.get("data") if isinstance(root, dict) else None
    book = data.get("character_book") if isinstance(data, dict) else None
    if not isinstance(book, dict) or not isinstance(book.get("entries"), list | dict):
        return None
    return IncomingLorebook(_name(book.get("name")), write_storable(book), len(_entries(book)))


def looks_like_lorebook(value: object) -> bool:
    """Say whether a JSON value is a lorebook in one of the forms that are read."""
    return _book(value) is not None


def _book(value: object) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        return None
    spec = value.get("spec")
    if spec == _SPEC:
        data = value.get("data")
        return data if isinstance(data, dict) and isinstance(data.get("entries"), list | dict) else None
    written = value.get("entries")
    if spec is not None or not isinstance(written, list | dict):
        return None
    if not written:
        return value if value.keys() <= _BOOK_KEYS else None
    entries = _entries(value)
    is_book = any("content" in entry and _KEYS & entry.keys() for entry in entries)
    return value if is_book and len(entries) == len(written) else None


def _entries(book: dict[str, Any]) -> list[dict[str, Any]]:
    written = book.get("entries")
    items = written.values() if isinstance(written, dict) else written if isinstance(written, list) else ()
    return [entry for entry in items if isinstance(entry, dict)]


def _name(value: object) -> str:
    line = " ".join(storable(value).split()) if isinstance(value, str) else ""
    return line[:NAME_LIMIT].rstrip()


def _as_received(content: bytes, value: object) -> str:
    """The file's own text, or the same value where that text is no UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return write_storable(value)
