"""The crop: what is taken is what stood under the circle, by mouse, wheel, slider and keys."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from personadesk.app import make_application
from personadesk.domain.avatar import Crop
from personadesk.paths import find_resources
from personadesk.ui.avatar.crop_dialog import CropDialog
from personadesk.ui.avatar.crop_frame import CropFrame
from personadesk.ui.avatar.intake import Offer, take
from personadesk.ui.avatar.preview import Preview, decode
from personadesk.ui.theme.icons import install_icons
from personadesk.ui.theme.source import ThemeChoice, ThemeSource

WIDTH, HEIGHT = 1600, 1000
SHIFT = Qt.KeyboardModifier.ShiftModifier


def halves() -> QImage:
    """Red on the left, blue on the right."""
    image = QImage(WIDTH // 2, HEIGHT // 2, QImage.Format.Format_RGB32)
    image.fill(QColor("#ff0000"))
    painter = QPainter(image)
    painter.fillRect(WIDTH // 4, 0, WIDTH // 4, HEIGHT // 2, QColor("#0000ff"))
    painter.end()
    return image


@pytest.fixture
def preview(qapp: QApplication) -> Preview:
    """A preview of half the size of its source."""
    return decode(take(Offer(pixels=halves())), WIDTH, HEIGHT)


class Opened:
    """A dialog on screen, and what was taken in it."""

    def __init__(self, preview: Preview, crop: Crop | None, qtbot: QtBot) -> None:
        install_icons(find_resources() / "icons")
        self.themes = ThemeSource(folder=find_resources() / "themes", choice=ThemeChoice.DARK)
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.resize(900, 600)
        self.window.show()
        self.dialog = CropDialog(themes=self.themes, preview=preview, crop=crop, parent=self.window)
        self.taken: list[Crop] = []
        self.dialog.taken.connect(self.taken.append)
        self.dialog.show_fitting(560)
        qtbot.waitExposed(self.dialog)
        self.view = self.dialog.view

    def press(
        self, key: Qt.Key, times: int = 1, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        for _ in range(times):
            QTest.keyClick(self.view, key, modifier)

    def crop(self) -> Crop:
        return self.view.frame.crop()


@pytest.fixture
def opened(preview: Preview, qtbot: QtBot) -> Iterator[Opened]:
    make_application()
    shown = Opened(preview, None, qtbot)
    yield shown
    shown.window.close()


def test_enter_takes_the_largest_square_in_the_middle(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Return)

    assert opened.taken == [Crop(300, 0, 1000)]


def test_escape_takes_nothing(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Plus, 3)
    opened.press(Qt.Key.Key_Escape)

    assert opened.taken == []
    assert opened.window.isVisible()


def test_arrows_move_the_picture_by_a_pixel_of_the_screen(opened: Opened) -> None:
    step = 1 / opened.view.scale

    opened.press(Qt.Key.Key_Right, 3)
    assert opened.crop() == Crop(round(300 - 3 * step), 0, 1000)
    opened.press(Qt.Key.Key_Left, 2, SHIFT)

    assert opened.crop() == Crop(round(300 + 17 * step), 0, 1000)


def test_an_enlarged_picture_moves_by_a_pixel_of_its_own(qtbot: QtBot, preview: Preview) -> None:
    make_application()
    shown = Opened(preview, Crop(500, 500, 100), qtbot)
    assert shown.view.scale > 1

    shown.press(Qt.Key.Key_Up)
    shown.press(Qt.Key.Key_Left)

    assert shown.crop() == Crop(501, 501, 100)


def test_the_piece_never_leaves_the_picture(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Plus, 40)
    opened.press(Qt.Key.Key_Left, 300, SHIFT)
    opened.press(Qt.Key.Key_Up, 300, SHIFT)

    crop = opened.crop()
    assert (crop.x + crop.side, crop.y + crop.side) == (WIDTH, HEIGHT)
    assert crop.side == 100


def test_zero_goes_back_to_the_beginning(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Plus, 5)
    opened.press(Qt.Key.Key_Down, 5, SHIFT)
    assert opened.crop().side < 1000

    opened.press(Qt.Key.Key_0)

    assert opened.crop() == Crop(300, 0, 1000)
    assert opened.dialog.slider.value() == 0


def test_a_drag_takes_the_picture_along(opened: Opened) -> None:
    middle = opened.view.rect().center()

    QTest.mousePress(opened.view, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(opened.view, middle - QPoint(20, 0))
    QTest.mouseRelease(opened.view, Qt.MouseButton.LeftButton, pos=middle - QPoint(20, 0))
    QTest.mouseMove(opened.view, middle + QPoint(90, 0))

    assert opened.crop().x == pytest.approx(300 + 20 / opened.view.scale, abs=1)


def test_the_wheel_zooms_about_the_pointer(opened: Opened) -> None:
    at = QPointF(opened.view.circle.right(), opened.view.circle.center().y())
    event = QWheelEvent(
        at,
        opened.view.mapToGlobal(at),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )

    QApplication.sendEvent(opened.view, event)

    crop = opened.crop()
    assert crop.side < 800
    assert crop.x + crop.side == pytest.approx(1300, abs=1)
    assert opened.dialog.slider.value() > 0


def test_the_slider_goes_from_all_to_the_smallest_piece(opened: Opened) -> None:
    opened.dialog.slider.setValue(opened.dialog.slider.maximum())
    assert opened.crop().side == 100

    opened.dialog.slider.setValue(0)
    assert opened.crop().side == 1000


def test_the_small_pictures_show_the_piece(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Plus, 12)
    opened.press(Qt.Key.Key_Right, 60, SHIFT)

    small = opened.dialog._smalls.grab().toImage()

    assert small.pixelColor(48, 48) == QColor("#ff0000")
    assert small.pixelColor(48, 96 + 14 + 44 + 14 + 14) == QColor("#ff0000")


def test_a_screen_reader_hears_where_the_piece_is(opened: Opened) -> None:
    before = opened.view.accessibleDescription()
    opened.press(Qt.Key.Key_Plus)

    assert "1000" in before
    assert str(opened.crop().side) in opened.view.accessibleDescription()


def test_every_control_has_a_name_and_is_reached_by_tab(opened: Opened) -> None:
    controls = [*opened.dialog.findChildren(QAbstractButton), opened.dialog.slider, opened.view]

    assert all(control.accessibleName() for control in controls)
    assert all(control.focusPolicy() & Qt.FocusPolicy.TabFocus for control in controls)


def test_a_tiny_picture_can_be_taken_too(qtbot: QtBot, qapp: QApplication) -> None:
    make_application()
    pixel = QImage(1, 1, QImage.Format.Format_RGB32)
    pixel.fill(QColor("#ff0000"))
    shown = Opened(decode(take(Offer(pixels=pixel))), None, qtbot)

    shown.press(Qt.Key.Key_Plus, 3)
    shown.press(Qt.Key.Key_Left)
    shown.press(Qt.Key.Key_Return)

    assert shown.taken == [Crop(0, 0, 1)]


@pytest.mark.parametrize("crop", [Crop(-5, -5, 3000), Crop(1500, 900, 400), Crop(10, 10, 1)])
def test_a_square_from_elsewhere_is_brought_inside(crop: Crop) -> None:
    found = CropFrame(WIDTH, HEIGHT, crop).crop()

    assert 0 <= found.x <= WIDTH - found.side
    assert 0 <= found.y <= HEIGHT - found.side
    assert 100 <= found.side <= 1000
