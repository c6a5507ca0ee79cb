from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from personadesk.ui.theme import icons
from personadesk.ui.theme.icons import Icons, install_icons

FOLDER = Path(__file__).parents[2] / "resources" / "icons"
PORTRAITS = sorted((FOLDER.parent / "personas").glob("*.svg"))
NAMES = sorted(path.stem for path in FOLDER.glob("*.svg"))
LINE_ICONS = [name for name in NAMES if name != "personadesk"]
WHITE = QColor("#ffffff")

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def no_icons_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(icons._Installed, "icons", None)


def painted(pixmap: QPixmap) -> list[QColor]:
    """The colours of all pixels that are not transparent."""
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return [pixel for pixel in pixels if pixel.alpha() > 0]


@pytest.mark.parametrize("name", NAMES)
def test_every_icon_is_a_drawing_qt_can_render(name: str) -> None:
    renderer = QSvgRenderer(str(FOLDER / f"{name}.svg"))

    pixmap = Icons(FOLDER).pixmap(name, WHITE, 24, 1.0)

    assert renderer.isValid()
    assert renderer.viewBoxF().width() == renderer.viewBoxF().height()
    assert painted(pixmap)


@pytest.mark.parametrize("name", LINE_ICONS)
def test_no_icon_is_cut_off_at_its_edge(name: str) -> None:
    image = Icons(FOLDER).pixmap(name, WHITE, 96, 1.0).toImage()

    edge = [image.pixelColor(x, y).alpha() for x in range(96) for y in (0, 95)]
    edge += [image.pixelColor(x, y).alpha() for y in range(96) for x in (0, 95)]

    assert max(edge) == 0


def test_an_icon_takes_the_colour_it_is_asked_for() -> None:
    pixmap = Icons(FOLDER).pixmap("stop", QColor("#3388ee"), 24, 1.0)

    solid = {pixel.name() for pixel in painted(pixmap) if pixel.alpha() == 255}

    assert solid == {"#3388ee"}


def test_a_translucent_colour_paints_a_translucent_icon() -> None:
    colour = QColor("#3388ee")
    colour.setAlpha(128)

    pixels = painted(Icons(FOLDER).pixmap("stop", colour, 24, 1.0))

    assert max(pixel.alpha() for pixel in pixels) == pytest.approx(128, abs=2)


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
def test_a_pixmap_has_as_many_pixels_as_the_screen_needs(ratio: float) -> None:
    pixmap = Icons(FOLDER).pixmap("search", WHITE, 20, ratio)

    assert pixmap.width() == 20 * ratio
    assert pixmap.deviceIndependentSize().width() == pytest.approx(20)


def test_an_icon_is_rendered_once() -> None:
    folder = Icons(FOLDER)

    first, again = (folder.pixmap("search", WHITE, 20, 2.0).cacheKey() for _ in range(2))

    assert first == again


def test_an_icon_button_gets_a_sharp_pixmap_on_a_dense_screen() -> None:
    icon = Icons(FOLDER).icon("search", WHITE, 20)

    dense = icon.pixmap(icon.availableSizes()[0], 2.0)

    assert dense.devicePixelRatio() == 2.0
    assert dense.width() == 40


def test_an_unknown_name_is_a_clear_error() -> None:
    with pytest.raises(LookupError, match="no icon called 'unicorn'"):
        Icons(FOLDER).pixmap("unicorn", WHITE, 20, 1.0)


@pytest.mark.usefixtures("no_icons_installed")
def test_asking_before_icons_are_installed_is_a_clear_error() -> None:
    with pytest.raises(RuntimeError, match="install_icons"):
        icons.icon("search", WHITE)


@pytest.mark.usefixtures("no_icons_installed")
def test_the_module_functions_use_the_installed_folder() -> None:
    install_icons(FOLDER)

    assert not icons.icon("search", WHITE).isNull()
    assert not icons.pixmap("search", WHITE, 20, 1.0).isNull()


def drawn(path: Path, side_px: int) -> QImage:
    image = QImage(side_px, side_px, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(path)).render(painter, QRectF(0, 0, side_px, side_px))
    painter.end()
    return image


@pytest.mark.parametrize("path", PORTRAITS, ids=lambda path: path.stem)
@pytest.mark.parametrize("side_px", [36, 400])
def test_a_portrait_fills_its_square(path: Path, side_px: int) -> None:
    image = drawn(path, side_px)

    edge = range(side_px)
    last = side_px - 1
    border = [image.pixelColor(x, y).alpha() for i in edge for x, y in ((i, 0), (i, last), (0, i), (last, i))]

    assert min(border) == 255


def test_portraits_can_be_told_apart_at_36_pixels() -> None:
    def mean(path: Path) -> tuple[int, int, int]:
        pixel = drawn(path, 36).scaled(1, 1, mode=Qt.TransformationMode.SmoothTransformation).pixelColor(0, 0)
        return pixel.red(), pixel.green(), pixel.blue()

    colours = [mean(path) for path in PORTRAITS]

    distances = [sum(abs(a - b) for a, b in zip(one, other, strict=True)) for one, other in combinations(colours, 2)]
    assert min(distances) > 25
