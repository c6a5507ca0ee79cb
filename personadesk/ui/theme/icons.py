"""Icons: one hand-drawn set of SVG files, painted in any colour and kept as pixmaps."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

RATIOS = (1.0, 1.5, 2.0, 3.0)
"""Device pixel ratios an icon carries pixmaps for."""


class Icons:
    """The icons of one folder. Used from the GUI thread only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources: dict[str, bytes] = {}
        self._pixmaps: dict[tuple[str, int, int, float], QPixmap] = {}
        self._icons: dict[tuple[str, int, int], QIcon] = {}

    def names(self) -> list[str]:
        """The names that can be asked for, sorted."""
        return sorted(path.stem for path in self._folder.glob("*.svg"))

    def icon(self, name: str, colour: QColor, size_px: int = 20) -> QIcon:
        """Return the icon in one colour, crisp at every ratio of RATIOS. Raises LookupError for an unknown name."""
        key = (name, colour.rgba(), size_px)
        if key not in self._icons:
            made = QIcon()
            for ratio in RATIOS:
                made.addPixmap(self.pixmap(name, colour, size_px, ratio))
            self._icons[key] = made
        return self._icons[key]

    def pixmap(self, name: str, colour: QColor, size_px: int, ratio: float) -> QPixmap:
        """Return the icon `size_px` device-independent pixels wide. Raises LookupError for an unknown name."""
        key = (name, colour.rgba(), size_px, ratio)
        if key not in self._pixmaps:
            self._pixmaps[key] = self._render(name, colour, size_px, ratio)
        return self._pixmaps[key]

    def _render(self, name: str, colour: QColor, size_px: int, ratio: float) -> QPixmap:
        # QtSvg is loaded when the first icon is painted: a program that paints none never pays for it.
        from PySide6.QtSvg import QSvgRenderer

        source = self._source(name)
        renderer = QSvgRenderer(QByteArray(source))
        side = round(size_px * ratio)
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(painter, QRectF(0, 0, side, side))
        if b"currentColor" in source:
            # Tinted after drawing: a translucent colour would show where fill and stroke overlap.
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
            painter.fillRect(0, 0, side, side, colour)
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def _source(self, name: str) -> bytes:
        if name not in self._sources:
            path = self._folder / f"{name}.svg"
            if not path.is_file():
                raise LookupError(f"There is no icon called {name!r} in {self._folder}.")
            self._sources[name] = path.read_bytes()
        return self._sources[name]


class _Installed:
    """The set the module functions use: installed once, by the composition root."""

    icons: Icons | None = None


def install_icons(folder: Path) -> Icons:
    """Make the icons of this folder the ones `icon` and `pixmap` use. Called once, at the start."""
    _Installed.icons = Icons(folder)
    return _Installed.icons


def icon(name: str, colour: QColor, size_px: int = 20) -> QIcon:
    """Return an icon of the installed set. Raises LookupError for an unknown name."""
    return _installed().icon(name, colour, size_px)


def pixmap(name: str, colour: QColor, size_px: int, ratio: float) -> QPixmap:
    """Return a pixmap of the installed set. Raises LookupError for an unknown name."""
    return _installed().pixmap(name, colour, size_px, ratio)


def _installed() -> Icons:
    if _Installed.icons is None:
        raise RuntimeError("No icons are installed: call install_icons(folder) before the first widget is made.")
    return _Installed.icons
