"""Text and code files as text: which encoding, and whether it is text at all."""

import re

from personadesk.domain.attachment import TEXT_LIMIT, DocumentText
from personadesk.domain.errors import UserFacingError
from personadesk.formats.text_encoding import guess_encoding

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_LOOKED_AT = 65_536
_CONTROLS_SHARE = 0.01
_MOST_BYTES_A_CHARACTER = 4


def read_text(content: bytes) -> DocumentText:
    """Decode a text file: by its mark, as UTF-8, else as it reads best. Raises UserFacingError for what is no text."""
    text, guessed = _decoded(content, TEXT_LIMIT * _MOST_BYTES_A_CHARACTER + _MOST_BYTES_A_CHARACTER)
    if not text.strip():
        raise UserFacingError("There is no text in this file.", "Choose another one.")
    if not _is_text(text):
        raise UserFacingError(
            "This file is neither text nor a picture nor a PDF.", "Save it as one of these, and attach that file."
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return DocumentText(_CONTROLS.sub("", text)[:TEXT_LIMIT], cut=len(text) > TEXT_LIMIT, guessed=guessed)


def is_plain(content: bytes) -> bool:
    """Whether what it begins with is UTF-8 without control characters."""
    text = _as_utf8(content[:_LOOKED_AT], cut=len(content) > _LOOKED_AT)
    return text is not None and not _CONTROLS.search(text)


def _decoded(content: bytes, most: int) -> tuple[str, str]:
    """The text of the first `most` bytes, and its encoding where that is guessed."""
    start = content[:most]
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return start[len(mark) :].decode(encoding, "replace"), ""
    text = _as_utf8(start, cut=len(content) > most)
    if text is not None and _is_text(text):
        return text, ""
    guessed = guess_encoding(start)
    return start.decode(guessed, "replace"), guessed


def _as_utf8(start: bytes, *, cut: bool) -> str | None:
    try:
        return start.decode("utf-8")
    except UnicodeDecodeError as error:
        if cut and error.start >= len(start) - _MOST_BYTES_A_CHARACTER:
            return start[: error.start].decode("utf-8")  # cut in the middle of its last character
        return None


def _is_text(text: str) -> bool:
    return len(_CONTROLS.findall(text, 0, _LOOKED_AT)) <= len(text[:_LOOKED_AT]) * _CONTROLS_SHARE
