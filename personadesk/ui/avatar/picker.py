"""The program's own pictures, to choose one from."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QPainter,
    QPalette,
    QPixmap,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from personadesk.ui.avatar.thumbnails import cut_round, load_square
from personadesk.ui.bridge import Bridge
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource, mix, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.views import paint_row_ground

HEIGHT_PX = 600
PICTURE_PX = 72
CELL_WIDTH_PX = 90
CELL_LETTERS = 11
CELL_RADIUS_PX = 12
KEY_ROLE = Qt.ItemDataRole.UserRole


class _Painter(QStyledItemDelegate):
    def __init__(self, themes: ThemeSource, view: QListView) -> None:
        super().__init__(view)
        self._themes = themes
        self._list = view
        self.pictures: dict[str, QPixmap] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        metrics = QFontMetricsF(option.font)
        least = max(CELL_WIDTH_PX, round(metrics.averageCharWidth() * CELL_LETTERS) + 12)
        room = self._list.viewport().width() - 1
        width = room // max(room // least, 1)
        return QSize(width, round(PICTURE_PX + metrics.height() + 22))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme = self._themes.theme
        cell = QRectF(option.rect).adjusted(2, 2, -2, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = paint_row_ground(painter, theme, cell, option, CELL_RADIUS_PX)
        left, top = round(cell.center().x() - PICTURE_PX / 2), round(cell.top() + 8)
        picture = self.pictures.get(index.data(KEY_ROLE))
        if picture is not None:
            painter.drawPixmap(QPointF(left, top), picture)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mix(theme.line, theme.window, 0.4))
            painter.drawEllipse(QRectF(left, top, PICTURE_PX, PICTURE_PX))
        painter.setPen(theme.selection_text if chosen else theme.muted)
        words = QRectF(cell.left() + 4, top + PICTURE_PX + 3, cell.width() - 8, cell.bottom() - top - PICTURE_PX - 4)
        name = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, round(words.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, name)
        painter.restore()


class PicturePicker(FramedDialog):
    """`picked` carries the file of the picture that was taken."""

    picked = Signal(object)  # Path

    def __init__(self, *, themes: ThemeSource, bridge: Bridge, folder: Path, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=640)
        self.set_title(self.tr("Choose a picture"))
        self._folder = folder
        self._model = QStandardItemModel(self)
        self.list = QListView()
        self._painter = _Painter(themes, self.list)
        self.take = Button(themes, self.tr("Use picture"), kind=Kind.PRIMARY)
        self._fill()
        self._build()
        self._apply_inks(themes.theme)
        themes.changed.connect(self._apply_inks)
        bridge.run(
            render(folder, list(self._names()), PICTURE_PX, self.devicePixelRatioF()), owner=self, then=self._show
        )

    def accept(self) -> None:
        index = self.list.currentIndex()
        if index.isValid():
            self.picked.emit(self._folder / f"{index.data(KEY_ROLE)}.svg")
            super().accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accept()
        else:
            super().keyPressEvent(event)

    # -- inside

    def _fill(self) -> None:
        for key, name in self._names().items():
            item = QStandardItem(name)
            item.setData(key, KEY_ROLE)
            item.setEditable(False)
            item.setToolTip(name)
            self._model.appendRow(item)

    def _build(self) -> None:
        self.list.setModel(self._model)
        self.list.setItemDelegate(self._painter)
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(self.tr("Pictures"))
        self.list.setCurrentIndex(self._model.index(0, 0))
        self.list.doubleClicked.connect(self.accept)
        self.content.addWidget(self.list, 1)
        cancel = Button(self.themes, self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.take.clicked.connect(self.accept)
        self.buttons.addStretch(1)
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(self.take)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _apply_inks(self, theme: Theme) -> None:
        colours = QPalette(self.list.palette())
        colours.setColor(QPalette.ColorRole.Base, theme.window)
        self.list.setPalette(colours)
        self.list.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))

    def _show(self, pictures: Mapping[str, QImage]) -> None:
        for key, image in pictures.items():
            self._painter.pictures[key] = QPixmap.fromImage(image)
        self.list.viewport().update()

    def _names(self) -> dict[str, str]:
        """What each picture shows, by its file's name, in the order in which they stand."""
        return {
            "fox": self.tr("Fox"),
            "cat": self.tr("Cat"),
            "owl": self.tr("Owl"),
            "bear": self.tr("Bear"),
            "rabbit": self.tr("Rabbit"),
            "frog": self.tr("Frog"),
            "penguin": self.tr("Penguin"),
            "whale": self.tr("Whale"),
            "dragon": self.tr("Dragon"),
            "robot": self.tr("Robot"),
            "ghost": self.tr("Ghost"),
            "astronaut": self.tr("Astronaut"),
            "wizard": self.tr("Wizard"),
            "knight": self.tr("Knight"),
            "captain": self.tr("Captain"),
            "scholar": self.tr("Scholar"),
            "cactus": self.tr("Cactus"),
            "tulip": self.tr("Tulip"),
            "tree": self.tr("Tree"),
            "mushroom": self.tr("Mushroom"),
            "leaf": self.tr("Leaf"),
            "sun": self.tr("Sun"),
            "moon": self.tr("Moon"),
            "planet": self.tr("Planet"),
            "comet": self.tr("Comet"),
            "mountains": self.tr("Mountains"),
            "lighthouse": self.tr("Lighthouse"),
            "book": self.tr("Book"),
            "lantern": self.tr("Lantern"),
            "compass": self.tr("Compass"),
            "teacup": self.tr("Teacup"),
            "rocket": self.tr("Rocket"),
            "waves": self.tr("Waves"),
            "prism": self.tr("Prism"),
            "rings": self.tr("Rings"),
            "spark": self.tr("Spark"),
        }


async def render(folder: Path, keys: Sequence[str], size_px: int, ratio: float) -> dict[str, QImage]:
    """The pictures as round thumbnails; without those that can't be read."""

    def work() -> dict[str, QImage]:
        made = {}
        for key in keys:
            square = load_square(folder / f"{key}.svg", round(size_px * ratio))
            if square is not None:
                made[key] = cut_round(square)
                made[key].setDevicePixelRatio(ratio)
        return made

    return await asyncio.to_thread(work)
