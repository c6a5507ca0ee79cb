"""Card files: a character card in whatever carries it, with its picture and its assets."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from personadesk.domain.incoming import IncomingPersona
from personadesk.domain.persona import PersonaCard
from personadesk.formats import card_assets, png_chunks
from personadesk.formats.character_card import SIZE_LIMIT_BYTES, UnreadableCard, read_card_json
from personadesk.formats.charx import Charx
from personadesk.formats.exif_comment import has_exif, webp_comment
from personadesk.formats.picture_heads import PIXEL_LIMIT, is_too_large, picture_type
from personadesk.formats.zips import ends_with_zip

FILE_LIMIT_BYTES = 256 * 1024 * 1024

CARD_KEYWORDS = ("ccv3", "chara")
"""The newer one first: where a picture has both, it wins."""

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_JPEG = b"\xff\xd8\xff"
_ENCRYPTED = b"rcc||rccv1||"
_BOM = b"\xef\xbb\xbf"
_CARD_SIGNS = re.compile(
    rb'"(spec|first_mes|mes_example|char_name|char_persona|char_greeting)"\s*:'
    rb'|"core"\s*:\s*\{\s*"(personality|background)"\s*:'
)
_NO_CARD_SPECS = re.compile(rb'"spec"\s*:\s*"lorebook')
_PIXEL_KINDS = frozenset({"IDAT", "fdAT"})
_SPACE = b" \t\r\n\f\v"


class NoCardInside(UnreadableCard):
    """A whole picture that was never a card."""


def read_card_file(content: bytes, name: str) -> IncomingPersona:
    """Read a card by what its bytes are; `name` only helps where they say nothing.

    Raises UnreadableCard, NoCardInside for a picture that never was a card.
    """
    if len(content) > FILE_LIMIT_BYTES:
        raise UnreadableCard(
            f"This file is larger than {FILE_LIMIT_BYTES // (1024 * 1024)} MB.", "Take pictures out of it."
        )
    if png_chunks.is_png(content):
        return _from_png(content)
    if picture_type(content):
        return _from_picture(content)
    text = content[:64].removeprefix(_BOM).lstrip()
    if content.startswith((_ZIP, _EMPTY_ZIP)) or (not text.startswith((b"{", b"[")) and ends_with_zip(content)):
        return _from_charx(content)
    if name.lower().endswith(".charx") and not text.startswith((b"{", _ENCRYPTED)):
        return _from_charx(content)
    return _from_json_file(content)


def looks_like_card(head: bytes, name: str) -> bool:
    """Say by a file's first bytes and its name whether it may hold a card. A few kilobytes are enough."""
    if head.startswith(_ENCRYPTED):
        return True
    if png_chunks.is_png(head):
        # The card may stand behind the picture's own bytes: a PNG may be one until all of it is seen.
        return bool(_written_cards(head)) or not png_chunks.is_whole(head)
    if picture_type(head) == "image/webp":
        return has_exif(head)
    suffix = name.lower().rpartition(".")[2]
    if head.startswith((_ZIP, _JPEG)):
        return suffix == "charx" or (suffix in ("jpg", "jpeg") and b"card.json" in head)
    text = head.removeprefix(_BOM).lstrip()
    return text.startswith(b"{") and bool(_CARD_SIGNS.search(text)) and not _NO_CARD_SPECS.search(text)


def has_card_chunk(content: bytes) -> bool:
    """Say whether a picture is a PNG with a card in it, readable or not."""
    return png_chunks.is_png(content) and bool(_written_cards(content))


def without_pixels(content: bytes) -> bytes:
    """What `read_card_file` needs for a card's texts: of a PNG with a card in it, all but the picture itself."""
    if not png_chunks.is_png(content) or not _written_cards(content):
        return content
    return png_chunks.joined(chunk.raw for chunk in png_chunks.chunks(content) if chunk.kind not in _PIXEL_KINDS)


def _from_png(content: bytes) -> IncomingPersona:
    try:
        png_chunks.size(content)
    except png_chunks.BrokenPng as error:
        raise UnreadableCard(
            "This PNG picture is damaged.", "Export it again from the program that made it."
        ) from error
    _check_pixels(content)
    written = _written_cards(content)
    if not written:
        return _from_picture(content)
    first = next(written[keyword] for keyword in CARD_KEYWORDS if keyword in written)
    card = _from_json(_decoded(first))
    return IncomingPersona(card, content, "image/png", card_assets.joined(_asset_list(card), _chunk_assets(content)))


def _from_picture(content: bytes) -> IncomingPersona:
    """Read a picture with a zip behind it, or a WebP with a comment."""
    comment = webp_comment(content) if picture_type(content) == "image/webp" else None
    if comment is not None and comment.startswith((b"{", _ENCRYPTED)):
        _check_pixels(content)
        return IncomingPersona(_from_json(comment), content, picture_type(content))
    if ends_with_zip(content):
        return _from_charx(content)
    raise NoCardInside(
        "This picture carries no character card.", "Choose another picture, or a card in PNG, CHARX or JSON."
    )


def _from_charx(content: bytes) -> IncomingPersona:
    charx = Charx(content)
    card = _from_json(charx.card)
    assets = card_assets.joined(_asset_list(card), charx.files)
    avatar, media_type = card_assets.main_icon(assets)
    if not avatar:
        avatar, media_type = charx.prefix, picture_type(charx.prefix)
    _check_pixels(avatar)
    return IncomingPersona(card, avatar if media_type else b"", media_type, assets)


def _from_json_file(content: bytes) -> IncomingPersona:
    card = _from_json(content)
    assets = card_assets.joined(_asset_list(card), {})
    avatar, media_type = card_assets.main_icon(assets)
    _check_pixels(avatar)
    return IncomingPersona(card, avatar, media_type, assets)


def _check_pixels(picture: bytes) -> None:
    if is_too_large(picture):
        raise UnreadableCard(
            f"This picture has more than {PIXEL_LIMIT // 1_000_000} megapixels.",
            "Make it smaller in the program that made the card.",
        )


def _written_cards(png: bytes) -> dict[str, memoryview]:
    """The first card of each keyword."""
    found: dict[str, memoryview] = {}
    for chunk in png_chunks.text_chunks(png):
        keyword = chunk.keyword.lower()
        if keyword in CARD_KEYWORDS:
            found.setdefault(keyword, chunk.text)
    return found


def _chunk_assets(png: bytes) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for chunk in png_chunks.text_chunks(png):
        path = card_assets.chunk_path(chunk.keyword)
        if path and path not in found:
            try:
                found[path] = _from_base64(bytes(chunk.text))
            except binascii.Error:
                continue
    return found


def _decoded(written: memoryview) -> bytes:
    if len(written) > SIZE_LIMIT_BYTES:
        raise _too_large()
    if bytes(written[: len(_ENCRYPTED)]) == _ENCRYPTED:
        raise _encrypted()
    try:
        return _from_base64(bytes(written))
    except binascii.Error as error:
        raise UnreadableCard(
            "The card in this picture is damaged: it is not base64.", "Export it again from the program that made it."
        ) from error


def _from_base64(written: bytes) -> bytes:
    packed = written.translate(None, _SPACE).rstrip(b"=")
    return base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)


def _asset_list(card: PersonaCard) -> object:
    if '"assets"' not in card.raw_json:
        return None
    root: dict[str, Any] = json.loads(card.raw_json)
    data = root.get("data")
    return data.get("assets") if isinstance(data, dict) else root.get("assets")


def _from_json(content: bytes) -> PersonaCard:
    if content.startswith(_ENCRYPTED):
        raise _encrypted()
    if len(content) > SIZE_LIMIT_BYTES:
        raise _too_large()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableCard("This card is not UTF-8 text.", "Save it as UTF-8.") from error
    return read_card_json(text)


def _encrypted() -> UnreadableCard:
    return UnreadableCard("This card is encrypted.", "Export it from its program without encryption.")


def _too_large() -> UnreadableCard:
    return UnreadableCard(
        f"This card is larger than {SIZE_LIMIT_BYTES // (1024 * 1024)} MB.",
        "Take pictures out of it, and try again.",
    )
