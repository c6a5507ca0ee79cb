"""A button that shows what is chosen and opens a menu of what else there is."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.buttons import Button

LONGEST_NAME = 44


class ChoiceButton(Button):
    """Values are texts, "" included; each has a name that is shown as it is."""

    chosen = Signal(str)  # by the user

    def __init__(self, themes: ThemeSource, *, accessible: str) -> None:
        super().__init__(themes, icon="chevron-down", accessible=accessible, compact=True)
        self._says = accessible
        self._choices: list[tuple[str, str]] = []
        self.value = ""
        self.clicked.connect(self._open)

    def offer(self, choices: Sequence[tuple[str, str]], value: str) -> None:
        """Show these (value, name), and which is chosen; the first where none is."""
        self._choices = list(choices)
        self.value = value if any(known == value for known, _ in choices) else next((v for v, _ in choices), "")
        name = dict(self._choices).get(self.value, "")
        self.setText(name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…")
        self.setToolTip("")
        self.setAccessibleName(f"{self._says}: {name}")
        self.updateGeometry()

    def _open(self) -> None:
        menu = QMenu(self)
        menu.setStyleSheet(menu_style(self._themes.theme))
        group = QActionGroup(menu)
        for value, name in self._choices:
            entry = QAction(name.replace("&", "&&"), menu)
            entry.setCheckable(True)
            entry.setChecked(value == self.value)
            entry.setData(value)
            group.addAction(entry)
            menu.addAction(entry)
        group.triggered.connect(self._take)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _take(self, entry: QAction) -> None:
        self.offer(self._choices, str(entry.data()))
        self.chosen.emit(self.value)
