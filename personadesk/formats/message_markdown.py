"""What a message is written in, as HTML: the rules by which the chat shows it, and nothing of it is markup."""

import html
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from personadesk.formats.message_rules import (
    BARE_LINK,
    BRACKETS_LIMIT,
    LEFT_OUT,
    SPOILER_BARS,
    TASK_SIGN,
    is_live,
    keep_math,
    shallow,
)

_HIDE = '<label class="spoiler"><input type="checkbox" aria-label="Show what is hidden"><span>'
_HIDDEN = "</span></label>"


def message_html(text: str) -> str:
    """A message as HTML that loads nothing. Pictures stay words, and a spoiler hides its own until it is clicked."""
    parser = _parser(text.count("[") <= BRACKETS_LIMIT)
    tokens = parser.parse(shallow(text))
    for at, token in enumerate(tokens):
        if token.type == "inline" and token.children:
            if at >= 2 and tokens[at - 2].type == "list_item_open":
                _show_task(tokens[at - 2], token.children)
            token.children = list(_with_links(_with_spoilers(token.children), parser))
    return str(parser.renderer.render(tokens, parser.options, {}))


def with_fence_closed(text: str) -> str:
    """The same text, its last block of code closed: a reply that was cut off would take in what follows it."""
    if "```" not in text and "~~~" not in text:
        return text
    tokens = _blocks().parse(text)
    if not tokens or tokens[-1].type != "fence" or tokens[-1].map is None:
        return text
    mark, (first, _) = tokens[-1].markup, tokens[-1].map
    lines = text.rstrip().split("\n")
    if len(lines) > first + 1 and re.fullmatch(rf" {{0,3}}{re.escape(mark)}{re.escape(mark[0])}*", lines[-1]):
        return text
    return f"{text}{'' if text.endswith(chr(10)) else chr(10)}{mark}"


@cache
def _blocks() -> MarkdownIt:
    """CommonMark as others read it, without what stands within a line."""
    return MarkdownIt("commonmark").disable("inline")


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - the parser's own name
        return is_live(url)


@cache
def _parser(links: bool) -> MarkdownIt:
    """CommonMark as chats mean it: HTML, reference definitions, indented code and underlined headings are words."""
    parser = _Parser("commonmark", {"html": False, "breaks": True, "maxNesting": 60})
    parser.enable(["table", "strikethrough"])
    parser.disable([*LEFT_OUT, "image"])
    parser.inline.ruler.before("escape", "math", keep_math)
    parser.add_render_rule("math", _render_math)
    if not links:
        parser.disable("link")
    return parser


def _render_math(_renderer: object, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    return html.escape(tokens[at].content)


def _show_task(item: Token, children: list[Token]) -> None:
    """A box that can't be clicked, before an item that is a task."""
    first = children[0]
    sign = TASK_SIGN.match(first.content) if first.type == "text" else None
    if sign is not None and (len(children) > 1 or sign.end() < len(first.content)):
        first.content = first.content[sign.end() :]
        done = " checked" if sign[1] != " " else ""
        children.insert(0, _markup(f'<input type="checkbox" disabled{done}> '))
        item.attrJoin("class", "task")


def _with_spoilers(tokens: Sequence[Token]) -> Iterator[Token]:
    """Hide what stands between two double bars; bars without a partner stay as they are."""
    depth = opened = least = 0
    hidden: list[Token] | None = None
    for token in _at_bars(tokens):
        depth += min(token.nesting, 0)
        if token.type != "bars":
            if hidden is None:
                yield token
            else:
                hidden.append(token)
                least = min(least, depth)
        elif hidden is None:
            hidden, opened, least = [], depth, depth
        else:
            yield from _hide(hidden, whole=opened == depth == least)
            hidden = None
        depth += max(token.nesting, 0)


def _at_bars(tokens: Sequence[Token]) -> Iterator[Token]:
    """Cut the texts at the bars that have a partner, which come as tokens of their own."""
    left = sum(token.content.count(SPOILER_BARS) for token in tokens if token.type == "text") // 2 * 2
    for token in tokens:
        if token.type != "text":
            yield token
            continue
        first, *parts = token.content.split(SPOILER_BARS)
        yield _text(first)
        for part in parts:
            if left:
                left -= 1
                yield Token("bars", "", 0)
                yield _text(part)
            else:
                yield _text(SPOILER_BARS + part)


def _hide(tokens: Sequence[Token], *, whole: bool) -> Iterator[Token]:
    """As one, or each text by itself where the bars stand within different marks."""
    if not any(token.content for token in tokens):
        yield from (_text(SPOILER_BARS), *tokens, _text(SPOILER_BARS))
    elif whole:
        yield from (_markup(_HIDE), *tokens, _markup(_HIDDEN))
    else:
        for token in tokens:
            yield from (_markup(_HIDE), token, _markup(_HIDDEN)) if token.content else (token,)


def _with_links(tokens: Iterator[Token], parser: MarkdownIt) -> Iterator[Token]:
    inside = False
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            inside = token.nesting > 0
            if inside:
                token.attrSet("rel", "noreferrer")
        if token.type == "text" and not inside:
            yield from _linked(token.content, parser)
        else:
            yield token


def _linked(text: str, parser: MarkdownIt) -> Iterator[Token]:
    """Text with its bare web addresses made into links."""
    at = 0
    for match in BARE_LINK.finditer(text):
        address = match.group().rstrip(".,;:!?*_~")
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1].rstrip(".,;:!?")
        href = parser.normalizeLink(address)
        if not is_live(href) or len(address) < len("http://x"):
            continue
        yield _text(text[at : match.start()])
        yield Token("link_open", "a", 1, attrs={"href": href, "rel": "noreferrer"})
        yield _text(address)
        yield Token("link_close", "a", -1)
        at = match.start() + len(address)
    yield _text(text[at:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _markup(content: str) -> Token:
    """HTML of our own."""
    return Token("html_inline", "", 0, content=content)
