"""A stranger's values as a card's: texts, lines, lists and choices, whatever type they were written as."""

import math
import re
import unicodedata
from typing import Any

from personadesk.domain.persona import NAME_LIMIT, CommunicationStyle

LONE_SURROGATE = re.compile("[\ud800-\udfff]")

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def text(value: Any) -> str:
    """A text of any length, as written. Numbers become text, lists of texts paragraphs, all else nothing."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return "\n".join(filter(None, map(text, value)))
    if not isinstance(value, str):
        return ""
    whole = value if value.isascii() else LONE_SURROGATE.sub("\ufffd", value)
    return whole.replace("\0", "")


def line(value: Any) -> str:
    """A text on one line, without control characters and without those that turn the direction of writing."""
    return " ".join("".join(letter for letter in text(value) if letter.isspace() or not is_control(letter)).split())


def is_control(letter: str) -> bool:
    """Say whether a name may not hold it: a control character, or one that turns the direction of writing."""
    return unicodedata.category(letter) == "Cc" or letter in _BIDI_CONTROLS


def is_visible(name: str) -> bool:
    return any(unicodedata.category(letter) != "Cf" for letter in name)


def lines(value: Any, count: int, length: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item[:length].rstrip() for item in all_lines(value)))[:count]


def all_lines(value: Any) -> list[str]:
    """The lines of a list or of a text with commas, as many and as long as they are."""
    if isinstance(value, str):
        value = value.split(",")
    return [item for item in map(line, value) if item] if isinstance(value, list) else []


def tags(value: Any) -> tuple[str, ...]:
    unique: dict[str, str] = {}
    for tag in all_lines(value):
        unique.setdefault(tag.casefold(), tag)
    return tuple(unique.values())


def greetings(value: Any) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [value]
    return tuple(item for item in map(text, texts) if item.strip())


def style(value: Any) -> CommunicationStyle:
    try:
        return CommunicationStyle(value)
    except ValueError:
        return CommunicationStyle.FRIENDLY


def nickname(value: Any) -> str:
    """It takes the place of every {{char}}: one as long as a book would fill the memory."""
    return cut_name(line(value))


def cut_name(name: str) -> str:
    if len(name) <= NAME_LIMIT:
        return name
    cut = name[:NAME_LIMIT]
    head, space, _ = cut.rpartition(" ")
    return head.rstrip() if space and len(head) >= NAME_LIMIT // 2 else cut.rstrip()


def finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None
