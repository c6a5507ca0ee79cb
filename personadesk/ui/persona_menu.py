"""The menus of a persona: on its card, in the sidebar, in its chat, in the trash."""

from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import QCoreApplication, Qt, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import Origin, PersonaSummary
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.source import menu_style
from personadesk.ui.theme.tokens import Theme


class Verbs(Protocol):
    """What a menu can ask for."""

    @property
    def chat_requested(self) -> SignalInstance: ...
    @property
    def hear_requested(self) -> SignalInstance: ...
    @property
    def export_requested(self) -> SignalInstance: ...
    @property
    def select_requested(self) -> SignalInstance: ...
    @property
    def tag_requested(self) -> SignalInstance: ...
    @property
    def speaking_toggled(self) -> SignalInstance: ...
    @property
    def speaks(self) -> Callable[[PersonaId], bool] | None: ...
    def toggle_pin(self, persona_id: PersonaId) -> None: ...
    def move_pin(self, persona_id: PersonaId, by: int) -> None: ...
    def toggle_favourite(self, persona_id: PersonaId) -> None: ...
    def edit(self, persona_id: PersonaId) -> None: ...
    def duplicate(self, persona_id: PersonaId) -> None: ...
    def delete(self, persona_id: PersonaId) -> None: ...
    def restore(self, persona_id: PersonaId) -> None: ...
    def delete_for_good(self, persona_id: PersonaId) -> None: ...


def persona_menu(
    verbs: Verbs, summary: PersonaSummary, pins: Sequence[PersonaId], theme: Theme, parent: QWidget
) -> QMenu:
    """What can be done with a persona. `pins` are the pinned ones in their order."""
    menu = _Menu(theme, parent)
    persona = summary.id
    menu.add("chat", _tr("Chat"), lambda: verbs.chat_requested.emit(persona))
    menu.add("volume", _tr("Hear voice"), lambda: verbs.hear_requested.emit(persona))
    if verbs.speaks is not None:
        silent = _tr("Speak replies only when asked")
        label = silent if verbs.speaks(persona) else _tr("Speak each reply as it comes")
        menu.add("volume", label, lambda: verbs.speaking_toggled.emit(persona))
    menu.addSeparator()
    menu.add("pin", _tr("Unpin") if persona in pins else _tr("Pin"), lambda: verbs.toggle_pin(persona))
    if persona in pins[1:]:
        menu.add("chevron-up", _tr("Move up"), lambda: verbs.move_pin(persona, -1))
    if persona in pins[:-1]:
        menu.add("chevron-down", _tr("Move down"), lambda: verbs.move_pin(persona, 1))
    star = _tr("Take the star away") if summary.favourite else _tr("Add to favourites")
    menu.add("star", star, lambda: verbs.toggle_favourite(persona))
    menu.add("tag", _tr("Add tag…"), lambda: verbs.tag_requested.emit(persona))
    menu.add("select", _tr("Select"), lambda: verbs.select_requested.emit(persona))
    menu.addSeparator()
    if summary.origin is Origin.BUILT_IN:
        menu.add("info", _tr("Look inside…"), lambda: verbs.edit(persona))
        menu.add("duplicate", _tr("Make it mine"), lambda: verbs.duplicate(persona))
        menu.add("download", _tr("Export…"), lambda: verbs.export_requested.emit([persona]))
        return menu
    menu.add("edit", _tr("Edit…"), lambda: verbs.edit(persona))
    menu.add("duplicate", _tr("Duplicate"), lambda: verbs.duplicate(persona))
    menu.add("download", _tr("Export…"), lambda: verbs.export_requested.emit([persona]))
    menu.addSeparator()
    menu.add("trash", _tr("Move to trash"), lambda: verbs.delete(persona))
    return menu


def trash_menu(verbs: Verbs, persona: PersonaId, theme: Theme, parent: QWidget) -> QMenu:
    """What can be done with a persona in the trash."""
    menu = _Menu(theme, parent)
    menu.add("restore", _tr("Restore"), lambda: verbs.restore(persona))
    menu.add("select", _tr("Select"), lambda: verbs.select_requested.emit(persona))
    menu.add("trash", _tr("Delete for good…"), lambda: verbs.delete_for_good(persona))
    return menu


class _Menu(QMenu):
    """A menu in the theme, gone when it is closed."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setStyleSheet(menu_style(theme))

    def add(self, name: str, text: str, act: Callable[[], None]) -> None:
        entry = QAction(icon(name, self._theme.muted), text, self)
        entry.triggered.connect(lambda _checked=False: act())
        self.addAction(entry)


def _tr(text: str) -> str:
    return QCoreApplication.translate("PersonaMenu", text)
