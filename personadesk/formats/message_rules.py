"""What of markdown a message may use, and what its writers mean beyond it: the same on the screen and in a file."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

LEFT_OUT = ("html_block", "html_inline", "reference", "code", "lheading")
"""markdown-it's rules that messages do without: a reference could change an earlier line, indented code and
underlined headings are accidents."""
NESTING_LIMIT = 8
BRACKETS_LIMIT = 400
"""Beyond this many opening brackets links are not looked for: each costs a scan of what follows it."""
HREF_LIMIT = 2_000
LIVE_SCHEMES = ("http://", "https://", "mailto:")
MATH_LIMIT = 1_000
BARE_LINK = re.compile(r"https?://[^\s<>\"'`\u200b]+", re.IGNORECASE)
TASK_SIGN = re.compile(r"\[([ xX])\][ \t]+")
SPOILER_BARS = "||"
_MATH = re.compile(
    r"\$\$(?=\S)(?P<display>[^$]{1,1000}?)\$\$"
    r"|\$(?=[^\s$])(?P<inline>[^$\n]{1,1000}?)(?<=\S)\$(?!\d)"
    r"|\\\((?P<round>.{1,1000}?)\\\)"
    r"|\\\[(?P<square>.{1,1000}?)\\\]",
    re.DOTALL,
)
_FORMULA = re.compile(r"[\\^_{}=<>+*/|]|^[A-Za-z]$")
"""What tells a formula between two dollars from two prices."""
_PREFIX = r"(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))"
_TOO_DEEP = re.compile(rf"^({_PREFIX}{{{NESTING_LIMIT}}}){_PREFIX}+", re.MULTILINE)
_TOO_FAR = re.compile(r"^[ \t]{25,}", re.MULTILINE)


def shallow(text: str) -> str:
    """Limit how deep lists and quotes nest, line by line: the parser drops what is too deep, we keep it."""
    return _TOO_FAR.sub(" " * 24, _TOO_DEEP.sub(r"\1", text))


def is_live(href: str) -> bool:
    """Whether a link may be opened at all."""
    return len(href) <= HREF_LIMIT and href.lower().startswith(LIVE_SCHEMES)


def keep_math(state: "StateInline", silent: bool) -> bool:
    """A markdown-it rule: what stands between the marks of a formula is no markdown."""
    if state.src[state.pos] not in "$\\":
        return False
    found = _MATH.match(state.src, state.pos, min(state.posMax, state.pos + MATH_LIMIT + 4))
    if found is None or (found["inline"] is not None and not _FORMULA.search(found["inline"])):
        return False
    if not silent:
        state.push("math", "", 0).content = " ".join(found[0].split())
    state.pos = found.end()
    return True
