"""What the avatar field needs of whoever decodes a stranger's picture."""

from typing import Protocol

from personadesk.domain.avatar import Crop
from personadesk.services.card_ports import PreparedAvatar


class PictureReader(Protocol):
    """The part of a CardReader that is asked here."""

    async def prepare_avatar(self, content: bytes, crop: Crop | None) -> PreparedAvatar:
        """Decode a picture; None takes all of it. Raises UserFacingError for what is no picture, or too large."""
        ...
