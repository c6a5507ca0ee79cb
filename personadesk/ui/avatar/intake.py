"""What is dropped, pasted or chosen as a picture, as bytes for the reader of pictures."""

import stat
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QImage

from personadesk.domain.avatar import AVATAR_LIMIT_BYTES, AVATAR_SIDE_PX
from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.ui.avatar.preview import as_png

FORMATS = ("image/png", "image/jpeg", "image/webp", "image/gif")
MEGABYTE = 1_000_000
PASTED_SIDE_PX = 2048
KEPT_SHAPE = Qt.AspectRatioMode.KeepAspectRatio


@dataclass(frozen=True, slots=True)
class Offer:
    """One of the three: a file, a picture's bytes, or pixels that another program put on the clipboard."""

    path: Path | None = None
    content: bytes = field(default=b"", repr=False)
    pixels: QImage | None = None


def may_hold_picture(mime: QMimeData) -> bool:
    """Whether it is worth looking into: told by the names of the formats alone."""
    return mime.hasUrls() or mime.hasImage() or any(mime.hasFormat(name) for name in FORMATS)


def offered(mime: QMimeData) -> Offer:
    """What is held over the field or lies on the clipboard. Raises InvalidInput, in words for the user.

    GUI thread; opens no file and follows no address: a picture on the web stays there.
    """
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    if len(paths) > 1:
        raise InvalidInput("avatar", "These are several files.", "Choose one picture.")
    if paths:
        return Offer(path=paths[0])
    for name in FORMATS:
        content = bytes(mime.data(name).data()) if mime.hasFormat(name) else b""
        if content:
            return Offer(content=content)
    if mime.hasImage() and isinstance(pixels := mime.imageData(), QImage) and not pixels.isNull():
        return Offer(pixels=pixels)
    if mime.hasUrls():
        raise InvalidInput(
            "avatar", "This picture is still on the web.", "Save it on this computer, then drop it here."
        )
    raise InvalidInput("avatar", "There is no picture to paste.", "Copy one first, or choose a file.")


def take(offer: Offer) -> bytes:
    """The bytes of what is offered. Runs on a worker thread. Raises InvalidInput or NotFound."""
    if offer.path is not None:
        return read_file(offer.path)
    return offer.content if offer.pixels is None else _within_limits(offer.pixels)


def _within_limits(pixels: QImage) -> bytes:
    """Pixels as a PNG that is no larger than a file may be: nobody can choose how another program copies them."""
    for side in (PASTED_SIDE_PX, AVATAR_SIDE_PX):
        if max(pixels.width(), pixels.height()) > side:
            pixels = pixels.scaled(side, side, KEPT_SHAPE, Qt.TransformationMode.SmoothTransformation)
        content = as_png(pixels)
        if len(content) <= AVATAR_LIMIT_BYTES:
            break
    return content


def read_file(path: Path) -> bytes:
    """Read a picture's file, at most a little beyond the limit. Raises InvalidInput or NotFound."""
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise InvalidInput("avatar", "This is not a file.", "Choose a picture.")
        if state.st_size > AVATAR_LIMIT_BYTES:
            raise InvalidInput(
                "avatar",
                f"This file has {state.st_size / MEGABYTE:.1f} MB; "
                f"a picture may have {AVATAR_LIMIT_BYTES // MEGABYTE}.",
                "Choose a smaller one.",
            )
        with path.open("rb") as file:
            return file.read(AVATAR_LIMIT_BYTES + 1)
    except OSError as problem:
        raise NotFound("This file can't be read.", "Check that it is there and yours to open.") from problem
