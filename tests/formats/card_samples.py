"""Card files as other programs write them, made byte by byte."""

import base64
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200)


def card(name: str = "Ada", **data: object) -> dict[str, Any]:
    return {"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": name, "first_mes": "Hi", **data}}


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def text(keyword: str, content: bytes) -> bytes:
    return chunk(b"tEXt", keyword.encode("latin-1") + b"\0" + content)


def coded(value: object) -> bytes:
    return base64.b64encode(json.dumps(value).encode())


def png(*chunks: bytes, width: int = 1, height: int = 1, before: bytes = b"") -> bytes:
    """A grey PNG; `chunks` stand behind its pixels, `before` in front of them."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = (b"\0" + bytes(width)) * height if width * height <= 1_000_000 else b"\0\0"
    pixels = chunk(b"IDAT", zlib.compress(rows))
    return SIGNATURE + header + before + pixels + b"".join(chunks) + chunk(b"IEND", b"")


def charx(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def charx_of(value: object, **files: bytes) -> bytes:
    return charx({"card.json": json.dumps(value).encode(), **files})


def webp(comment: bytes, *, order: str = "<", nested: bool = False, kind: int = 2, width: int = 1) -> bytes:
    """A WebP whose EXIF has a UserComment: in the first directory, or in EXIF's own where `nested`."""
    mark = b"II*\0" if order == "<" else b"MM\0*"

    def directory(tag: int, type_: int, count: int, value: int) -> bytes:
        return struct.pack(f"{order}HHHIII", 1, tag, type_, count, value, 0)

    inner = directory(0x9286, kind, len(comment), 8 + 18 * (1 + nested))
    outer = directory(0x8769, 4, 1, 8 + 18) if nested else b""
    exif = mark + struct.pack(f"{order}I", 8) + outer + inner + comment
    size = (width - 1).to_bytes(3, "little")
    frame = b"VP8X" + struct.pack("<I", 10) + b"\x08\0\0\0" + size + size
    body = b"WEBP" + frame + b"EXIF" + struct.pack("<I", len(exif)) + exif + b"\0" * (len(exif) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def chunk_kinds(content: bytes) -> list[tuple[str, bytes]]:
    """Kind and data of every chunk, IEND too."""
    found, at = [], len(SIGNATURE)
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        found.append((content[at + 4 : at + 8].decode(), content[at + 8 : at + 8 + length]))
        at += 12 + length
    return found
