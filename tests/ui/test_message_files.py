"""The files of a message in the transcript: seen, and opened by pointer and by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, Qt, QUrl, Slot
from PySide6.QtGui import QColor, QContextMenuEvent, QDesktopServices, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from personadesk.domain.conversation import Attachment
from personadesk.domain.ids import AttachmentId
from personadesk.ui.chat.attachment_viewing import AttachmentViewing, harmless_name, true_name
from personadesk.ui.chat.message_offers import Act, more_offers
from personadesk.ui.chat.message_picture import MARGIN_PX, WIDTH_PX, draw_messages
from personadesk.ui.chat.picture_viewer import PictureViewer
from personadesk.ui.chat.text_viewer import TextViewer
from personadesk.ui.chat.transcript_view import TranscriptView
from tests.ui.desk import Desk
from tests.ui.transcripts import message, open_view, say

TIDE = Attachment(AttachmentId(1), "a" * 64, "tide & fog.txt", "text/plain", 4_000)
QUAY = Attachment(AttachmentId(2), "b" * 64, "quay.png", "image/jpeg", 0)


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[TranscriptView]:
    with open_view(qtbot) as view:
        yield view


def spot(view: TranscriptView, row: int, number: int) -> QPoint:
    """The middle of a file in the viewport."""
    made = view.layout_of(row)
    assert made is not None
    return made.files[number].area.center().toPoint() + QPoint(0, view.top_of(row))


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_a_file_is_opened_by_a_click(view: TranscriptView, qtbot: QtBot, direction: Qt.LayoutDirection) -> None:
    view.setLayoutDirection(direction)
    say(view, message(0), message(1, "See these.", attachments=(QUAY, TIDE)))

    with qtbot.waitSignal(view.file_requested) as asked:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot(view, 1, 1))

    made = view.layout_of(1)
    assert asked.args == [made.message, TIDE]
    assert all(made.bubble.contains(file.area) for file in made.files)


def test_a_file_is_opened_from_the_menu_and_said_to_a_screen_reader(view: TranscriptView, qtbot: QtBot) -> None:
    say(view, message(0), message(1, "", attachments=(QUAY, TIDE)))
    at = spot(view, 1, 0)

    QApplication.sendEvent(
        view.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.viewport().mapToGlobal(at))
    )
    menu = QApplication.activePopupWidget()
    with qtbot.waitSignal(view.file_requested) as asked:
        next(entry for entry in menu.actions() if entry.text() == "Open tide && fog.txt").trigger()
    menu.close()

    assert asked.args[1] == TIDE
    assert view.transcript.index(1).data().endswith("Attached: quay.png, tide & fog.txt")


def test_long_names_and_many_pictures_stay_in_the_bubble(view: TranscriptView) -> None:
    many = tuple(
        Attachment(AttachmentId(10 + number), f"{number}" * 64, "n" * 190 + ".png", kind, 9)
        for number, kind in enumerate(["image/png"] * 5 + ["text/plain"] * 5)
    )
    view.resize(320, 500)
    say(view, message(0), message(1, "Words.", attachments=many))

    made = view.layout_of(1)

    assert len(made.files) == 10
    assert all(made.bubble.contains(file.area) for file in made.files)
    assert not any(
        one.area.intersects(other.area) for one in made.files for other in made.files if one.file.id < other.file.id
    )
    assert made.height > made.files[-1].area.bottom()


def test_a_picture_that_was_sent_is_seen_and_opened(desk: Desk, tmp_path: Path) -> None:
    image = QImage(400, 100, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 30, 40))
    assert image.save(str(tmp_path / "quay.png"))
    desk.open("Luna")
    conversation = desk.chat.current.conversation
    assert conversation is not None
    desk.ask(desk.talking.attachments.add_file(conversation.persona_id, conversation.id, tmp_path / "quay.png"))
    desk.answer("Look.", "Red.")
    view = desk.chat.transcript
    row = desk.chat.model.rowCount() - 2
    height = view.layout_of(row).height

    def seen() -> bool:
        colour = view.viewport().grab().toImage().pixelColor(spot(view, row, 0))
        return abs(colour.red() - 200) < 12 and colour.green() < 60

    desk.until(seen)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot(view, row, 0))
    viewer = desk.dialog(PictureViewer)
    desk.until(lambda: "400" in viewer.note.text())
    desk.click(viewer.save)
    saving = desk.dialog(QFileDialog)
    saving.fileSelected.emit(str(tmp_path / "copy.png"))
    saving.close()
    desk.toast("Saved as copy.png")
    desk.click(viewer.close_button)

    assert view.layout_of(row).height == height
    assert QImage(str(tmp_path / "copy.png")).size() == image.size()


class Opener(QObject):
    """Takes the files that the system is asked to show."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[Path] = []

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        self.opened.append(Path(url.toLocalFile()))


def test_the_text_of_a_sent_file_is_read_again_and_never_run(desk: Desk) -> None:
    desk.open("Luna")
    conversation = desk.chat.current.conversation
    assert conversation is not None
    files = desk.talking.attachments
    desk.ask(files.add(conversation.persona_id, conversation.id, b"#!/bin/sh\necho fog\n", "fog.sh"))
    desk.answer("Look.", "I see.")
    view = desk.chat.transcript
    sent = desk.chat.model.message_at(desk.chat.model.rowCount() - 2)
    assert sent is not None
    view.file_requested.emit(sent, sent.attachments[0])
    words = desk.dialog(TextViewer).field.toPlainText()
    desk.dialog(TextViewer).close()

    [viewing] = desk.chat.findChildren(AttachmentViewing)
    opener = Opener()
    QDesktopServices.setUrlHandler("file", opener, "take")
    viewing.open_outside(sent.attachments[0])
    desk.until(lambda: bool(opener.opened))
    QDesktopServices.unsetUrlHandler("file")
    [copy] = opener.opened
    content = copy.read_bytes()
    viewing.forget()

    assert "echo fog" in words
    assert (copy.name, content) == ("fog.sh.txt", b"#!/bin/sh\necho fog\n")
    assert not copy.exists()


@pytest.mark.parametrize(
    ("name", "media_type", "true", "harmless"),
    [
        ("quay.png", "image/jpeg", "quay.jpg", "quay.jpg"),
        ("a/../b.pdf", "application/pdf", "a_.._b.pdf", "a_.._b.pdf"),
        ("run.exe", "text/plain", "run.exe", "run.exe.txt"),
        ("notes.md", "text/plain", "notes.md", "notes.md"),
        ("..", "text/plain", "file", "file.txt"),
    ],
)
def test_a_copy_has_a_name_that_fits_what_it_is(name: str, media_type: str, true: str, harmless: str) -> None:
    file = Attachment(AttachmentId(1), "c" * 64, name, media_type, 1)

    assert (true_name(file), harmless_name(file)) == (true, harmless)


def test_a_message_of_files_alone_can_be_saved_as_a_picture(view: TranscriptView) -> None:
    say(view, message(0), message(1, "", attachments=(QUAY, TIDE)))
    sent = view.transcript.message_at(1)
    assert sent is not None

    image, left_out, shortened, cut = draw_messages(view, range(1, 2))

    assert next(offer for offer in more_offers(sent) if offer.act is Act.PICTURE).enabled
    assert (left_out, shortened, cut) == (0, False, False)
    assert image.height() > 2 * 180


def test_a_picture_to_keep_has_no_buttons(view: TranscriptView) -> None:
    code = message(0, "```python\nprint('x')\n```")
    say(view, code)
    made = view.layouts.fresh(code, WIDTH_PX, mirrored=False)
    [box] = made.decor.boxes
    copy = box.copy.translated(made.text or QPointF()).translated(0, MARGIN_PX).toRect()

    image = draw_messages(view, range(1)).image

    scale = round(image.devicePixelRatio())
    area = image.copy(QRect(copy.topLeft() * scale, copy.size() * scale)).convertToFormat(QImage.Format.Format_RGB888)
    assert len(set(bytes(area.constBits()))) <= 3


def test_the_circle_of_a_list_within_a_list_is_empty(view: TranscriptView) -> None:
    listed = message(0, "- one\n  - two")
    say(view, listed)
    made = view.layouts.fresh(listed, WIDTH_PX, mirrored=False)
    inner = made.document.lastBlock()
    block = made.document.documentLayout().blockBoundingRect(inner).translated(made.text or QPointF())
    words = block.left() + inner.layout().lineAt(0).x()
    sign = QRectF(words - 24, block.top() + MARGIN_PX, 22, block.height())

    image = draw_messages(view, range(1)).image

    scale = image.devicePixelRatio()
    area = image.copy(QRectF(sign.topLeft() * scale, sign.size() * scale).toRect())
    ground = area.pixelColor(0, 0)
    drawn = [(x, y) for x in range(area.width()) for y in range(area.height()) if area.pixelColor(x, y) != ground]
    across, down = ((min(at) + max(at)) // 2 for at in zip(*drawn, strict=True))
    assert area.pixelColor(across, down) == ground
