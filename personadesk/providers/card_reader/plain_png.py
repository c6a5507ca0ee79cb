"""PNGs of the usual kind decoded by libspng, in half the time that Pillow takes. Runs in the reading process alone.

A card's picture is one nearly always: eight bits a channel, red, green and blue, perhaps with transparency. Everything
else, and whatever libspng refuses, is for Pillow, whose word counts.
"""

import os
import struct
import zlib
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

from PIL import Image

from personadesk.formats import png_chunks

if TYPE_CHECKING:
    from collections.abc import Callable

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

_asked = count(1)


def decoded_of_many(content: bytes) -> Image.Image | None:
    """The same as `decoded`, and None for the first few."""
    return decoded(content) if next(_asked) > WORTH_IT_AFTER else None


def decoded(content: bytes) -> Image.Image | None:
    """None where it is another kind, or can't be decoded."""
    mode = ""
    bare: list[memoryview] = []
    for chunk in png_chunks.chunks(content):
        if chunk.kind in _CHANGES_COLOURS:
            return None
        if chunk.kind == "IHDR":
            mode = _mode_of(bytes(chunk.data))
            if not mode:
                return None
        if chunk.kind in _PIXELS:
            if zlib.crc32(chunk.raw[4:-4]) != int.from_bytes(chunk.raw[-4:]):  # libspng would draw what there is
                return None
            bare.append(chunk.raw)
    load = _decoder()
    if not mode or load is None:
        return None
    try:
        pixels = load(png_chunks.joined(bare))
    except (RuntimeError, ValueError):
        return None
    if pixels.ndim != 3 or pixels.shape[2] != _CHANNELS[mode] or pixels.dtype.itemsize != 1:
        return None
    return Image.frombuffer(mode, (pixels.shape[1], pixels.shape[0]), pixels, "raw", mode, 0, 1)


def _mode_of(head: bytes) -> str:
    if len(head) != _HEAD.size:
        return ""
    width, height, depth, colours, _, _, interlaced = _HEAD.unpack(head)
    usual = depth == 8 and not interlaced and 0 < width * height <= MOST_PIXELS
    return _MODES.get(colours, "") if usual else ""


@cache
def _decoder() -> "Callable[[bytes], NDArray[np.uint8]] | None":
    # numpy comes along with it, and would start threads that nobody needs here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from pyspng import load
    except (ImportError, OSError):  # there is none for every system
        return None
    decode: Callable[[bytes], NDArray[np.uint8]] = load
    return decode
