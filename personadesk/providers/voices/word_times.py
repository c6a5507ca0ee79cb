"""From the times of single characters, as services tell them, to marks of words."""

import re
from collections.abc import Sequence

from personadesk.domain.speech import MarkKind, SpeechMark

_WORD = re.compile(r"\w[\w'\u2019-]*")


class WordTimes:
    """Follows a text as its characters come, a batch at a time.

    `start` is the text's place in the whole, `before_ms` how much sound came before it.
    """

    def __init__(self, text: str, start: int, before_ms: float) -> None:
        self._words = [(found.start(), found.end()) for found in _WORD.finditer(text)]
        self._text = text
        self._start = start
        self._before_ms = before_ms
        self._at = 0
        self._next = 0
        self._latest_s = 0.0

    def marks(self, characters: Sequence[str], times_s: Sequence[float], heard_s: float) -> tuple[SpeechMark, ...]:
        """`heard_s` is how much of this text's sound came before the batch: times may count from there or from zero."""
        if not times_s:
            return ()
        shift_s = heard_s if times_s[0] < self._latest_s else 0.0
        found = []
        for character, time_s in zip(characters, times_s, strict=False):
            place = self._text.find(character, self._at)
            if place < 0 or place > self._at + 8:
                continue  # a character that the service made of others
            self._at = place + len(character)
            self._latest_s = time_s + shift_s
            while self._next < len(self._words) and self._words[self._next][0] <= place:
                begin, end = self._words[self._next]
                self._next += 1
                at_ms = round(self._before_ms + self._latest_s * 1000)
                found.append(SpeechMark(MarkKind.WORD, self._start + begin, self._start + end, at_ms))
        return tuple(found)
