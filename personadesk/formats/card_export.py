"""Card files to give away: a card in a picture, and a card with its assets in an archive.

The JSON that goes into them is character_card's.
"""

import base64
import io
import json
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from personadesk.domain.errors import UserFacingError
from personadesk.formats import png_chunks
from personadesk.formats.card_files import CARD_KEYWORDS
from personadesk.formats.character_card import SIZE_LIMIT_BYTES
from personadesk.formats.charx import CARD_NAME, embedded_path
from personadesk.formats.zips import write_zip

_FOREIGN_KINDS = frozenset({"tEXt", "zTXt", "iTXt", "pHYs", "sRGB", "tIME"})
"""What of a card's own chunks moves on to another picture: what does not describe its pixels."""

_ONLY_ONCE = frozenset({"pHYs", "sRGB", "tIME"})
_COLOUR_SPACES = frozenset({"sRGB", "iCCP", "cICP", "gAMA", "cHRM"})
_PLAIN_SIZE = (512, 768)
_PLAIN_COLOUR = b"\x4c\x4a\x66"


def write_png_card(card_json_v2: str, card_json_v3: str, picture: bytes | None, original: bytes | None) -> bytes:
    """Put a card into a PNG, in both of its forms, as the last chunks.

    `picture` is the PNG to show; None keeps that of `original`, the PNG card the persona came in, and without
    either it is a plain one. What other programs wrote into `original` stays there, in its order, apart from the
    cards. Raises UserFacingError where the picture is no PNG, or the card larger than a picture may carry.
    """
    base = picture or original or _plain_picture()
    try:
        png_chunks.size(base)
        chunks = list(_without_cards(base))
        if picture and original and png_chunks.is_png(original):
            chunks = _with_foreign(chunks, list(_without_cards(original)))
    except png_chunks.BrokenPng as error:
        raise UserFacingError("The picture is no PNG that can be written.", "Choose another picture.") from error
    cards = [png_chunks.text_chunk(*written) for written in _coded(card_json_v2, card_json_v3)]
    return png_chunks.joined((*(chunk.raw for chunk in chunks), *cards))


def write_charx(card_json: str, files: Mapping[str, bytes], prefix: bytes = b"") -> bytes:
    """Put a V3 card and the files beside it into a CHARX; the same content gives the same bytes.

    `files` are by their paths in the archive: the assets, and what else the card came with (module.risum,
    x_meta/…). A path that is not ASCII is renamed, in the card too. `prefix` is the picture before the archive.
    Raises UserFacingError for more than a CHARX may hold.
    """
    renamed = _renamed(path for path in files if path != CARD_NAME)
    if any(path != new for path, new in renamed.items()):
        card_json = _with_paths(card_json, renamed)
    target = io.BytesIO()
    write_zip(
        ((CARD_NAME, card_json.encode()), *((renamed[path], files[path]) for path in sorted(renamed))),
        target,
    )
    return prefix + target.getvalue()


def _coded(card_json_v2: str, card_json_v3: str) -> Iterator[tuple[str, bytes]]:
    for keyword, card in (("chara", card_json_v2), ("ccv3", card_json_v3)):
        coded = base64.b64encode(card.encode())
        if len(coded) > SIZE_LIMIT_BYTES:
            raise UserFacingError("This card is too large for a picture.", "Export it as JSON or CHARX.")
        yield keyword, coded


def _without_cards(png: bytes) -> Iterator[png_chunks.Chunk]:
    for chunk in png_chunks.chunks(png):
        if (chunk.keyword or "").lower() not in CARD_KEYWORDS:
            yield chunk


def _with_foreign(chunks: list[png_chunks.Chunk], received: list[png_chunks.Chunk]) -> list[png_chunks.Chunk]:
    """The new picture's chunks with the foreign ones of the card's first picture, each where it may stand."""
    here = {chunk.kind for chunk in chunks}
    has_colours = bool(here & _COLOUR_SPACES)
    before: list[png_chunks.Chunk] = []
    after: list[png_chunks.Chunk] = []
    place = before
    for chunk in received:
        if chunk.kind == "IDAT":
            place = after
        doubled = chunk.kind in _ONLY_ONCE and chunk.kind in here
        if chunk.kind in _FOREIGN_KINDS and not doubled and not (chunk.kind == "sRGB" and has_colours):
            place.append(chunk)
    # pHYs and sRGB must stand before the pixels: right behind IHDR everything may.
    return [*chunks[:1], *before, *chunks[1:], *after]


def _plain_picture() -> bytes:
    width, height = _PLAIN_SIZE
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    pixels = zlib.compress((b"\0" + _PLAIN_COLOUR * width) * height)
    return png_chunks.joined((png_chunks.made("IHDR", header), png_chunks.made("IDAT", pixels)))


def _renamed(paths: Iterable[str]) -> dict[str, str]:
    """Every path's name in the archive: ASCII, and no two alike."""
    names: dict[str, str] = {}
    waiting = []
    for path in paths:
        if path.isascii():
            names[path] = path
        else:
            waiting.append(path)
    taken = set(names.values())
    for path in waiting:
        place = PurePosixPath(path)
        stem, suffix = _ascii(str(place.with_suffix(""))), _ascii(place.suffix)
        number = 1
        while (name := f"{stem}_{number}{suffix}") in taken:
            number += 1
        names[path] = name
        taken.add(name)
    return names


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "/".join(part or "asset" for part in plain.split("/")) if plain else ""


def _with_paths(card_json: str, renamed: Mapping[str, str]) -> str:
    root: dict[str, Any] = json.loads(card_json)
    data = root.get("data")
    assets = data.get("assets") if isinstance(data, dict) else None
    for asset in assets if isinstance(assets, list) else ():
        uri = asset.get("uri") if isinstance(asset, dict) else None
        path = embedded_path(uri) if isinstance(uri, str) else ""
        if path in renamed and renamed[path] != path:
            asset["uri"] = f"embeded://{renamed[path]}"
    return json.dumps(root, ensure_ascii=False, indent=2)
