"""Avatars: round pictures decoded off the GUI thread, or initials on a gradient of one's own."""

import logging
import re
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QImageReader, QLinearGradient, QPainter, QPainterPath, QPixmap

from personadesk.domain.errors import NotFound
from personadesk.domain.ids import PersonaId

log = logging.getLogger(__name__)

CACHED_PICTURES = 1500
LARGEST_SIDE_PX = 8192
LONGEST_DRAWING = 2_000_000
PICTURE_FORMATS = (b"png", b"jpeg", b"gif", b"webp")
REFERENCE = re.compile(rb"""href\s*=\s*["']([^"']*)""")
"""What a drawing refers to. Qt reads the files that an <image> names, so a drawing may refer to itself alone."""


GRADIENTS = (
    ("#ff8f6b", "#d6478f"),
    ("#4c86ff", "#2ccfc3"),
    ("#b56bf2", "#5a4cf6"),
    ("#37bf8e", "#1b7f92"),
    ("#ffb432", "#fb5a2a"),
    ("#8391a5", "#465569"),
    ("#f26d9b", "#8a4be0"),
    ("#5cb8ff", "#4a5be8"),
    ("#c6a12f", "#7d6a2a"),
    ("#e0574f", "#8f2f57"),
)


def initials(name: str) -> str:
    """One or two letters that stand for a name; "?" where it has none."""
    words = [word for word in name.split() if any(character.isalnum() for character in word)]
    if not words:
        return name.strip()[:1] or "?"
    letters = [next(character for character in word if character.isalnum()) for word in words[:2]]
    return "".join(letters).upper() if len(words[0]) and letters[0].isascii() else letters[0].upper()


def gradient_for(persona_id: int, rect: QRectF) -> QLinearGradient:
    """The persona's own gradient: the same for its whole life."""
    start, end = GRADIENTS[persona_id % len(GRADIENTS)]
    gradient = QLinearGradient(rect.topLeft(), rect.bottomRight())
    gradient.setColorAt(0, QColor(start))
    gradient.setColorAt(1, QColor(end))
    return gradient


class Avatars(QObject):
    """Decodes, caches and paints. `ready` names the asset whose picture has just been decoded."""

    ready = Signal(str)
    _decoded = Signal(str, int, object)

    def __init__(self, *, path_of: Callable[[str], Path], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path_of = path_of
        self._pixmaps: OrderedDict[tuple[str, int], QPixmap | None] = OrderedDict()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="avatars")
        self._decoded.connect(self._keep, Qt.ConnectionType.QueuedConnection)
        self._closed = False

    def paint(
        self, painter: QPainter, rect: QRectF, *, persona_id: PersonaId, name: str, avatar: str, ratio: float
    ) -> None:
        """Paint a round avatar into a square `rect` (logical pixels)."""
        picture = self.picture(avatar, round(rect.width()), ratio) if avatar else None
        if picture is not None:
            painter.drawPixmap(rect.topLeft(), picture)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient_for(persona_id, rect))
        painter.drawEllipse(rect)
        font = QFont(painter.font())
        letters = initials(name)
        font.setPixelSize(max(9, round(rect.height() * (0.44 if len(letters) == 1 else 0.36))))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, letters)
        painter.restore()

    def portrait(self, *, persona_id: PersonaId, name: str, avatar: str, size_px: int, ratio: float) -> QPixmap:
        """The avatar as a pixmap of its own."""
        drawn = QPixmap(QSize(size_px, size_px) * ratio)
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        self.paint(
            painter, QRectF(0, 0, size_px, size_px), persona_id=persona_id, name=name, avatar=avatar, ratio=ratio
        )
        painter.end()
        return drawn

    def picture(self, avatar: str, size_px: int, ratio: float) -> QPixmap | None:
        """The decoded picture, or None while it is being decoded (or where it can't be)."""
        side = round(size_px * ratio)
        key = (avatar, side)
        if key in self._pixmaps:
            self._pixmaps.move_to_end(key)
            found = self._pixmaps[key]
            if found is not None:
                found.setDevicePixelRatio(ratio)
            return found
        self._pixmaps[key] = None
        if not self._closed:
            self._pool.submit(self._decode, avatar, side)
        return None

    def close(self) -> None:
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _decode(self, avatar: str, side: int) -> None:
        """Runs on the avatar thread."""
        try:
            image = load_square(self._path_of(avatar), side)
        except NotFound:
            image = None
        if image is None:
            log.warning("an avatar could not be decoded: %s", avatar[:12])
        elif not self._closed:
            self._decoded.emit(avatar, side, _round(image))

    def _keep(self, avatar: str, side: int, image: QImage) -> None:
        self._pixmaps[(avatar, side)] = QPixmap.fromImage(image)
        while len(self._pixmaps) > CACHED_PICTURES:
            self._pixmaps.popitem(last=False)
        self.ready.emit(avatar)


def load_square(path: Path, side: int) -> QImage | None:
    """Decode a picture and cover a square of `side` pixels with it; None where it can't be read."""
    try:
        with path.open("rb") as file:
            head = file.read(256)
    except OSError:
        return None
    if b"<svg" in head or head.lstrip().startswith(b"<?xml"):
        return _render_svg(path, side)
    reader = QImageReader(str(path))
    if reader.format().data() not in PICTURE_FORMATS:
        return None
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > LARGEST_SIDE_PX:
        return None
    image = reader.read()
    if image.isNull():
        return None
    cover = image.scaled(
        side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    return cover.copy((cover.width() - side) // 2, (cover.height() - side) // 2, side, side)


def _render_svg(path: Path, side: int) -> QImage | None:
    from PySide6.QtSvg import QSvgRenderer

    content = path.read_bytes()[:LONGEST_DRAWING]
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


def _round(image: QImage) -> QImage:
    side = image.width()
    result = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addEllipse(0.25, 0.25, side - 0.5, side - 0.5)
    painter.setClipPath(path)
    painter.drawImage(0, 0, image)
    painter.end()
    return result
