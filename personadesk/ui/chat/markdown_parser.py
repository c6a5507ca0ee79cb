"""From markdown-it's tokens to our blocks. Imported when the first text with markup is shown."""

from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from personadesk.formats.message_rules import (
    BARE_LINK,
    BRACKETS_LIMIT,
    HREF_LIMIT,
    LEFT_OUT,
    NESTING_LIMIT,
    is_live,
    keep_math,
    shallow,
)
from personadesk.ui.chat.markdown_blocks import (
    CELL_CHARACTERS,
    TABLE_CELLS,
    TABLE_COLUMNS,
    TABLE_ROWS,
    Block,
    Heading,
    Inline,
    Inlines,
    LineBreak,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
    breakable,
    code_block,
)
from personadesk.ui.chat.markdown_cost import bounded_table
from personadesk.ui.chat.markdown_inlines import split_spoilers, task_item

_OPENERS = {"blockquote_open", "bullet_list_open", "ordered_list_open", "paragraph_open", "heading_open", "table_open"}


@cache
def _parser(links: bool) -> MarkdownIt:
    """CommonMark with tables and strikethrough; single newlines break lines.

    Left out on purpose: HTML and reference definitions (a later line could change an earlier one),
    indented code and underlined headings (in a chat they are accidents).
    """
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 60})
    parser.enable(["table", "strikethrough"])
    parser.block.ruler.at("table", bounded_table, {"alt": ["paragraph", "reference"]})
    parser.disable([*LEFT_OUT])
    parser.inline.ruler.before("escape", "math", keep_math)
    if not links:
        parser.disable(["link", "image"])
    return parser


def parse_markdown(text: str) -> tuple[list[Block], int]:
    """Blocks of `text`, and the offset at which the last one begins."""
    tokens = _parser(text.count("[") <= BRACKETS_LIMIT).parse(shallow(text))
    blocks = _Reader(tokens).blocks(0, len(tokens), 0)
    line = next((token.map[0] for token in reversed(tokens) if token.level == 0 and token.map), 0)
    at = 0
    for _ in range(line):
        at = text.find("\n", at) + 1
    return blocks, at


class _Reader:
    """Walks the flat token list; every opening token is paired with its closing one by nesting."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens

    def blocks(self, start: int, end: int, depth: int) -> list[Block]:
        found: list[Block] = []
        at = start
        while at < end:
            token = self._tokens[at]
            close = self._close(at) if token.type in _OPENERS else at
            match token.type:
                case "paragraph_open":
                    if inlines := _inlines(self._tokens[at + 1]):
                        found.append(Paragraph(inlines))
                case "heading_open":
                    found.append(Heading(int(token.tag[1]), _inlines(self._tokens[at + 1])))
                case "blockquote_open":
                    inner = self.blocks(at + 1, close, depth + 1)
                    found.extend(inner if depth >= NESTING_LIMIT else [Quote(tuple(inner))])
                case "bullet_list_open" | "ordered_list_open":
                    found.extend(self._list(at, close, depth))
                case "table_open":
                    found.append(self._table(at, close))
                case "fence" | "code_block":
                    words = token.info.split()
                    found.append(code_block(words[0] if words else "", token.content.removesuffix("\n")))
                case "hr":
                    found.append(Rule())
                case _:
                    pass
            at = close + 1
        return found

    def _close(self, at: int) -> int:
        level = self._tokens[at].level
        at += 1
        while not (self._tokens[at].nesting == -1 and self._tokens[at].level == level):
            at += 1
        return at

    def _list(self, start: int, end: int, depth: int) -> list[Block]:
        items: list[tuple[Block, ...]] = []
        at = start + 1
        while at < end:
            close = self._close(at)
            items.append(tuple(self.blocks(at + 1, close, depth + 1)))
            at = close + 1
        if depth >= NESTING_LIMIT:
            return [block for item in items for block in item]
        opening = self._tokens[start]
        tasks = [task_item(item) for item in items]
        done = tuple(state for _, state in tasks)
        return [
            ListBlock(
                opening.type == "ordered_list_open",
                int(opening.attrGet("start") or 1),
                tuple(item for item, _ in tasks),
                done if any(state is not None for state in done) else (),
            )
        ]

    def _table(self, start: int, end: int) -> Table:
        rows: list[tuple[Inlines, ...]] = []
        alignments: list[str] = []
        cells: list[Inlines] = []
        left_out = columns = 0
        for at in range(start, end):
            token = self._tokens[at]
            if token.type == "tr_open":
                cells = []
            elif token.type in ("th_open", "td_open") and len(cells) < TABLE_COLUMNS:
                if token.type == "th_open":
                    alignments.append(str(token.attrGet("style") or "").removeprefix("text-align:"))
                full = len(rows) >= TABLE_ROWS or len(rows) * columns >= TABLE_CELLS
                cells.append(() if full else _cut(_inlines(self._tokens[at + 1]), CELL_CHARACTERS))
            elif token.type == "tr_close":
                columns = columns or len(cells)
                if len(rows) >= TABLE_ROWS or len(rows) * columns >= TABLE_CELLS:
                    left_out += 1
                else:
                    rows.append((*cells, *((),) * (columns - len(cells)))[:columns])
        return Table(tuple(alignments), tuple(rows), left_out)


def _cut(inlines: Inlines, limit: int) -> Inlines:
    kept: list[Inline] = []
    for item in inlines:
        if limit <= 0:
            break
        if isinstance(item, Span):
            text = item.text if len(item.text) <= limit else item.text[:limit] + "…"
            kept.append(item._replace(text=text))
            limit -= len(text)
        else:
            kept.append(item)
    return tuple(kept)


def _inlines(token: Token) -> Inlines:
    found: list[Inline] = []
    strong = emphasis = strike = 0
    href = ""
    opened = 0
    for child in token.children or ():
        style = Span("", strong > 0, emphasis > 0, strike > 0, href=href)
        match child.type:
            case "text":
                found.extend(_linked(child.content, style))
            case "code_inline":
                found.append(style._replace(text=breakable(child.content), code=True))
            case "math":
                found.append(style._replace(text=breakable(child.content), math=True))
            case "softbreak" | "hardbreak":
                found.append(LineBreak())
            case "strong_open" | "strong_close":
                strong += child.nesting
            case "em_open" | "em_close":
                emphasis += child.nesting
            case "s_open" | "s_close":
                strike += child.nesting
            case "link_open":
                target = str(child.attrGet("href") or "")
                href = target if is_live(target) else ""
                opened = len(found)
            case "link_close":
                if href and len(found) == opened:
                    found.append(Span(breakable(href), href=href))
                href = ""
            case "image":
                source = str(child.attrGet("src") or "")
                shown = source if is_live(source) and not source.lower().startswith("mailto:") else ""
                found.append(Span(breakable(child.content.strip()), image=True, href=shown))
            case _:
                if child.content:
                    found.append(Span(breakable(child.content)))
    return split_spoilers(found)


def _linked(text: str, style: Span) -> list[Inline]:
    """Text with its bare web addresses made into links."""

    def span(part: str, href: str) -> Span:
        return Span(breakable(part), style.strong, style.emphasis, style.strike, href=href)

    if style.href or "://" not in text:
        return [span(text, style.href)] if text else []
    found: list[Inline] = []
    at = 0
    for match in BARE_LINK.finditer(text):
        address = match.group().rstrip(".,;:!?*_~")
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1].rstrip(".,;:!?")
        if len(address) > HREF_LIMIT or len(address) < len("http://x"):
            continue
        if at < match.start():
            found.append(span(text[at : match.start()], ""))
        found.append(span(address, address))
        at = match.start() + len(address)
    if at < len(text):
        found.append(span(text[at:], ""))
    return found
