"""Every command of the composer, in one list."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from personadesk.ui.chat.slash_commands import SlashCommand
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label

HEIGHT_PX = 640


class SlashHelp(FramedDialog):
    def __init__(self, *, themes: ThemeSource, commands: tuple[SlashCommand, ...], parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=640)
        self.set_title(self.tr("Commands"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(9)
        grid.setColumnStretch(1, 1)
        for row, command in enumerate(commands):
            grid.addWidget(Label(themes, command.shown, bold=True), row, 0)
            grid.addWidget(Label(themes, command.does, ink="muted", wrap=True), row, 1)
        self.content.addWidget(
            Label(
                themes,
                self.tr("Typed into the message field. Two slashes send a text that begins with one."),
                wrap=True,
            )
        )
        self.content.addSpacing(8)
        self.content.addLayout(grid)
        self.content.addStretch(1)
        self.close_button = Button(themes, self.tr("Close"))
        self.close_button.clicked.connect(self.reject)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.close_button)
        self.close_button.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nothing in the list takes the focus: the arrow keys move it as a whole."""
        bar = self.area.verticalScrollBar()
        page = {
            Qt.Key.Key_Up: -bar.singleStep(),
            Qt.Key.Key_Down: bar.singleStep(),
            Qt.Key.Key_PageUp: -bar.pageStep(),
            Qt.Key.Key_PageDown: bar.pageStep(),
            Qt.Key.Key_Home: -bar.maximum(),
            Qt.Key.Key_End: bar.maximum(),
        }.get(Qt.Key(event.key()))
        if page is None:
            super().keyPressEvent(event)
        else:
            bar.setValue(bar.value() + page)
