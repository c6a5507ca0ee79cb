"""JSON of unknown origin, read as exactly as can be and never silently.

What a fast decoder reads without a doubt is its own to read. Everything else is Python's: it keeps
whole numbers beyond 64 bits and lone surrogates, and what it would accept without a word (NaN,
numbers beyond a double, keys that stand twice) becomes a note.
"""

import codecs
import json
import math
import re
from dataclasses import dataclass
from typing import Any

import orjson

from personadesk.domain.errors import UserFacingError

DEPTH_LIMIT = 100
NOTES_LIMIT = 20
_SHOWN_KEY_LENGTH = 40

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""In this order: UTF-32's little-endian mark begins with UTF-16's."""

_SHAPE = bytes(ord("0") if chr(code).isdecimal() else ord("[") if code == ord("{") else code for code in range(128))
_SHAPE += bytes(range(128, 256))
"""Every digit becomes 0, every opening bracket the same."""
_LONG_NUMBER = b"0" * 19
"""Digits that fit into 64 bits, but for a minus before them."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JSON value, and sentences about what in it was not taken as it stands.

    `clean` promises that no text in it holds a lone surrogate or a NUL.
    """

    value: Any
    notes: tuple[str, ...] = ()
    clean: bool = False


class UnreadableJson(UserFacingError):
    """A content that is no JSON. `line` is where reading ended, 0 where that says nothing."""

    def __init__(self, sentence: str, next_step: str = "", *, line: int = 0) -> None:
        super().__init__(sentence, next_step)
        self.line = line


def read_json(content: bytes) -> Parsed:
    """Read JSON in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Whole numbers keep every digit; one of more digits than Python converts stays a text. Raises
    UnreadableJson.
    """
    usual = _read_usual(content)
    if usual is not None:
        return Parsed(usual, clean=True)
    if not content.strip():
        raise UnreadableJson("The file is empty.", "A backup may have its content.")
    if not content.strip(b"\0"):
        raise UnreadableJson(
            "The file holds only zero bytes: it was cut off by a full disk or a crash.",
            "A backup may have its content.",
        )
    text = _decoded(content)
    notes: tuple[str, ...] = ()
    try:
        value = _decode(_plain_decoder, text)
    except (_Remarkable, _TooManyDigits):
        careful = _CarefulReader()
        value = _decode(careful.decoder, text)
        notes = careful.notes
    # A text with fewer brackets than the limit can't go deeper than it.
    if text.count("[") + text.count("{") > DEPTH_LIMIT:
        _check_depth(value)
    return Parsed(value, notes)


def storable(text: str) -> str:
    """Return a text that SQLite takes and shows whole: U+FFFD for lone surrogates and NUL."""
    if text.isprintable():
        return text
    return _LONE_SURROGATE.sub("\ufffd", text).replace("\0", "\ufffd")


def write_storable(value: Any) -> str:
    """Write a value as JSON on one line, its texts storable."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # a lone surrogate, or a number beyond 64 bits
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    if "\\u0000" in text:
        text = json.dumps(_without_nul(value), ensure_ascii=False, separators=(",", ":"), default=str)
    return storable(text)


def _read_usual(content: bytes) -> Any:
    """Return the value where the fast decoder reads it as the exact one would, else None.

    The fast one is the stricter of the two, but for numbers of more than 64 bits, which show by their
    digits, and for keys that stand twice. Each of those takes a colon along: a value without one fewer
    has all its keys. That holds while no text spells a colon as an escape.
    """
    if b"\\u00" in content and (b"\\u003" in content or b"\\u0000" in content):
        return None
    shape = content.translate(_SHAPE)
    if _LONG_NUMBER in shape and (b"0" + _LONG_NUMBER in shape or b"-" + _LONG_NUMBER in shape):
        return None
    if shape.count(b"[") > DEPTH_LIMIT:
        return None
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return value if content.count(b":") == orjson.dumps(value).count(b":") else None


class _Remarkable(Exception):
    """Something that needs a note: read again, with care."""


class _TooManyDigits(Exception):
    """A whole number longer than Python converts."""


class _CarefulReader:
    """Reads what the plain decoder gave up on, and keeps the notes."""

    def __init__(self) -> None:
        self._notes: dict[str, None] = {}
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_constant=self._constant,
            parse_float=self._float,
            parse_int=self._int,
        )

    @property
    def notes(self) -> tuple[str, ...]:
        shown = tuple(self._notes)[:NOTES_LIMIT]
        more = len(self._notes) - len(shown)
        return (*shown, f"And {more} more of this kind.") if more else shown

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        read = dict(pairs)
        if len(read) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    shown = storable(key[:_SHOWN_KEY_LENGTH])
                    self._notes[f"“{shown}” stands there more than once; the last one counts."] = None
                seen.add(key)
        return read

    def _constant(self, name: str) -> None:
        self._notes[f"{name} is no number in JSON and is left empty."] = None

    def _float(self, digits: str) -> float | None:
        number = float(digits)
        if math.isfinite(number):
            return number
        self._notes[f"{digits[:_SHOWN_KEY_LENGTH]} is larger than a number can be and is left empty."] = None
        return None

    def _int(self, digits: str) -> int | str:
        try:
            return int(digits)
        except ValueError:
            count = len(digits.lstrip("-"))
            self._notes[f"A number of {count:,} digits is kept as text."] = None
            return digits


def _plain_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise _Remarkable
    return read


def _plain_float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _Remarkable
    return number


def _plain_constant(_: str) -> None:
    raise _Remarkable


_plain_decoder = json.JSONDecoder(
    object_pairs_hook=_plain_object, parse_constant=_plain_constant, parse_float=_plain_float
)


def _decode(decoder: json.JSONDecoder, text: str) -> Any:
    try:
        return decoder.decode(text)
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as error:
        raise _broken(error) from error
    except ValueError as error:
        # Only int() of too many digits is left.
        raise _TooManyDigits from error


def _decoded(content: bytes) -> str:
    """The text, without a byte order mark. A lone surrogate in UTF-8 is let through."""
    encoding, start = "", 0
    for mark, name in _BOMS:
        if content.startswith(mark):
            encoding, start = name, len(mark)
            break
    encoding = encoding or json.detect_encoding(content)
    try:
        return content[start:].decode(encoding, "surrogatepass")
    except UnicodeDecodeError as error:
        if error.end >= len(content) - start and ("truncated" in error.reason or "unexpected end" in error.reason):
            text = content[start : start + error.start].decode(encoding, "surrogatepass")
            raise _cut_off(text.count("\n") + 1) from error
        line = content.count("\n".encode(encoding), start, start + error.start) + 1
        shown = encoding.upper().removesuffix("-LE").removesuffix("-BE")
        raise UnreadableJson(
            f"Line {line} holds bytes that are no {shown} text.",
            "Save it as UTF-8 and try again.",
            line=line,
        ) from error


def _broken(error: json.JSONDecodeError) -> UnreadableJson:
    text, line = error.doc, error.lineno
    rest = text[error.pos :]
    if _ends_there(rest.strip(), error.msg):
        return _cut_off(text.count("\n") + 1)
    if not rest.strip("\0 \t\r\n"):
        return _cut_off(line)
    if "\0" in rest[:1]:
        return UnreadableJson(
            f"From line {line} on the file holds zero bytes: it was damaged by a full disk or a crash.",
            "A backup may have its content.",
            line=line,
        )
    return UnreadableJson(
        f"The file is no JSON from line {line} on.", "Open it in a text editor and put that line right.", line=line
    )


def _ends_there(rest: str, message: str) -> bool:
    """Whether what could not be read is only unfinished."""
    if message.startswith("Unterminated string") or any(
        word.startswith(rest) for word in ("true", "false", "null", "-")
    ):
        return True
    return message.startswith("Invalid \\u") and len(rest) <= len("\\u123")


def _cut_off(line: int) -> UnreadableJson:
    return UnreadableJson(
        f"The file ends in the middle, in line {line}: it was cut off.", "A backup may have the rest.", line=line
    )


def _check_depth(value: Any) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEPTH_LIMIT):
        if not level:
            return
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    if level:
        raise _too_deep()


def _too_deep() -> UnreadableJson:
    return UnreadableJson(
        f"The file is nested more than {DEPTH_LIMIT} levels deep.", "No program that is known here writes such files."
    )


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list | tuple):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return value
