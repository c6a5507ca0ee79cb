"""The small welcome: the page on model and voice, for a first start that has nothing to import."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget

from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.wizard.model_voice_page import ModelVoicePage

HEIGHT_PX = 640


class WelcomeDialog(FramedDialog):
    """A part of the window, in its middle: everything else can be used meanwhile, by its keys, too.

    `first` words it for a first start.
    """

    def __init__(self, *, page: ModelVoicePage, themes: ThemeSource, parent: QWidget, first: bool) -> None:
        super().__init__(themes=themes, parent=parent, width_px=700)
        self.setWindowFlags(Qt.WindowType.Widget)
        self.set_title(self.tr("Welcome to PersonaDesk") if first else self.tr("Model and voice"))
        self.setAccessibleName(self.windowTitle())
        self.page = page
        self._window = parent
        self.content.addWidget(page)
        self.close_button = Button(
            themes, self.tr("Skip") if first else self.tr("Done"), kind=Kind.SECONDARY if first else Kind.PRIMARY
        )
        self.close_button.clicked.connect(self.accept)
        page.begun.connect(self._show_begun)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.close_button)
        parent.installEventFilter(self)

    def open(self) -> None:
        """Show it; Qt's own would keep the window from being used."""
        self.show()
        self.raise_()

    def show_beside(self) -> None:
        """Open at a size that fits the window."""
        self._fit()
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._window and self.isVisible():
            self._fit()
        return False

    def _fit(self) -> None:
        self.show_fitting(HEIGHT_PX)
        self.move(self._window.rect().center() - self.rect().center())

    def _show_begun(self) -> None:
        """Something goes on: closing skips nothing any more."""
        self.close_button.set_text(self.tr("Done"))
        self.close_button.set_kind(Kind.PRIMARY)
