"""What showing a text costs: signs that take many times as long as a letter, and tables that are mostly not there."""

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import table as read_table

MISSING_CELLS_LIMIT = 1_500
"""Cells of one message that its tables' rows are short of: the parser makes each of them."""
_DELIMITERS = re.compile(r"[\s|:-]*")


def bounded_table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """markdown-it's rule for a table, which leaves one as text whose missing cells are too many."""
    columns = _columns(state, start_line + 1) if start_line + 1 < end_line else 0
    if columns and not silent:
        missing = columns * _rows(state, start_line, end_line) - _bars(state, start_line, end_line)
        before = int(state.env.get("missing cells", 0))
        if before + max(0, missing) > MISSING_CELLS_LIMIT:
            return False
        state.env["missing cells"] = before + max(0, missing)
    return read_table(state, start_line, end_line, silent)


def _columns(state: StateBlock, line: int) -> int:
    """How many columns a line begins, 0 where it can't begin any."""
    text = state.src[state.bMarks[line] : state.eMarks[line]]
    return text.count("|") if "-" in text and _DELIMITERS.fullmatch(text) else 0


def _last(state: StateBlock, start_line: int, end_line: int) -> int:
    """The line behind a table that begins here: the next empty one at the latest."""
    line = start_line
    while line < end_line and not state.isEmpty(line):
        line += 1
    return line


def _rows(state: StateBlock, start_line: int, end_line: int) -> int:
    return _last(state, start_line, end_line) - start_line


def _bars(state: StateBlock, start_line: int, end_line: int) -> int:
    after = _last(state, start_line, end_line)
    return state.src.count("|", state.bMarks[start_line], state.eMarks[after - 1])
