"""Cleaning a streamed reply as it comes: no echoed name, no template marks, no word for the user."""

import re
from collections.abc import Iterable

from personadesk.domain.chat import FinishReason
from personadesk.domain.errors import ModelError
from personadesk.services.sentences import sentence_ends

TEMPLATE_MARKS = (
    "<|im_end|>",
    "<|im_start|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|end|>",
    "<end_of_turn>",
    "<start_of_turn>",
    "</s>",
)
"""What models' templates put between turns; in a reply it means the reply is over."""

_SHORTEST_TRIMMED = 0.4
"""A reply cut by its length loses its last half sentence only if at least this much of it stays."""


_SHORTEST_REPEAT = 12
"""Characters; a shorter sentence ("Oh yes!") may be said twice."""

_LOOP = re.compile(r"(\b\w+\W+)\1{5,}")
"""A word said over and over: a small model does not find out of it."""


class ReplyFilter:
    """Takes pieces as they come and gives what can be shown at once.

    `echoes` are names the persona's own reply may start with ("Luna: …"), `others` names it must not
    speak for. `sentence_limit` is for models that ramble: a reply ends there, and before a sentence
    said twice (0: never).
    """

    def __init__(self, *, echoes: Iterable[str], others: Iterable[str], sentence_limit: int = 0) -> None:
        echoed = _names(echoes)
        self._labels = tuple(f"{name.casefold()}:" for name in {*echoed, *_names(others)})
        self._echo = re.compile(
            rf"\s*[*_]{{0,2}}(?:{_alternatives(echoed)})[*_]{{0,2}}\s*:[*_]{{0,2}}\s*", re.IGNORECASE
        )
        speakers = _alternatives({*echoed, *_names(others)})
        self._end = re.compile(
            rf"\n[ \t]*[*_]{{0,2}}(?:{speakers})[*_]{{0,2}}[ \t]*:|{_alternatives(TEMPLATE_MARKS)}", re.IGNORECASE
        )
        self._sentence_limit = sentence_limit
        self._started = False
        self._shown = ""
        self._pending = ""
        self._done = False
        self._kept: int | None = None
        self._begun = 0

    def go_on_from(self, text: str) -> None:
        """Take a text as said already, so that what comes next follows it. Before the first piece.

        It stays whole: only what comes is cleaned.
        """
        self._shown, self._started, self._begun = text, True, len(text)
        if self._sentence_limit:
            self._sentence_limit += len(sentence_ends(text))

    @property
    def done(self) -> bool:
        """The reply is over, whatever else the model says: stop it."""
        return self._done

    def feed(self, text: str) -> str:
        """Take a piece and give what follows what was shown before; "" while it can't be told yet."""
        if self._done:
            return ""
        self._pending += text
        if not self._started and not self._start():
            return ""
        self._look_for_end()
        cut = len(self._pending) if self._done else self._safe_length()
        fresh, self._pending = self._pending[:cut], self._pending[cut:]
        self._shown += fresh
        return fresh

    def finish(self, finish: FinishReason | None) -> str:
        """Give the whole reply as it is to be kept. Raises ModelError where nothing is left of it.

        It may be shorter than what was shown: a reply cut by its length limit loses its last half
        sentence where that reads better, and one that repeats itself the repetition.
        """
        if not self._done:
            if not self._started:
                self._drop_echoes(ended=True)
            self._look_for_end()
            self._shown += self._pending
        self._pending = ""
        before, fresh = self._shown[: self._begun], self._shown[self._begun : self._kept].rstrip()
        text = before + fresh if before else fresh.lstrip()
        if finish is FinishReason.LENGTH and not self._done and "```" not in text:
            ends = sentence_ends(text)
            if ends and ends[-1] >= len(text) * _SHORTEST_TRIMMED and ends[-1] > self._begun:
                text = text[: ends[-1]]
        if not text:
            raise ModelError("The model returned an empty reply.", "Ask again, or say it in other words.")
        return text

    def _start(self) -> bool:
        """Drop leading space and echoed names; False while what came may still become a name before a colon."""
        self._drop_echoes(ended=False)
        self._started = not (self._echo.match(self._pending) or self._may_become_label(self._pending))
        return self._started

    def _drop_echoes(self, *, ended: bool) -> None:
        """What ends with an echo waits, while there may be more: stars or a space can still belong to it."""
        self._pending = self._pending.lstrip()
        while (echo := self._echo.match(self._pending)) and (ended or echo.end() < len(self._pending)):
            self._pending = self._pending[echo.end() :]

    def _look_for_end(self) -> None:
        # A reply's first line begins a line too.
        line_break = "" if self._shown else "\n"
        match = self._end.search(line_break + self._pending)
        if match:
            self._pending = self._pending[: max(match.start() - len(line_break), 0)].rstrip()
            self._done = True
        if self._sentence_limit:
            self._stop_rambling()

    def _stop_rambling(self) -> None:
        """End the reply behind its last allowed sentence, or before one that was said already."""
        text = self._shown + self._pending
        if "```" in text:
            return
        loop = next((found for found in _LOOP.finditer(text) if found.end() > self._begun), None)
        if loop:
            whole = sentence_ends(text[: loop.start()])
            self._end_at(whole[-1] if whole else loop.end(1))
            return
        said: set[str] = set()
        begin = 0
        for number, end in enumerate(sentence_ends(text), 1):
            sentence = " ".join(text[begin:end].split()).casefold()
            cut = None
            if end <= self._begun:
                pass
            elif len(sentence) >= _SHORTEST_REPEAT and sentence in said:
                cut = begin
            elif number == self._sentence_limit and end < len(text):
                cut = end
            if cut is not None:
                self._end_at(cut)
                return
            said.add(sentence)
            begin = end

    def _end_at(self, offset: int) -> None:
        """End the reply at an offset of the whole text, also where what follows was shown already.

        What it went on from stays.
        """
        offset = max(offset, self._begun)
        self._kept = offset
        self._pending = self._pending[: max(offset - len(self._shown), 0)]
        self._done = True

    def _safe_length(self) -> int:
        """How much of what is pending can't become part of a mark, a label or trailing space."""
        text = self._pending
        mark = text.rfind("<")
        if mark >= 0 and any(known.startswith(text[mark:].lower()) for known in TEMPLATE_MARKS):
            text = text[:mark]
        line = text.rfind("\n")
        if line >= 0 and self._may_become_label(text[line:]):
            text = text[:line]
        return len(text.rstrip())

    def _may_become_label(self, text: str) -> bool:
        core = re.sub(r"\s+:", ":", text.strip(" \t\n*_").casefold())
        return any(label.startswith(core) for label in self._labels)


def _names(names: Iterable[str]) -> set[str]:
    return {name.strip() for name in names if name.strip()}


def _alternatives(names: Iterable[str]) -> str:
    """A pattern that matches any of the names, the longest first; one that matches nothing where there are none."""
    ordered = sorted(names, key=len, reverse=True)
    return "|".join(re.escape(name) for name in ordered) or r"(?!)"
