"""The EXIF UserComment of a WebP picture, in which early SillyTavern and TavernAI keep a card.

They write it into the first directory as a text, other programs into EXIF's own directory (tag 0x8769)
behind eight bytes that name the encoding.
"""

import re
import struct
from collections.abc import Iterator

_USER_COMMENT = 0x9286
_EXIF_DIRECTORY = 0x8769
_FLAGS_AT = 20
_EXIF_FLAG = 0x08
_ENTRY_BYTES = 12
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_LONG = 4
_ENCODINGS = (b"ASCII\0\0\0", b"JIS\0\0\0\0\0", b"\0\0\0\0\0\0\0\0")
_UNICODE = b"UNICODE\0"
_NUMBERS = re.compile(rb"\s*\d{1,3}(?:\s*,\s*\d{1,3})+\s*")


def has_exif(head: bytes) -> bool:
    """Say by a WebP's first bytes whether it announces EXIF, which may stand at its end."""
    return head[12:16] == b"VP8X" and any(flags & _EXIF_FLAG for flags in head[_FLAGS_AT : _FLAGS_AT + 1])


def webp_comment(content: bytes) -> bytes | None:
    """Return the comment's text as UTF-8 where there is one. Some write every byte as a number, with commas."""
    for exif in _webp_chunks(content, b"EXIF"):
        tiff = exif.removeprefix(b"Exif\0\0")
        for comment, order in _comments(tiff):
            if text := _decoded(comment, order):
                return text
    return None


def _decoded(comment: bytes, order: str) -> bytes:
    if comment.startswith(_UNICODE):
        encoding = "utf-16-be" if order == ">" else "utf-16-le"
        comment = comment[len(_UNICODE) :].decode(encoding, "replace").encode("utf-8", "replace")
    for encoded in _ENCODINGS:
        comment = comment.removeprefix(encoded)
    comment = comment.strip(b"\0 \t\r\n")
    if _NUMBERS.fullmatch(comment):
        numbers = [int(number) for number in comment.split(b",")]
        return bytes(numbers) if max(numbers) < 256 else b""
    return comment


def _webp_chunks(content: bytes, kind: bytes) -> Iterator[bytes]:
    at = 12
    while at + 8 <= len(content):
        (length,) = struct.unpack_from("<I", content, at + 4)
        if content[at : at + 4] == kind:
            yield content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _comments(tiff: bytes) -> Iterator[tuple[bytes, str]]:
    """The UserComments of the first and of EXIF's own directory, with the byte order as struct writes it."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        entries = dict(_entries(tiff, order, first))
        directories = [entries]
        if _EXIF_DIRECTORY in entries:
            (inner,) = struct.unpack_from(f"{order}I", entries[_EXIF_DIRECTORY])
            directories.append(dict(_entries(tiff, order, inner)))
    except struct.error:
        return
    for directory in directories:
        if comment := directory.get(_USER_COMMENT):
            yield comment, order


def _entries(tiff: bytes, order: str, at: int) -> Iterator[tuple[int, bytes]]:
    (count,) = struct.unpack_from(f"{order}H", tiff, at)
    for number in range(count):
        place = at + 2 + number * _ENTRY_BYTES
        tag, kind, length = struct.unpack_from(f"{order}HHI", tiff, place)
        if tag not in (_USER_COMMENT, _EXIF_DIRECTORY):
            continue
        size = length * _SIZES.get(kind, 1)
        start = place + 8
        if size > _LONG:
            (start,) = struct.unpack_from(f"{order}I", tiff, start)
        yield tag, tiff[start : start + size]
