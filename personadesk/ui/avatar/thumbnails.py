"""A picture's file made into a round thumbnail. Runs on worker threads."""

import re
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QImage, QImageReader, QPainter

LARGEST_SIDE_PX = 8192
LONGEST_DRAWING = 2_000_000
PICTURE_FORMATS = (b"png", b"jpeg", b"gif", b"webp")
REFERENCE = re.compile(rb"""href\s*=\s*["']([^"']*)""")
"""What a drawing refers to. Qt reads the files that an <image> names, so a drawing may refer to itself alone."""


def load_square(path: Path, side: int) -> QImage | None:
    """Decode a picture and cover a square of `side` pixels with it; None where it can't be read."""
    try:
        with path.open("rb") as file:
            head = file.read(256)
            drawing = b"<svg" in head or head.lstrip().startswith(b"<?xml")
            content = head + file.read(LONGEST_DRAWING) if drawing else b""
    except OSError:
        return None
    if drawing:
        return render_drawing(content[:LONGEST_DRAWING], side)
    reader = QImageReader(str(path))
    if reader.format().data() not in PICTURE_FORMATS:
        return None
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > LARGEST_SIDE_PX:
        return None
    short = min(size.width(), size.height())
    if short > side * 4:
        # The decoder drops what is not needed on its way; the last halving is done with more care below.
        share = side * 2 / short
        reader.setScaledSize(QSize(max(round(size.width() * share), 1), max(round(size.height() * share), 1)))
    image = reader.read()
    if image.isNull():
        return None
    cover = image.scaled(
        side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    return cover.copy((cover.width() - side) // 2, (cover.height() - side) // 2, side, side)


def render_drawing(content: bytes, side: int) -> QImage | None:
    """Draw an SVG into a square; None for one that can't be read, or that refers to anything but itself."""
    from PySide6.QtSvg import QSvgRenderer

    if b"<!ENTITY" in content or any(not target.startswith(b"#") for target in REFERENCE.findall(content)):
        return None
    renderer = QSvgRenderer(content)
    if not renderer.isValid():
        return None
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    return image


def cut_round(image: QImage) -> QImage:
    """The circle of a square picture, as ARGB32_Premultiplied without padding between its rows."""
    side = image.width()
    result = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(image))
    painter.drawEllipse(QRectF(0.25, 0.25, side - 0.5, side - 0.5))
    painter.end()
    return result
