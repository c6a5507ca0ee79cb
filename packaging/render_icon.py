"""Draw an SVG as PNGs of an icon theme: render_icon.py SVG THEME_FOLDER SIZE..."""

import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer


def render(svg: Path, png: Path, size_px: int) -> bool:
    """Return False if the SVG is not one, or the PNG can't be written."""
    renderer = QSvgRenderer(str(svg))
    if not renderer.isValid():
        return False
    image = QImage(size_px, size_px, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    png.parent.mkdir(parents=True, exist_ok=True)
    return image.save(str(png))


if __name__ == "__main__":
    source, theme, *sizes = sys.argv[1:]
    drawn = [
        render(Path(source), Path(theme, f"{size}x{size}", "apps", f"{Path(source).stem}.png"), int(size))
        for size in sizes
    ]
    sys.exit(0 if all(drawn) else 1)
