"""What parent and child say to each other: a JSON head and byte strings behind it.

Frame: the head's length (4 bytes, big-endian), the head as UTF-8 JSON with the lengths of the byte strings
under "blobs", then those. A child that was taken over may say anything: nothing of it is more than data.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from personadesk.domain.card_contents import AssetTally, CardContents, CardKind
from personadesk.domain.errors import InvalidInput, UserFacingError
from personadesk.domain.incoming import IncomingAsset, IncomingPersona
from personadesk.domain.persona import CommunicationStyle, PersonaCard
from personadesk.formats.card_files import NoCardInside
from personadesk.formats.card_voice import voice_for_card, voice_from_card
from personadesk.formats.character_card import UnreadableCard
from personadesk.services.card_ports import PreparedAvatar, ReadCard

LENGTH = struct.Struct(">I")
HEAD_LIMIT_BYTES = 128 * 1024 * 1024
BLOBS_LIMIT_BYTES = 512 * 1024 * 1024

Head = dict[str, Any]

_ERRORS: dict[str, type[UserFacingError]] = {
    "no_card": NoCardInside,
    "unreadable": UnreadableCard,
    "refused": UserFacingError,
}


class Garbled(Exception):
    """A frame that does not say what one says."""


def packed(head: Head, blobs: Sequence[bytes] = ()) -> list[bytes]:
    """A frame in pieces, so that large byte strings are not copied."""
    written = json.dumps({**head, "blobs": [len(blob) for blob in blobs]}, separators=(",", ":")).encode()
    return [LENGTH.pack(len(written)) + written, *blobs]


def blob_lengths(head: Head) -> list[int]:
    """Raises Garbled."""
    lengths = head.get("blobs")
    if not isinstance(lengths, list) or not all(type(item) is int and item >= 0 for item in lengths):
        raise Garbled
    if sum(lengths) > BLOBS_LIMIT_BYTES:
        raise Garbled
    return lengths


def error_head(error: UserFacingError) -> Head:
    kind = next((kind for kind, type_ in _ERRORS.items() if type(error) is type_), "refused")
    field = error.field if isinstance(error, InvalidInput) else ""
    return {"error": kind, "sentence": error.sentence, "next_step": error.next_step, "field": field}


def error_of(head: Head) -> UserFacingError:
    sentence, next_step, field = (_text(head.get(key)) for key in ("sentence", "next_step", "field"))
    if field:
        return InvalidInput(field, sentence, next_step)
    return _ERRORS.get(_text(head.get("error")), UserFacingError)(sentence, next_step)


def pack_texts(read: ReadCard) -> list[bytes]:
    head = {"card": _card_head(read.card), "contents": asdict(read.contents), "has_picture": read.has_picture}
    return packed(head)


def texts_of(head: Head, _blobs: Sequence[bytes]) -> ReadCard:
    """Raises Garbled."""
    try:
        return ReadCard(_card(head["card"]), _contents(head["contents"]), head["has_picture"] is True)
    except (KeyError, TypeError, ValueError) as error:
        raise Garbled from error


def pack_incoming(incoming: IncomingPersona, content: bytes) -> list[bytes]:
    """What is the file itself is not sent back, and a byte string that several assets share is sent once."""
    places: dict[str, int] = {}
    blobs: list[bytes] = [b"" if incoming.avatar is content else incoming.avatar]
    assets = []
    for asset in incoming.assets:
        if asset.path and asset.path not in places:
            places[asset.path] = len(blobs)
            blobs.append(asset.content)
        assets.append([asset.kind, asset.name, asset.ext, asset.uri, asset.path, places.get(asset.path, 0)])
    head = {
        "card": _card_head(incoming.card),
        "media_type": incoming.media_type,
        "is_file": incoming.avatar is content,
        "assets": assets,
    }
    return packed(head, blobs)


def incoming_of(head: Head, blobs: Sequence[bytes], content: bytes) -> IncomingPersona:
    """Raises Garbled."""
    try:
        avatar = content if head["is_file"] is True else blobs[0]
        assets = tuple(_asset(words, blobs) for words in head["assets"])
        return IncomingPersona(_card(head["card"]), avatar, _text(head["media_type"]), assets)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Garbled from error


def pack_avatar(avatar: PreparedAvatar | None) -> list[bytes]:
    if avatar is None:
        return packed({"picture": None})
    measures = [avatar.media_type, avatar.width, avatar.height, avatar.source_width, avatar.source_height]
    return packed({"picture": measures}, [avatar.content])


def avatar_of(head: Head, blobs: Sequence[bytes]) -> PreparedAvatar:
    """Raises Garbled."""
    avatar = picture_of(head, blobs)
    if avatar is None:
        raise Garbled
    return avatar


def picture_of(head: Head, blobs: Sequence[bytes]) -> PreparedAvatar | None:
    """Raises Garbled."""
    try:
        if head["picture"] is None:
            return None
        media_type, width, height, source_width, source_height = head["picture"]
        return PreparedAvatar(
            blobs[0], _text(media_type), _number(width), _number(height), _number(source_width), _number(source_height)
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Garbled from error


def _asset(words: Sequence[Any], blobs: Sequence[bytes]) -> IncomingAsset:
    *texts, place = words
    kind, name, ext, uri, path = map(_text, texts)
    return IncomingAsset(kind, name, ext, uri, path, blobs[place] if place > 0 else b"")


def _card_head(card: PersonaCard) -> Head:
    plain = {field.name: getattr(card, field.name) for field in fields(PersonaCard)}
    return {**plain, "voice": voice_for_card(card.voice)}


def _card(values: Head) -> PersonaCard:
    plain = PersonaCard(name="x")
    card: Head = {"style": CommunicationStyle(values["style"]), "voice": voice_from_card(values["voice"])}
    for field in fields(PersonaCard):
        if field.name not in card:
            value = values[field.name]
            card[field.name] = _texts(value) if isinstance(getattr(plain, field.name), tuple) else _text(value)
    return PersonaCard(**card)


def _contents(values: Head) -> CardContents:
    tallies = tuple(
        AssetTally(
            _text(tally["kind"]), _number(tally["count"]), _number(tally["size_bytes"]), _number(tally["absent"])
        )
        for tally in values["assets"]
    )
    contents: Head = {"kind": CardKind(values["kind"]), "assets": tallies}
    plain = CardContents("x", CardKind.V1)
    for field in fields(CardContents):
        if field.name not in contents:
            value = values[field.name]
            match getattr(plain, field.name):
                case tuple():
                    contents[field.name] = _texts(value)
                case int():
                    contents[field.name] = _number(value)
                case _:
                    contents[field.name] = _text(value)
    return CardContents(**contents)


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError("no number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError("no list")
    return tuple(map(_text, value))
