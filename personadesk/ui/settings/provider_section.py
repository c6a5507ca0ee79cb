"""The providers in the settings: which there are, and which were found on this computer."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.providers import FoundServer, Provider, ProviderCheck
from personadesk.services.providers import RemovedProvider
from personadesk.ui.settings.provider_desk import ProviderDesk
from personadesk.ui.settings.provider_form import ProviderForm
from personadesk.ui.settings.provider_rows import TitledRow, clear
from personadesk.ui.settings.provider_words import count_words, found_words, place_words
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

FORM_HEIGHT_PX = 640


class ProviderRow(TitledRow):
    """One provider: where it is, how many models it lists, and what a test said."""

    def __init__(self, *, provider: Provider, desk: ProviderDesk, section: "ProviderSection") -> None:
        themes = section.themes
        super().__init__(themes, provider.name, "")
        self._provider = provider
        self._desk = desk
        self.test = self.add(
            Button(themes, self.tr("Test"), accessible=self.tr("Test %s") % provider.name, compact=True), self._test
        )
        self.edit = self.add(
            Button(themes, self.tr("Edit"), accessible=self.tr("Edit %s") % provider.name, compact=True),
            lambda: section.open_form(provider),
        )
        self.remove = self.add(
            Button(
                themes, icon="trash", accessible=self.tr("Remove %s") % provider.name, kind=Kind.GHOST, compact=True
            ),
            lambda: desk.remove(provider.id, owner=section, failed=section.tell),
        )
        count = len(provider.models)
        self.facts.setText(f"{place_words(provider)} · {count_words(count)}")
        desk.tested.connect(self.show_check)

    def _test(self) -> None:
        self.test.setEnabled(False)
        self.facts.set_ink("muted")
        self.facts.setText(self.tr("Asking…"))
        self._desk.test(self._provider)

    def show_check(self, provider_id: str, check: ProviderCheck) -> None:
        if provider_id == self._provider.id:
            self.test.setEnabled(True)
            self.facts.set_ink("ok" if check.works else "bad")
            self.facts.setText(f"{check.sentence} {check.next_step}".strip())


class ProviderSection(QWidget):
    """Servers on this computer are looked for each time it is shown, and never before."""

    def __init__(self, *, desk: ProviderDesk, themes: ThemeSource) -> None:
        super().__init__()
        self.themes = themes
        self._desk = desk
        self._removed: RemovedProvider | None = None
        self._checks: dict[str, ProviderCheck] = {}
        self.rows: list[ProviderRow] = []
        self._list = QVBoxLayout()
        self._found = QVBoxLayout()
        self.told = Label(themes, ink="bad", wrap=True)
        self.undo = Button(themes, self.tr("Undo"), compact=True)
        self.add = Button(themes, self.tr("Add provider…"), icon="plus", compact=True)
        self._build()
        self.add.clicked.connect(lambda: self.open_form(None))
        self.undo.clicked.connect(self._undo)
        desk.changed.connect(self._show)
        desk.found.connect(self._show_found)
        desk.removed.connect(self._offer_undo)
        desk.tested.connect(self._remember)
        self._show()
        desk.look()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._desk.look_for_servers()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.told.hide()

    def _build(self) -> None:
        note = QHBoxLayout()
        note.addWidget(self.told, 1)
        note.addWidget(self.undo)
        buttons = QHBoxLayout()
        buttons.addWidget(self.add)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for part in (self._list, self._found):
            part.setSpacing(10)
        layout.addLayout(self._list)
        layout.addLayout(self._found)
        layout.addLayout(note)
        layout.addLayout(buttons)
        self.told.hide()
        self.undo.hide()

    # -- providers

    def open_form(self, provider: Provider | None, found: FoundServer | None = None) -> ProviderForm:
        form = ProviderForm(themes=self.themes, desk=self._desk, parent=self.window(), provider=provider, found=found)
        form.kept.connect(self._see_models)
        form.show_fitting(FORM_HEIGHT_PX)
        return form

    def tell(self, problem: UserFacingError) -> None:
        self._say(f"{problem.sentence} {problem.next_step}".strip(), "bad")

    def _say(self, words: str, ink: str) -> None:
        self.told.set_ink(ink)
        self.told.setText(words)
        self.told.show()
        self.undo.hide()

    def _see_models(self, provider: Provider) -> None:
        """List the models of one that was kept untested."""
        self.told.hide()
        self._desk.look_for_servers()
        if not provider.models:
            self._desk.test(provider)

    def _remember(self, provider_id: str, check: ProviderCheck) -> None:
        self._checks[provider_id] = check

    def _show(self) -> None:
        clear(self._list)
        self.rows = []
        for provider in self._desk.providers:
            row = ProviderRow(provider=provider, desk=self._desk, section=self)
            if provider.id in self._checks:
                row.show_check(provider.id, self._checks[provider.id])
            self.rows.append(row)
            self._list.addWidget(row)

    def _show_found(self, servers: tuple[FoundServer, ...]) -> None:
        clear(self._found)
        for server in servers:
            row = TitledRow(self.themes, self.tr("%s runs on this computer") % server.name, found_words(server))
            row.add(
                Button(self.themes, self.tr("Add"), accessible=self.tr("Add %s") % server.name, compact=True),
                partial(self.open_form, None, server),
            )
            self._found.addWidget(row)

    def _offer_undo(self, removed: RemovedProvider) -> None:
        self._removed = removed
        self._say(self.tr("%s was removed, with its key.") % removed.provider.name, "muted")
        self.undo.show()
        self.undo.setFocus(Qt.FocusReason.OtherFocusReason)

    def _undo(self) -> None:
        if self._removed is not None:
            self._desk.restore(self._removed)
            self._removed = None
        self.told.hide()
        self.undo.hide()
