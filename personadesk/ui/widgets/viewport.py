"""A scroll area's viewport, made here instead of by Qt."""

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractScrollArea, QWidget


def give_viewport(area: QAbstractScrollArea) -> None:
    """Give a view a viewport like the one it has. Call it before anything else is set.

    PySide6 (6.11) knows what it made itself. For a widget that Qt made it prepares every class of
    widget there is, to find out which one it is: 10 ms on the way to the first picture.
    """
    viewport = QWidget()
    viewport.setObjectName("qt_scrollarea_viewport")
    viewport.setBackgroundRole(QPalette.ColorRole.Base)
    viewport.setAutoFillBackground(True)
    area.setViewport(viewport)
