"""The dialogs' common frame: title, content, and a row of buttons."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.fields import Label

BODY_POINTS = 9.75
"""The font size that widths are given for; a larger font makes a dialog larger."""


class _Foot(QWidget):
    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.surface)
        painter.setPen(theme.line)
        painter.drawLine(0, 0, self.width(), 0)


class FramedDialog(QDialog):
    """Add content to `content`, buttons to `buttons`. Opened with open(), never exec()."""

    def __init__(self, *, themes: ThemeSource, parent: QWidget, width_px: int = 560) -> None:
        super().__init__(parent)
        self.themes = themes
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.title = Label(themes, bold=True, size_pt=self.font().pointSizeF() * 1.4)
        self.note = Label(themes, ink="faint")
        inner = QWidget()
        self.content = QVBoxLayout(inner)
        self.content.setContentsMargins(26, 8, 26, 22)
        self.content.setSpacing(6)
        self.area = QScrollArea()
        self.area.setWidget(inner)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        foot = _Foot(themes)
        self.buttons = QHBoxLayout(foot)
        self.buttons.setContentsMargins(22, 14, 22, 14)
        self.buttons.setSpacing(10)
        head = QHBoxLayout()
        head.setContentsMargins(26, 22, 26, 10)
        head.addWidget(self.title, 1)
        head.addWidget(self.note)
        layout = QVBoxLayout(self)
        # Room for the line around it: not every desktop gives a dialog a frame.
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.area, 1)
        layout.addWidget(foot)
        self._width = width_px
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def set_title(self, title: str) -> None:
        self.setWindowTitle(title)
        self.title.setText(title)

    def show_fitting(self, height_px: int) -> None:
        """Open at a size that fits the window behind."""
        parent = self.parentWidget()
        room = parent.size() if parent is not None else self.sizeHint()
        larger = max(self.font().pointSizeF() / BODY_POINTS, 1.0)
        width, height = round(self._width * larger), round(height_px * larger)
        self.resize(min(width, max(room.width() - 40, 360)), min(height, max(room.height() - 40, 320)))
        self.open()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.themes.theme.window)
        painter.setPen(self.themes.theme.line)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _apply_theme(self, theme: Theme) -> None:
        self.area.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
        self.update()
