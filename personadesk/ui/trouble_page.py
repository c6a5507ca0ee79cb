"""What the window shows where the store can't be opened: a sentence and one next step."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label


class TroublePage(QWidget):
    """Covers the window; nothing behind it can be used."""

    retry_requested = Signal()
    folder_requested = Signal()
    quit_requested = Signal()

    def __init__(self, *, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self.title = Label(
            themes, self.tr("Your personas can't be opened"), bold=True, size_pt=self.font().pointSizeF() * 1.6
        )
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence = Label(themes, wrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.step = Label(themes, ink="muted", wrap=True)
        self.step.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.retry = Button(themes, self.tr("Try again"), kind=Kind.PRIMARY, icon="refresh")
        folder = Button(themes, self.tr("Open the data folder"), icon="folder")
        leave = Button(themes, self.tr("Quit"))
        self.retry.clicked.connect(self.retry_requested)
        folder.clicked.connect(self.folder_requested)
        leave.clicked.connect(self.quit_requested)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        for button in (folder, leave, self.retry):
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addStretch(3)
        column.addSpacing(64)
        for widget in (self.title, self.sentence, self.step):
            column.addWidget(widget)
        column.addSpacing(16)
        column.addLayout(row)
        column.addStretch(4)
        layout = QHBoxLayout(self)
        layout.addStretch(1)
        layout.addLayout(column, 6)
        layout.addStretch(1)

    def show_problem(self, problem: UserFacingError) -> None:
        self.sentence.setText(problem.sentence)
        self.step.setText(problem.next_step)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.window)
        top = self.title.y() - 64
        painter.drawPixmap((self.width() - 48) // 2, top, pixmap("warning", theme.warn, 48, self.devicePixelRatioF()))
