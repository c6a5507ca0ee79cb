"""A dialog that writes something to a place of the user's: how far it has come, what is in the way, Cancel and Save."""

from PySide6.QtWidgets import QProgressBar, QWidget

from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource, progress_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

BAR_PX = 8


class WritingDialog(FramedDialog):
    def __init__(
        self, *, themes: ThemeSource, parent: QWidget, width_px: int, title: str, save: str, writing: str
    ) -> None:
        """`save` is the button's words, `writing` says to those who can't see it what the bar is about."""
        super().__init__(themes=themes, parent=parent, width_px=width_px)
        self.set_title(title)
        self.problem = Label(themes, ink="bad", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(BAR_PX)
        self.bar.setAccessibleName(writing)
        self.cancel = Button(themes, self.tr("Cancel"))
        self.save = Button(themes, save, kind=Kind.PRIMARY)
        self.bar.hide()
        self.problem.hide()
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self.ask_where)
        self._colour(themes.theme)
        themes.changed.connect(self._colour)

    def ask_where(self) -> None:
        """Let the user choose a place, and write there."""
        raise NotImplementedError

    def add_end(self, *beside_bar: QWidget) -> None:
        """Put the bar, what belongs to it, the problem and the buttons below what was added before."""
        self.content.addStretch(1)
        for widget in (self.bar, *beside_bar, self.problem):
            self.content.addWidget(widget)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.cancel)
        self.buttons.addWidget(self.save)

    def _colour(self, theme: Theme) -> None:
        self.bar.setStyleSheet(progress_style(theme))
