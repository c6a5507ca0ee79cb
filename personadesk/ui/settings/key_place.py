"""Where keys are kept: said in words, chosen in a dialog, opened with a passphrase."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.secrets import KeptIn, SecretsStatus
from personadesk.services.secret_ports import Secrets
from personadesk.ui.bridge import Bridge
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.library.questions import ask_for_good
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Chip, Kind
from personadesk.ui.widgets.fields import Label, LineField


class PassphraseField(LineField):
    """Masked."""

    def __init__(self, themes: ThemeSource, *, accessible: str) -> None:
        super().__init__(themes, accessible=accessible, placeholder=accessible)
        self.line.setEchoMode(QLineEdit.EchoMode.Password)


class KeyPlaceDialog(FramedDialog):
    """The choice of a place. `agreed` comes once the keys are there."""

    agreed = Signal(object)  # SecretsStatus

    def __init__(
        self, *, themes: ThemeSource, bridge: Bridge, secrets: Secrets, status: SecretsStatus, parent: QWidget
    ) -> None:
        super().__init__(themes=themes, parent=parent, width_px=520)
        self.set_title(self.tr("Where keys are kept"))
        self._bridge = bridge
        self._secrets = secrets
        self._status = status
        self.chips: dict[KeptIn, Chip] = {}
        self.told = Label(themes, ink="warn", wrap=True)
        self.told.hide()
        self.first = PassphraseField(themes, accessible=self.tr("Passphrase"))
        self.again = PassphraseField(themes, accessible=self.tr("The same again"))
        self.use = Button(themes, self.tr("Keep them there"), kind=Kind.PRIMARY)
        self._build()
        first = KeptIn.KEYRING if status.keyring_works else KeptIn.FILE
        self._choose(status.kept_in if status.agreed else first)
        self.use.clicked.connect(self._use)
        self.first.line.returnPressed.connect(self.again.setFocus)
        self.again.line.returnPressed.connect(self._use)

    def _build(self) -> None:
        if not self._status.keyring_works:
            self.content.addWidget(
                Label(self.themes, self.tr("This system has no keyring that works."), ink="muted", wrap=True)
            )
        for place, name, says in (
            (KeptIn.KEYRING, self.tr("The system's keyring"), self.tr("Your system guards them and opens with you.")),
            (
                KeptIn.FILE,
                self.tr("An encrypted file"),
                self.tr("In your data folder, under a passphrase. It is asked for once each time PersonaDesk starts; "
                        "a forgotten one can't be recovered."),
            ),
            (
                KeptIn.SESSION,
                self.tr("This session only"),
                self.tr("Nothing is written to the disk. You give your keys again the next time."),
            ),
        ):  # fmt: skip
            if place is KeptIn.KEYRING and not self._status.keyring_works:
                continue
            chip = self.chips[place] = Chip(self.themes, name)
            chip.setAccessibleDescription(says)
            chip.clicked.connect(lambda _checked=False, chosen=place: self._choose(chosen))
            self.content.addWidget(chip, 0, Qt.AlignmentFlag.AlignLeading)
            self.content.addWidget(Label(self.themes, says, ink="muted", wrap=True))
            self.content.addSpacing(6)
        self.content.addWidget(self.first)
        self.content.addWidget(self.again)
        self.content.addWidget(self.told)
        self.content.addStretch(1)
        cancel = Button(self.themes, self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.buttons.addStretch(1)
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(self.use)

    def _choose(self, place: KeptIn) -> None:
        self._chosen = place
        for known, chip in self.chips.items():
            chip.setChecked(known is place)
        self.first.setVisible(place is KeptIn.FILE)
        self.again.setVisible(place is KeptIn.FILE)
        if place is KeptIn.FILE:
            self.first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _use(self) -> None:
        passphrase = self.first.line.text() if self._chosen is KeptIn.FILE else ""
        if self._chosen is KeptIn.FILE and passphrase != self.again.line.text():
            self._tell(self.tr("The two passphrases are not the same."))
            return
        self.use.setEnabled(False)
        self._bridge.run(
            self._secrets.use(self._chosen, passphrase), owner=self, then=self._finish, failed=self._tell_trouble
        )

    def _finish(self, status: SecretsStatus) -> None:
        self.agreed.emit(status)
        self.accept()

    def _tell_trouble(self, problem: UserFacingError) -> None:
        self.use.setEnabled(True)
        self._tell(f"{problem.sentence} {problem.next_step}".strip())

    def _tell(self, words: str) -> None:
        self.told.setText(words)
        self.told.show()


class KeyPlace(QWidget):
    """The place in words, with a button to change it; where a file is locked, the field for its passphrase."""

    altered = Signal(object)  # SecretsStatus

    def __init__(self, *, themes: ThemeSource, bridge: Bridge, secrets: Secrets) -> None:
        super().__init__()
        self._themes = themes
        self._bridge = bridge
        self._secrets = secrets
        self.status: SecretsStatus | None = None
        self.words = Label(themes, ink="muted", wrap=True)
        self.change = Button(themes, self.tr("Change…"), accessible=self.tr("Choose where keys are kept"), compact=True)
        self.passphrase = PassphraseField(themes, accessible=self.tr("Passphrase of the file with your keys"))
        self.unlock = Button(themes, self.tr("Unlock"))
        self.forget = Button(themes, self.tr("Start over…"), accessible=self.tr("Delete the file with your keys…"))
        self.told = Label(themes, ink="warn", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.words, 1)
        row.addWidget(self.change, 0, Qt.AlignmentFlag.AlignVCenter)
        self.locked = QWidget()
        opening = QHBoxLayout(self.locked)
        opening.setContentsMargins(0, 0, 0, 0)
        opening.setSpacing(8)
        opening.addWidget(self.passphrase, 1)
        opening.addWidget(self.unlock)
        opening.addWidget(self.forget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(row)
        layout.addWidget(self.locked)
        layout.addWidget(self.told)
        self.locked.hide()
        self.told.hide()
        self.change.clicked.connect(self._ask)
        self.unlock.clicked.connect(self._unlock)
        self.passphrase.line.returnPressed.connect(self._unlock)
        self.forget.clicked.connect(self._ask_to_forget)

    def show_status(self, status: SecretsStatus) -> None:
        self.status = status
        self.words.setText(status.sentence)
        self.locked.setVisible(status.locked)
        self.change.set_text(self.tr("Change…") if status.agreed else self.tr("Choose…"))
        self.change.setAccessibleName(self.tr("Choose where keys are kept"))
        self.change.setVisible(not status.locked)
        self.told.hide()

    def _ask(self) -> None:
        self.ask()

    def ask(self, then: Callable[[], None] | None = None) -> None:
        """Open the choice; `then` is called once a place was agreed on."""
        if self.status is None:
            return
        dialog = KeyPlaceDialog(
            themes=self._themes, bridge=self._bridge, secrets=self._secrets, status=self.status, parent=self.window()
        )
        dialog.agreed.connect(self._take)
        if then is not None:
            dialog.agreed.connect(lambda _status: then())
        dialog.show_fitting(440)

    def _unlock(self) -> None:
        entered = self.passphrase.line.text()
        self._bridge.run(
            self._secrets.use(KeptIn.FILE, entered), owner=self, then=self._take, failed=self._tell_trouble
        )

    def _ask_to_forget(self) -> None:
        ask_for_good(
            self.window(),
            text=self.tr("Delete the file with your keys?"),
            more=self.tr("The keys in it are gone then. You can copy them again from the services' own pages."),
            button=self.tr("Delete"),
            act=self._forget,
        )

    def _forget(self) -> None:
        self._bridge.run(self._secrets.start_over(), owner=self, then=self._take, failed=self._tell_trouble)

    def _take(self, status: SecretsStatus) -> None:
        self.passphrase.line.clear()
        self.show_status(status)
        self.altered.emit(status)

    def _tell_trouble(self, problem: UserFacingError) -> None:
        self.told.setText(f"{problem.sentence} {problem.next_step}".strip())
        self.told.show()
