"""A PNG's chunks: where its text stands, how large its picture is, how they are joined. Nothing is decoded."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_END = b"IEND\xaeB`\x82"
_HEADER_BYTES = 8
_CHECKSUM_BYTES = 4
_TEXT_KINDS = ("tEXt", "zTXt", "iTXt")
_LONGEST_KEYWORD = 79


class BrokenPng(ValueError):
    """The chunks don't follow one another as a PNG's do."""


@dataclass(frozen=True, slots=True)
class TextChunk:
    """A tEXt chunk. `keyword` is as written; `text` is the bytes behind it."""

    keyword: str
    text: memoryview


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk. `raw` is all of it, with length and checksum."""

    kind: str
    data: memoryview
    raw: memoryview

    @property
    def keyword(self) -> str | None:
        """What a text of any of the three kinds is called, None for other chunks."""
        if self.kind not in _TEXT_KINDS:
            return None
        keyword, separator, _ = bytes(self.data[: _LONGEST_KEYWORD + 1]).partition(b"\0")
        return keyword.decode("latin-1") if separator else None


def is_png(head: bytes) -> bool:
    return head.startswith(SIGNATURE)


def is_whole(content: bytes) -> bool:
    return content.rstrip(b"\0").endswith(_END)


def size(content: bytes) -> tuple[int, int]:
    """Return the picture's width and height as it says them. Raises BrokenPng."""
    first = next(chunks(content), None)
    if first is None or first.kind != "IHDR" or len(first.data) < _HEADER_BYTES:
        raise BrokenPng("no IHDR")
    width, height = struct.unpack_from(">II", first.data)
    if not width or not height:
        raise BrokenPng("no pixels")
    return width, height


def text_chunks(content: bytes) -> Iterator[TextChunk]:
    """Yield the tEXt chunks in their order, up to IEND or to where the file breaks off."""
    for chunk in chunks(content):
        if chunk.kind == "tEXt" and (keyword := chunk.keyword) is not None:
            yield TextChunk(keyword, chunk.data[len(keyword) + 1 :])


def chunks(content: bytes) -> Iterator[Chunk]:
    """Yield the chunks before IEND that are whole."""
    if not is_png(content):
        raise BrokenPng("no signature")
    view = memoryview(content)
    at = len(SIGNATURE)
    while at + _HEADER_BYTES <= len(view):
        (length,) = struct.unpack_from(">I", view, at)
        kind = bytes(view[at + 4 : at + _HEADER_BYTES]).decode("latin-1")
        start = at + _HEADER_BYTES
        end = start + length + _CHECKSUM_BYTES
        if kind == "IEND" or end > len(view):
            return
        yield Chunk(kind, view[start : start + length], view[at:end])
        at = end


def text_chunk(keyword: str, text: bytes) -> bytes:
    """Make a tEXt chunk."""
    return made("tEXt", keyword.encode("latin-1") + b"\0" + text)


def made(kind: str, data: bytes) -> bytes:
    """Make a chunk with its length and checksum."""
    named = kind.encode("latin-1") + data
    return struct.pack(">I", len(data)) + named + struct.pack(">I", zlib.crc32(named))


def joined(raw_chunks: Iterable[bytes | memoryview]) -> bytes:
    """Put chunks together to a PNG, with signature and IEND."""
    return b"".join((SIGNATURE, *raw_chunks, made("IEND", b"")))
