"""What the lists of providers and models are made of."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label


class TitledRow(QWidget):
    """A name over what is said of it, and buttons behind both."""

    def __init__(self, themes: ThemeSource, name: str, facts: str) -> None:
        super().__init__()
        self.facts = Label(themes, facts, ink="faint", wrap=True)
        self.words = QVBoxLayout()
        self.words.setSpacing(2)
        self.words.addWidget(Label(themes, name, elide=True))
        self.words.addWidget(self.facts)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)
        self.row.addLayout(self.words, 1)

    def add(self, button: Button, act: Callable[[], object]) -> Button:
        button.clicked.connect(lambda: act())
        self.row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        return button


def clear(layout: QVBoxLayout) -> None:
    """Take every widget out of a layout, for good."""
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
