"""The wizard's frame: the band with the steps, a page beside it, the buttons below, and drops from anywhere."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialog,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from personadesk.ui.dialogs.frame import BODY_POINTS
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.wizard.drop_frame import DropFrame, dropped_path
from personadesk.ui.wizard.steps import StepBand

SIZE = QSize(1010, 720)
SMALLEST = QSize(520, 400)
BAND_PX = 235
BAND_SHARE = 0.235
FLAT_BELOW_PX = 640
NARROW_BELOW_PX = 600
"""A page narrower than this has its buttons below what stands beside them."""


class WizardShell(QDialog):
    """Opened with show_fitting(), never exec(). `dropped` carries a path while `takes_drops`."""

    dropped = Signal(object)  # Path
    height_changed = Signal(bool)  # low

    def __init__(self, *, themes: ThemeSource, title: str, steps: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.themes = themes
        self.takes_drops = True
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setAcceptDrops(True)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.band = StepBand(themes, title=title, steps=steps)
        self.pages = QStackedWidget()
        self._areas: list[QScrollArea] = []
        self.foot_start = QHBoxLayout()
        self._foot = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.skip = Button(themes, self.tr("Skip"), kind=Kind.GHOST)
        self.back = Button(themes, self.tr("Back"))
        self.next = Button(themes, self.tr("Continue"), kind=Kind.PRIMARY)
        self._build()
        self._drop = DropFrame(themes, self)
        themes.changed.connect(self._apply_theme)

    def add_page(self, page: QWidget) -> None:
        """Add a page; it scrolls where the window is too low for it."""
        self.pages.addWidget(self._area_for(page))
        self._apply_theme(self.themes.theme)

    @property
    def _larger(self) -> float:
        return max(self.font().pointSizeF() / BODY_POINTS, 1.0)

    def show_fitting(self) -> None:
        """Open at a size that fits the window behind."""
        parent = self.parentWidget()
        room = (parent.window().size() if parent is not None else SIZE) - QSize(40, 40)
        wanted = QSize(round(SIZE.width() * self._larger), round(SIZE.height() * self._larger))
        self.setMinimumSize(SMALLEST)
        self.resize(wanted.boundedTo(room.expandedTo(SMALLEST)))
        self.open()

    # -- events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        low = self.height() < FLAT_BELOW_PX * self._larger
        wanted = min(BAND_PX * self._larger, self.width() * BAND_SHARE)
        self.band.setFixedWidth(max(round(wanted), self.band.minimumSizeHint().width()))
        narrow = self.width() - self.band.width() < NARROW_BELOW_PX * self._larger
        direction = QBoxLayout.Direction
        self._foot.setDirection(direction.TopToBottom if narrow else direction.LeftToRight)
        self._drop.setGeometry(self.rect())
        self.height_changed.emit(low)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.takes_drops and dropped_path(event) is not None:
            event.acceptProposedAction()
            self._drop.raise_()
            self._drop.show()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._drop.hide()
        path = dropped_path(event)
        if path is not None:
            event.acceptProposedAction()
            self.dropped.emit(path)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.themes.theme.window)
        painter.setPen(self.themes.theme.line)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    # -- inside

    def _build(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(9)
        buttons.addStretch(1)
        for button in (self.skip, self.back, self.next):
            buttons.addWidget(button)
        foot = self._foot
        foot.setContentsMargins(30, 8, 30, 24)
        foot.setSpacing(9)
        foot.addLayout(self.foot_start, 1)
        foot.addLayout(buttons)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.pages, 1)
        right.addLayout(foot)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(self.band)
        layout.addLayout(right, 1)

    def _area_for(self, page: QWidget) -> QScrollArea:
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(30, 26, 30, 12)
        layout.addWidget(page)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._areas.append(area)
        return area

    def _apply_theme(self, theme: Theme) -> None:
        for area in self._areas:
            area.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
        self.update()
