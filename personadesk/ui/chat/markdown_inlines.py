"""What markdown-it does not know: LaTeX left as it was written, spoilers between double bars, items that are tasks."""

import re
from collections.abc import Sequence

from markdown_it.rules_inline import StateInline

from personadesk.ui.chat.markdown_blocks import Block, Inline, Inlines, Paragraph, Span

MATH_LIMIT = 1_000
_MATH = re.compile(
    r"\$\$(?=\S)(?P<display>[^$]{1,1000}?)\$\$"
    r"|\$(?=[^\s$])(?P<inline>[^$\n]{1,1000}?)(?<=\S)\$(?!\d)"
    r"|\\\((?P<round>.{1,1000}?)\\\)"
    r"|\\\[(?P<square>.{1,1000}?)\\\]",
    re.DOTALL,
)
_FORMULA = re.compile(r"[\\^_{}=<>+*/|]|^[A-Za-z]$")
"""What tells a formula between two dollars from two prices."""
_BARS = "||"
_SIGN = re.compile(r"\[([ xX])\][ \t]+")


def keep_math(state: StateInline, silent: bool) -> bool:
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


def split_spoilers(inlines: Sequence[Inline]) -> Inlines:
    """Hide what stands between two double bars; bars without a partner stay as they are."""
    bars = sum(item.text.count(_BARS) for item in inlines if isinstance(item, Span) and _may_hold_bars(item))
    if bars < 2:
        return tuple(inlines)
    left = bars // 2 * 2
    number = 0
    hidden = False
    found: list[Inline] = []
    for item in inlines:
        if not isinstance(item, Span):
            found.append(item)
            continue
        parts = item.text.split(_BARS) if _may_hold_bars(item) else [item.text]
        rest = ""
        for at, part in enumerate(parts):
            if at:
                if left == 0:
                    rest = _BARS
                else:
                    left -= 1
                    hidden = not hidden
                    number += hidden
            text, rest = rest + part, ""
            if text:
                found.append(item._replace(text=text, spoiler=number if hidden else 0))
    return tuple(found)


def _may_hold_bars(span: Span) -> bool:
    return not (span.code or span.math or span.image)


def task_item(item: tuple[Block, ...]) -> tuple[tuple[Block, ...], bool | None]:
    """An item without its `[ ]` or `[x]`, and whether it is done; None for one that is no task."""
    head = item[0] if item else None
    if not isinstance(head, Paragraph):
        return item, None
    sign, *rest = head.inlines
    if not isinstance(sign, Span) or sign._replace(text="") != Span(""):
        return item, None
    match = _SIGN.match(sign.text)
    words = sign.text[match.end() :] if match else ""
    if match is None or not (words or rest):
        return item, None
    inlines: Inlines = (sign._replace(text=words), *rest) if words else tuple(rest)
    return (Paragraph(inlines), *item[1:]), match[1] != " "
