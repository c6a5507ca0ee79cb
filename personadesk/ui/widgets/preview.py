"""The words of a message on one line, for lists: without its marks, and without what it hides."""

import re

HIDDEN = "•••"
"""Stands for a spoiler."""

_SPOILER = re.compile(r"\|\|(?=\S).*?(?:\|\||$)")
_FENCE = re.compile(r"(?:```|~~~)[\w+#.-]*")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*\)")
_LEADING = re.compile(r"^(?:#{1,6} |> |[-*+] )+")
# U+E000 and U+E001 stand around a word that was looked for, and belong to it.
_OPENING = re.compile(r"(?<![\w*_~`\ue001])[*_~`]{1,3}(?=[^\s*_~`])")
_CLOSING = re.compile(r"(?<=[^\s*_~`])[*_~`]{1,3}(?![\w*_~`\ue000])")


def preview(text: str) -> str:
    """One line. A text may have been cut off: a mark that is never closed goes as well."""
    line = " ".join(_SPOILER.sub(HIDDEN, " ".join(text.split())).split())
    line = _LINK.sub(r"\1", _FENCE.sub(" ", line))
    line = _CLOSING.sub("", _OPENING.sub("", _LEADING.sub("", line.strip())))
    return " ".join(line.split()) or text
