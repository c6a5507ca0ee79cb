"""What is done with a memory in the panel: written, edited, pinned, forgotten, brought back."""

from collections.abc import Coroutine
from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from personadesk.domain.ids import PersonaId, PersonId
from personadesk.domain.memory import Memory
from personadesk.services.memory import MemoryService
from personadesk.ui.bridge import Bridge
from personadesk.ui.memory.memory_card import origin
from personadesk.ui.memory.memory_dialog import MemoryDialog
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.toasts import ToastStack


class MemoryActs(QObject):
    """The panel's child. `looking_back`: it shows what is forgotten."""

    def __init__(self, *, bridge: Bridge, themes: ThemeSource, toasts: ToastStack, panel: QWidget) -> None:
        super().__init__(panel)
        self._bridge = bridge
        self._themes = themes
        self._toasts = toasts
        self._panel = panel
        self._service: MemoryService | None = None
        self._about: tuple[PersonaId, PersonId] | None = None
        self._name = ""
        self.looking_back = False

    def attach(self, service: MemoryService) -> None:
        self._service = service

    def show_persona(self, persona_id: PersonaId, person_id: PersonId, name: str) -> None:
        """Whose memories these are, and of whom."""
        self._about = (persona_id, person_id)
        self._name = name

    def look_back(self, forgotten: bool) -> None:
        self.looking_back = forgotten

    def add(self) -> None:
        """Write a new memory."""
        service, about = self._service, self._about
        if service is None or about is None:
            return
        dialog = self._dialog(self.tr("Add memory"), "", self.tr("Only %s will know this.") % self._name)
        dialog.saved.connect(lambda text: self._save(dialog, service.add(about[0], text, about[1])))
        dialog.show_fitting(340)

    def remember(self, text: str) -> None:
        """Store a new memory as it is written here."""
        if self._service is not None and self._about is not None:
            self._bridge.run(
                self._service.add(self._about[0], text, self._about[1]), owner=self, then=self._say_remembered
            )

    def _say_remembered(self, memory: Memory) -> None:
        self._toasts.say(
            self.tr("%s will remember it.") % self._name, action=self.tr("Undo"), act=lambda: self._take_back(memory)
        )

    def _take_back(self, memory: Memory) -> None:
        if self._service is not None:
            self._bridge.run(self._service.forget(memory.persona_id, memory.id), owner=self)

    def open(self, memory: Memory) -> None:
        """Edit what is remembered; bring back what is forgotten."""
        service = self._service
        if service is None:
            return
        if self.looking_back:
            self._restore(memory)
            return
        dialog = self._dialog(self.tr("Edit memory"), memory.text, origin(memory))
        dialog.saved.connect(lambda text: self._save(dialog, service.edit(memory.persona_id, memory.id, text)))
        dialog.show_fitting(340)

    def _dialog(self, title: str, text: str, note: str) -> MemoryDialog:
        return MemoryDialog(themes=self._themes, title=title, text=text, note=note, parent=self._panel.window())

    def _save(self, dialog: MemoryDialog, saving: Coroutine[Any, Any, Memory]) -> None:
        self._bridge.run(saving, owner=dialog, then=lambda _memory: dialog.accept(), failed=dialog.show_problem)

    def forget(self, memory: Memory) -> None:
        if self._service is not None and not self.looking_back:
            self._bridge.run(
                self._service.forget(memory.persona_id, memory.id), owner=self, then=lambda _: self._offer_undo(memory)
            )

    def _offer_undo(self, memory: Memory) -> None:
        self._toasts.say(
            self.tr("%s has forgotten it.") % self._name, action=self.tr("Undo"), act=lambda: self._restore(memory)
        )

    def _restore(self, memory: Memory) -> None:
        if self._service is not None:
            self._bridge.run(self._service.restore(memory.persona_id, memory.id), owner=self)

    def toggle_pin(self, memory: Memory) -> None:
        if self._service is not None and not self.looking_back:
            self._bridge.run(self._service.pin(memory.persona_id, memory.id, not memory.pinned), owner=self)

    def open_menu(self, memory: Memory, point: QPoint) -> None:
        theme = self._themes.theme
        menu = QMenu(self._panel)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(theme))
        pin = self.tr("Unpin") if memory.pinned else self.tr("Pin")
        entries = [
            ("edit", self.tr("Edit…"), self.open),
            ("pin", pin, self.toggle_pin),
            ("copy", self.tr("Copy"), _copy),
            ("trash", self.tr("Forget"), self.forget),
        ]
        if self.looking_back:
            entries = [("restore", self.tr("Restore"), self._restore), ("copy", self.tr("Copy"), _copy)]
        for name, words, act in entries:
            menu.addAction(icon(name, theme.muted, 16), words, lambda act=act: act(memory))
        menu.popup(point)


def _copy(memory: Memory) -> None:
    QGuiApplication.clipboard().setText(memory.text)
