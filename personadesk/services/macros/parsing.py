"""A text with macros as a tree. Parsing never fails: what has no partner stays text."""

import re
from dataclasses import dataclass, field

DEEPEST = 24
"""Braces nested deeper than this are text."""

_BRACES = re.compile(r"\{{2,}|\}{2,}|<(?:bot|user|char)>", re.IGNORECASE)


@dataclass(slots=True)
class Macro:
    """What stands between two pairs of braces. `start` and `end` are offsets, braces included."""

    start: int
    end: int = 0
    body: list["Macro | str"] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The text before any macro inside."""
        return self.body[0] if self.body and isinstance(self.body[0], str) else ""


@dataclass(slots=True)
class Parsed:
    """`lone` are offsets of braces without a partner."""

    nodes: list[Macro | str]
    lone: list[int]


def parse(text: str) -> Parsed:
    root: list[Macro | str] = []
    open_macros: list[Macro] = []
    lone: list[int] = []
    at = 0
    for match in _BRACES.finditer(text):
        inside = open_macros[-1].body if open_macros else root
        _add(inside, text[at : match.start()])
        at = match.end()
        run = match[0]
        if run[0] == "<":
            inside.append(Macro(match.start(), match.end(), [run[1:-1]]))
        elif run[0] == "{":
            # Of an odd number the outermost is text.
            _add(inside, "{" * (len(run) % 2))
            for start in range(match.start() + len(run) % 2, match.end(), 2):
                if len(open_macros) < DEEPEST:
                    open_macros.append(Macro(start))
                else:
                    _add(open_macros[-1].body, "{{")
                    lone.append(start)
        else:
            _close(root, open_macros, lone, match.start(), run)
    _add(open_macros[-1].body if open_macros else root, text[at:])
    while open_macros:
        unclosed = open_macros.pop()
        lone.append(unclosed.start)
        outer = open_macros[-1].body if open_macros else root
        outer += ["{{", *unclosed.body]
    return Parsed(root, sorted(lone))


def _close(root: list[Macro | str], open_macros: list[Macro], lone: list[int], start: int, run: str) -> None:
    """The first pairs close what is open; the rest is text."""
    closed = 0
    while open_macros and len(run) - closed >= 2:
        closed += 2
        macro = open_macros.pop()
        macro.end = start + closed
        (open_macros[-1].body if open_macros else root).append(macro)
    if len(run) - closed >= 2:
        lone.append(start + closed)
    _add(open_macros[-1].body if open_macros else root, run[closed:])


def _add(nodes: list[Macro | str], text: str) -> None:
    if text:
        nodes.append(text)
