"""Avatars: initials for any name, pictures decoded off the GUI thread, nothing hostile decoded at all."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from personadesk.domain.errors import NotFound
from personadesk.paths import find_resources
from personadesk.ui.avatar.initials import GRADIENTS, colours_for, initials
from personadesk.ui.avatar.thumbnails import load_square
from personadesk.ui.theme.source import mix
from personadesk.ui.widgets.avatars import Avatars

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#ff0000"/>{}</svg>'
)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Luna", "L"),
        ("x", "X"),
        ("ada lovelace", "AL"),
        ("Dagoth Ur of the Mountain", "DU"),
        ("Luna (built-in)", "L"),
        ("(Luna)", "L"),
        ("Luna 2", "L2"),
        ("émile zola", "ÉZ"),
        ("e\N{COMBINING ACUTE ACCENT}mile", "E\N{COMBINING ACUTE ACCENT}"),
        ("Юлия Дидро", "ЮД"),
        ("ßeta", "ß"),
        ("", "?"),
        ("   ", "?"),
        ("\N{ZERO WIDTH SPACE}", "?"),
        ("!!!", "!"),
        ("-- x", "X"),
        ("龘龘", "龘"),
        ("田中 Taro", "田"),
        ("한나 김", "한"),
        ("שרה כהן", "ש"),
        ("محمد علي", "م"),
        ("नीला", "नी"),
        ("\N{GRINNING FACE}", "\N{GRINNING FACE}"),
        ("\N{GRINNING FACE} Smile", "S"),
        ("👩🏽‍🚀 👑", "👩🏽‍🚀"),
        ("🇧🇷🇧🇷", "🇧🇷"),
        ("\U00020bb7野家", "\U00020bb7"),
    ],
)
def test_a_name_of_any_kind_has_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_name_keeps_its_colours_in_every_library() -> None:
    assert colours_for("Luna") == colours_for(" LUNA ") == ("#5cb8ff", "#4a5be8")
    assert colours_for("Zoë") == colours_for("Zoe\N{COMBINING DIAERESIS}")
    assert len({colours_for(f"Persona {number}") for number in range(60)}) == 10


def luminance(colour: QColor) -> float:
    """WCAG's relative luminance."""
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_initials_can_be_read_on_every_gradient() -> None:
    for start, end in GRADIENTS:
        middle = mix(QColor(start), QColor(end), 0.5)
        assert 1.05 / (luminance(middle) + 0.05) >= 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "red").write_text(SVG.format(""))
    picture = QImage(60, 20, QImage.Format.Format_RGB32)
    picture.fill(QColor("#00ff00"))
    assert picture.save(str(tmp_path / "green"), "PNG")
    (tmp_path / "broken").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 200)
    (tmp_path / "empty").write_bytes(b"")
    return tmp_path


@pytest.fixture
def avatars(folder: Path, qtbot: QtBot) -> Iterator[Avatars]:
    def path_of(sha256: str) -> Path:
        if not (folder / sha256).exists():
            raise NotFound("It is gone.")
        return folder / sha256

    made = Avatars(path_of=path_of)
    yield made
    made.close()


@pytest.mark.parametrize(("name", "colour"), [("red", "#ff0000"), ("green", "#00ff00")])
def test_a_picture_is_decoded_and_said_to_be_ready(avatars: Avatars, qtbot: QtBot, name: str, colour: str) -> None:
    with qtbot.waitSignal(avatars.ready) as ready:
        assert avatars.picture(name, 40, 1.0) is None

    assert ready.args == [name]
    shown = avatars.picture(name, 40, 1.0)
    assert shown is not None
    image = shown.toImage()
    assert image.pixelColor(20, 20) == QColor(colour)
    assert image.pixelColor(0, 0).alpha() == 0


def test_a_picture_is_as_sharp_as_the_screen(avatars: Avatars, qtbot: QtBot) -> None:
    with qtbot.waitSignal(avatars.ready):
        avatars.picture("red", 40, 2.0)

    shown = avatars.picture("red", 40, 2.0)
    assert shown is not None
    assert (shown.width(), shown.devicePixelRatio()) == (80, 2.0)


@pytest.mark.allows_log("an avatar could not be decoded")
@pytest.mark.parametrize("name", ["broken", "empty", "gone"])
def test_what_can_not_be_decoded_shows_initials(avatars: Avatars, name: str) -> None:
    for _ in range(2):
        drawn = avatars.portrait(name="Luna", avatar=name, size_px=40, ratio=1.0)

    avatars.close()
    assert drawn.toImage().pixelColor(20, 4).alpha() == 255


def test_a_picture_of_a_hundred_million_pixels_is_not_decoded(tmp_path: Path) -> None:
    picture = QImage(9000, 2, QImage.Format.Format_Mono)
    picture.fill(0)
    assert picture.save(str(tmp_path / "wide.png"))

    assert load_square(tmp_path / "wide.png", 40) is None


@pytest.mark.qt_log_ignore("Could not create image from")
@pytest.mark.parametrize("scheme", ["file://", "", "qrc:"])
def test_a_drawing_never_loads_another_file(tmp_path: Path, qtbot: QtBot, scheme: str) -> None:
    secret = QImage(10, 10, QImage.Format.Format_RGB32)
    secret.fill(QColor("#0000ff"))
    assert secret.save(str(tmp_path / "secret.png"))
    picture = f'<image href="{scheme}{tmp_path}/secret.png" width="10" height="10"/>'
    (tmp_path / "drawing").write_text(SVG.format(picture))

    image = load_square(tmp_path / "drawing", 40)

    assert image is None or image.pixelColor(20, 20) != QColor("#0000ff")


def test_a_packed_drawing_is_not_taken_for_a_picture(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "packed").write_bytes(gzip.compress(SVG.format("").encode()))

    assert load_square(tmp_path / "packed", 40) is None


@pytest.mark.parametrize("name", ["isabella", "alex", "luna", "maya", "sam", "ethan", "default"])
def test_the_portraits_of_the_built_ins_are_drawn(name: str, qtbot: QtBot) -> None:
    drawings = list((find_resources() / "personas").rglob(f"{name}*.svg"))
    assert drawings

    assert all(load_square(path, 400) is not None for path in drawings)


def test_painting_after_the_end_asks_for_nothing(avatars: Avatars) -> None:
    avatars.close()
    canvas = QImage(40, 40, QImage.Format.Format_ARGB32)
    painter = QPainter(canvas)

    avatars.paint(painter, QRectF(0, 0, 40, 40), name="Luna", avatar="red", ratio=1.0)

    painter.end()
