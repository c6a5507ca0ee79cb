"""A message's text without its markdown, for the clipboard: its blocks with an empty line between them."""

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from personadesk.ui.chat.markdown_blocks import (
    Block,
    Code,
    Folded,
    Heading,
    Inlines,
    LineBreak,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
    clean,
    parse,
)
from personadesk.ui.chat.markdown_letters import disguised_host

_OURS = {0x200B: None, 0x2060: None}
"""Where a long word may be broken: put in for the screen."""


def plain_text(source: str) -> str:
    """The whole text in plain words; as it was written where it is too long to be parsed whole."""
    blocks = parse(clean(source)).blocks
    cut = any(isinstance(block, Folded) or (isinstance(block, Table) and block.left_out) for block in blocks)
    return source if cut else _blocks(blocks).translate(_OURS)


def _blocks(blocks: Iterable[Block]) -> str:
    return "\n\n".join(text for block in blocks if (text := _block(block)))


def _block(block: Block) -> str:
    match block:
        case Paragraph() | Heading():
            return _words(block.inlines)
        case ListBlock():
            return "\n".join(_item(block, number) for number in range(len(block.items)))
        case Quote():
            return _blocks(block.blocks)
        case Code():
            return block.text
        case Table():
            return "\n".join("\t".join(map(_words, cells)) for cells in block.rows)
        case Rule():
            return "---"
        case Folded():
            return ""


def _item(block: ListBlock, number: int) -> str:
    """One item with its number or bullet, and what belongs to it set in below; a list in it follows at once."""
    sign = f"{block.start + number}. " if block.ordered else "- "
    done = block.done[number] if block.done else None
    box = "" if done is None else "[x] " if done else "[ ] "
    text = ""
    for inner in block.items[number]:
        between = "\n" if isinstance(inner, ListBlock) else "\n\n"
        text += (between if text else "") + _block(inner)
    room = " " * len(sign)
    return sign + box + "\n".join(room + line if line and at else line for at, line in enumerate(text.split("\n")))


def _words(inlines: Inlines) -> str:
    return "".join("\n" if isinstance(item, LineBreak) else _run(item) for item in inlines)


def _run(span: Span) -> str:
    if span.image:
        words = QCoreApplication.translate("MessageDocument", "image: {words}").format(words=span.text)
        return words if span.text else QCoreApplication.translate("MessageDocument", "image")
    host = disguised_host(span.text, span.href) if span.href else ""
    return f"{span.text} ({host})" if host else span.text
