"""A PNG's chunks: where its text stands and how large its picture is. Nothing is decoded."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PIXEL_LIMIT = 64_000_000

_END = b"IEND\xaeB`\x82"
_HEADER_BYTES = 8
_CHECKSUM_BYTES = 4


class BrokenPng(ValueError):
    """The chunks don't follow one another as a PNG's do."""


@dataclass(frozen=True, slots=True)
class TextChunk:
    """A tEXt chunk. `keyword` is as written; `text` is the bytes behind it."""

    keyword: str
    text: memoryview


def is_png(head: bytes) -> bool:
    return head.startswith(SIGNATURE)


def is_whole(content: bytes) -> bool:
    return content.rstrip(b"\0").endswith(_END)


def pixels(content: bytes) -> int:
    """Return how many pixels the picture says it has. Raises BrokenPng."""
    kind, data = next(_chunks(content), ("", memoryview(b"")))
    if kind != "IHDR" or len(data) < _HEADER_BYTES:
        raise BrokenPng("no IHDR")
    width, height = struct.unpack_from(">II", data)
    if not width or not height:
        raise BrokenPng("no pixels")
    return int(width) * int(height)


def text_chunks(content: bytes) -> Iterator[TextChunk]:
    """Yield the tEXt chunks in their order, up to IEND or to where the file breaks off."""
    for kind, data in _chunks(content):
        if kind == "tEXt":
            keyword, _, _ = bytes(data[:80]).partition(b"\0")
            if len(keyword) < min(len(data), 80):
                yield TextChunk(keyword.decode("latin-1"), data[len(keyword) + 1 :])


def _chunks(content: bytes) -> Iterator[tuple[str, memoryview]]:
    if not is_png(content):
        raise BrokenPng("no signature")
    view = memoryview(content)
    at = len(SIGNATURE)
    while at + _HEADER_BYTES <= len(view):
        (length,) = struct.unpack_from(">I", view, at)
        kind = bytes(view[at + 4 : at + _HEADER_BYTES]).decode("latin-1")
        start = at + _HEADER_BYTES
        if kind == "IEND" or start + length > len(view):
            return
        yield kind, view[start : start + length]
        at = start + length + _CHECKSUM_BYTES
