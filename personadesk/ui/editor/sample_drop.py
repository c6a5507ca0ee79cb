"""The place to drop a recording on, with the other ways to bring one."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.formats.audio_heads import refused
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, mix
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.drop_place import DropPlace
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.flow import FlowLayout

ICON_PX = 26
RADIUS_PX = 14


class SampleDrop(DropPlace, QWidget):
    """`dropped` carries what is held over it, to be read at once."""

    dropped = Signal(object)  # QMimeData

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self.setAcceptDrops(True)
        self.words = Label(
            themes, self.tr("Drop a recording of 10 to 30 seconds here to give it a voice of its own."), wrap=True
        )
        self.limits = Label(
            themes,
            self.tr("MP3, WAV, OGG, M4A or FLAC, up to 10 MB, one speaker, no background noise"),
            ink="muted",
            wrap=True,
        )
        self.choose = Button(themes, self.tr("Choose a file…"), icon="folder", compact=True)
        self.record = Button(themes, self.tr("Record…"), icon="mic", compact=True)
        buttons = QWidget()
        flow = FlowLayout(buttons)
        flow.addWidget(self.choose)
        flow.addWidget(self.record)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addWidget(self.limits)
        column.addSpacing(6)
        column.addWidget(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(18 + ICON_PX + 16, 16, 18, 16)
        row.addLayout(column)
        themes.changed.connect(self.update)

    def takes(self, mime: QMimeData) -> bool:
        return mime.hasUrls()

    def take(self, mime: QMimeData) -> None:
        self.dropped.emit(mime)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(mix(theme.surface, theme.accent, 0.12) if self.held_over else theme.surface)
        line = theme.accent_text if self.held_over else theme.faint
        painter.setPen(QPen(line, 1.5 if self.held_over else 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS_PX, RADIUS_PX)
        x = self.width() - 18 - ICON_PX if self.isRightToLeft() else 18
        drawn = pixmap("mic", theme.accent_text if self.held_over else theme.muted, ICON_PX, self.devicePixelRatioF())
        painter.drawPixmap(x, (self.height() - ICON_PX) // 2, drawn)


def dropped_path(mime: QMimeData) -> Path:
    """The one file that is dropped. Opens nothing. Raises InvalidInput."""
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    if len(paths) > 1:
        raise refused("These are several files.", "Drop one recording.")
    if not paths:
        raise refused("This recording is still on the web.", "Save it on this computer, then drop it here.")
    return paths[0]
