"""Messages as one picture, as they look in the transcript."""

from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect
from PySide6.QtGui import QImage, QImageWriter, QPainter, QTextCharFormat, QTextCursor

from personadesk.ui.chat.markdown_writer import WHOLE_CODE, WHOLE_MESSAGE
from personadesk.ui.chat.message_layout import MessageLayout
from personadesk.ui.chat.message_painter import RowState
from personadesk.ui.chat.transcript_view import TranscriptView
from personadesk.ui.chat.whole_file import write_whole

WIDTH_PX = 860
MARGIN_PX = 24
SCALE = 2.0
HIGHEST_PX = 8_000
"""In device-independent pixels: some forty messages; the picture has SCALE times as many."""


class Drawn(NamedTuple):
    """`left_out` counts messages that found no room. `shortened` says that not all of a long one is shown, and `cut`
    that the first one found no room for its end.
    """

    image: QImage
    left_out: int
    shortened: bool
    cut: bool


def draw_messages(view: TranscriptView, rows: range) -> Drawn:
    """The rows that are loaded, from the first on."""
    made: list[MessageLayout] = []
    height = left_out = 0
    shortened = False
    for row in rows:
        message = view.transcript.message_at(row)
        if message is None:
            left_out += 1
            continue
        # Laid out anew, for the picture's width: what is on screen keeps its own.
        layout = view.layouts.fresh(message, WIDTH_PX, mirrored=view.isRightToLeft())
        if height + layout.height > HIGHEST_PX and made:
            left_out += rows.stop - row
            break
        shortened = without_folds(layout) or shortened
        made.append(layout)
        height += layout.height
    size_px = (round(WIDTH_PX * SCALE), round((min(height, HIGHEST_PX) + 2 * MARGIN_PX) * SCALE))
    image = QImage(*size_px, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    image.fill(view.theme.window)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    top = MARGIN_PX
    for layout in made:
        clip = QRect(0, top, WIDTH_PX, layout.height)
        view.message_painter.paint(painter, layout, top, clip, RowState(on_paper=True))
        top += layout.height
    painter.end()
    return Drawn(image, left_out, shortened, cut=height > HIGHEST_PX)


def without_folds(made: MessageLayout) -> bool:
    """Leave out what would open a folded part, where nothing can be clicked; returns whether there was any.

    What stands there instead is as many characters, of which one is seen: what is painted behind the text goes by
    places in it.
    """
    folds = [link for link in made.document.marks.links if link.target.startswith((WHOLE_MESSAGE, WHOLE_CODE))]
    plain = QTextCharFormat()
    plain.setForeground(made.ink.muted)
    cursor = QTextCursor(made.document)
    for link in folds:
        length = len(link.words.encode("utf-16-le")) // 2
        cursor.setPosition(link.first)
        cursor.setPosition(link.first + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText("…" + "\u200b" * (length - 1), plain)
    return bool(folds)


def write_picture(image: QImage, path: Path) -> None:
    """Write it as a PNG file, whole or not at all. Blocks, and belongs into a thread. Raises UserFacingError."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    write_whole(path, bytes(buffer.data().data()))
