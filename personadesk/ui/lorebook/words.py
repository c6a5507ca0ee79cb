"""What the fields of an entry are called on screen."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QLocale

from personadesk.domain.chat import ChatRole
from personadesk.domain.lorebook import LoreEntry, LorePosition, SelectiveLogic
from personadesk.domain.told_lore import Cause, Why
from personadesk.services.lorebook import IdleEntry, LoreLine, Reason
from personadesk.ui.wizard.row_model import plain

EN_DASH = "\N{EN DASH}"
EXCERPT_LETTERS = 24
LONGEST_QUOTED = 80


def _tr(text: str) -> str:
    return QCoreApplication.translate("Lorebook", text)


def isolated(name: str) -> str:
    """A name that keeps its own direction in a sentence that may run the other way."""
    return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"


def title_of(entry: LoreEntry) -> str:
    """An entry's name on one line."""
    return " ".join(entry.title.split()) or _tr("Entry without a key")


def logic_word(logic: SelectiveLogic) -> str:
    return {
        SelectiveLogic.AND_ANY: _tr("Any"),
        SelectiveLogic.NOT_ALL: _tr("Not all"),
        SelectiveLogic.NOT_ANY: _tr("None"),
        SelectiveLogic.AND_ALL: _tr("All"),
    }[logic]


def logic_sentence(logic: SelectiveLogic) -> str:
    return {
        SelectiveLogic.AND_ANY: _tr("Any secondary key too"),
        SelectiveLogic.NOT_ALL: _tr("Not all secondary keys"),
        SelectiveLogic.NOT_ANY: _tr("No secondary key"),
        SelectiveLogic.AND_ALL: _tr("All secondary keys too"),
    }[logic]


def position_word(position: LorePosition) -> str:
    return {
        LorePosition.BEFORE_CHAR: _tr("Before persona"),
        LorePosition.AFTER_CHAR: _tr("After persona"),
        LorePosition.NOTE_TOP: _tr("Note, top"),
        LorePosition.NOTE_BOTTOM: _tr("Note, bottom"),
        LorePosition.AT_DEPTH: _tr("At depth"),
        LorePosition.EXAMPLES_TOP: _tr("Before examples"),
        LorePosition.EXAMPLES_BOTTOM: _tr("After examples"),
    }[position]


def role_word(role: ChatRole) -> str:
    return {
        ChatRole.SYSTEM: _tr("System"),
        ChatRole.USER: _tr("You"),
        ChatRole.ASSISTANT: _tr("Persona"),
    }[role]


def default_word(value: bool | None) -> str:
    """A switch that may leave it to the book."""
    return {None: _tr("Default"), True: _tr("Yes"), False: _tr("No")}[value]


def why_sentence(why: Why, lines: Sequence[LoreLine]) -> str:
    """Why an entry is told, and where its key was found in the lines that were looked at, oldest first."""
    key = _shown(why.key)
    if why.cause is Cause.CONSTANT:
        return _tr("Always there")
    if why.cause is Cause.STICKY:
        return _tr("Still there from an earlier message")
    if why.cause is Cause.DECORATOR:
        return _tr("Called by its own line {key}").format(key=key)
    if why.cause is Cause.RECURSION:
        source = _shown(title_of(why.source)) if why.source is not None else EN_DASH
        return _tr("Key “{key}” in the entry “{entry}”").format(key=key, entry=source)
    back = why.message or 0
    said = excerpt(lines[-1 - back].text, why.key) if back < len(lines) else ""
    if back == 0:
        where = _tr("Key “{key}” in the newest message").format(key=key)
    elif back == 1:
        where = _tr("Key “{key}” one message back").format(key=key)
    else:
        where = _tr("Key “{key}” {count} messages back").format(key=key, count=QLocale().toString(back))
    return f"{where}: {said}" if said else where


def reason_sentence(idle: IdleEntry) -> str:
    """Why an entry is not told though it might be; "" where nothing called it."""
    detail = _shown(idle.detail)
    entry = idle.entry
    return {
        Reason.BUDGET: _tr("No room: the token budget is used up"),
        Reason.SOURCE: _tr("The entry that calls it found no room"),
        Reason.GROUP: _tr("“{detail}” of its group is told").format(detail=detail),
        Reason.PROBABILITY: _tr("Chance decided against it ({percent} %)").format(percent=entry.probability),
        Reason.COOLDOWN: _tr("It rests: it was told a short while ago"),
        Reason.DELAY: _tr("Too early: not before message {count}").format(count=QLocale().toString(entry.delay)),
        Reason.SECONDARY: _tr("Key “{detail}” is there, but not as its secondary keys ask").format(detail=detail),
        Reason.EXCLUDED: _tr("“{detail}” is there, which keeps it out").format(detail=detail),
        Reason.DECORATOR: _tr("Its own line {detail} keeps it out").format(detail=detail),
        Reason.BAD_KEY: _tr("The pattern {detail} can't be used").format(detail=detail),
    }.get(idle.reason, "")


def excerpt(text: str, key: str) -> str:
    """The words around a key in a text; "" where it does not stand there as it is written."""
    at = text.casefold().find(key.casefold())
    if not key or at < 0 or len(text.casefold()) != len(text):
        return ""
    start, end = max(at - EXCERPT_LETTERS, 0), at + len(key) + EXCERPT_LETTERS
    said = " ".join(plain(text[start:end].replace("\n", " ")).split())
    return f"{'…' if start else ''}{said}{'…' if end < len(text) else ''}"


def _shown(text: str) -> str:
    return plain(" ".join(text[:LONGEST_QUOTED].split()))
