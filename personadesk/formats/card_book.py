"""A persona's own lorebook in the JSON of its card."""

import json
from typing import Any

from personadesk.domain.lorebook import LoreShape
from personadesk.formats.lorebook import read_book, shape_of, write_book


def with_book(card_json: str, book_json: str | None) -> str:
    """Return a card's JSON with a lorebook in it, None for none.

    `card_json` is what write_card_json or write_card_v2_json gave, `book_json` a lorebook of any shape.
    """
    root: dict[str, Any] = json.loads(card_json)
    data = root["data"]
    book = None
    if book_json is not None:
        in_card = shape_of(book_json) is LoreShape.CARD
        book = json.loads(book_json if in_card else write_book(read_book(book_json)))
    if data.get("character_book") == book:
        return card_json
    if book is None:
        del data["character_book"]
    else:
        data["character_book"] = book
    return json.dumps(root, ensure_ascii=True, indent=2)
