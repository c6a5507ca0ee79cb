"""Example dialogue as turns, and back: `<START>` between dialogues, a speaker before each turn."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

_START = re.compile(r"^[ \t]*<START>[ \t]*$", re.IGNORECASE | re.MULTILINE)
MOST_TURNS = 500


class Speaker(Enum):
    YOU = "{{user}}"
    PERSONA = "{{char}}"
    NOBODY = ""
    """Text before any name, which a prompt takes for the persona's."""


@dataclass(frozen=True, slots=True)
class ExampleTurn:
    """`starts` begins a new dialogue."""

    speaker: Speaker
    text: str
    starts: bool = False


def read_turns(text: str, *, char: str = "", user: str = "") -> tuple[ExampleTurn, ...] | None:
    """The turns of an example dialogue; None where writing them again would not give back every word.

    `char` and `user` are names that may stand instead of the macros.
    """
    names = {Speaker.YOU: ("{{user}}", "<USER>", user), Speaker.PERSONA: ("{{char}}", "<BOT>", "<CHAR>", char)}
    known = {name.casefold(): speaker for speaker, words in names.items() for name in words if name.strip()}
    pattern = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    label = re.compile(rf"^[ \t]*({pattern})[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE)
    turns: list[ExampleTurn] = []
    for number, block in enumerate(_START.split(text)):
        found = _read_block(block, label, known)
        if number and found:
            found[0] = ExampleTurn(found[0].speaker, found[0].text, starts=True)
        elif number:
            return None
        turns += found
    if len(turns) > MOST_TURNS or any(_hides_a_mark(turn, label) for turn in turns):
        return None
    return tuple(turns)


def write_turns(turns: Sequence[ExampleTurn]) -> str:
    lines = []
    for turn in turns:
        if turn.starts:
            lines.append("<START>")
        name = turn.speaker.value
        lines.append(f"{name}: {turn.text}".rstrip() if name else turn.text)
    return "\n".join(lines)


def _read_block(block: str, label: re.Pattern[str], known: dict[str, Speaker]) -> list[ExampleTurn]:
    found, speaker, begin = [], Speaker.NOBODY, 0
    for match in [*label.finditer(block), None]:
        words = block[begin : match.start() if match else len(block)].strip()
        if words or speaker is not Speaker.NOBODY:
            found.append(ExampleTurn(speaker, words))
        if match:
            speaker, begin = known[match[1].casefold()], match.end()
    return found


def _hides_a_mark(turn: ExampleTurn, label: re.Pattern[str]) -> bool:
    """Whether a turn's own text would be read as a turn again."""
    return bool(_START.search(turn.text) or (turn.speaker is Speaker.NOBODY and label.search(turn.text)))
