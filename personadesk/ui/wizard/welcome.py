"""The small welcome: the page on model and voice, for a first start that has nothing to import."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.wizard.model_voice_page import ModelVoicePage

HEIGHT_PX = 640


class WelcomeDialog(FramedDialog):
    """Stands beside the window's work, not before it: nothing waits for it. `first` words it for a first start."""

    def __init__(self, *, page: ModelVoicePage, themes: ThemeSource, parent: QWidget, first: bool) -> None:
        super().__init__(themes=themes, parent=parent, width_px=700)
        self.set_title(self.tr("Welcome to PersonaDesk") if first else self.tr("Model and voice"))
        self.setAccessibleName(self.windowTitle())
        self.setModal(False)
        self.page = page
        self.content.addWidget(page)
        self.close_button = Button(
            themes, self.tr("Skip") if first else self.tr("Done"), kind=Kind.SECONDARY if first else Kind.PRIMARY
        )
        self.close_button.clicked.connect(self.accept)
        page.begun.connect(self._show_begun)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.close_button)

    def open(self) -> None:
        """Show it; Qt's own would keep the window from being used."""
        self.show()

    def show_beside(self) -> None:
        """Open at a size that fits the window behind."""
        self.show_fitting(HEIGHT_PX)
        self.activateWindow()
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_begun(self) -> None:
        """Something goes on: closing skips nothing any more."""
        self.close_button.set_text(self.tr("Done"))
        self.close_button.set_kind(Kind.PRIMARY)
