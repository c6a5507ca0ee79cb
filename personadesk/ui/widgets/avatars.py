"""Avatars: round pictures made off the GUI thread, or initials on a gradient of one's own."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPixmap

from personadesk.domain.errors import NotFound
from personadesk.ui.avatar.initials import Colours, colours_for, gradient, initials
from personadesk.ui.avatar.thumbnail_cache import ThumbnailCache
from personadesk.ui.avatar.thumbnails import cut_round, load_square

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

log = logging.getLogger(__name__)

MEMORY_BYTES = 48_000_000
LEAST_COST_BYTES = 1024
MOST_DRAWN = 256
DONE = object()
MOST_WAITING = 192
"""Thumbnails a large screen shows at once. Asked for more, the oldest requests have scrolled away."""


class Avatars(QObject):
    """Makes, keeps and paints. `ready` names the asset of which a thumbnail has just been made.

    Thumbnails live in memory and, with `cache_folder`, on disk. What was asked for last is made first.
    """

    ready = Signal(str)
    _made = Signal(str, int, object)

    def __init__(
        self,
        *,
        path_of: Callable[[str], Path],
        cache_folder: Path | None = None,
        memory_bytes: int = MEMORY_BYTES,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.path_of = path_of
        """Where an asset is, by its SHA-256. For worker threads: it asks the disk."""
        self._cache = ThumbnailCache(cache_folder) if cache_folder is not None else None
        self._sweep: Iterator[None] = self._cache.sweep(self._is_here) if self._cache is not None else iter(())
        self._pixmaps: OrderedDict[tuple[str, int], QPixmap | None] = OrderedDict()
        self._limit = memory_bytes
        self._bytes = 0
        self._drawn: OrderedDict[tuple[str, Colours, int, float, str], QPixmap] = OrderedDict()
        self._waiting: OrderedDict[tuple[str, int], bool] = OrderedDict()
        self._in_work: set[tuple[str, int]] = set()
        self._lock = Lock()
        self._made.connect(self._keep, Qt.ConnectionType.QueuedConnection)
        self._closed = False

    def paint(
        self,
        painter: QPainter,
        rect: QRectF,
        *,
        name: str,
        avatar: str,
        ratio: float,
        colours: Colours | None = None,
    ) -> None:
        """Paint a round avatar into a square `rect` (logical pixels); `colours` instead of the name's own."""
        picture = self.picture(avatar, round(rect.width()), ratio) if avatar else None
        if picture is not None:
            painter.drawPixmap(_on_the_grid(painter, rect.topLeft()), picture)
        else:
            stand_in = self._initials(name, colours or colours_for(name), round(rect.width()), ratio, painter.font())
            painter.drawPixmap(_on_the_grid(painter, rect.topLeft()), stand_in)

    def portrait(self, *, name: str, avatar: str, size_px: int, ratio: float) -> QPixmap:
        """The avatar as a pixmap of its own; once `ready` names it, ask again for the picture."""
        picture = self.picture(avatar, size_px, ratio, lasting=True) if avatar else None
        return QPixmap(picture or self._initials(name, colours_for(name), size_px, ratio, QFont()))

    def picture(self, avatar: str, size_px: int, ratio: float, *, lasting: bool = False) -> QPixmap | None:
        """The thumbnail, or None while it is being made (or where it can't be).

        A request is forgotten when many others have come after it, unless it is a `lasting` one.
        """
        key = (avatar, round(size_px * ratio))
        if key in self._pixmaps:
            self._pixmaps.move_to_end(key)
            found = self._pixmaps[key]
            if found is not None:
                found.setDevicePixelRatio(ratio)
            return found
        if not self._closed:
            self._ask(key, lasting=lasting)
        return None

    def follow(self, event: object) -> None:
        """Sweep after a service event that says that something may have been deleted for good."""
        from personadesk.domain.events import ChangeSet

        if isinstance(event, ChangeSet) and event.trash:
            self.sweep()

    def sweep(self) -> None:
        """Have the disk forget thumbnails of pictures that are gone. Done on the avatar thread, behind all else."""
        if self._cache is not None and not self._closed:
            self._sweep = self._cache.sweep(self._is_here)
            self._pool.submit(self._sweep_on)

    def close(self) -> None:
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    # -- inside

    @cached_property
    def _pool(self) -> "ThreadPoolExecutor":
        """Made in the GUI thread with the first request: no picture is on the window's first one."""
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(max_workers=1, thread_name_prefix="avatars")

    def _initials(self, name: str, colours: Colours, size_px: int, ratio: float, font: QFont) -> QPixmap:
        """What stands for a picture: drawn once for all that share letters and colours."""
        letters = initials(name)
        key = (letters, colours, size_px, ratio, font.family())
        drawn = self._drawn.get(key)
        if drawn is None:
            drawn = draw_initials(letters, colours, size_px, ratio, font)
            self._drawn[key] = drawn
            if len(self._drawn) > MOST_DRAWN:
                self._drawn.popitem(last=False)
        return drawn

    def _ask(self, key: tuple[str, int], *, lasting: bool) -> None:
        with self._lock:
            if key in self._in_work:
                return
            known = key in self._waiting
            self._waiting[key] = lasting or self._waiting.get(key, False)
            self._waiting.move_to_end(key)
            if len(self._waiting) > MOST_WAITING:
                passing = next((old for old, stays in self._waiting.items() if not stays), None)
                if passing is not None:
                    del self._waiting[passing]
        if not known:
            self._pool.submit(self._serve)

    def _serve(self) -> None:
        """Runs on the avatar thread: make what was asked for last."""
        with self._lock:
            if self._closed or not self._waiting:
                return
            (avatar, side), _ = self._waiting.popitem()
            self._in_work.add((avatar, side))
            more = bool(self._waiting)
        image = self._thumbnail(avatar, side)
        if image is None:
            log.warning("an avatar could not be decoded: %s", avatar[:12])
        if not self._closed:
            self._made.emit(avatar, side, image)
            if not more:
                self._pool.submit(self._sweep_on)

    def _thumbnail(self, avatar: str, side: int) -> QImage | None:
        kept = self._cache.read(avatar, side) if self._cache is not None else None
        if kept is not None:
            return QImage(kept, side, side, side * 4, QImage.Format.Format_ARGB32_Premultiplied).copy()
        try:
            square = load_square(self.path_of(avatar), side)
        except NotFound:
            return None
        if square is None:
            return None
        image = cut_round(square)
        if self._cache is not None:
            self._cache.write(avatar, side, bytes(image.constBits()))
        return image

    def _sweep_on(self) -> None:
        """Runs on the avatar thread, once nothing waits: a step at a time, behind whatever is asked for."""
        if not self._closed and next(self._sweep, DONE) is not DONE:
            self._pool.submit(self._sweep_on)

    def _is_here(self, sha256: str) -> bool:
        try:
            self.path_of(sha256)
        except NotFound:
            return False
        return True

    def _keep(self, avatar: str, side: int, image: QImage | None) -> None:
        with self._lock:
            self._in_work.discard((avatar, side))
        self._pixmaps[(avatar, side)] = QPixmap.fromImage(image) if image is not None else None
        self._bytes += _cost(side, image is not None)
        while self._bytes > self._limit and len(self._pixmaps) > 1:
            (_, old_side), old = self._pixmaps.popitem(last=False)
            self._bytes -= _cost(old_side, old is not None)
        if image is not None:
            self.ready.emit(avatar)


def draw_initials(letters: str, colours: Colours, size_px: int, ratio: float, font: QFont) -> QPixmap:
    """Letters on a round gradient, in the family of `font`."""
    drawn = QPixmap(QSize(size_px, size_px) * ratio)
    drawn.setDevicePixelRatio(ratio)
    drawn.fill(Qt.GlobalColor.transparent)
    rect = QRectF(0, 0, size_px, size_px)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient(colours, rect))
    painter.drawEllipse(rect)
    lettering = QFont(font)
    lettering.setPixelSize(max(9, round(size_px * (0.44 if len(letters) == 1 else 0.36))))
    lettering.setWeight(QFont.Weight.DemiBold)
    painter.setFont(lettering)
    painter.setPen(QColor("#ffffff"))
    if letters.upper() != letters.lower():
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, letters)
    else:
        # Another font may draw it, with lines of its own: what is seen of it stands in the middle.
        ink = QFontMetricsF(lettering).tightBoundingRect(letters)
        painter.drawText(rect.center() - ink.center(), letters)
    painter.end()
    return drawn


def _cost(side: int, there: bool) -> int:
    return max(side * side * 4, LEAST_COST_BYTES) if there else LEAST_COST_BYTES


def _on_the_grid(painter: QPainter, point: QPointF) -> QPointF:
    """The point moved to a whole device pixel: between two, a thumbnail would be blurred."""
    device = painter.deviceTransform()
    back, possible = device.inverted()
    if not possible:
        return point
    there = device.map(point)
    return back.map(QPointF(round(there.x()), round(there.y())))
