"""Card files: a character card in whatever carries it, with its picture."""

import base64
import binascii
import json
import re
from collections.abc import Iterable
from typing import Any

from personadesk.domain.incoming import IncomingPersona
from personadesk.domain.persona import PersonaCard
from personadesk.formats import png_chunks
from personadesk.formats.character_card import SIZE_LIMIT_BYTES, UnreadableCard, read_card_json
from personadesk.formats.charx import open_charx, picture_type

_CARD_KEYWORDS = ("ccv3", "chara")
"""The newer one first: where a picture has both, it wins."""

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_JPEG = b"\xff\xd8\xff"
_ENCRYPTED = b"rcc||rccv1||"
_CARD_SIGNS = re.compile(rb'"(spec|first_mes|mes_example|char_name|char_persona|char_greeting)"\s*:')
_NO_CARD_SPECS = re.compile(rb'"spec"\s*:\s*"lorebook')
_SPACE = re.compile(rb"\s+")


class NoCardInside(UnreadableCard):
    """A whole picture that was never a card."""


def read_card_file(content: bytes, name: str) -> IncomingPersona:
    """Read a card by what its bytes are; `name` only helps where they say nothing.

    Raises UnreadableCard, NoCardInside for a picture that never was a card.
    """
    if png_chunks.is_png(content):
        return _from_png(content)
    if content.startswith((_ZIP, _EMPTY_ZIP)):
        return _from_charx(content)
    if content.startswith(_JPEG):
        return _from_jpeg(content)
    if picture_type(content):
        raise NoCardInside(
            "This kind of picture can't carry a character card that PersonaDesk reads.",
            "Choose a PNG, CHARX or JSON card.",
        )
    if name.lower().endswith(".charx"):
        return _from_charx(content)
    return IncomingPersona(_from_json(content))


def looks_like_card(head: bytes, name: str) -> bool:
    """Say by a file's first bytes and its name whether it may hold a card. A few kilobytes are enough."""
    if head.startswith(_ENCRYPTED):
        return True
    if png_chunks.is_png(head):
        # The card may stand behind the picture's own bytes: a PNG may be one until all of it is seen.
        return _first_card(png_chunks.text_chunks(head)) is not None or not png_chunks.is_whole(head)
    suffix = name.lower().rpartition(".")[2]
    if head.startswith((_ZIP, _JPEG)):
        return suffix == "charx" or (suffix in ("jpg", "jpeg") and b"card.json" in head)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"{") and bool(_CARD_SIGNS.search(text)) and not _NO_CARD_SPECS.search(text)


def _from_png(content: bytes) -> IncomingPersona:
    try:
        _check_pixels(content)
        written = _first_card(png_chunks.text_chunks(content))
    except png_chunks.BrokenPng as error:
        raise UnreadableCard(
            "This PNG picture is damaged.", "Export it again from the program that made it."
        ) from error
    if written is None:
        raise NoCardInside("This picture carries no character card.", "Choose another picture, or a card in JSON.")
    return IncomingPersona(_from_json(_decoded(written)), content, "image/png")


def _check_pixels(content: bytes) -> None:
    if png_chunks.pixels(content) > png_chunks.PIXEL_LIMIT:
        raise UnreadableCard(
            f"This picture has more than {png_chunks.PIXEL_LIMIT // 1_000_000} megapixels.",
            "Make it smaller in the program that made the card.",
        )


def _first_card(chunks: Iterable[png_chunks.TextChunk]) -> memoryview | None:
    found: dict[str, memoryview] = {}
    for chunk in chunks:
        keyword = chunk.keyword.lower()
        if keyword in _CARD_KEYWORDS:
            found.setdefault(keyword, chunk.text)
    return next((found[keyword] for keyword in _CARD_KEYWORDS if keyword in found), None)


def _decoded(written: memoryview) -> bytes:
    if len(written) > SIZE_LIMIT_BYTES:
        raise _too_large()
    if bytes(written[: len(_ENCRYPTED)]) == _ENCRYPTED:
        raise _encrypted()
    packed = _SPACE.sub(b"", bytes(written)).rstrip(b"=")
    try:
        return base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableCard(
            "The card in this picture is damaged: it is not base64.", "Export it again from the program that made it."
        ) from error


def _from_jpeg(content: bytes) -> IncomingPersona:
    try:
        return _from_charx(content)
    except UnreadableCard as error:
        if b"PK\x05\x06" in content:
            raise
        raise NoCardInside(
            "A JPEG picture can't carry a character card.", "Choose a PNG, CHARX or JSON card."
        ) from error


def _from_charx(content: bytes) -> IncomingPersona:
    charx = open_charx(content)
    card = _from_json(charx.card)
    avatar, media_type = charx.icon(_assets(card.raw_json))
    if png_chunks.is_png(avatar):
        try:
            _check_pixels(avatar)
        except png_chunks.BrokenPng:
            return IncomingPersona(card)
    return IncomingPersona(card, avatar, media_type)


def _assets(raw_json: str) -> object:
    root: dict[str, Any] = json.loads(raw_json)
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
