"""Who answers by default, and who steps in where a model fails."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.providers import ModelLine
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.settings.provider_consent import agreed_first
from personadesk.ui.settings.provider_desk import ProviderDesk
from personadesk.ui.settings.provider_models import ModelPicker
from personadesk.ui.settings.provider_rows import TitledRow, clear
from personadesk.ui.settings.provider_words import ModelOffer
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

PICKER_HEIGHT_PX = 520


class LineSection(QWidget):
    """The default model and the chain behind it."""

    def __init__(self, *, desk: ProviderDesk, models: ModelDesk, themes: ThemeSource) -> None:
        super().__init__()
        self.themes = themes
        self._desk = desk
        self._models = models
        self._line = QVBoxLayout()
        self._line.setSpacing(10)
        self.told = Label(themes, ink="bad", wrap=True)
        self.told.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self._line)
        layout.addWidget(self.told)
        desk.changed.connect(self._show_line)
        models.seen.connect(self._show_line)
        self._show_line()

    def tell(self, problem: UserFacingError) -> None:
        self.told.setText(f"{problem.sentence} {problem.next_step}".strip())
        self.told.show()

    def _show_line(self) -> None:
        clear(self._line)
        line, known = self._desk.line, {offer.key: offer for offer in self._models.offers()}
        default = TitledRow(self.themes, self.tr("Default model"), _said_of(known.get(line.default), line.default))
        change = Button(self.themes, self.tr("Change…"), accessible=self.tr("Change the default model"), compact=True)
        default.add(change, self._pick_default)
        self._line.addWidget(default)
        steps_in = self.tr(
            "If a model fails before its first word, the next one answers, and the reply says so. A persona that was "
            "given a model on this computer is never handed elsewhere."
        )
        head = TitledRow(self.themes, self.tr("Stepping in"), steps_in)
        add = Button(self.themes, self.tr("Add…"), accessible=self.tr("Add a model that steps in"), compact=True)
        head.add(add, self._pick_fallback)
        self._line.addWidget(head)
        for number, key in enumerate(line.fallbacks):
            self._line.addWidget(self._fallback_row(number, key, known.get(key)))

    def _fallback_row(self, number: int, key: str, offer: ModelOffer | None) -> QWidget:
        keys = list(self._desk.line.fallbacks)
        name = offer.name if offer is not None else key
        row = TitledRow(self.themes, f"{number + 1}. {name}", _where(offer, self.tr("not set up any more")))

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
