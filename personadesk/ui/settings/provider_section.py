"""The providers in the settings: which there are, who was found on this computer, who answers, who steps in."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.providers import FoundServer, ModelLine, Provider, ProviderCheck
from personadesk.services.providers import RemovedProvider
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.settings.provider_consent import agreed_first
from personadesk.ui.settings.provider_desk import ProviderDesk
from personadesk.ui.settings.provider_form import ProviderForm
from personadesk.ui.settings.provider_models import ModelPicker
from personadesk.ui.settings.provider_words import ModelOffer, place_words
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

FORM_HEIGHT_PX = 640
PICKER_HEIGHT_PX = 520


class _Row(QWidget):
    """A name over what is said of it, and buttons behind both."""

    def __init__(self, themes: ThemeSource, name: str, facts: str) -> None:
        super().__init__()
        self.facts = Label(themes, facts, ink="faint", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Label(themes, name, elide=True))
        words.addWidget(self.facts)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)
        self.row.addLayout(words, 1)

    def add(self, button: Button, act: Callable[[], object]) -> Button:
        button.clicked.connect(lambda: act())
        self.row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        return button


class ProviderRow(_Row):
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
        models = self.tr("no model listed yet") if not count else self.tr("%n model(s)", "", count)
        self.facts.setText(f"{place_words(provider)} · {models}")
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

    def __init__(self, *, desk: ProviderDesk, models: ModelDesk, themes: ThemeSource) -> None:
        super().__init__()
        self.themes = themes
        self._desk = desk
        self._models = models
        self._removed: RemovedProvider | None = None
        self._checks: dict[str, ProviderCheck] = {}
        self.rows: list[ProviderRow] = []
        self._list = QVBoxLayout()
        self._found = QVBoxLayout()
        self._line = QVBoxLayout()
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
        models.seen.connect(self._show_line)
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
        for part in (self._list, self._found, self._line):
            part.setSpacing(10)
        layout.addLayout(self._list)
        layout.addLayout(self._found)
        layout.addLayout(note)
        layout.addLayout(buttons)
        layout.addSpacing(6)
        layout.addLayout(self._line)
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
        _clear(self._list)
        self.rows = []
        for provider in self._desk.providers:
            row = ProviderRow(provider=provider, desk=self._desk, section=self)
            if provider.id in self._checks:
                row.show_check(provider.id, self._checks[provider.id])
            self.rows.append(row)
            self._list.addWidget(row)
        self._show_line()

    def _show_found(self, servers: tuple[FoundServer, ...]) -> None:
        _clear(self._found)
        for server in servers:
            count = self.tr("%n model(s)", "", len(server.models))
            place = server.address.partition("://")[2]
            row = _Row(self.themes, self.tr("%s runs on this computer") % server.name, f"{place} · {count}")
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

    # -- who answers

    def _show_line(self) -> None:
        _clear(self._line)
        line, known = self._desk.line, {offer.key: offer for offer in self._models.offers()}
        default = _Row(self.themes, self.tr("Default model"), _said_of(known.get(line.default), line.default))
        change = Button(self.themes, self.tr("Change…"), accessible=self.tr("Change the default model"), compact=True)
        default.add(change, self._pick_default)
        self._line.addWidget(default)
        steps_in = self.tr("If a model fails before its first word, the next one answers. Each reply says whose it is.")
        head = _Row(self.themes, self.tr("Stepping in"), steps_in)
        add = Button(self.themes, self.tr("Add…"), accessible=self.tr("Add a model that steps in"), compact=True)
        head.add(add, self._pick_fallback)
        self._line.addWidget(head)
        for number, key in enumerate(line.fallbacks):
            self._line.addWidget(self._fallback_row(number, key, known.get(key)))

    def _fallback_row(self, number: int, key: str, offer: ModelOffer | None) -> QWidget:
        keys = list(self._desk.line.fallbacks)
        name = offer.name if offer is not None else key
        row = _Row(self.themes, f"{number + 1}. {name}", _where(offer, self.tr("not set up any more")))

        def swapped(other: int) -> list[str]:
            order = list(keys)
            order[number], order[other] = order[other], order[number]
            return order

        for icon, says, order in (
            ("chevron-up", self.tr("Ask %s earlier"), swapped(number - 1) if number else None),
            ("chevron-down", self.tr("Ask %s later"), swapped(number + 1) if number + 1 < len(keys) else None),
            ("close", self.tr("Leave %s out"), [item for item in keys if item != key]),
        ):
            button = Button(self.themes, icon=icon, accessible=says % name, kind=Kind.GHOST, compact=True)
            button.setEnabled(order is not None)
            row.add(button, partial(self._set_fallbacks, order or []))
        return row

    def _set_fallbacks(self, keys: Sequence[str]) -> None:
        self._desk.set_fallbacks(keys, owner=self, failed=self.tell)

    def _pick_default(self) -> None:
        self._pick(self.tr("Default model"), self._desk.line.default, (), self._use)

    def _pick_fallback(self) -> None:
        line: ModelLine = self._desk.line
        self._pick(self.tr("A model that steps in"), "", (line.default, *line.fallbacks), self._add_fallback)

    def _pick(self, title: str, chosen: str, without: Sequence[str], then: Callable[[str], None]) -> None:
        offers = [offer for offer in self._models.offers() if offer.key not in without]
        picker = ModelPicker(themes=self.themes, title=title, offers=offers, chosen=chosen, parent=self.window())

        def take(offer: ModelOffer) -> None:
            agreed_first(
                offer.key, desk=self._desk, themes=self.themes, parent=self.window(), then=partial(then, offer.key)
            )

        picker.picked.connect(take)
        picker.show_fitting(PICKER_HEIGHT_PX)

    def _use(self, key: str) -> None:
        self._desk.use(key, owner=self, failed=self.tell)

    def _add_fallback(self, key: str) -> None:
        self._set_fallbacks([*self._desk.line.fallbacks, key])


def _said_of(offer: ModelOffer | None, key: str) -> str:
    return f"{offer.name} · {replace(offer, context_tokens=0).facts}" if offer is not None else key


def _where(offer: ModelOffer | None, gone: str) -> str:
    return offer.facts if offer is not None else gone


def _clear(layout: QVBoxLayout) -> None:
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
