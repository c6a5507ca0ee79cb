"""What a picture is and how large it says it is, by its first bytes alone."""

import struct

from personadesk.formats import png_chunks

PIXEL_LIMIT = 64_000_000

_MEDIA_TYPES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}
_FRAME_MARKERS = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""JPEG's start-of-frame markers: in their segment stands the size."""
_LONE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})


def picture_type(content: bytes) -> str:
    """Return a picture's media type, "" for what is none."""
    for start, media_type in _MEDIA_TYPES.items():
        if content.startswith(start) and (media_type != "image/webp" or content[8:12] == b"WEBP"):
            return media_type
    return ""


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels as the picture says them, None where it doesn't."""
    try:
        match picture_type(content):
            case "image/png":
                return png_chunks.size(content)
            case "image/gif":
                width, height = struct.unpack_from("<HH", content, 6)
                return width, height
            case "image/webp":
                return _webp_size(content)
            case "image/jpeg":
                return _jpeg_size(content)
    except (struct.error, IndexError, png_chunks.BrokenPng):
        return None
    return None


def is_too_large(content: bytes) -> bool:
    """Say whether a picture has more pixels than anyone should decode."""
    size = picture_size(content)
    return size is not None and size[0] * size[1] > PIXEL_LIMIT


def _webp_size(content: bytes) -> tuple[int, int] | None:
    match content[12:16]:
        case b"VP8X":
            width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
            return width, height
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", content, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", content, 26)
            return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 4 <= len(content):
        marker = content[at + 1]
        if content[at] != 0xFF:
            return None
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _LONE_MARKERS:
            at += 2
        elif marker in _FRAME_MARKERS:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        else:
            at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4], "big"))
    return None
