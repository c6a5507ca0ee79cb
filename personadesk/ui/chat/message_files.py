"""The files of a message inside its bubble: pictures as thumbnails, anything else as a chip. Places and paints them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPixmap

from personadesk.domain.conversation import Attachment
from personadesk.ui.chat.attachment_words import icon_name, size_words
from personadesk.ui.chat.markdown_ink import Ink, small_font
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.widgets.text import draw_line

THUMB_PX = QSizeF(240, 180)
SMALL_THUMB_PX = QSizeF(156, 117)
"""Where there are several."""
GAP_PX = 8
CHIP_PADDING_PX = 8
ICON_PX = 20
NAME_LIMIT_PX = 260
RADIUS_PX = 9

PictureSource = Callable[[Attachment, QSize, float], QPixmap | None]
"""Gives a picture within a size, at a ratio of pixels; None while it is being made."""


@dataclass(slots=True)
class FileSpot:
    """Where a file is shown."""

    file: Attachment
    area: QRectF


@dataclass(frozen=True, slots=True)
class PlacedFiles:
    """`spots` count from the block's own top left corner."""

    spots: tuple[FileSpot, ...]
    width: float = 0.0
    height: float = 0.0


def place_files(files: Sequence[Attachment], room: float, font: QFont) -> PlacedFiles:
    """Set pictures, then chips, in rows at most `room` wide.

    No picture has to be here for that: the place of one is as large, whatever its shape.
    """
    if not files:
        return PlacedFiles(())
    pictures = [file for file in files if file.is_picture]
    tile = THUMB_PX if len(pictures) == 1 else SMALL_THUMB_PX
    tile = tile.scaled(QSizeF(min(room, tile.width()), tile.height()), Qt.AspectRatioMode.KeepAspectRatio)
    chips = [file for file in files if not file.is_picture]
    sized = [(file, tile) for file in pictures] + [(file, _chip_size(file, room, font)) for file in chips]
    spots: list[FileSpot] = []
    x = y = line = width = 0.0
    was_picture = bool(pictures)
    for file, size in sized:
        if x and (x + size.width() > room or file.is_picture != was_picture):
            x, y, line = 0.0, y + line + GAP_PX, 0.0
        was_picture = file.is_picture
        spots.append(FileSpot(file, QRectF(QPointF(x, y), size)))
        x += size.width() + GAP_PX
        width = max(width, x - GAP_PX)
        line = max(line, size.height())
    return PlacedFiles(tuple(spots), ceil(width), ceil(y + line))


def paint_files(
    painter: QPainter, spots: Sequence[FileSpot], ink: Ink, hot: str, pictures: PictureSource | None
) -> None:
    """`hot` is what the pointer is on, as "file/<number>"."""
    for number, spot in enumerate(spots):
        fill = QColor(ink.text)
        fill.setAlphaF(0.20 if hot == f"file/{number}" else 0.11)
        path = QPainterPath()
        path.addRoundedRect(spot.area, RADIUS_PX, RADIUS_PX)
        painter.fillPath(path, fill)
        if spot.file.is_picture:
            _paint_picture(painter, spot, path, ink, pictures)
        else:
            _paint_chip(painter, spot, ink)


def _paint_picture(
    painter: QPainter, spot: FileSpot, path: QPainterPath, ink: Ink, pictures: PictureSource | None
) -> None:
    device = painter.device()
    ratio = device.devicePixelRatioF() if device is not None else 1.0
    found = pictures(spot.file, spot.area.size().toSize(), ratio) if pictures is not None else None
    if found is None:
        sign = pixmap(icon_name(spot.file), ink.muted, ICON_PX, ratio)
        painter.drawPixmap(spot.area.center() - QPointF(ICON_PX, ICON_PX) / 2, sign)
        return
    size = QSizeF(found.size()) / found.devicePixelRatio()
    if size.width() > spot.area.width() or size.height() > spot.area.height():
        size.scale(spot.area.size(), Qt.AspectRatioMode.KeepAspectRatio)
    shown = QRectF(QPointF(), size)
    shown.moveCenter(spot.area.center())
    painter.save()
    painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(shown, found, QRectF(found.rect()))
    painter.restore()


def _paint_chip(painter: QPainter, spot: FileSpot, ink: Ink) -> None:
    device = painter.device()
    ratio = device.devicePixelRatioF() if device is not None else 1.0
    mirrored = painter.layoutDirection() == Qt.LayoutDirection.RightToLeft
    inner = spot.area.adjusted(CHIP_PADDING_PX, CHIP_PADDING_PX, -CHIP_PADDING_PX, -CHIP_PADDING_PX)
    sign = QRectF(0, 0, ICON_PX, ICON_PX)
    words = QRectF(inner)
    if mirrored:
        sign.moveRight(inner.right())
        words.setRight(sign.left() - GAP_PX)
    else:
        sign.moveLeft(inner.left())
        words.setLeft(sign.right() + GAP_PX)
    sign.moveTop(inner.center().y() - ICON_PX / 2)
    painter.drawPixmap(sign.topLeft(), pixmap(icon_name(spot.file), ink.muted, ICON_PX, ratio))
    side = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
    upper = QFontMetricsF(ink.font).height()
    painter.setFont(ink.font)
    painter.setPen(ink.text)
    draw_line(painter, QRectF(words.left(), words.top(), words.width(), upper), spot.file.name, side)
    painter.setFont(small_font(ink.font))
    painter.setPen(ink.muted)
    lower = QRectF(words.left(), words.top() + upper, words.width(), words.height() - upper)
    draw_line(painter, lower, size_words(spot.file), side)


def _chip_size(file: Attachment, room: float, font: QFont) -> QSizeF:
    upper, lower = QFontMetricsF(font), QFontMetricsF(small_font(font))
    words = max(min(upper.horizontalAdvance(file.name), NAME_LIMIT_PX), lower.horizontalAdvance(size_words(file)))
    width = ceil(words) + 2 + ICON_PX + GAP_PX + 2 * CHIP_PADDING_PX
    return QSizeF(min(width, room), ceil(upper.height() + lower.height()) + 2 * CHIP_PADDING_PX)
