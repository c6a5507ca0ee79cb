"""The menu below the model's name in a chat: who answers this persona, and who else could."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.domain.providers import PersonaModel
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.settings.provider_words import ModelOffer
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.toasts import ToastStack

SHOWN_LIMIT = 8
"""More are found by a search."""


class ModelMenu(QObject):
    """Opens for one persona; a choice is the persona's own."""

    settings_requested = Signal()

    def __init__(self, *, desk: ModelDesk, themes: ThemeSource, toasts: ToastStack, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._themes = themes
        self._toasts = toasts
        self._window = parent
        self.menu: QMenu | None = None

    def open(self, persona_id: PersonaId | None, point: QPoint) -> None:
        if persona_id is not None:
            self._desk.ask_choice(persona_id, owner=self, then=lambda choice: self._show(persona_id, choice, point))

    def _show(self, persona_id: PersonaId, choice: PersonaModel, point: QPoint) -> None:
        menu = self.menu = QMenu(self._window)
        menu.setStyleSheet(menu_style(self._themes.theme))
        menu.setAccessibleName(self.tr("Model for this persona"))
        group = QActionGroup(menu)
        offers = self._desk.offers()
        default = next((offer.name for offer in offers if offer.key == self._desk.default_key), "")
        self._add(
            menu, group, self._default_words(default), not choice.key, partial(self._take, persona_id, choice, "")
        )
        menu.addSeparator()
        shown = offers if len(offers) <= SHOWN_LIMIT else offers[:SHOWN_LIMIT]
        if choice.key and all(offer.key != choice.key for offer in shown):
            shown = [*shown, *(offer for offer in offers if offer.key == choice.key)]
        for offer in shown:
            words = f"{offer.name} · {offer.where}"
            self._add(menu, group, words, offer.key == choice.key, partial(self._agree, persona_id, choice, offer))
        if len(offers) > len(shown):
            menu.addAction(self.tr("Other models…")).triggered.connect(
                partial(self._search, persona_id, choice, offers)
            )
        menu.addSeparator()
        menu.addAction(self.tr("Models and providers…")).triggered.connect(self.settings_requested)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(point)

    def _default_words(self, name: str) -> str:
        return self.tr("Default model (%s)") % name if name else self.tr("Default model")

    def _add(self, menu: QMenu, group: QActionGroup, words: str, chosen: bool, act: Callable[[], object]) -> None:
        entry = QAction(words.replace("&", "&&"), menu)
        entry.setCheckable(True)
        entry.setChecked(chosen)
        entry.triggered.connect(lambda: act())
        group.addAction(entry)
        menu.addAction(entry)

    def _search(self, persona_id: PersonaId, choice: PersonaModel, offers: list[ModelOffer], *_checked: bool) -> None:
        from personadesk.ui.settings.provider_models import ModelPicker

        picker = ModelPicker(
            themes=self._themes,
            title=self.tr("Model for this persona"),
            offers=offers,
            chosen=choice.key,
            parent=self._window.window(),
        )
        picker.picked.connect(lambda offer: self._agree(persona_id, choice, offer))
        picker.show_fitting(520)

    def _agree(self, persona_id: PersonaId, choice: PersonaModel, offer: ModelOffer) -> None:
        from personadesk.ui.settings.provider_consent import agreed_first

        take = partial(self._take, persona_id, choice, offer.key)
        if self._desk.providers is None:
            take()
            return
        agreed_first(offer.key, desk=self._desk.providers, themes=self._themes, parent=self._window.window(), then=take)

    def _take(self, persona_id: PersonaId, choice: PersonaModel, key: str) -> None:
        self._desk.set_choice(persona_id, replace(choice, key=key), owner=self, failed=self._tell)

    def _tell(self, problem: UserFacingError) -> None:
        self._toasts.say(f"{problem.sentence} {problem.next_step}".strip(), bad=True)
