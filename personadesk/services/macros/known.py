"""Which macros there are, for an editor that completes and checks them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

from personadesk.services.macros.filling import KNOWN, name_of
from personadesk.services.macros.parsing import Macro, parse

PROBLEMS_LIMIT = 100
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class MacroHelp:
    """`text` is what is inserted."""

    text: str
    description: str


@dataclass(frozen=True, slots=True)
class MacroProblem:
    """Something in a text that will not be filled. `start` and `end` are offsets in it."""

    start: int
    end: int
    sentence: str


MACROS = (
    MacroHelp("{{char}}", "The persona's nickname, or its name."),
    MacroHelp("{{user}}", "The name of the person it talks with."),
    MacroHelp("{{original}}", "What this text would replace: the program's own instructions."),
    MacroHelp("{{persona}}", "What is known of the person it talks with."),
    MacroHelp("{{description}}", "The persona's description."),
    MacroHelp("{{personality}}", "The persona's personality."),
    MacroHelp("{{scenario}}", "The persona's scenario."),
    MacroHelp("{{random:A,B}}", "One of the words, another each time. A comma in a word is written \\,."),
    MacroHelp("{{pick:A,B}}", "One of the words, the same throughout a conversation."),
    MacroHelp("{{roll:2d6+1}}", "A roll of dice; {{roll:6}} is a number from 1 to 6."),
    MacroHelp("{{time}}", "The time of day, as 15:04."),
    MacroHelp("{{date}}", "Today's date, as 4 June 2026."),
    MacroHelp("{{weekday}}", "Today's day of the week."),
    MacroHelp("{{newline}}", "A line break."),
    MacroHelp("{{trim}}", "Takes the line breaks around it away."),
    MacroHelp("{{reverse:A}}", "The word backwards."),
    MacroHelp("{{hidden_key:A}}", "Never shown or sent, but found by lorebooks."),
    MacroHelp("{{comment:A}}", "A remark that is never sent."),
    MacroHelp("{{// A}}", "A note for yourself that is never sent."),
)


def check(text: str) -> tuple[MacroProblem, ...]:
    """What is wrong with a text's macros, in the order of the text; at most PROBLEMS_LIMIT problems."""
    parsed = parse(text)
    lone = [start for start in parsed.lone[:PROBLEMS_LIMIT] if text[start] == "{" or not _closes_text(text, start)]
    problems = [
        MacroProblem(
            start,
            start + 2,
            "These braces are never closed: put }} behind the macro."
            if text[start] == "{"
            else "These braces close nothing: put {{ before the macro.",
        )
        for start in lone
    ]
    unknown = (macro for macro in _macros(parsed.nodes) if not name_of(macro))
    problems += [
        MacroProblem(macro.start, macro.end, _unknown(text[macro.start : macro.end]))
        for macro in islice(unknown, PROBLEMS_LIMIT)
    ]
    return tuple(sorted(problems, key=lambda problem: problem.start))[:PROBLEMS_LIMIT]


def _closes_text(text: str, start: int) -> bool:
    """Whether single braces are open there, as in a piece of JSON."""
    return text.count("{", 0, start) > text.count("}", 0, start)


def _macros(nodes: Sequence[Macro | str]) -> Iterator[Macro]:
    """Every macro in it, but not those in a note."""
    for node in nodes:
        if isinstance(node, Macro):
            yield node
            if name_of(node) not in ("//", "comment"):
                yield from _macros(node.body)


def _unknown(macro: str) -> str:
    shown = macro if len(macro) <= _SHOWN else f"{macro[:_SHOWN]}…"
    word = macro.strip("{} ").partition(":")[0].strip().lower()
    near = get_close_matches(word, [name for name in KNOWN if name != "//"], n=1, cutoff=0.75)
    if near and near[0] == word:
        return (
            f"{shown} lacks what it needs: {next(m.text for m in MACROS if m.text[2:].startswith(word))} is an example."
        )
    advice = f"did you mean {{{{{near[0]}}}}}?" if near else "it is sent as it stands."
    return f"{shown} is no macro PersonaDesk knows: {advice}"
