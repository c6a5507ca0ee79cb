"""The avatar field with the real reader of pictures: drop, paste, choose, crop, remove."""

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import ExifTags, Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QGuiApplication, QImage, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from personadesk.app import make_application
from personadesk.domain.avatar import AVATAR_LIMIT_BYTES, AvatarChange, AvatarChoice, Crop
from personadesk.domain.errors import NotFound
from personadesk.paths import find_resources
from personadesk.providers.card_reader.pool import ProcessCardReader
from personadesk.services.engine import Engine
from personadesk.services.events import EventHub
from personadesk.ui.avatar.crop_dialog import CropDialog
from personadesk.ui.avatar.field import AvatarField
from personadesk.ui.avatar.intake import Offer, take
from personadesk.ui.avatar.picker import PicturePicker
from personadesk.ui.avatar.preview import as_png
from personadesk.ui.bridge import Bridge
from personadesk.ui.theme.icons import install_icons
from personadesk.ui.theme.source import ThemeChoice, ThemeSource
from personadesk.ui.widgets.avatars import Avatars

DONE_MS = 15_000
WORKERS = min(32, (os.cpu_count() or 1) + 4)
"""How many threads asyncio has for to_thread."""
STORED = "stored"
PICTURES = find_resources() / "avatars_set"
WIDE = Crop(100, 0, 200)


def picture(width: int = 400, height: int = 200, colour: str = "#00ff00") -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def reader(engine: Engine) -> Iterator[ProcessCardReader]:
    """One reading process and one set of worker threads for all tests here, started before the first."""

    async def begin() -> ProcessCardReader:
        made = ProcessCardReader(processes=1, idle_s=600)
        await made.prepare_avatar(as_png(picture()), None)
        barrier = threading.Barrier(WORKERS)
        await asyncio.gather(*(asyncio.to_thread(barrier.wait) for _ in range(WORKERS)))
        # The thread in which a process is ended starts only when it is needed.
        both, loop = threading.Barrier(2), asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(made._threads, both.wait) for _ in range(2)))
        return made

    made = engine.submit(begin()).result(60)
    yield made
    engine.submit(made.close()).result(10)


class Editor:
    """A window with the field in it."""

    def __init__(self, engine: Engine, reader: ProcessCardReader, folder: Path, qtbot: QtBot) -> None:
        install_icons(find_resources() / "icons")
        self.qtbot = qtbot
        self.folder = folder
        self.bridge = Bridge()
        self.bridge.attach(engine=engine, hub=EventHub())
        self.avatars = Avatars(path_of=self.path_of)
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.resize(900, 600)
        self.field = AvatarField(
            themes=ThemeSource(folder=find_resources() / "themes", choice=ThemeChoice.DARK),
            bridge=self.bridge,
            avatars=self.avatars,
            reader=reader,
            pictures=PICTURES,
        )
        QVBoxLayout(self.window).addWidget(self.field)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.field.set_persona("Luna", "")
        self.changes: list[AvatarChoice] = []
        self.field.changed.connect(lambda: self.changes.append(self.field.choice))

    def path_of(self, sha256: str) -> Path:
        if sha256 != STORED:
            raise NotFound("It is gone.")
        return self.folder / STORED

    def store(self, image: QImage | None = None) -> None:
        (image or picture(colour="#0000ff")).save(str(self.folder / STORED), "PNG")
        self.field.set_persona("Luna", STORED)

    def close(self) -> None:
        self.window.close()
        self.bridge.close()
        self.avatars.close()

    def drop(self, mime: QMimeData) -> None:
        event = QDropEvent(
            QPointF(40, 40),
            Qt.DropAction.CopyAction,
            mime,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        self.field.dropEvent(event)

    def drop_file(self, path: Path) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        self.drop(mime)

    def until_crop(self) -> CropDialog:
        self.qtbot.waitUntil(lambda: bool(self.window.findChildren(CropDialog)), timeout=DONE_MS)
        return self.window.findChildren(CropDialog)[0]

    def take(self) -> AvatarChoice:
        """Take the crop that opens, and wait for the finished picture."""
        before = len(self.changes)
        QTest.keyClick(self.until_crop().view, Qt.Key.Key_Return)
        self.qtbot.waitUntil(lambda: len(self.changes) > before, timeout=DONE_MS)
        return self.field.choice

    def until_refused(self, words: str) -> None:
        self.qtbot.waitUntil(lambda: words in self.field.problem.text(), timeout=DONE_MS)

    def menu(self) -> dict[str, bool]:
        """What the open menu offers, and whether it can be chosen."""
        self.qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        entries = {item.text(): item.isEnabled() for item in menu.actions() if item.text()}
        menu.close()
        return entries


@pytest.fixture
def editor(engine: Engine, reader: ProcessCardReader, tmp_path: Path, qtbot: QtBot) -> Iterator[Editor]:
    make_application()
    made = Editor(engine, reader, tmp_path, qtbot)
    yield made
    made.close()


def colour_of(drawn: QPixmap) -> str:
    return drawn.toImage().pixelColor(drawn.width() // 2, drawn.height() // 2).name()


def test_a_dropped_file_is_cropped_and_shown(editor: Editor, tmp_path: Path) -> None:
    picture().save(str(tmp_path / "photo"), "JPEG")

    editor.drop_file(tmp_path / "photo")
    choice = editor.take()

    assert (choice.change, choice.crop) == (AvatarChange.NEW, WIDE)
    image = QImage.fromData(choice.content)
    assert (image.width(), image.height()) == (200, 200)
    assert choice.media_type.startswith("image/")
    assert QColor(colour_of(editor.field.portrait(44))).green() > 200
    assert len(editor.changes) == 1
    assert not editor.field.waits


def test_pixels_from_the_clipboard_are_pasted_by_keyboard(editor: Editor) -> None:
    mime = QMimeData()
    mime.setImageData(picture())
    QGuiApplication.clipboard().setMimeData(mime)
    editor.field.setFocus()

    QTest.keyClick(editor.field.face, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)

    assert editor.take().crop == WIDE


def test_pixels_of_any_size_can_be_pasted() -> None:
    noise = QImage(os.urandom(1600 * 1200 * 4), 1600, 1200, QImage.Format.Format_RGB32)

    content = take(Offer(pixels=noise))

    assert len(content) <= AVATAR_LIMIT_BYTES
    assert QImage.fromData(content).width() >= 1024


def test_a_photograph_on_its_side_is_cropped_upright(editor: Editor, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (400, 200), "#00ff00").save(tmp_path / "photo.jpg", exif=exif)

    editor.drop_file(tmp_path / "photo.jpg")

    assert editor.take().crop == Crop(0, 100, 200)


def test_leaving_the_crop_changes_nothing(editor: Editor, tmp_path: Path) -> None:
    picture().save(str(tmp_path / "photo"), "PNG")
    editor.drop_file(tmp_path / "photo")

    QTest.keyClick(editor.until_crop().view, Qt.Key.Key_Escape)
    editor.qtbot.waitUntil(lambda: not editor.window.findChildren(CropDialog))

    assert editor.field.choice == AvatarChoice()
    assert editor.changes == []


def test_the_crop_is_adjusted_from_where_it_was(editor: Editor, tmp_path: Path) -> None:
    picture().save(str(tmp_path / "photo"), "PNG")
    editor.drop_file(tmp_path / "photo")
    dialog = editor.until_crop()
    QTest.keyClick(dialog.view, Qt.Key.Key_Plus)
    QTest.keyClick(dialog.view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    first = editor.take()
    editor.qtbot.waitUntil(lambda: not editor.window.findChildren(CropDialog))

    editor.field.adjust()

    assert editor.take().crop == first.crop != WIDE


def test_a_stored_picture_is_cropped_further(editor: Editor) -> None:
    editor.store()

    editor.field.adjust()

    choice = editor.take()
    assert choice.crop == WIDE
    assert QImage.fromData(choice.content).pixelColor(50, 50).blue() > 200


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Dear diary", "picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>', "PNG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "picture"),
        (b"", "picture"),
        (bytes(AVATAR_LIMIT_BYTES + 1), "MB"),
    ],
    ids=["text", "drawing", "broken", "empty", "too large"],
)
def test_what_is_no_picture_is_refused_in_words(editor: Editor, tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "file.png").write_bytes(content)

    editor.drop_file(tmp_path / "file.png")

    editor.until_refused(words)
    assert editor.field.problem.isVisible()
    assert words in editor.field.face.accessibleDescription()
    assert editor.field.choice == AvatarChoice()
    assert not editor.field.waits


def test_what_can_not_be_read_is_refused_in_words(editor: Editor, tmp_path: Path) -> None:
    editor.drop_file(tmp_path)
    editor.until_refused("not a file")

    editor.drop_file(tmp_path / "nothing")
    editor.until_refused("can't be read")


@pytest.mark.parametrize(
    ("urls", "words"),
    [
        (["https://example.org/face.png"], "on the web"),
        (["file:///a.png", "file:///b.png"], "several"),
        ([], "no picture"),
    ],
)
def test_nothing_is_fetched_and_several_files_are_none(editor: Editor, urls: list[str], words: str) -> None:
    mime = QMimeData()
    mime.setText("hello")
    if urls:
        mime.setUrls([QUrl(url) for url in urls])

    editor.drop(mime)

    assert words in editor.field.problem.text()


def test_a_new_try_takes_the_words_away(editor: Editor, tmp_path: Path) -> None:
    picture().save(str(tmp_path / "photo"), "PNG")
    editor.drop_file(tmp_path / "nothing")
    editor.until_refused("can't be read")

    editor.drop_file(tmp_path / "photo")

    assert editor.field.problem.text() == ""
    editor.take()
    assert editor.field.hint.isVisible()


def test_the_last_of_two_is_the_one_that_counts(editor: Editor, tmp_path: Path) -> None:
    picture(300, 100).save(str(tmp_path / "one"), "PNG")
    picture(100, 300).save(str(tmp_path / "two"), "PNG")

    editor.drop_file(tmp_path / "one")
    editor.drop_file(tmp_path / "two")

    assert editor.take().crop == Crop(0, 100, 100)
    assert len(editor.window.findChildren(CropDialog)) <= 1


def test_a_choice_is_given_back_and_one_that_can_not_be_shown_is_given_up(editor: Editor, tmp_path: Path) -> None:
    picture().save(str(tmp_path / "photo"), "PNG")
    editor.drop_file(tmp_path / "photo")
    first = editor.take()
    editor.qtbot.waitUntil(lambda: not editor.window.findChildren(CropDialog))

    editor.field.set_choice(AvatarChoice())
    assert colour_of(editor.field.portrait(44)) != "#00ff00"
    editor.field.set_choice(first)
    assert QColor(colour_of(editor.field.portrait(44))).green() > 200
    assert len(editor.changes) == 1
    editor.field.adjust()
    assert editor.take().crop == first.crop

    editor.field.set_choice(AvatarChoice(AvatarChange.NEW, b"Dear diary", "image/png"))
    editor.until_refused("can't be shown")
    assert editor.field.choice == AvatarChoice()
    assert editor.changes[-1] == AvatarChoice()


def test_removing_and_going_back(editor: Editor) -> None:
    editor.store()
    editor.qtbot.waitUntil(lambda: colour_of(editor.field.portrait(44)) == "#0000ff")

    QTest.keyClick(editor.field.face, Qt.Key.Key_Delete)
    assert editor.field.choice == AvatarChoice(AvatarChange.REMOVED)
    assert colour_of(editor.field.portrait(44)) != "#0000ff"

    editor.field.keep()
    assert editor.field.choice == AvatarChoice()
    assert colour_of(editor.field.portrait(44)) == "#0000ff"
    assert len(editor.changes) == 2


def test_where_nothing_is_stored_there_is_nothing_to_remove(editor: Editor, tmp_path: Path) -> None:
    QTest.keyClick(editor.field.face, Qt.Key.Key_Delete)
    assert editor.changes == []

    picture().save(str(tmp_path / "photo"), "PNG")
    editor.drop_file(tmp_path / "photo")
    editor.take()
    editor.field.remove()

    assert editor.field.choice == AvatarChoice()


def test_the_menu_opens_by_keyboard_and_offers_what_is_possible(editor: Editor) -> None:
    QGuiApplication.clipboard().setText("hello")
    editor.field.setFocus()
    QTest.keyClick(editor.field.face, Qt.Key.Key_Return)
    bare = editor.menu()
    editor.store()
    QTest.keyClick(editor.field.face, Qt.Key.Key_Space)
    stored = editor.menu()

    assert bare == {
        "Choose a file…": True,
        "Paste": False,
        "Built-in pictures…": True,
        "Adjust crop…": False,
        "Remove": False,
    }
    assert stored["Adjust crop…"]
    assert stored["Remove"]


def test_one_of_the_programs_own_is_taken_by_keyboard(editor: Editor) -> None:
    editor.field.open_pictures()
    picker = editor.window.findChildren(PicturePicker)[0]
    QTest.keyClick(picker.list, Qt.Key.Key_Right)
    QTest.keyClick(picker.list, Qt.Key.Key_Return)
    editor.qtbot.waitUntil(lambda: bool(editor.changes), timeout=DONE_MS)

    choice = editor.field.choice
    assert (choice.change, choice.media_type, choice.crop) == (AvatarChange.NEW, "image/png", None)
    assert QImage.fromData(choice.content).width() == 512
    editor.field.adjust()
    assert editor.take().crop == Crop(0, 0, 512)


def test_every_picture_has_a_name_and_a_face(editor: Editor, tmp_path: Path) -> None:
    editor.field.open_pictures()
    picker = editor.window.findChildren(PicturePicker)[0]
    editor.qtbot.waitUntil(lambda: len(picker._painter.pictures) == picker._model.rowCount(), timeout=DONE_MS)

    keys = {picker._model.index(row, 0).data(Qt.ItemDataRole.UserRole) for row in range(picker._model.rowCount())}
    names = {picker._model.index(row, 0).data() for row in range(picker._model.rowCount())}
    faces = {bytes(drawn.toImage().constBits()) for drawn in picker._painter.pictures.values()}

    assert keys == {path.stem for path in PICTURES.glob("*.svg")}
    assert len(names) == len(faces) == len(keys) >= 24
    assert (PICTURES / "README.md").is_file()
    picker.reject()


def test_a_field_that_is_off_shows_the_picture_alone(editor: Editor) -> None:
    editor.store()

    editor.field.setEnabled(False)
    QTest.keyClick(editor.field.face, Qt.Key.Key_Delete)

    assert editor.field.choice == AvatarChoice()
    assert not editor.field.hint.isVisible()


def test_initials_follow_the_name(editor: Editor) -> None:
    before = editor.field.portrait(44).toImage()

    editor.field.set_name("Dagoth Ur")

    assert editor.field.portrait(44).toImage() != before
