"""Asks for the passphrase of the file with the keys."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.secrets import KeptIn, SecretsStatus
from personadesk.services.secret_ports import Secrets
from personadesk.ui.bridge import Bridge
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.settings.key_place import PassphraseField
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label


class UnlockDialog(FramedDialog):
    """Closes once the file is open."""

    def __init__(self, *, themes: ThemeSource, bridge: Bridge, secrets: Secrets, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=460)
        self.set_title(self.tr("Unlock your keys"))
        self._bridge = bridge
        self._secrets = secrets
        self.passphrase = PassphraseField(themes, accessible=self.tr("Passphrase of the file with your keys"))
        self.told = Label(themes, ink="warn", wrap=True)
        self.told.hide()
        self.unlock = Button(themes, self.tr("Unlock"), kind=Kind.PRIMARY)
        later = Button(themes, self.tr("Later"))
        forgot = Label(
            themes,
            self.tr("Forgotten? In Settings, Voices, you can start over with a new file."),
            ink="muted",
            wrap=True,
        )
        for widget in (self.passphrase, self.told, forgot):
            self.content.addWidget(widget)
        self.content.addStretch(1)
        self.buttons.addStretch(1)
        self.buttons.addWidget(later)
        self.buttons.addWidget(self.unlock)
        later.clicked.connect(self.reject)
        self.unlock.clicked.connect(self._unlock)
        self.passphrase.line.returnPressed.connect(self._unlock)
        self.passphrase.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _unlock(self) -> None:
        self.unlock.setEnabled(False)
        self._bridge.run(
            self._secrets.use(KeptIn.FILE, self.passphrase.line.text()),
            owner=self,
            then=self._close,
            failed=self._tell,
        )

    def _close(self, _status: SecretsStatus) -> None:
        self.accept()

    def _tell(self, problem: UserFacingError) -> None:
        self.unlock.setEnabled(True)
        self.told.setText(f"{problem.sentence} {problem.next_step}".strip())
        self.told.show()
        self.passphrase.line.selectAll()
