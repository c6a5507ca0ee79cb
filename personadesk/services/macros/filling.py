"""Putting values in the place of macros, once: a value that looks like a macro stays as it is."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from personadesk.services.macros.parsing import Macro, parse

GROWTH_LIMIT = 200_000
"""Characters that the macros of one text may bring in; what is beyond stays out."""

DICE_LIMIT = 100
SIDES_LIMIT = 1_000_000_000

_ROLL = re.compile(r"\s*(?:(\d{0,9})d)?(\d{1,10})\s*(?:([+-])\s*(\d{1,10}))?\s*", re.IGNORECASE)
_COMMA = re.compile(r"(?<!\\),")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class MacroValues:
    """What macros stand for. `char` and `user` are names and never filled again; the card's fields are.

    `seed` names the chat: {{pick:…}} at one place gives one value in it. `now` is an aware time, the
    present where it is None.
    """

    char: str
    user: str
    original: str = ""
    persona: str = ""
    description: str = ""
    personality: str = ""
    scenario: str = ""
    seed: str = ""
    now: datetime | None = None
    random: Random = field(default_factory=Random, compare=False, repr=False)


def fill_macros(text: str, *, char: str, user: str, original: str = "") -> str:
    """Fill a text in which nothing but the names is known."""
    return fill(text, MacroValues(char, user, original))


def fill(text: str, values: MacroValues, *, scanned: bool = False) -> str:
    """Replace the macros of a text; unknown ones stay. `scanned` keeps the words of {{hidden_key:…}}.

    At most GROWTH_LIMIT characters longer than the text.
    """
    return _Filler(values, scanned).text(text) if "{{" in text or "<" in text else text


class _Filler:
    def __init__(self, values: MacroValues, scanned: bool) -> None:
        self._values = values
        self._scanned = scanned
        self._source = ""
        self._room = GROWTH_LIMIT
        self._within: list[str] = []

    def text(self, text: str) -> str:
        outer, self._source = self._source, text
        filled = self._nodes(parse(text).nodes)
        self._source = outer
        return filled

    def _nodes(self, nodes: Sequence[Macro | str]) -> str:
        parts: list[str] = []
        trimming = False
        for node in nodes:
            if isinstance(node, Macro) and _name(node) == "trim":
                parts = ["".join(parts).rstrip("\r\n")]
                trimming = True
                continue
            part = node if isinstance(node, str) else self._macro(node)
            if trimming:
                part = part.lstrip("\r\n")
                trimming = not part
            parts.append(part)
        return "".join(parts)

    def _macro(self, macro: Macro) -> str:
        value = self._value(macro, _name(macro))
        if value is None:
            return "{{" + self._nodes(macro.body) + "}}"
        self._room -= len(value)
        return value if self._room >= 0 else ""

    def _value(self, macro: Macro, name: str) -> str | None:
        """None for an unknown macro."""
        if name in _NAMES:
            return _NAMES[name](self._values)
        if name in _FIELDS:
            return self._field(name)
        if name in _WITH_ARGUMENT:
            return _WITH_ARGUMENT[name](self, macro)
        return None

    def _field(self, name: str) -> str:
        """A field of the card; one that holds itself ends there."""
        if name in self._within or self._room <= 0:
            return ""
        self._within.append(name)
        value = self.text(getattr(self._values, name)).strip()
        self._within.pop()
        return value

    def _nothing(self, _macro: Macro) -> str:
        return ""

    def _hidden(self, macro: Macro) -> str:
        return self._argument(macro).strip() if self._scanned else ""

    def _reversed(self, macro: Macro) -> str:
        return self._argument(macro)[::-1]

    def _any(self, macro: Macro) -> str | None:
        return self._one_of(macro, self._values.random)

    def _same(self, macro: Macro) -> str | None:
        # The field is in it too: two fields may hold a pick at one place.
        place = f"{self._values.seed}\n{macro.start}\n{self._source}"
        digest = hashlib.sha256(place.encode("utf-8", "replace")).digest()
        return self._one_of(macro, Random(int.from_bytes(digest[:8])))

    def _roll(self, macro: Macro) -> str | None:
        match = _ROLL.fullmatch(self._argument(macro))
        if match is None:
            return None
        dice, sides = int(match[1] or 1), int(match[2])
        if not (1 <= dice <= DICE_LIMIT and 1 <= sides <= SIDES_LIMIT):
            return None
        total = sum(self._values.random.randint(1, sides) for _ in range(dice))
        more = int(match[4] or 0)
        return str(total - more if match[3] == "-" else total + more)

    def _argument(self, macro: Macro) -> str:
        return self._nodes(_argument_nodes(macro))

    def _one_of(self, macro: Macro, random: Random) -> str | None:
        choices = _choices(_argument_nodes(macro))
        return self._nodes(random.choice(choices)).replace("\\,", ",").strip() if choices else None


_NAMES: dict[str, Callable[[MacroValues], str]] = {
    "char": lambda values: values.char,
    "bot": lambda values: values.char,
    "user": lambda values: values.user,
    "original": lambda values: values.original,
    "newline": lambda _: "\n",
    "time": lambda values: f"{_local(values):%H:%M}",
    "date": lambda values: _date(_local(values)),
    "weekday": lambda values: _DAYS[_local(values).weekday()],
}
_FIELDS = frozenset({"persona", "description", "personality", "scenario"})
_WITH_ARGUMENT: dict[str, Callable[[_Filler, Macro], str | None]] = {
    "//": _Filler._nothing,
    "comment": _Filler._nothing,
    "hidden_key": _Filler._hidden,
    "reverse": _Filler._reversed,
    "random": _Filler._any,
    "pick": _Filler._same,
    "roll": _Filler._roll,
}
KNOWN = frozenset({*_NAMES, *_FIELDS, *_WITH_ARGUMENT, "trim"})


def _name(macro: Macro) -> str:
    """The macro's name in lower case. Those with an argument have a colon (or a space) behind it."""
    head = macro.head.lstrip().lower()
    if head.startswith("//"):
        return "//"
    word = re.match(r"[a-z_]+", head)
    if word is None:
        return ""
    rest = head[word.end() :]
    if word[0] in _WITH_ARGUMENT:
        return word[0] if rest.startswith(":") or (word[0] == "roll" and rest[:1].isspace()) else ""
    return word[0] if not rest.strip() and len(macro.body) == 1 else ""


def name_of(macro: Macro) -> str:
    """A known macro's name, "" for an unknown one."""
    name = _name(macro)
    return name if name in KNOWN else ""


def _argument_nodes(macro: Macro) -> list[Macro | str]:
    """What stands behind the name and its colon."""
    head = macro.head
    _, colon, rest = head.partition(":")
    if not colon:
        rest = head.split(None, 1)[1] if len(head.split(None, 1)) > 1 else ""
    return [rest, *macro.body[1:]]


def _choices(nodes: list[Macro | str]) -> list[list[Macro | str]]:
    """Split at double colons where there are any, else at commas; both only outside of macros inside."""
    first = nodes[0]
    if isinstance(first, str):
        nodes = [first.removeprefix(":"), *nodes[1:]]
    double = any(isinstance(node, str) and "::" in node for node in nodes)
    choices: list[list[Macro | str]] = [[]]
    for node in nodes:
        if isinstance(node, Macro):
            choices[-1].append(node)
            continue
        begin, *more = node.split("::") if double else _COMMA.split(node)
        choices[-1].append(begin)
        choices.extend([piece] for piece in more)
    return choices if any(any(node != "" for node in choice) for choice in choices) else []


def _local(values: MacroValues) -> datetime:
    return (values.now or datetime.now(UTC)).astimezone()


def _date(day: datetime) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
