"""What markdown-it does not know: spoilers between double bars, and items that are tasks."""

from collections.abc import Sequence

from personadesk.formats.message_rules import SPOILER_BARS, TASK_SIGN
from personadesk.ui.chat.markdown_blocks import Block, Inline, Inlines, Paragraph, Span


def split_spoilers(inlines: Sequence[Inline]) -> Inlines:
    """Hide what stands between two double bars; bars without a partner stay as they are."""
    bars = sum(item.text.count(SPOILER_BARS) for item in inlines if isinstance(item, Span) and _may_hold_bars(item))
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
        parts = item.text.split(SPOILER_BARS) if _may_hold_bars(item) else [item.text]
        rest = ""
        for at, part in enumerate(parts):
            if at:
                if left == 0:
                    rest = SPOILER_BARS
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
    match = TASK_SIGN.match(sign.text)
    words = sign.text[match.end() :] if match else ""
    if match is None or not (words or rest):
        return item, None
    inlines: Inlines = (sign._replace(text=words), *rest) if words else tuple(rest)
    return (Paragraph(inlines), *item[1:]), match[1] != " "
