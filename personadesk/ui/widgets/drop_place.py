"""A widget to drop something on, which shows that it is held over it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget as Widget
else:
    # Qt's classes can't be inherited twice, and some of those that are mixed with are buttons.
    Widget = object


class DropPlace(Widget):
    """Stands before the widget's class. What is dropped stays where it came from: it is a copy that is taken."""

    held_over = False

    def takes(self, mime: QMimeData) -> bool:
        """Say whether it may be dropped here; opens nothing."""
        raise NotImplementedError

    def take(self, mime: QMimeData) -> None:
        """It was dropped; it is to be read at once."""
        raise NotImplementedError

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.takes(event.mimeData()):
            self._accept(event)
            self._hold(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._hold(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._accept(event)
        self._hold(False)
        self.take(event.mimeData())

    def _accept(self, event: QDropEvent) -> None:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def _hold(self, held: bool) -> None:
        self.held_over = held
        self.update()
