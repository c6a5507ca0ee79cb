"""The macros of character cards: {{char}}, {{user}} and their older spellings."""

import re

_MACRO = re.compile(
    r"\{\{\s*(?:(?P<name>char|user|original)\s*|//[^{}]*|comment:[^{}]*)\}\}|<(?P<old>bot|user|char)>",
    re.IGNORECASE,
)


def fill_macros(text: str, *, char: str, user: str, original: str = "") -> str:
    """Replace {{char}}, {{user}}, {{original}}, <BOT> and <USER> in any case, and drop {{// comments}}.

    One pass: a name that looks like a macro stays a name.
    """
    names = {"char": char, "bot": char, "user": user, "original": original}

    def value(match: re.Match[str]) -> str:
        return names.get((match["name"] or match["old"] or "").lower(), "")

    return _MACRO.sub(value, text)
