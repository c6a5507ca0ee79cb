"""Folders of the library: tags that are shown as tiles, with the faces of who is in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from personadesk.domain.persona import PersonaSummary
from personadesk.ui.library.tag_colours import tag_colour
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.buttons import PaintedButton, focus_ring
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.flow import FlowLayout
from personadesk.ui.widgets.text import draw_line

FACES = 3
FACE_PX = 30
OVERLAP_PX = 11
TILE_WIDTH_PX = 218


@dataclass(frozen=True, slots=True)
class Folder:
    """`faces` are the first few who are in it."""

    tag: str
    count: int
    colour: str
    faces: tuple[PersonaSummary, ...]


class FolderTile(PaintedButton):
    menu_requested = Signal(QPoint)

    def __init__(self, folder: Folder, *, themes: ThemeSource, avatars: Avatars) -> None:
        super().__init__(themes, folder.tag)
        self._avatars = avatars
        self._folder = folder
        self.show_folder(folder)
        avatars.ready.connect(self.update)

    @property
    def tag(self) -> str:
        return self._folder.tag

    def show_folder(self, folder: Folder) -> None:
        self._folder = folder
        self.setAccessibleName(self.tr("Folder %s, %s") % (folder.tag, self._counted()))
        self.setToolTip(folder.tag)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(TILE_WIDTH_PX, max(FACE_PX, round(self.fontMetrics().height() * 2.1)) + 22)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        self.menu_requested.emit(self.mapToGlobal(self.rect().bottomLeft()) if keyboard else event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setBrush(theme.hover if self.underMouse() else theme.surface)
        painter.setPen(QPen(theme.line, 1))
        painter.drawRoundedRect(rect, 13, 13)
        if self.hasFocus():
            focus_ring(painter, theme, QRectF(self.rect()), 13)
        colour = tag_colour(theme, self._folder.colour) or theme.muted
        icon = pixmap("folder", colour, 20, self.devicePixelRatioF())
        painter.drawPixmap(round(self._mirrored(13, 20)), (self.height() - 20) // 2, icon)
        end = self._paint_faces(painter, theme.surface)
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        width = end - 43 - 8
        height = self.fontMetrics().height()
        top = (self.height() - height * 2) / 2
        font = self.font()
        font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(theme.text)
        draw_line(painter, QRectF(self._mirrored(43, width), top, width, height), self._folder.tag, side)
        painter.setFont(self.font())
        painter.setPen(theme.muted)
        draw_line(painter, QRectF(self._mirrored(43, width), top + height, width, height), self._counted(), side)

    def _paint_faces(self, painter: QPainter, ground: QColor) -> float:
        """Paint them from the end inwards and return where they begin."""
        faces = self._folder.faces
        left = (
            self.width() - 12.0 - FACE_PX - (len(faces) - 1) * (FACE_PX - OVERLAP_PX) if faces else self.width() - 8.0
        )
        for number, face in enumerate(faces):
            x = self._mirrored(left + number * (FACE_PX - OVERLAP_PX), FACE_PX)
            spot = QRectF(x, (self.height() - FACE_PX) / 2, FACE_PX, FACE_PX)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawEllipse(spot.adjusted(-2, -2, 2, 2))
            ratio = self.devicePixelRatioF()
            self._avatars.paint(painter, spot, name=face.shown_name, avatar=face.avatar, ratio=ratio)
        return left

    def _counted(self) -> str:
        count = self._folder.count
        return self.tr("1 persona") if count == 1 else self.tr("%s personas") % f"{count:,}"

    def _mirrored(self, left: float, width: float) -> float:
        return self.width() - left - width if self.isRightToLeft() else left


class FolderTiles(QWidget):
    """The section of folders; hidden where there is none."""

    opened = Signal(str)
    menu_requested = Signal(str, QPoint)

    def __init__(self, *, themes: ThemeSource, avatars: Avatars) -> None:
        super().__init__()
        self._themes = themes
        self._avatars = avatars
        self._tiles: list[FolderTile] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        title = Label(themes, self.tr("Folders"), ink="muted", bold=True, size_pt=self.font().pointSizeF() * 0.95)
        rows = QWidget()
        self._flow = FlowLayout(rows, spacing_px=10)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(title, 0, Qt.AlignmentFlag.AlignLeading)
        layout.addWidget(rows)

    def show_folders(self, folders: Sequence[Folder]) -> None:
        if [tile.tag for tile in self._tiles] == [folder.tag for folder in folders]:
            for tile, folder in zip(self._tiles, folders, strict=True):
                tile.show_folder(folder)
            return
        while self._flow.count():
            self._flow.takeAt(0)
        for tile in self._tiles:
            tile.hide()
            tile.deleteLater()
        self._tiles = [self._made(folder) for folder in folders]
        for tile in self._tiles:
            self._flow.addWidget(tile)
            tile.show()

    def _made(self, folder: Folder) -> FolderTile:
        tile = FolderTile(folder, themes=self._themes, avatars=self._avatars)
        tile.clicked.connect(lambda _checked=False, tag=folder.tag: self.opened.emit(tag))
        tile.menu_requested.connect(lambda point, tag=folder.tag: self.menu_requested.emit(tag, point))
        return tile
