"""Texts that keys are looked for in, prepared so that thousands of keys cost little more than one."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from personadesk.services.lorebook.multiple import (
    PATTERN_BLOCK_BYTES,
    PATTERN_INSTRUCTIONS,
    first_blocks,
    first_pattern_blocks,
)
from personadesk.services.lorebook.patterns import Allowance, Pattern, slashed

JOINT = "\n\x01\n"
"""Between two texts: no key and no ordinary pattern reaches across."""

SET_WORTH = 20_000_000
"""Characters times keys from which one pass for all of them is quicker than one for each."""

SET_PATTERNS = 4

OCCURRENCES = 200
"""Looked at one by one for a whole word, before all words are parted."""

_EDGE = "\x02"
_BETWEEN_WORDS = re.compile(
    r"((?:\W|[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf"
    r"\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])+)"
)
"""What parts words. Scripts that write no spaces, or hang particles on words, have no whole words."""


@dataclass(frozen=True, slots=True)
class Needle:
    """A key without a pattern. `parted` is what to look for where words are parted, "" for any part of a word."""

    text: str
    folded: bool
    parted: str = ""


def needle(key: str, *, case_sensitive: bool, whole_words: bool) -> Needle:
    text = key if case_sensitive else key.casefold()
    # At its own edges only a word has an end.
    parted = _parted(text).removeprefix(_EDGE * 2).removesuffix(_EDGE * 2) if whole_words else ""
    return Needle(text, not case_sensitive, parted)


Key = Needle | Pattern


def key_of(key: str, *, is_pattern: bool, case_sensitive: bool, whole_words: bool) -> Key:
    """A key as written: /pattern/flags has its own case and needs no whole words."""
    key = _sound(key)
    pattern = slashed(key)
    if pattern is None and is_pattern:
        pattern = Pattern(key, "" if case_sensitive else "i")
    return pattern or needle(key, case_sensitive=case_sensitive, whole_words=whole_words)


@dataclass(slots=True)
class _View:
    """All texts joined, and where each ends."""

    text: str
    ends: list[int]
    blocks: dict[str, int] | None = None
    """Where the block begins in which a needle stands first, for all that stand anywhere."""


class Haystack:
    """A row of texts, the newest first."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = [_sound(text) for text in texts]
        self._characters = sum(map(len, self._texts))
        self._pattern_blocks: dict[Pattern, int | None] = {}

    def __len__(self) -> int:
        return len(self._texts)

    def prepare(self, keys: Iterable[Key], allowance: Allowance) -> None:
        """Look for many keys at once: `find` then knows which are nowhere, and about where the others are."""
        sought: dict[bool, set[str]] = {True: set(), False: set()}
        patterns: set[Pattern] = set()
        for key in keys:
            if isinstance(key, Needle):
                sought[key.folded].add(key.text)
            elif allowance.left_s > 0 and key.linear and key.size <= PATTERN_INSTRUCTIONS:
                patterns.add(key)
        for folded, texts in sought.items():
            if self.worth_preparing(len(texts)):
                view = self._folded if folded else self._exact
                view.blocks = first_blocks(view.text, view.ends, texts)
        if len(patterns) >= SET_PATTERNS and self._characters >= PATTERN_BLOCK_BYTES:
            self._pattern_blocks = first_pattern_blocks(*self._encoded, patterns, allowance)

    def worth_preparing(self, keys: int) -> bool:
        return self._characters * keys >= SET_WORTH

    def may_hold(self, keys: Iterable[Key]) -> bool:
        """Whether `find` could find one of the keys: quickly said where it could not."""
        for key in keys:
            if isinstance(key, Pattern):
                return True
            view = self._folded if key.folded else self._exact
            if key.text in (view.text if view.blocks is None else view.blocks):
                return True
        return False

    def find(self, key: Key, depth: int, allowance: Allowance) -> int | None:
        """The index of the first of the `depth` first texts that holds the key. Raises TookTooLong."""
        depth = min(depth, len(self._texts))
        if not depth:
            return None
        if isinstance(key, Pattern):
            return self._search(key, depth, allowance)
        view = self._folded if key.folded else self._exact
        begin = 0 if view.blocks is None else view.blocks.get(key.text)
        if begin is None:
            return None
        end = view.ends[depth - 1]
        at = view.text.find(key.text, begin, end)
        for _ in range(OCCURRENCES if key.parted else 0):
            if at < 0 or _stands_alone(view.text, at, at + len(key.text)):
                break
            at = view.text.find(key.text, at + 1, end)
        else:
            if key.parted:
                view = self._folded_words if key.folded else self._exact_words
                at = view.text.find(key.parted, 0, view.ends[depth - 1])
        return None if at < 0 else bisect_right(view.ends, at)

    def _search(self, pattern: Pattern, depth: int, allowance: Allowance) -> int | None:
        if not pattern.linear:
            view = self._exact
            at = pattern.search_text(view.text, view.ends[depth - 1], allowance)
            return None if at is None else bisect_right(view.ends, at)
        whole, ends = self._encoded
        begin = self._pattern_blocks.get(pattern, 0)
        if begin is None or begin >= ends[depth - 1]:
            return None
        at = pattern.search_bytes(whole, begin, ends[:depth], allowance)
        return None if at is None else bisect_right(ends, at)

    @cached_property
    def _encoded(self) -> tuple[bytes, list[int]]:
        return self._exact.text.encode(), _ends(len(text.encode()) for text in self._texts)

    @cached_property
    def _exact(self) -> _View:
        return _view_of(self._texts)

    @cached_property
    def _folded(self) -> _View:
        return _view_of([text.casefold() for text in self._texts])

    @cached_property
    def _exact_words(self) -> _View:
        return _view_of([_parted(text) for text in self._texts])

    @cached_property
    def _folded_words(self) -> _View:
        return _view_of([_parted(text.casefold()) for text in self._texts])


def _view_of(texts: Sequence[str]) -> _View:
    return _View(JOINT.join(texts), _ends(map(len, texts)))


def _ends(lengths: Iterable[int]) -> list[int]:
    """Where each text ends, the joint before it included."""
    return [end + index * len(JOINT) for index, end in enumerate(accumulate(lengths))]


def _parted(text: str) -> str:
    """The text with an edge on both sides of every word."""
    return f"{_EDGE}{_EDGE.join(_BETWEEN_WORDS.split(text))}{_EDGE}"


def _stands_alone(text: str, start: int, stop: int) -> bool:
    """Whether no word goes on over either edge."""
    return not (
        (start > 0 and _in_word(text[start - 1]) and _in_word(text[start]))
        or (stop < len(text) and _in_word(text[stop - 1]) and _in_word(text[stop]))
    )


def _in_word(character: str) -> bool:
    return _BETWEEN_WORDS.match(character) is None


def _sound(text: str) -> str:
    """The text without lone surrogates, which no UTF-8 has."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
