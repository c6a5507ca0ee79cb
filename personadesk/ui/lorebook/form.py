"""A form of captioned fields that scrolls: sections, wide fields, and small ones two beside each other."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.fields import Label


class Form(QScrollArea):
    """Add to it in the order of the page. It scrolls to what gets the focus."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        inner = QWidget()
        self._layout = QVBoxLayout(inner)
        self._layout.setContentsMargins(2, 2, 10, 12)
        self._layout.setSpacing(6)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def section(self, title: str) -> None:
        self._layout.addSpacing(10)
        self._layout.addWidget(Label(self._themes, title, bold=True))

    def wide(self, caption: str, widget: QWidget) -> Label:
        """A field over the whole width; returns its caption."""
        label = Label(self._themes, caption, ink="muted", wrap=True)
        self._layout.addSpacing(2)
        self._layout.addWidget(label)
        self._layout.addWidget(widget)
        return label

    def bare(self, widget: QWidget) -> None:
        self._layout.addWidget(widget)

    def pairs(self, fields: Sequence[tuple[str, QWidget]]) -> None:
        """Small fields, two in a row."""
        grid = QGridLayout()
        grid.setContentsMargins(0, 2, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        for number, (caption, widget) in enumerate(fields):
            row, column = number // 2 * 2, number % 2
            label = Label(self._themes, caption, ink="muted", elide=True)
            grid.addWidget(label, row, column)
            grid.addWidget(widget, row + 1, column)
        self._layout.addLayout(grid)

    def end(self) -> None:
        self._layout.addStretch(1)

    def _apply_theme(self, theme: Theme) -> None:
        self.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
