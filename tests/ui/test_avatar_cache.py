"""Thumbnails on disk: raw pixels that are remade when they are damaged, and leave when they are no one's any more."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from personadesk.domain.errors import NotFound
from personadesk.domain.events import ChangeSet
from personadesk.ui.avatar.thumbnail_cache import LARGEST_SIDE, ThumbnailCache
from personadesk.ui.widgets.avatars import MOST_WAITING, Avatars

SIDE = 8
PIXELS = bytes(range(256))


def sha(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


@pytest.fixture
def cache(tmp_path: Path) -> ThumbnailCache:
    return ThumbnailCache(tmp_path / "cache")


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_pixels_come_back_by_picture_and_size(cache: ThumbnailCache, tmp_path: Path) -> None:
    cache.write(sha(1), SIDE, PIXELS)

    assert cache.read(sha(1), SIDE) == PIXELS
    assert ThumbnailCache(tmp_path / "cache").read(sha(1), SIDE) == PIXELS
    assert cache.read(sha(1), SIDE * 2) is None
    assert cache.read(sha(2), SIDE) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-1],
        lambda whole: whole[:40] + b"\xff" + whole[41:],
        lambda _: b"",
        lambda _: b"\x00" * 5000,
    ],
    ids=["cut short", "another byte", "empty", "something else"],
)
def test_a_damaged_file_is_forgotten(cache: ThumbnailCache, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    cache.write(sha(1), SIDE, PIXELS)
    (file,) = files(tmp_path)
    file.write_bytes(damage(file.read_bytes()))

    assert cache.read(sha(1), SIDE) is None
    assert files(tmp_path) == []
    cache.write(sha(1), SIDE, PIXELS)
    assert cache.read(sha(1), SIDE) == PIXELS


def test_the_oldest_make_room(tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path, limit_bytes=10 * 300)
    for number in range(10):
        cache.write(sha(number), SIDE, PIXELS)
        for file in files(tmp_path / sha(number)[:2]):
            os.utime(file, (number, number))

    cache.write(sha(10), SIDE, PIXELS)
    cache.write(sha(11), SIDE, PIXELS)

    assert sum(file.stat().st_size for file in files(tmp_path)) <= 10 * 300
    assert cache.read(sha(0), SIDE) is None
    assert cache.read(sha(11), SIDE) == PIXELS


def test_a_sweep_leaves_nothing_of_a_deleted_picture(cache: ThumbnailCache, tmp_path: Path) -> None:
    for number in range(4):
        cache.write(sha(number), SIDE, PIXELS)
    (tmp_path / "cache" / sha(1)[:2] / "stray.new").write_bytes(b"half")

    for _ in cache.sweep(lambda sha256: sha256 == sha(1)):
        pass

    assert [file.name for file in files(tmp_path)] == [f"{sha(1)[2:]}-{SIDE}"]


@pytest.mark.parametrize(("name", "side"), [("../../x", SIDE), ("", SIDE), (sha(1), LARGEST_SIDE + 1), (sha(1), 0)])
def test_only_thumbnails_of_assets_are_kept(cache: ThumbnailCache, tmp_path: Path, name: str, side: int) -> None:
    cache.write(name, side, PIXELS)

    assert cache.read(name, side) is None
    assert files(tmp_path) == []


def test_a_folder_that_can_not_be_used_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    cache = ThumbnailCache(tmp_path / "cache")

    cache.write(sha(1), SIDE, PIXELS)

    assert cache.read(sha(1), SIDE) is None
    assert list(cache.sweep(lambda _: True))


class Library:
    """Assets in a folder, and how often each was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.open = threading.Event()
        self.open.set()

    def add(self, image: QImage) -> str:
        name = sha(len(list(self.folder.iterdir())))
        assert image.save(str(self.folder / name), "PNG")
        return name

    def path_of(self, sha256: str) -> Path:
        self.asked.append(sha256)
        self.open.wait(10)
        if not (self.folder / sha256).is_file():
            raise NotFound("It is gone.")
        return self.folder / sha256


@pytest.fixture
def library(tmp_path: Path) -> Library:
    (tmp_path / "assets").mkdir()
    return Library(tmp_path / "assets")


@pytest.fixture
def begin(library: Library, tmp_path: Path, qtbot: QtBot) -> Iterator[Callable[[], Avatars]]:
    """Call it for the avatars of one run of the program."""
    made: list[Avatars] = []

    def start() -> Avatars:
        made.append(Avatars(path_of=library.path_of, cache_folder=tmp_path / "cache"))
        return made[-1]

    yield start
    library.open.set()
    for avatars in made:
        avatars.close()


def plain(colour: str) -> QImage:
    image = QImage(30, 30, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


def shown(avatars: Avatars, name: str, qtbot: QtBot) -> QColor:
    with qtbot.waitSignal(avatars.ready):
        assert avatars.picture(name, 20, 1.0) is None
    picture = avatars.picture(name, 20, 1.0)
    assert picture is not None
    return picture.toImage().pixelColor(10, 10)


def test_the_next_start_shows_what_is_kept_without_decoding(
    begin: Callable[[], Avatars], library: Library, qtbot: QtBot
) -> None:
    name = library.add(plain("#00ff00"))
    first = begin()
    assert shown(first, name, qtbot) == QColor("#00ff00")
    first.close()
    (library.folder / name).write_bytes(b"not a picture any more")

    assert shown(begin(), name, qtbot) == QColor("#00ff00")


def test_a_picture_that_is_gone_for_good_leaves_the_cache_at_the_next_start(
    begin: Callable[[], Avatars], library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    stays, goes = library.add(plain("#00ff00")), library.add(plain("#ff0000"))
    first = begin()
    for name in (stays, goes):
        shown(first, name, qtbot)
    first.close()
    (library.folder / goes).unlink()

    shown(begin(), stays, qtbot)

    qtbot.waitUntil(lambda: len(files(tmp_path / "cache")) == 1)
    assert files(tmp_path / "cache")[0].name.startswith(stays[2:])


def test_what_is_deleted_for_good_is_forgotten_at_once(
    begin: Callable[[], Avatars], library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    avatars = begin()
    names = [library.add(plain("#00ff00")) for _ in range(3)]
    for name in names:
        shown(avatars, name, qtbot)
    (library.folder / names[0]).unlink()

    avatars.follow(ChangeSet(trash=True))

    qtbot.waitUntil(lambda: len(files(tmp_path / "cache")) == 2)


def test_what_scrolled_away_is_not_made_and_what_was_asked_last_comes_first(
    begin: Callable[[], Avatars], library: Library, qtbot: QtBot
) -> None:
    names = [library.add(plain("#00ff00")) for _ in range(MOST_WAITING + 60)]
    avatars = begin()
    library.open.clear()
    avatars.picture(names[0], 20, 1.0)
    qtbot.waitUntil(lambda: bool(library.asked))
    avatars.portrait(name="Luna", avatar=names[1], size_px=20, ratio=1.0)
    for name in names[2:]:
        avatars.picture(name, 20, 1.0)

    library.open.set()
    with qtbot.waitSignal(avatars.ready, check_params_cb=lambda name: name == names[1]):
        pass

    made = [name for name in library.asked if name in names]
    assert made[:2] == [names[0], names[-1]]
    assert len(dict.fromkeys(made)) == MOST_WAITING + 1
    assert names[1] in made
    assert names[2] not in made


def test_memory_is_bounded(library: Library, qtbot: QtBot) -> None:
    names = [library.add(plain("#00ff00")) for _ in range(5)]
    avatars = Avatars(path_of=library.path_of, memory_bytes=3 * 20 * 20 * 4)

    for name in names:
        shown(avatars, name, qtbot)

    assert avatars.picture(names[-1], 20, 1.0) is not None
    assert avatars.picture(names[0], 20, 1.0) is None
    avatars.close()


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_thumbnail_is_painted_pixel_by_pixel(
    begin: Callable[[], Avatars], library: Library, qtbot: QtBot, ratio: float
) -> None:
    side = round(20 * ratio)
    board = QImage(side, side, QImage.Format.Format_RGB32)
    for x in range(side):
        for y in range(side):
            board.setPixelColor(x, y, QColor("#ffffff" if (x + y) % 2 else "#000000"))
    name = library.add(board)
    avatars = begin()
    with qtbot.waitSignal(avatars.ready):
        avatars.picture(name, 20, ratio)
    canvas = QImage(round(60 * ratio), round(60 * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    canvas.setDevicePixelRatio(ratio)
    canvas.fill(0)

    painter = QPainter(canvas)
    avatars.paint(painter, QRectF(13, 13.4, 20, 20), name="Luna", avatar=name, ratio=ratio)
    painter.end()

    middle = [canvas.pixelColor(round(23 * ratio) + x, round(23 * ratio) + y).name() for x in (0, 1) for y in (0, 1)]
    assert sorted(middle) == ["#000000", "#000000", "#ffffff", "#ffffff"]
