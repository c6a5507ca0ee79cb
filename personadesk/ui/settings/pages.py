"""The pages of the settings: a row of chips, and one group of panels shown at a time."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Chip
from personadesk.ui.widgets.flow import FlowLayout


class PageBar(QWidget):
    """Makes the pages and shows the chosen one. Left and right go along the chips."""

    shown = Signal(str)  # a page's name

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self.chips: dict[str, Chip] = {}
        self.pages: dict[str, QWidget] = {}
        self._row = FlowLayout(self, spacing_px=6)
        self._row.setContentsMargins(26, 0, 26, 8)

    def add(self, name: str, words: str, icon: str) -> QVBoxLayout:
        """A page and its chip; returns what to put its panels into. The page is the caller's to place."""
        chip = self.chips[name] = Chip(self._themes, words, icon=icon)
        chip.clicked.connect(lambda _checked=False: self.show_page(name))
        chip.installEventFilter(self)
        self._row.addWidget(chip)
        page = self.pages[name] = QWidget()
        page.setAccessibleName(words)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        # Takes the focus from what is hidden: left to Qt, it would go to the dialog's own button.
        page.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        page.hide()
        return column

    def show_page(self, name: str) -> None:
        """Show this one, and hide the others."""
        for known, page in self.pages.items():
            self.chips[known].setChecked(known == name)
            page.setVisible(known == name)
        if self.isVisible() and self.window().focusWidget() not in self.chips.values():
            self.pages[name].setFocus(Qt.FocusReason.OtherFocusReason)
        self.shown.emit(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys of a chip: a button would only pass the focus on."""
        step = 0
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Left.value: -1, Qt.Key.Key_Right.value: 1}.get(event.key(), 0)
        names = list(self.chips)
        at = next((number for number, name in enumerate(names) if self.chips[name] is watched), -1)
        if not step or at < 0:
            return False
        name = names[(at + (-step if self.isRightToLeft() else step)) % len(names)]
        self.chips[name].setFocus(Qt.FocusReason.OtherFocusReason)
        self.show_page(name)
        return True
