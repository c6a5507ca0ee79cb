"""A picture to look at while it is cropped: decoded once, in halves, so that any size of it is sharp."""

from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QImage, QImageReader, QImageWriter, QPainter, QPixmap

from personadesk.domain.avatar import AVATAR_SIDE_PX
from personadesk.domain.errors import InvalidInput
from personadesk.ui.avatar.thumbnails import cut_round, render_drawing

SMALLEST_LEVEL_PX = 48


@dataclass(frozen=True, slots=True)
class Preview:
    """`levels` are the picture and its halves, largest first. `width` and `height` are the source's, in pixels."""

    levels: tuple[QImage, ...]
    width: int
    height: int

    def draw(self, painter: QPainter, target: QRectF, source: QRectF, ratio: float) -> None:
        """Draw a part of the picture (in source pixels) into a rectangle of logical pixels."""
        wanted = target.width() * ratio / source.width() * self.width
        level = next((one for one in reversed(self.levels) if one.width() >= wanted), self.levels[0])
        across, down = level.width() / self.width, level.height() / self.height
        part = QRectF(source.x() * across, source.y() * down, source.width() * across, source.height() * down)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, level, part)


def decode(content: bytes, width: int = 0, height: int = 0) -> Preview:
    """Runs on a worker thread, on what the reader of pictures has made. Raises InvalidInput."""
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    image = reader.read()
    if image.isNull():
        raise InvalidInput("avatar", "This picture can't be shown.", "Choose another one.")
    image = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    levels = [image]
    while min(levels[-1].width(), levels[-1].height()) >= SMALLEST_LEVEL_PX * 2:
        last = levels[-1]
        levels.append(
            last.scaled(
                last.width() // 2,
                last.height() // 2,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )
    return Preview(tuple(levels), width or image.width(), height or image.height())


def round_pixmap(image: QImage, size_px: int, ratio: float) -> QPixmap:
    """A square picture as a round pixmap of `size_px` logical pixels."""
    side = round(size_px * ratio)
    small = image.scaled(side, side, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    made = QPixmap.fromImage(cut_round(small))
    made.setDevicePixelRatio(ratio)
    return made


def as_png(image: QImage) -> bytes:
    """Runs on a worker thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def drawing_as_png(content: bytes, side: int = AVATAR_SIDE_PX) -> bytes:
    """A drawing of the program's own as a picture like any other. Runs on a worker thread. Raises InvalidInput."""
    image = render_drawing(content, side)
    if image is None:
        raise InvalidInput("avatar", "This picture can't be shown.", "Choose another one.")
    return as_png(image)
