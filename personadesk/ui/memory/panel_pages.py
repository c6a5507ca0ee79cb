"""The pages of the panel beside the chat, with a chip for each where there are several."""

from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Chip


class PanelPages(QWidget):
    """Shows one page at a time, the first one to begin with."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        # No QButtonGroup: of one, Tab reaches a single chip.
        self._buttons: list[Chip] = []
        self._chips = QWidget()
        self._row = QHBoxLayout(self._chips)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addStretch(1)
        self._stack = QStackedWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._chips)
        layout.addWidget(self._stack, 1)

    def add(self, name: str, page: QWidget) -> None:
        """Add a page behind the others."""
        chip = Chip(self._themes, name)
        number = self._stack.addWidget(page)
        chip.setChecked(number == 0)
        chip.clicked.connect(partial(self.show_page, number))
        self._buttons.append(chip)
        self._row.insertWidget(number, chip)
        self._chips.setVisible(number > 0)

    def show_page(self, number: int, _checked: bool = True) -> None:
        """Show a page by its place, counted from 0."""
        for place, chip in enumerate(self._buttons):
            chip.setChecked(place == number)
        self._stack.setCurrentIndex(number)

    def show_widget(self, page: QWidget) -> None:
        """Show a page that was added."""
        self.show_page(self._stack.indexOf(page))
