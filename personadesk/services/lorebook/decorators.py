"""The decorators of Character Card V3: lines that begin with @@ before an entry's text."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from personadesk.domain.chat import ChatRole
from personadesk.domain.lorebook import LorePosition

_LARGEST = 1_000_000
_POSITIONS = {"after_desc": LorePosition.AFTER_CHAR, "before_desc": LorePosition.BEFORE_CHAR}


@dataclass(slots=True)
class Directives:
    """What an entry's decorators say; None where they say nothing."""

    activate: bool = False
    dont_activate: bool = False
    keep_activate_after_match: bool = False
    dont_activate_after_match: bool = False
    ignore_on_max_context: bool = False
    activate_only_after: int | None = None
    activate_only_every: int | None = None
    depth: int | None = None
    reverse_depth: int | None = None
    scan_depth: int | None = None
    is_greeting: int | None = None
    position: LorePosition | None = None
    role: ChatRole | None = None
    additional_keys: tuple[str, ...] = ()
    exclude_keys: tuple[str, ...] = ()


def split(content: str, *, greeting_known: bool = True) -> tuple[Directives, str]:
    """Part the decorators from the text, which comes without the lines around them.

    Of several of one name the first holds; `@@@name` holds where the line above it is unknown or says
    nothing here. What is unknown, or has a value that makes no sense, is taken away and says nothing.
    """
    directives = Directives()
    seen: set[str] = set()
    # Before any decorator there is nothing to fall back from.
    held = True
    rest = content
    while rest.lstrip("\r\n").startswith("@@"):
        line, _, rest = rest.lstrip("\r\n").partition("\n")
        fallback = line.startswith("@@@")
        if fallback and held:
            continue
        name, _, value = line.lstrip("@").strip().partition(" ")
        held = name in seen or _take(directives, name, value.strip(), greeting_known)
        if held:
            seen.add(name)
    return directives, rest.strip("\r\n") if rest is not content else content


def _take(directives: Directives, name: str, value: str, greeting_known: bool) -> bool:
    """Note a decorator. False where it is unknown, invalid or of no use here."""
    if name not in _READERS or (name == "is_greeting" and not greeting_known):
        return False
    said = _READERS[name](value)
    if said is None:
        return False
    setattr(directives, name, said)
    return True


def _present(_value: str) -> bool:
    return True


def _number(value: str) -> int | None:
    try:
        return max(-_LARGEST, min(_LARGEST, int(float(value[:20]))))
    except (ValueError, OverflowError):
        return None


def _count(value: str) -> int | None:
    number = _number(value)
    return None if number is None else max(number, 0)


def _positive(value: str) -> int | None:
    number = _number(value)
    return number if number is not None and number > 0 else None


def _role(value: str) -> ChatRole | None:
    return ChatRole(value) if value in list(ChatRole) else None


def _words(value: str) -> tuple[str, ...] | None:
    return tuple(word for word in map(str.strip, value.split(",")) if word) or None


_READERS: dict[str, Callable[[str], Any]] = {
    "activate": _present,
    "dont_activate": _present,
    "keep_activate_after_match": _present,
    "dont_activate_after_match": _present,
    "ignore_on_max_context": _present,
    "activate_only_after": _count,
    "activate_only_every": _positive,
    "depth": _count,
    "reverse_depth": _count,
    "scan_depth": _count,
    "is_greeting": _count,
    "position": _POSITIONS.get,
    "role": _role,
    "additional_keys": _words,
    "exclude_keys": _words,
}
"""Not in it, and so of no use here, for their fallbacks to hold: `instruct_depth` and its like, which a
conversation ignores; `is_user_icon`, as there are no such icons; `disable_ui_prompt`, as there is no
such prompt."""
