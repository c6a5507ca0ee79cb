"""What the services of cards need from whoever opens strangers' files, apart from this process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from personadesk.domain.avatar import Crop
from personadesk.domain.card_contents import CardContents
from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import IncomingPersona
from personadesk.domain.persona import PersonaCard


@dataclass(frozen=True, slots=True)
class PreparedAvatar:
    """An upright picture without metadata, at most 1024 x 1024 px; square where it was cropped.

    `source_width` and `source_height` are the upright source's, in pixels: what a Crop is measured in.
    """

    content: bytes = field(repr=False)
    media_type: str
    width: int
    height: int
    source_width: int
    source_height: int


@dataclass(frozen=True, slots=True)
class ReadCard:
    """A card's texts, what comes along with them, and whether it has a picture that was not looked into yet."""

    card: PersonaCard
    contents: CardContents
    has_picture: bool


class ReaderUnavailable(UserFacingError):
    """Nothing can be read at the moment, whatever the file."""


class CardReader(Protocol):
    """Reads in a child process with limits of memory, time and files. Safe for many calls at once.

    Every call raises ReaderUnavailable where no process can be had. `name` only helps where the bytes say nothing.
    """

    async def read(self, content: bytes, name: str) -> ReadCard:
        """Raises UnreadableCard with the reason."""
        ...

    async def unpack(self, content: bytes, name: str) -> IncomingPersona:
        """A card with its picture and its files as they are in it. Raises UnreadableCard with the reason."""
        ...

    async def picture(self, content: bytes, name: str) -> PreparedAvatar | None:
        """A card's picture, None where it has none. Raises UserFacingError for one that can't be shown."""
        ...

    async def prepare_avatar(self, content: bytes, crop: Crop | None) -> PreparedAvatar:
        """Decode a picture; None takes all of it. Raises UserFacingError for what is no picture, or too large."""
        ...

    async def to_png(self, content: bytes) -> bytes:
        """The same picture as PNG, without metadata. Raises UserFacingError as prepare_avatar does."""
        ...

    async def close(self) -> None: ...


class KeepsFiles(Protocol):
    """The folder of assets, without the store: `Assets.put` finds there what was kept before."""

    def keep(self, files: Mapping[str, bytes]) -> None:
        """Have the disk hold these contents by their SHA-256, all or an error. Blocks; safe from many threads at once.

        Raises StoreUnavailable.
        """
        ...

    def path(self, sha256: str) -> Path:
        """Where the file is. Raises NotFound."""
        ...


class PictureFiles(Protocol):
    """What is known of the pictures that ship with the program."""

    def drawn(self, content: bytes) -> bytes | None:
        """One of its SVG pictures as PNG; None for any other picture."""
        ...
