"""Shown while chats come in from files and that takes a while."""

from PySide6.QtWidgets import QProgressBar, QWidget

from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource, progress_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label


class ChatImportDialog(FramedDialog):
    """Rejecting it is asking to leave the rest."""

    def __init__(self, *, themes: ThemeSource, files: int, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=420)
        self.set_title(self.tr("Importing a chat") if files == 1 else self.tr("Importing %s chats") % files)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.bar.setAccessibleName(self.tr("Importing"))
        self.content.addWidget(self.bar)
        self.content.addWidget(Label(themes, self.tr("What is stored already stays."), ink="muted", wrap=True))
        self.content.addStretch(1)
        self.cancel = Button(themes, self.tr("Cancel"))
        self.cancel.clicked.connect(self.reject)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.cancel)
        themes.changed.connect(self._dress)
        self._dress(themes.theme)
        self.cancel.setFocus()

    def _dress(self, theme: Theme) -> None:
        self.bar.setStyleSheet(progress_style(theme))
