"""Regular expressions of strangers, in bounded time.

RE2 takes time linear in the text. What it lacks (looking around, back references) goes to a
backtracking engine that is stopped by the clock. An invalid pattern is none.
"""

import re
import time
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import re2
import regex

LONGEST = 2_000
"""Characters of a pattern."""

MEMORY_BYTES = 1 << 20
"""What one pattern's program and its cache may take."""

STEPS = 8_000_000
"""Instructions times bytes between two looks at the clock."""

BACKTRACKING_S = 0.03
"""What one search of the backtracking engine may take."""

_SLASHED = re.compile(r"/(.+)/([a-z]*)", re.DOTALL)
_FLAGS = frozenset("gimsuvyd")
_UNESCAPED_SLASH = re.compile(r"(?<!\\)(?:\\\\)*/")
_UNICODE = re.compile(r"\\u(?:([0-9a-fA-F]{4})|\{([0-9a-fA-F]{1,6})\})")
_LACKING = re.compile(rb"invalid perl operator|invalid escape sequence")


class Allowance:
    """The time of this thread that is left to all patterns of one activation."""

    def __init__(self, milliseconds: int) -> None:
        self._end = time.thread_time() + milliseconds / 1000

    @property
    def left_s(self) -> float:
        return self._end - time.thread_time()


class TookTooLong(Exception):
    """A search was given up."""


@dataclass(frozen=True)
class Pattern:
    """A key as a regular expression. `^` and `$` match at every line."""

    source: str
    flags: str = ""

    @cached_property
    def _engines(self) -> tuple[Any, Any]:
        """The pattern compiled for RE2 or for the backtracking engine, None for the other or for both."""
        if len(self.source) > LONGEST:
            return None, None
        prefix = "(?m" + "".join(flag for flag in "is" if flag in self.flags) + ")"
        try:
            return re2.compile(prefix + _UNICODE.sub(_code_point, self.source), _options()), None
        except re2.error as error:
            said = error.args[0] if error.args else b""
            if not isinstance(said, bytes) or not _LACKING.match(said):
                return None, None
        try:
            return None, regex.compile(prefix + self.source.replace(r"\k<", r"\g<"))
        except (regex.error, ValueError, OverflowError, RecursionError, IndexError, KeyError, TypeError):
            # Beside its own error it raises what its parser stumbles over.
            return None, None

    @property
    def valid(self) -> bool:
        return self._engines != (None, None)

    def search_text(self, text: str, stop: int, allowance: Allowance) -> int | None:
        """Where the first match before `stop` begins, for a pattern that is not `linear`. Raises TookTooLong."""
        engine = self._engines[1]
        left_s = min(allowance.left_s, BACKTRACKING_S)
        if left_s <= 0:
            raise TookTooLong
        try:
            match = engine.search(text, 0, stop, timeout=left_s, concurrent=True) if engine else None
        except (TimeoutError, MemoryError, RecursionError):
            raise TookTooLong from None
        return None if match is None else int(match.start())

    @property
    def linear(self) -> bool:
        return self._engines[0] is not None

    @property
    def size(self) -> int:
        """Instructions of a `linear` one."""
        return max(int(self._engines[0].programsize), 1)

    @property
    def linear_source(self) -> str:
        """As RE2 takes it, with its flags."""
        return str(self._engines[0].pattern)

    def search_bytes(self, encoded: bytes, begin: int, ends: list[int], allowance: Allowance) -> int | None:
        """The same for a `linear` one, from `begin` on, in bytes of UTF-8.

        `ends` are the ends of the messages to search: a long text may be parted there. Raises TookTooLong.
        """
        engine = self._engines[0]
        for start, stop in _slices(begin, ends, max(STEPS // self.size, 4096)):
            if allowance.left_s <= 0:
                raise TookTooLong
            match = engine.search(encoded, start, stop)
            if match is not None:
                return int(match.start())
        return None


def slashed(key: str) -> Pattern | None:
    """The pattern of a key written /pattern/flags; None for any other key."""
    match = _SLASHED.fullmatch(key)
    if match is None or not set(match[2]) <= _FLAGS or _UNESCAPED_SLASH.search(match[1]):
        return None
    return Pattern(match[1].replace("\\/", "/"), match[2])


def _options() -> re2.Options:
    options = re2.Options()
    options.max_mem = MEMORY_BYTES
    options.log_errors = False
    return options


def _code_point(match: re.Match[str]) -> str:
    return f"\\x{{{match[1] or match[2]}}}"


def _slices(begin: int, ends: list[int], longest: int) -> Iterator[tuple[int, int]]:
    """Stretches of whole messages, each of at most `longest` bytes where its first message is not longer."""
    if ends[-1] - begin <= longest:
        yield begin, ends[-1]
        return
    start = stop = begin
    for before, end in pairwise([begin, *ends[bisect_right(ends, begin) :]]):
        if end - start > longest and before > start:
            yield start, before
            start = before
        while end - start > longest:
            yield start, start + longest
            start += longest
        stop = end
    if stop > start:
        yield start, stop
