"""PNGs of the usual kind decoded by libspng and libdeflate, in half of Pillow's time. In the reading process alone.

A card's picture is one nearly always: eight bits a channel, red, green and blue, perhaps with transparency. Everything
else, and whatever they refuse, is for Pillow, whose word counts.
"""

import os
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

from PIL import Image

from personadesk.formats import png_chunks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_PIXELS = 16_000_000
"""A larger one is decoded without a second copy of it in memory."""
WORTH_IT_AFTER = 8
"""So many pictures are Pillow's: for one or two, loading another decoder takes longer than it saves."""
_HEAD = struct.Struct(">IIBBBBB")
_MODES = {2: "RGB", 6: "RGBA"}
_CHANNELS = {"RGB": 3, "RGBA": 4}
_CHANGES_COLOURS = frozenset({"tRNS", "iCCP", "eXIf"})
"""What Pillow hands on, to be heeded when the picture is shown."""
_PIXELS = frozenset({"IHDR", "IDAT"})
_ZLIB_HEAD = b"\x78\x01"
_STORED = struct.Struct("<BHH")
_BLOCK = 0xFFFF

_asked = count(1)


def decoded_of_many(content: bytes) -> Image.Image | None:
    """The same as `decoded`, and None for the first few."""
    return decoded(content) if next(_asked) > WORTH_IT_AFTER else None


def decoded(content: bytes) -> Image.Image | None:
    """None where it is another kind, or can't be decoded."""
    tools = _tools()
    if tools is None:
        return None
    head: png_chunks.Chunk | None = None
    packed: list[png_chunks.Chunk] = []
    for chunk in png_chunks.chunks(content):
        if chunk.kind in _CHANGES_COLOURS:
            return None
        if chunk.kind in _PIXELS:
            if tools.crc32(chunk.raw[4:-4]) != int.from_bytes(chunk.raw[-4:]):  # libspng would draw what there is
                return None
            if chunk.kind == "IDAT":
                packed.append(chunk)
            else:
                head = chunk
    form = _form_of(bytes(head.data)) if head is not None else None
    if head is None or form is None:
        return None
    lines = tools.inflated(packed, form.bytes)
    if lines is None:
        return None
    try:
        pixels = tools.load(png_chunks.joined((head.raw, *_stored(lines, tools))))
    except (RuntimeError, ValueError):
        return None
    if pixels.shape != form.shape or pixels.dtype.itemsize != 1:
        return None
    return Image.frombuffer(form.mode, (form.width, form.height), pixels, "raw", form.mode, 0, 1)


@dataclass(frozen=True, slots=True)
class _Form:
    width: int
    height: int
    mode: str

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.height, self.width, _CHANNELS[self.mode]

    @property
    def bytes(self) -> int:
        """Of the filtered lines, each with its filter's number before it."""
        return self.height * (1 + self.width * _CHANNELS[self.mode])


class _Tools:
    """libspng's decoder, and libdeflate, which inflates more than twice as quickly as what libspng brings along.

    libspng is given the lines as they are, in stored blocks: then all that is left to it is to undo the filters.
    """

    def __init__(self) -> None:
        # numpy comes along with it, and would start threads that nobody needs here.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        import deflate
        from pyspng import load

        self.load: Callable[[bytes], NDArray[np.uint8]] = load
        self.crc32, self.adler32 = deflate.crc32, deflate.adler32
        self._inflate, self._broken = deflate.zlib_decompress, deflate.DeflateError

    def inflated(self, packed: Iterable[png_chunks.Chunk], size: int) -> bytes | None:
        """The lines, where they are whole and as many bytes as that."""
        try:
            lines = bytes(self._inflate(b"".join(chunk.data for chunk in packed), size))
        except self._broken:
            return None
        return lines if len(lines) == size else None


@cache
def _tools() -> _Tools | None:
    try:
        return _Tools()
    except (ImportError, OSError):  # there are none for every system
        return None


def _stored(lines: bytes, tools: _Tools) -> list[bytes | memoryview]:
    """An IDAT chunk with the lines in a zlib stream that packs nothing, in pieces."""
    whole = memoryview(lines)
    pieces: list[bytes | memoryview] = [b"IDAT", _ZLIB_HEAD]
    for start in range(0, len(whole), _BLOCK):
        block = whole[start : start + _BLOCK]
        pieces += (_STORED.pack(start + _BLOCK >= len(whole), len(block), len(block) ^ 0xFFFF), block)
    pieces.append(tools.adler32(lines).to_bytes(4))
    checksum = 0
    for piece in pieces:
        checksum = tools.crc32(piece, checksum)
    length = sum(map(len, pieces)) - len(pieces[0])
    return [length.to_bytes(4), *pieces, checksum.to_bytes(4)]


def _form_of(head: bytes) -> _Form | None:
    if len(head) != _HEAD.size:
        return None
    width, height, depth, colours, _, _, interlaced = _HEAD.unpack(head)
    usual = depth == 8 and not interlaced and 0 < width * height <= MOST_PIXELS and colours in _MODES
    return _Form(width, height, _MODES[colours]) if usual else None
