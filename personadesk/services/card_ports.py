"""What the services of cards need from whoever opens strangers' files, apart from this process."""

from dataclasses import dataclass, field
from typing import Protocol

from personadesk.domain.avatar import Crop
from personadesk.domain.card_contents import CardContents
from personadesk.domain.incoming import IncomingPersona


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
    """A card file as it was read. `picture` is None where the card has none, or where it was not asked for;
    `picture_problem` then says in words why one that it has can't be shown, "" if it has none."""

    incoming: IncomingPersona
    contents: CardContents
    picture: PreparedAvatar | None = None
    picture_problem: str = ""


class CardReader(Protocol):
    """Reads in a child process with limits of memory, time and files. Safe for many calls at once."""

    async def read(self, content: bytes, name: str, *, picture: bool = True) -> ReadCard:
        """Raises UnreadableCard with the reason; `name` only helps where the bytes say nothing."""
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

    def keep(self, content: bytes) -> str:
        """Have the disk hold `content` and return its SHA-256. Blocks; safe from many threads at once."""
        ...


class PictureFiles(Protocol):
    """What is known of the pictures that ship with the program."""

    def drawn(self, content: bytes) -> bytes | None:
        """One of its SVG pictures as PNG; None for any other picture."""
        ...
