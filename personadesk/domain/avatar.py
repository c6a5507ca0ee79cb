"""A persona's picture on its way into the library."""

from dataclasses import dataclass, field
from enum import Enum

AVATAR_LIMIT_BYTES = 5_000_000
AVATAR_LIMIT_PIXELS = 64_000_000
AVATAR_SIDE_PX = 1024
"""The longest side of a stored picture."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A square of a picture: its upper left corner and its side, in pixels of the upright, full-size source."""

    x: int
    y: int
    side: int


class AvatarChange(Enum):
    KEPT = "kept"
    REMOVED = "removed"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class AvatarChoice:
    """What is to become of a persona's picture.

    With NEW, `content` is the finished picture, cropped and rid of its metadata: it is stored as it is.
    `crop` is the square it was cut from the picture that was chosen, None where it was taken whole.
    """

    change: AvatarChange = AvatarChange.KEPT
    content: bytes = field(default=b"", repr=False)
    media_type: str = ""
    crop: Crop | None = None
