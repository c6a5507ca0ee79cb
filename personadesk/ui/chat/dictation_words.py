"""Words that were said, put at a cursor as if they had been typed."""

from PySide6.QtGui import QTextCursor

OPENING = "([{<\u2018\u201c\u00ab\u201e\u2014/-"
UNSPACED_FROM = 0x2E80
"""From here on are scripts that put no spaces between words: Chinese, Japanese and their signs."""


def spaced(before: str, words: str, after: str) -> str:
    """The words with a space at either side that needs one. `before` and `after` are one character each, or ""."""
    if before and not before.isspace() and before not in OPENING and _wants_space(before, words[0]):
        words = f" {words}"
    if after and after.isalnum() and _wants_space(words[-1], after):
        words = f"{words} "
    return words


def neighbours(cursor: QTextCursor) -> tuple[str, str]:
    """The characters at both sides of what is selected, "" at the text's ends."""
    document = cursor.document()
    start, end = cursor.selectionStart(), cursor.selectionEnd()
    before = _character(document.characterAt(start - 1)) if start > 0 else ""
    # The last place of a document holds its end, which is no character of the text.
    after = _character(document.characterAt(end)) if end < document.characterCount() - 1 else ""
    return before, after


def _character(found: str) -> str:
    return "\n" if found == "\u2029" else found


def _wants_space(before: str, after: str) -> bool:
    return ord(before) < UNSPACED_FROM and ord(after) < UNSPACED_FROM
