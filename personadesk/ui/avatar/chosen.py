"""The picture that was chosen and is not stored yet, and the ones chosen shortly before it."""

from collections import deque

from PySide6.QtGui import QImage

from personadesk.domain.avatar import AvatarChoice, Crop
from personadesk.ui.avatar.making import Finished

REMEMBERED = 4
"""A picture takes some megabytes, with what it was cut from."""


class Chosen:
    """`image` shows what `choice` holds, None until that is decoded; `source` is what it can be cut from again."""

    def __init__(self) -> None:
        self._lately: deque[Finished] = deque(maxlen=REMEMBERED)
        self.set(AvatarChoice())

    def set(self, choice: AvatarChoice) -> None:
        """Take up a choice; its picture is there where it was chosen lately."""
        known = next((finished for finished in self._lately if finished.choice == choice), None)
        self.choice = choice
        self.image: QImage | None = known.image if known is not None else None
        self.source = known.source if known is not None else b""

    def take(self, finished: Finished) -> None:
        """Take up a picture that is decoded, and remember it."""
        self._lately.append(finished)
        self.choice, self.image, self.source = finished.choice, finished.image, finished.source

    @property
    def crop(self) -> Crop | None:
        """The square of `source` that `choice` is; None where it is all of it."""
        return None if self.source == self.choice.content else self.choice.crop
