"""CHARX: a card and its assets in a zip, which may follow a picture."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from personadesk.domain.incoming import IncomingAsset
from personadesk.formats.character_card import SIZE_LIMIT_BYTES, UnreadableCard
from personadesk.formats.zips import RefusedZip, Zip

CARD_NAME = "card.json"

_EMBEDDED = ("embeded", "embedded")
"""The first as Character Card V3 spells it."""
_UNLISTED = {"module.risum": "module", "x_meta": "x_meta"}


class Charx:
    """A card's JSON bytes, and the files beside it by their names. Raises UnreadableCard for what is refused."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = Zip(content, "card")
            if CARD_NAME not in self._zip.names:
                raise UnreadableCard("This archive has no card.json, so it is no character card.", "Choose a card.")
            if self._zip.size(CARD_NAME) > SIZE_LIMIT_BYTES:
                raise UnreadableCard(
                    f"This card is larger than {SIZE_LIMIT_BYTES // (1024 * 1024)} MB.",
                    "Take pictures out of it, and try again.",
                )
            self.card = self._zip.read(CARD_NAME)
            self.files: Mapping[str, bytes] = {
                name: self._zip.read(name) for name in self._zip.names if name != CARD_NAME
            }
        except RefusedZip as error:
            raise UnreadableCard(error.sentence, error.next_step) from error
        self.prefix = content[: self._zip.prefix_bytes]


def embedded_path(uri: str) -> str:
    """The path in the archive that an asset's address names, "" for another address."""
    scheme, separator, path = uri.partition("://")
    return path if separator and scheme.lower() in _EMBEDDED else ""


def unlisted(path: str, content: bytes) -> IncomingAsset:
    """What lies in the archive and is not among the card's assets."""
    parts = PurePosixPath(path).parts
    kind = _UNLISTED.get(parts[0]) or (parts[1] if parts[0] == "assets" and len(parts) > 2 else "other")
    place = PurePosixPath(path)
    return IncomingAsset(kind, place.stem, place.suffix.removeprefix("."), "", path, content)
