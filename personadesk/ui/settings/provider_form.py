"""Setting up a provider: what it is, where it is, its key, a test that says what is wrong, and its models."""

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from personadesk.domain.errors import InvalidInput, UserFacingError
from personadesk.domain.providers import FoundServer, Provider, ProviderCheck, ProviderKind, ProviderModel
from personadesk.domain.secrets import SecretsStatus
from personadesk.services.providers import NAME_LIMIT, normal_address
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.settings.choice_button import ChoiceButton
from personadesk.ui.settings.key_place import KeyPlaceDialog
from personadesk.ui.settings.provider_desk import ProviderDesk
from personadesk.ui.settings.provider_models import ModelChooser
from personadesk.ui.settings.provider_words import PRESETS, ModelOffer, preset_name, provider_offers, sending_words
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label, LineField

LIST_HEIGHT_PX = 190


class KeyField(LineField):
    """Masked."""

    def __init__(self, themes: ThemeSource, *, accessible: str) -> None:
        super().__init__(themes, accessible=accessible)
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setInputMethodHints(Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhNoPredictiveText)


class ProviderForm(FramedDialog):
    """For a new provider, or a change of one. `kept` carries it as it is stored."""

    kept = Signal(object)  # Provider

    def __init__(
        self,
        *,
        themes: ThemeSource,
        desk: ProviderDesk,
        parent: QWidget,
        provider: Provider | None = None,
        found: FoundServer | None = None,
    ) -> None:
        super().__init__(themes=themes, parent=parent, width_px=560)
        self._desk = desk
        self._before = provider
        self._listed = provider or Provider("", ProviderKind.OPENAI, "", "")
        self._testing = False
        self.set_title(self.tr("Edit provider") if provider else self.tr("Add provider"))
        self.kind = ChoiceButton(themes, accessible=self.tr("What it is"))
        self.name = LineField(themes, accessible=self.tr("Name"), limit=NAME_LIMIT)
        self.address = LineField(themes, accessible=self.tr("Address"), placeholder="https://")
        self.key = KeyField(themes, accessible=self.tr("Key"))
        self.context = LineField(
            themes, accessible=self.tr("Context, in tokens"), placeholder=self.tr("As the server says"), limit=9
        )
        self.context.line.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self.typed = LineField(
            themes, accessible=self.tr("Model's name"), placeholder=self.tr("As the server calls it"), limit=200
        )
        self.sends = Label(themes, ink="muted", wrap=True)
        self.wrong = {name: Label(themes, ink="bad", wrap=True) for name in ("address", "key", "context")}
        self.test = Button(themes, self.tr("Test"), icon="refresh")
        self.told = Label(themes, ink="muted", wrap=True)
        self.models = ModelChooser(themes, accessible=self.tr("Models"))
        self.models_title = Label(themes, self.tr("Models"))
        self.keep = Button(themes, self.tr("Save") if provider else self.tr("Add"), kind=Kind.PRIMARY)
        self._build()
        self._connect()
        if provider is not None:
            self._show_provider(provider)
        elif found is not None:
            self._show_found(found)
        else:
            self._take_preset(PRESETS[0].id)
        self._show_models(self._listed.models)

    # -- building

    def _build(self) -> None:
        self.kind.offer([(preset.id, preset_name(preset)) for preset in PRESETS], PRESETS[0].id)
        if self._before is None:
            row = QHBoxLayout()
            row.addWidget(self.kind)
            row.addStretch(1)
            self.content.addLayout(row)
        for title, field, wrong in (
            (self.tr("Name"), self.name, None),
            (self.tr("Address"), self.address, self.wrong["address"]),
            (self.tr("Key"), self.key, self.wrong["key"]),
            (self.tr("Context, in tokens"), self.context, self.wrong["context"]),
        ):
            caption = Label(self.themes, title)
            caption.setBuddy(field.line)
            self.content.addSpacing(8)
            self.content.addWidget(caption)
            self.content.addWidget(field)
            if wrong is not None:
                wrong.hide()
                self.content.addWidget(wrong)
        self.content.addSpacing(4)
        self.content.addWidget(self.sends)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.test, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.told, 1)
        self.content.addSpacing(10)
        self.content.addLayout(row)
        self.content.addSpacing(8)
        self.content.addWidget(self.models_title)
        self.models.setFixedHeight(LIST_HEIGHT_PX)
        self.content.addWidget(self.models)
        self.typed_title = Label(self.themes, self.tr("Model's name"))
        self.typed_title.setBuddy(self.typed.line)
        self.content.addWidget(self.typed_title)
        self.content.addWidget(self.typed)
        self.content.addStretch(1)
        cancel = Button(self.themes, self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.buttons.addStretch(1)
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(self.keep)

    def _connect(self) -> None:
        self.kind.chosen.connect(self._take_preset)
        self.address.changed.connect(self._address_changed)
        self.key.changed.connect(lambda _text: self._show_wrong("key", ""))
        self.context.changed.connect(lambda _text: self._show_wrong("context", ""))
        self.test.clicked.connect(self._test)
        self.models.picked.connect(self._picked)
        self.keep.clicked.connect(self._keep)
        for field in (self.name, self.address, self.key, self.context, self.typed):
            field.line.returnPressed.connect(self._keep)

    # -- showing

    def _show_provider(self, provider: Provider) -> None:
        self.name.line.setText(provider.name)
        self.address.line.setText(provider.address)
        self.context.line.setText(str(provider.context_tokens) if provider.context_tokens else "")
        self._desk.ask_key(provider.id, owner=self, then=self._show_key)

    def _show_key(self, kept: bool) -> None:
        self.key.line.setPlaceholderText(self.tr("A key is kept. Type to replace it.") if kept else "")

    def _show_found(self, found: FoundServer) -> None:
        preset = next((item for item in PRESETS if item.id == found.software), PRESETS[-1])
        self.kind.offer([(item.id, preset_name(item)) for item in PRESETS], preset.id)
        self.name.line.setText(found.name)
        self.address.line.setText(found.address)
        self._listed = replace(self._draft(), software=found.software, models=found.models)
        if found.asks_for_key:
            self.key.line.setPlaceholderText(self.tr("The one that the server was started with"))
            self.key.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take_preset(self, preset_id: str) -> None:
        preset = next(item for item in PRESETS if item.id == preset_id)
        self.name.line.setText(preset.name)
        self.address.line.setText(preset.address)
        self.key.line.setPlaceholderText(
            self.tr("From your account there") if preset.needs_key else self.tr("Most need none")
        )
        self._listed = replace(self._draft(), software="", models=())
        self._show_models(())
        field = self.key if preset.needs_key else self.address
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _address_changed(self, _text: str) -> None:
        self._show_wrong("address", "")
        draft = self._draft()
        _, address = _place(draft)
        self.sends.setText(sending_words(replace(draft, address=address)) if address else "")
        if self._listed.models and bool(draft.models) == self.models.isHidden():
            # What one server lists is no other's; it is there again where the address is.
            self._show_models(draft.models)
            self._tell("", "muted")

    def _show_models(self, models: object) -> None:
        shown = provider_offers(self._listed) if models else []
        offers = [ModelOffer(offer.key, offer.name, "", offer.context_tokens, offer.sees_images) for offer in shown]
        self.models.fill(offers)
        self.models.setVisible(bool(offers))
        self.models_title.setVisible(bool(offers))
        self._ask_for_name(asked=False)

    def _ask_for_name(self, *, asked: bool) -> None:
        """Where a server lists no models, one is named by hand."""
        self.typed.setVisible(asked)
        self.typed_title.setVisible(asked)

    def _show_wrong(self, field: str, words: str) -> None:
        self.wrong[field].setText(words)
        self.wrong[field].setVisible(bool(words))
        {"address": self.address, "key": self.key, "context": self.context}[field].set_wrong(bool(words))

    def _tell(self, words: str, ink: str) -> None:
        self.told.set_ink(ink)
        self.told.setText(words)

    # -- doing

    def _draft(self) -> Provider:
        """As it stands in the fields."""
        if self._before is not None:
            base = self._before
        else:
            preset = next(item for item in PRESETS if item.id == self.kind.value)
            base = Provider("", preset.kind, "", "")
        draft = replace(base, name=self.name.line.text(), address=self.address.line.text())
        same = _place(self._listed) == _place(draft)
        typed = self.typed.line.text().strip()
        named = (ProviderModel(typed, typed),) if typed and not self.typed.isHidden() else ()
        context = self.context.line.text().strip()
        return replace(
            draft,
            software=self._listed.software if same else "",
            context_tokens=int(context) if context.isdecimal() and context.isascii() else -1 if context else 0,
            models=(self._listed.models if same else ()) or named,
        )

    def _typed_key(self) -> str | None:
        """None for the one that is kept."""
        typed = self.key.line.text()
        return typed if typed or self._before is None else None

    def _test(self) -> None:
        """Ask for the models; with one selected, let that one talk as well."""
        if self._testing:
            return
        current = self.models.current
        model_id = current.key.partition("/")[2] if current is not None else ""
        if not model_id and not self.typed.isHidden():
            model_id = self.typed.line.text().strip()
        self._testing = True
        self.test.setEnabled(False)
        self._tell(self.tr("Asking…"), "muted")
        draft = self._draft()
        then = partial(self._show_check, draft)
        self._desk.test_draft(draft, self._typed_key(), model_id, owner=self, then=then, failed=self._test_failed)

    def _show_check(self, tested: Provider, check: ProviderCheck) -> None:
        self._testing = False
        self.test.setEnabled(True)
        if _place(tested) != _place(self._draft()):
            self._tell("", "muted")
            return
        self._tell(f"{check.sentence} {check.next_step}".strip(), "ok" if check.works else "bad")
        self._ask_for_name(asked=not check.models and not self._listed.models)
        if check.models:
            self._listed = replace(tested, id="p", models=check.models, software=check.software)
            selected = self.models.current
            self._show_models(check.models)
            if selected is not None:
                self.models.fill(self.models.model.offers, selected.key)
        if check.works and check.models and not self.models.current:
            more = self.tr("Choose one in the list and test again to hear it answer.")
            self._tell(f"{check.sentence} {more}", "ok")

    def _test_failed(self, problem: UserFacingError) -> None:
        self._testing = False
        self.test.setEnabled(True)
        self._tell("", "muted")
        self._show_problem(problem)

    def _picked(self, _offer: ModelOffer) -> None:
        self.test.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep(self) -> None:
        self.keep.setEnabled(False)
        self._desk.keep(self._draft(), self._typed_key(), owner=self, then=self._is_kept, failed=self._keep_failed)

    def _is_kept(self, provider: Provider) -> None:
        self.kept.emit(provider)
        self.accept()

    def _keep_failed(self, problem: UserFacingError) -> None:
        self.keep.setEnabled(True)
        if isinstance(problem, InvalidInput):
            self._show_problem(problem)
            return
        self._desk.bridge.run(
            self._desk.secrets.status(), owner=self, then=lambda status: self._ask_for_place(status, problem)
        )

    def _ask_for_place(self, status: SecretsStatus, problem: UserFacingError) -> None:
        """Where no place for keys was agreed on yet, that is asked first."""
        self._show_problem(problem)
        if status.agreed:
            return
        dialog = KeyPlaceDialog(
            themes=self.themes, bridge=self._desk.bridge, secrets=self._desk.secrets, status=status, parent=self
        )
        dialog.agreed.connect(self._keep_again)
        dialog.show_fitting(440)

    def _keep_again(self, _status: object) -> None:
        self._tell("", "muted")
        self._keep()

    def _show_problem(self, problem: UserFacingError) -> None:
        words = f"{problem.sentence} {problem.next_step}".strip()
        if isinstance(problem, InvalidInput) and problem.field in self.wrong:
            self._show_wrong(problem.field, words)
        else:
            self._tell(words, "bad")


def _place(provider: Provider) -> tuple[ProviderKind, str]:
    """Where a provider is, and how it is spoken with; "" where that is no address yet."""
    try:
        return provider.kind, normal_address(provider.kind, provider.address)
    except InvalidInput:
        return provider.kind, ""
