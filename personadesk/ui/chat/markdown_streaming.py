"""Makes the half-written end of a streamed text look as it will when it is finished. No Qt in here.

Marks that are open are closed (`**bo` is shown bold at once), marks that may turn out to be something
else are held back (a lone `*`, half a fence, a table without its second line). So nothing flashes.
"""

import re

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_PARTIAL_FENCE = re.compile(r"(?:^|\n) {0,3}(?:`{1,}|~{1,})$")
_PARTIAL_MARKER = re.compile(r"(?:^|\n)[ \t>]*(?:[-+*=#]{1,6}|[-*_ ]{2,}|\d{1,9}[.)]?|>)[ \t]*$")
_PARTIAL_TASK = re.compile(r"(?:^|\n)[ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]+\[(?:[ xX]\]?)?[ \t]*$")
_ITEM = re.compile(r"(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t]))+")
_DELIMITER_ROW = re.compile(r"[|:\- \t]*$")
_TOKEN = re.compile(r"\\.|`+|\*+|_+|~+|\]\(", re.DOTALL)
_TRAILING_MARKS = re.compile(r"[\s*_~`\\]+$")


def completed(text: str) -> str:
    """Return `text` with its end completed so that it can be parsed as it stands."""
    fence, plain = _fences(text)
    if fence:
        # Marks at the end of open code may be the start of its closing fence.
        partial = re.search(rf"\n {{0,3}}{fence[0]}{{1,{len(fence)}}}$", text)
        return text[: partial.start()] if partial else text
    halves = (_PARTIAL_FENCE, _PARTIAL_MARKER, _PARTIAL_TASK)
    marker = next((found for pattern in halves if (found := pattern.search(text, plain))), None)
    if marker:
        text = text[: marker.start()]
    paragraph = max(plain, text.rfind("\n\n") + 2 if "\n\n" in text else 0)
    if text.startswith("|", paragraph):
        return text[: _table_end(text, paragraph)]
    start = _inline_start(text, paragraph)
    return text[:start] + _closed(text[start:])


def _fences(text: str) -> tuple[str, int]:
    """The fence that is still open at the end, or "", and where the last closed one ends."""
    opened, plain = "", 0
    for match in _FENCE.finditer(text):
        mark, words = match[1], match[2]
        if not opened:
            opened = mark if mark[0] == "~" or "`" not in words else ""
        elif mark[0] == opened[0] and len(mark) >= len(opened) and not words.strip():
            opened, plain = "", min(match.end() + 1, len(text))
    return opened, plain


def _inline_start(text: str, paragraph: int) -> int:
    """Where the last run of inline text begins: after the last list marker of its paragraph."""
    start = at = paragraph
    while at <= len(text):
        if marker := _ITEM.match(text, at):
            start = marker.end()
        newline = text.find("\n", at)
        if newline < 0:
            break
        at = newline + 1
    return start


def _table_end(text: str, start: int) -> int:
    """How much of a text that ends in table lines is sure: nothing before the second line, whole cells after."""
    lines = text[start:].split("\n")
    if len(lines) == 1 or (len(lines) == 2 and _DELIMITER_ROW.match(lines[1])):
        return start
    return len(text) - len(lines[-1]) if _DELIMITER_ROW.match(lines[-1]) else len(text)


def _closed(text: str) -> str:
    """Close what is open in a run of inline text.

    Marks at the very end belong to no words yet, or are half of a closing pair: they are taken away
    first, and what they would have closed is closed here.
    """
    text = _TRAILING_MARKS.sub("", text)
    open_marks: list[str] = []
    at = 0
    while match := _TOKEN.search(text, at):
        mark, start, at = match.group(), match.start(), match.end()
        if mark[0] == "\\":
            continue
        if mark[0] == "`":
            closing = re.compile(rf"(?<!`)`{{{len(mark)}}}(?!`)").search(text, at)
            if closing is None:
                # A space at the start of code is only left out when there is one at its end.
                open_marks.append(" " + mark if text.startswith(" ", at) else mark)
                break
            at = closing.end()
        elif mark == "](":
            end = text.find(")", at)
            if end < 0 and (bracket := text.rfind("[", 0, start)) >= 0:
                return _closed(text[:bracket].removesuffix("!") + text[bracket + 1 : start])
            at = max(at, end + 1)
        else:
            _track(open_marks, mark, text[start - 1 : start], text[at : at + 1])
    return text + "".join(reversed(open_marks))


def _track(open_marks: list[str], mark: str, before: str, after: str) -> None:
    """Open or close emphasis: a run of marks closes what is open before it opens anything."""
    if mark[0] == "_" and before.isalnum() and after.isalnum():
        return
    if mark[0] == "~" and len(mark) != 2:
        return
    left = len(mark)
    if before.strip():
        while left:
            at = next((i for i in reversed(range(len(open_marks))) if open_marks[i][0] == mark[0]), -1)
            if at < 0 or len(open_marks[at]) > left:
                break
            left -= len(open_marks[at])
            del open_marks[at:]
    if left and after.strip():
        open_marks += [mark[0] * 2] * (left // 2) + [mark[0]] * (left % 2)
