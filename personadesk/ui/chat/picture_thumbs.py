"""Small pictures of what is attached: decoded off the GUI thread, kept in memory."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from personadesk.domain.conversation import Attachment
from personadesk.domain.errors import UserFacingError
from personadesk.ui.bridge import Bridge

KEPT = 96
"""Of up to 240 x 180 px each: 17 MB at most, on a screen of ordinary density."""

Key = tuple[str, int, int]


class PictureThumbs(QObject):
    """GUI thread. `ready` names the content, by its SHA-256, of which a thumbnail has just been made."""

    ready = Signal(str)

    def __init__(
        self, *, bridge: Bridge, content: Callable[[Attachment], Awaitable[bytes]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._content = content
        self._kept: OrderedDict[Key, QPixmap | None] = OrderedDict()
        self._asked: set[Key] = set()

    def picture(self, file: Attachment, size: QSize, ratio: float) -> QPixmap | None:
        """The whole picture within `size` (logical pixels), or None while it is being made, or where it can't be.

        Where another size of it was made, that one stands in.
        """
        key = (file.sha256, round(size.width() * ratio), round(size.height() * ratio))
        if key in self._kept:
            self._kept.move_to_end(key)
            found = self._kept[key]
            if found is not None:
                found.setDevicePixelRatio(ratio)
            return found
        if key not in self._asked and file.is_picture:
            self._asked.add(key)
            self._bridge.run(
                self._make(file, key), owner=self, then=partial(self._keep, key), failed=partial(self._miss, key)
            )
        # Another size of it will do until then.
        return next((kept for known, kept in reversed(self._kept.items()) if known[0] == file.sha256), None)

    async def _make(self, file: Attachment, key: Key) -> QImage:
        content = await self._content(file)
        return await asyncio.to_thread(_scaled, content, QSize(key[1], key[2]))

    def _keep(self, key: Key, image: QImage) -> None:
        self._asked.discard(key)
        self._kept[key] = None if image.isNull() else QPixmap.fromImage(image)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self.ready.emit(key[0])

    def _miss(self, key: Key, _problem: UserFacingError) -> None:
        self._keep(key, QImage())


def _scaled(content: bytes, size: QSize) -> QImage:
    """Within a size and never larger than it is; a null image where it can't be read."""
    image = QImage.fromData(content)
    if image.isNull() or (image.width() <= size.width() and image.height() <= size.height()):
        return image
    return image.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
