"""Two parts beside each other where there is room, else one above the other, with a handle between them."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from personadesk.ui.dialogs.frame import BODY_POINTS

BESIDE_FROM_PX = 700
SECOND_PX = 340
HANDLE_PX = 16
SHARE_ABOVE = 0.4


class TwoParts(QSplitter):
    """The first part takes what the second leaves; one above the other, it takes SHARE_ABOVE."""

    def __init__(self, first: QWidget, second: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._second = second
        self._settled = False
        self.addWidget(first)
        self.addWidget(second)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(HANDLE_PX)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 0)

    def show_second(self, shown: bool) -> None:
        if shown is self._second.isHidden():
            self._second.setVisible(shown)
            self._settled = False
            self._settle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()

    def _settle(self) -> None:
        larger = max(self.font().pointSizeF() / BODY_POINTS, 1.0)
        beside = self.width() >= BESIDE_FROM_PX * larger
        wanted = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if self._settled and self.orientation() is wanted:
            return
        self._settled = self.isVisible()
        self.setOrientation(wanted)
        whole = self.width() if beside else self.height()
        second = round(SECOND_PX * larger) if beside else round(whole * (1 - SHARE_ABOVE))
        self.setSizes([whole - second, second])
