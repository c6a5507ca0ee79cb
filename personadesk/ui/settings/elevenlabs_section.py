"""The account with ElevenLabs: its key, what is left of its quota, its model and its voices."""

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.secrets import SecretsStatus
from personadesk.domain.speech import SpeechModel, SpeechQuota
from personadesk.services.speech.account import AccountView, VoiceAccount
from personadesk.ui.bridge import Bridge
from personadesk.ui.settings.account_voices import AccountVoices
from personadesk.ui.settings.choice_button import ChoiceButton
from personadesk.ui.settings.key_place import KeyPlace
from personadesk.ui.theme.source import ThemeSource, progress_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label, LineField

KEY_LIMIT = 400


class ElevenLabsSection(QWidget):
    """Asks nothing of the service before it is told to look, and there is a key.

    `changed` comes when its state may be another.
    """

    changed = Signal()

    def __init__(self, *, themes: ThemeSource, bridge: Bridge, account: VoiceAccount) -> None:
        super().__init__()
        self._themes = themes
        self._bridge = bridge
        self._account = account
        self._view: AccountView | None = None
        self._make_parts()
        self._build()
        self.key.changed.connect(self._note_typed)
        self.key.line.returnPressed.connect(self._keep)
        self.paste.clicked.connect(self._paste)
        self.keep.clicked.connect(self._keep)
        self.test.clicked.connect(self._test)
        self.replace.clicked.connect(self.give_key)
        self.remove.clicked.connect(self._remove)
        self.place.altered.connect(self._place_altered)
        self.model.chosen.connect(self._choose_model)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def give_key(self) -> None:
        """Show the field for the key, or for what opens it, and go there."""
        status = self.place.status
        if status is not None and status.locked:
            self.place.passphrase.line.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.entry.show()
        self.key.line.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- parts

    def _make_parts(self) -> None:
        themes = self._themes
        self.sent = Label(
            themes,
            self.tr("With a key of your ElevenLabs account, three things are sent there and nothing else: texts that "
                    "one of its voices is to say, a persona's recording when you let a voice be made of it, and what "
                    "you dictate if you choose it for that."),
            ink="muted",
            wrap=True,
        )  # fmt: skip
        self.key = LineField(
            themes, accessible=self.tr("Key of your ElevenLabs account"), placeholder="sk_…", limit=KEY_LIMIT
        )
        self.key.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.paste = Button(themes, self.tr("Paste"), accessible=self.tr("Paste the key"))
        self.keep = Button(themes, self.tr("Keep and test"), kind=Kind.PRIMARY)
        self.keep.setEnabled(False)
        self.has = Label(themes, wrap=True)
        self.test = Button(themes, self.tr("Test"), accessible=self.tr("Test the key"), compact=True)
        self.replace = Button(themes, self.tr("Replace"), accessible=self.tr("Give another key"), compact=True)
        self.remove = Button(themes, self.tr("Remove"), accessible=self.tr("Remove the key"), compact=True)
        self.told = Label(themes, ink="muted", wrap=True)
        self.place = KeyPlace(themes=themes, bridge=self._bridge, secrets=self._account.secrets)
        self.quota = Label(themes, ink="muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(self.tr("Characters used this month"))
        self.model = ChoiceButton(themes, accessible=self.tr("Model"))
        self.model_says = Label(themes, ink="faint", wrap=True)
        self.voices = AccountVoices(themes=themes, bridge=self._bridge, account=self._account)

    def _build(self) -> None:
        self.entry = _line_of(self.key, self.paste, self.keep)
        self.given = _line_of(self.has, self.test, self.replace, self.remove)
        self.models = _line_of(Label(self._themes, self.tr("Model"), bold=True), self.model)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        parts = (self.sent, self.entry, self.given, self.told, self.place, self.quota, self.bar)
        for part in (*parts, self.models, self.model_says, self.voices):
            layout.addWidget(part)
        for part in (self.entry, self.given, self.told, *self._parts_of_account()):
            part.hide()

    def _parts_of_account(self) -> tuple[QWidget, ...]:
        return self.quota, self.bar, self.models, self.model_says, self.voices

    # -- the key

    def _note_typed(self, text: str) -> None:
        self.keep.setEnabled(bool(text.strip()))
        self.told.hide()

    def _paste(self) -> None:
        self.key.line.setText(QGuiApplication.clipboard().text().strip()[:KEY_LIMIT])
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep(self) -> None:
        key = self.key.line.text().strip()
        if not key:
            return
        if not key.isascii() or not key.isprintable() or " " in key:
            self._tell(self.tr("This is not a key: one has letters and digits alone. Copy it once more."), "warn")
            return
        if self.place.status is not None and not self.place.status.agreed:
            self.place.ask(self._keep)
            return
        self._tell(self.tr("Asking ElevenLabs…"), "muted")
        self.keep.setEnabled(False)
        self._bridge.run(self._account.give_key(key), owner=self, then=self._show_given, failed=self._tell_trouble)

    def _show_given(self, view: AccountView) -> None:
        self.key.line.clear()
        self._show_tested(view)
        self.changed.emit()

    def _test(self) -> None:
        self._tell(self.tr("Asking ElevenLabs…"), "muted")
        self._bridge.run(self._account.look(), owner=self, then=self._show_tested, failed=self._tell_trouble)
        self.changed.emit()

    def _show_tested(self, view: AccountView) -> None:
        self._show(view)
        if view.quota is not None and view.status.can_speak:
            self._tell(self.tr("The key works."), "ok")

    def _remove(self) -> None:
        self._bridge.run(self._account.give_key(""), owner=self, then=self._show_removed, failed=self._tell_trouble)

    def _show_removed(self, view: AccountView) -> None:
        self._show(view)
        self._tell(self.tr("The key is removed from this computer. Your account still has it."), "muted")
        self.give_key()
        self.changed.emit()

    def _place_altered(self, _status: SecretsStatus) -> None:
        self.look()
        self.changed.emit()

    # -- the account

    def look(self) -> None:
        """See how the account is now."""
        self._bridge.run(self._account.look(), owner=self, then=self._show, failed=self._tell_trouble)

    def _show(self, view: AccountView) -> None:
        self._view = view
        self.place.show_status(view.secrets)
        locked = view.secrets.locked
        has = view.has_key and not locked
        self.entry.setVisible(not has and not locked)
        self.given.setVisible(has)
        self.has.setText(
            self.tr("A key is kept.")
            if view.given
            else self.tr("The key comes from the variable ELEVENLABS_API_KEY of this session.")
        )
        self.remove.setVisible(view.given)
        self.keep.setEnabled(bool(self.key.line.text().strip()))
        self._tell_state(view)
        self._show_quota(view.quota)
        self.voices.setVisible(has)
        if view.quota is not None:
            self._bridge.run(self._account.models(), owner=self, then=self._show_models, failed=self._hide_models)
        else:
            self.models.hide()
            self.model_says.hide()
        if has:
            self.voices.look()

    def _tell_state(self, view: AccountView) -> None:
        status = view.status
        if view.quota is not None and status.can_speak:
            self._tell("", "ok")
        elif view.has_key:
            self._tell(f"{status.sentence} {status.next_step}".strip(), "warn")
        else:
            self._tell("", "muted")

    def _show_quota(self, quota: SpeechQuota | None) -> None:
        self.quota.setVisible(quota is not None)
        self.bar.setVisible(quota is not None and quota.limit > 0)
        if quota is None:
            return
        locale = QLocale()
        used, limit = locale.toString(quota.used), locale.toString(quota.limit)
        words = self.tr("{used} of {limit} characters this month").format(used=used, limit=limit)
        if quota.voices_limit:
            slots = self.tr("{used} of {limit} voices of your own")
            words += " · " + slots.format(used=quota.voices_used, limit=quota.voices_limit)
        self.quota.setText(words)
        self.bar.setValue(min(1000, round(1000 * quota.used / quota.limit)) if quota.limit else 0)

    def _show_models(self, models: Sequence[SpeechModel]) -> None:
        if self._view is None or not models:
            self._hide_models(None)
            return
        usual = (("", self.tr("The usual one")),)
        self._models = {model.id: model for model in models}
        self.model.offer([*usual, *((model.id, model.name) for model in models)], self._view.model)
        self.models.show()
        self._show_model()

    def _hide_models(self, _problem: UserFacingError | None) -> None:
        self.models.hide()
        self.model_says.hide()

    def _choose_model(self, model_id: str) -> None:
        self._bridge.run(self._account.choose_model(model_id), owner=self)
        self._show_model()

    def _show_model(self) -> None:
        model = self._models.get(self.model.value)
        says = [model.describes] if model is not None else []
        if model is not None and model.price != 1.0:
            says.append(self.tr("A character costs %s of one.") % QLocale().toString(model.price, "g", 3))
        self.model_says.setText(" ".join(word for word in says if word))
        self.model_says.setVisible(bool(self.model_says.text()))

    # -- telling

    def _tell_trouble(self, problem: UserFacingError) -> None:
        self.keep.setEnabled(bool(self.key.line.text().strip()))
        self._tell(f"{problem.sentence} {problem.next_step}".strip(), "warn")

    def _tell(self, words: str, ink: str) -> None:
        self.told.set_ink(ink)
        self.told.setText(words)
        self.told.setVisible(bool(words))

    def _apply_theme(self, theme: Theme) -> None:
        self.bar.setStyleSheet(progress_style(theme))


def _line_of(first: QWidget, *others: QWidget) -> QWidget:
    """Side by side, the first as wide as there is room."""
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(first, 1)
    for widget in others:
        row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
    return line
