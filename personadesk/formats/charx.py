"""CHARX: a card and its assets in a zip, which may follow a JPEG."""

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from personadesk.formats.character_card import SIZE_LIMIT_BYTES, UnreadableCard

EXPANDED_LIMIT_BYTES = 200 * 1024 * 1024
EXPANSION_LIMIT = 200
CARD_NAME = "card.json"

_EMBEDDED = ("embeded", "embedded")
"""The first as Character Card V3 spells it."""
_ENCRYPTED = 0x1
_MEDIA_TYPES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}


@dataclass(frozen=True, slots=True)
class Charx:
    """A card's JSON bytes and the files beside it, by their names."""

    archive: zipfile.ZipFile
    card: bytes

    def icon(self, assets: object) -> tuple[bytes, str]:
        """Return the main icon's bytes and media type, (b"", "") where it is not in the archive."""
        for path in _icon_paths(assets):
            try:
                content = _read(self.archive, self.archive.getinfo(path), EXPANDED_LIMIT_BYTES)
            except KeyError:
                continue
            media_type = picture_type(content)
            if media_type:
                return content, media_type
        return b"", ""


def open_charx(content: bytes) -> Charx:
    """Check every entry of the archive, then read its card. Raises UnreadableCard."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError) as error:
        raise _broken() from error
    entries = archive.infolist()
    for entry in entries:
        _check_entry(entry)
    if sum(entry.file_size for entry in entries) > EXPANDED_LIMIT_BYTES:
        raise UnreadableCard(
            f"This card unpacks to more than {EXPANDED_LIMIT_BYTES // (1024 * 1024)} MB.", "Choose a smaller card."
        )
    try:
        entry = archive.getinfo(CARD_NAME)
    except KeyError as error:
        raise UnreadableCard("This archive has no card.json, so it is no character card.", "Choose a card.") from error
    if entry.file_size > SIZE_LIMIT_BYTES:
        raise UnreadableCard(
            f"This card is larger than {SIZE_LIMIT_BYTES // (1024 * 1024)} MB.",
            "Take pictures out of it, and try again.",
        )
    return Charx(archive, _read(archive, entry, SIZE_LIMIT_BYTES))


def picture_type(content: bytes) -> str:
    """Return a picture's media type by its first bytes, "" for what is none."""
    for start, media_type in _MEDIA_TYPES.items():
        if content.startswith(start) and (media_type != "image/webp" or content[8:12] == b"WEBP"):
            return media_type
    return ""


def _check_entry(entry: zipfile.ZipInfo) -> None:
    # ZipInfo cuts a name at a NUL and turns the system's own separator; what was written is orig_filename.
    written = entry.orig_filename.replace("\\", "/")
    path = PurePosixPath(written)
    if path.is_absolute() or ".." in path.parts or "\0" in written or written[1:2] == ":":
        raise UnreadableCard(
            "This card's archive holds a file that would be written outside its folder.", "Choose another card."
        )
    if entry.flag_bits & _ENCRYPTED:
        raise UnreadableCard("This card is encrypted.", "Export it from its program without encryption.")
    if entry.file_size > EXPANSION_LIMIT * max(entry.compress_size, 1):
        raise _bomb()


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """Read no more than was announced, whatever the packed bytes expand to."""
    try:
        with archive.open(entry) as stream:
            content = stream.read(limit + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise _broken() from error
    if len(content) > limit:
        raise _bomb()
    return content


def _icon_paths(assets: object) -> list[str]:
    """The embedded icons' paths, the one named main first."""
    found: list[tuple[bool, str]] = []
    for asset in assets if isinstance(assets, list) else ():
        values: dict[str, Any] = asset if isinstance(asset, dict) else {}
        uri = values.get("uri")
        if values.get("type") != "icon" or not isinstance(uri, str):
            continue
        scheme, separator, path = uri.partition("://")
        if separator and scheme.lower() in _EMBEDDED:
            found.append((values.get("name") != "main", path))
    return [path for _, path in sorted(found, key=lambda icon: icon[0])]


def _broken() -> UnreadableCard:
    return UnreadableCard("This card's archive is damaged.", "Export it again from the program that made it.")


def _bomb() -> UnreadableCard:
    return UnreadableCard(
        f"This card's archive expands to more than {EXPANSION_LIMIT} times its size.", "Choose another card."
    )
