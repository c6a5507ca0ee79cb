"""Keys in a locked file: said once when the window is there, opened in a small dialog."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from personadesk.services.secret_ports import Secrets
from personadesk.ui.bridge import Bridge
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.toasts import ToastStack

HEIGHT_PX = 260


class Unlocking(QObject):
    """Looks when it is made."""

    def __init__(
        self, *, themes: ThemeSource, bridge: Bridge, secrets: Secrets, toasts: ToastStack, window: QWidget
    ) -> None:
        super().__init__(window)
        self._themes = themes
        self._bridge = bridge
        self._secrets = secrets
        self._toasts = toasts
        self._window = window
        bridge.run(secrets.is_locked(), owner=self, then=self._offer)

    def ask(self) -> None:
        """Open the dialog."""
        from personadesk.ui.settings.unlock_dialog import UnlockDialog

        dialog = UnlockDialog(themes=self._themes, bridge=self._bridge, secrets=self._secrets, parent=self._window)
        dialog.show_fitting(HEIGHT_PX)

    def _offer(self, locked: bool) -> None:
        if locked:
            self._toasts.say(
                self.tr("Your services' keys wait for their passphrase."),
                action=self.tr("Unlock…"),
                act=self.ask,
            )
