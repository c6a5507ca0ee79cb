"""What a user does with personas: make, edit, duplicate, star, pin, delete, restore."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QWidget

from personadesk.domain.ids import PersonaId, TrashId
from personadesk.domain.persona import Origin, Persona, PersonaSummary
from personadesk.ui.bridge import Bridge
from personadesk.ui.persona_menu import persona_menu, trash_menu
from personadesk.ui.roster import Roster
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.toasts import ToastStack

if TYPE_CHECKING:
    # Imported once the window is on screen.
    from pathlib import Path

    from personadesk.services.lorebooks import LorebookService
    from personadesk.services.persona_editing import PersonaEditing
    from personadesk.services.personas import PersonaService
    from personadesk.ui.avatar.port import PictureReader
    from personadesk.ui.editor.opening import Editors
    from personadesk.ui.editor.places import SectionKey
    from personadesk.ui.model_desk import ModelDesk
    from personadesk.ui.widgets.avatars import Avatars


class PersonaActions(QObject):
    """GUI thread. Each verb asks the service; the roster hears of it through change sets."""

    chat_requested = Signal(object)  # PersonaId
    hear_requested = Signal(object)  # PersonaId
    speaking_toggled = Signal(object)  # PersonaId whose replies are spoken by themselves, or no longer
    left = Signal(object)  # PersonaId that is going to the trash
    created = Signal(object)  # PersonaId
    models_requested = Signal()
    shelf_requested = Signal()
    select_requested = Signal(object)  # PersonaId to begin selecting with
    tag_requested = Signal(object)  # PersonaId to choose a tag for
    export_requested = Signal(object)  # list[PersonaId]

    def __init__(
        self, *, bridge: Bridge, roster: Roster, themes: ThemeSource, toasts: ToastStack, window: QWidget
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._roster = roster
        self._themes = themes
        self._toasts = toasts
        self._window = window
        self._service: PersonaService | None = None
        self._editors: Editors | None = None
        self._new_wanted = False
        self.speaks: Callable[[PersonaId], bool] | None = None
        """Whether a persona's replies are spoken by themselves; None while there are no voices."""

    def attach(self, service: "PersonaService") -> None:
        self._service = service

    def attach_editor(
        self,
        *,
        avatars: "Avatars",
        editing: "PersonaEditing",
        models: "ModelDesk",
        reader: "PictureReader",
        pictures: "Path",
        lorebooks: "LorebookService",
    ) -> None:
        """Let personas be edited, and offer what was typed before and not saved."""
        from personadesk.ui.editor.desk import EditorDesk
        from personadesk.ui.editor.opening import Editors

        desk = EditorDesk(self._bridge, self._themes, avatars, editing, models, reader, pictures, lorebooks)
        self._editors = Editors(desk=desk, toasts=self._toasts, window=self._window)
        self._editors.made.connect(self._created)
        self._editors.delete_requested.connect(self.delete)
        self._editors.copy_requested.connect(self._copy)
        self._editors.models_requested.connect(self.models_requested)
        self._editors.shelf_requested.connect(self.shelf_requested)
        self._editors.offer_drafts()
        if self._new_wanted:
            self.new()

    def stop(self) -> None:
        """Keep what is typed in an editor: the window is going."""
        if self._editors is not None:
            self._editors.stop()

    # -- making and changing

    def new(self) -> None:
        """Open an empty editor; what is asked for before there is one comes with it."""
        self._new_wanted = self._editors is None
        if self._editors is not None:
            self._editors.open(None)

    def new_with_picture(self, path: "Path | None", content: bytes) -> None:
        """Begin a persona with a picture: a file, or the bytes of one."""
        if self._editors is not None:
            from personadesk.ui.avatar.intake import Offer

            self._editors.open(None, picture=Offer(path=path, content=content))

    def edit(self, persona_id: PersonaId) -> None:
        """Open the editor; a built-in is shown there and can be copied."""
        if self._editors is not None:
            self._editors.open(persona_id)

    def edit_one(self, shown: PersonaId | None, selected: PersonaSummary | None) -> None:
        """Edit the persona on screen, else the selected one; what is in the trash stays as it is."""
        wanted = shown if shown is not None or selected is None else selected.id
        if wanted in self._roster.personas:
            self.edit(wanted)

    def duplicate(self, persona_id: PersonaId) -> None:
        """Copy a persona and open the copy's editor."""
        if self._service is not None:
            self._bridge.run(self._service.duplicate(persona_id), owner=self, then=self._duplicated)

    def _duplicated(self, persona: Persona) -> None:
        self.edit(persona.id)

    def _copy(self, persona_id: PersonaId, section: "SectionKey") -> None:
        """Copy a built-in and go on in the same section."""
        editors = self._editors
        if self._service is not None and editors is not None:
            self._bridge.run(
                self._service.duplicate(persona_id),
                owner=self,
                then=lambda made: editors.open(made.id, section=section),
            )

    def _created(self, persona: Persona) -> None:
        self._when_listed(persona.id, lambda: self._welcome(persona))

    def _welcome(self, persona: Persona) -> None:
        self.created.emit(persona.id)
        self._toasts.say(
            self.tr("%s is here.") % persona.card.shown_name,
            action=self.tr("Chat"),
            act=lambda: self.chat_requested.emit(persona.id),
        )

    def _when_listed(self, persona_id: PersonaId, act: Callable[[], None]) -> None:
        """Call `act` as soon as the roster knows the persona: the change set may still be on its way."""
        if persona_id in self._roster.personas:
            act()
            return

        def look() -> None:
            if persona_id in self._roster.personas:
                self._roster.reset.disconnect(look)
                act()

        self._roster.reset.connect(look)

    # -- arranging

    def toggle_favourite(self, persona_id: PersonaId) -> None:
        summary = self._roster.personas.get(persona_id)
        if summary is not None and self._service is not None:
            self._bridge.run(self._service.set_favourite(persona_id, not summary.favourite), owner=self)

    def toggle_pin(self, persona_id: PersonaId) -> None:
        summary = self._roster.personas.get(persona_id)
        if summary is not None and self._service is not None:
            self._bridge.run(self._service.set_pinned(persona_id, summary.pin_position is None), owner=self)

    def move_pin(self, persona_id: PersonaId, by: int) -> None:
        """Let a pinned persona change places with the one `by` places further down."""
        pins = self._roster.pinned()
        if self._service is None or persona_id not in pins:
            return
        at = pins.index(persona_id)
        if 0 <= at + by < len(pins):
            pins[at], pins[at + by] = pins[at + by], pins[at]
            self._bridge.run(self._service.arrange_pins(pins), owner=self)

    # -- deleting

    def delete(self, persona_id: PersonaId) -> None:
        summary = self._roster.personas.get(persona_id)
        if summary is None or self._service is None:
            return
        if summary.origin is Origin.BUILT_IN:
            self._toasts.say(self.tr("%s is built in and stays.") % summary.shown_name)
            return
        self.left.emit(persona_id)
        self._bridge.run(
            self._service.trash(persona_id), owner=self, then=lambda trash_id: self._offer_undo(summary, trash_id)
        )

    def restore(self, persona_id: PersonaId) -> None:
        """Bring a persona back from the trash."""
        trash_id = self._trash_id(persona_id)
        if trash_id is not None:
            self._restore(trash_id)

    def delete_for_good(self, persona_id: PersonaId) -> None:
        """The one thing that can't be undone, so it asks."""
        trashed = {item.id: (trash_id, item.shown_name) for trash_id, item in self._roster.trashed}
        if persona_id not in trashed:
            return
        trash_id, name = trashed[persona_id]
        from personadesk.ui.library.persona_question import PersonaQuestion

        question = PersonaQuestion(bridge=self._bridge, themes=self._themes, toasts=self._toasts, window=self._window)
        question.ask(
            [persona_id],
            text=self.tr("Delete “%s” for good?") % name,
            more=self.tr("Its conversations go with it. This can't be undone."),
            button=self.tr("Delete for good"),
            act=lambda: self._purge(trash_id),
        )

    def _offer_undo(self, summary: PersonaSummary, trash_id: TrashId) -> None:
        self._toasts.say(
            self.tr("%s moved to the trash.") % summary.shown_name,
            action=self.tr("Undo"),
            act=lambda: self._restore(trash_id),
        )

    def _restore(self, trash_id: TrashId) -> None:
        if self._service is not None:
            self._bridge.run(self._service.restore(trash_id), owner=self)

    def _purge(self, trash_id: TrashId) -> None:
        if self._service is not None:
            self._bridge.run(self._service.purge(trash_id), owner=self)

    def open_menu(self, persona_id: PersonaId, point: QPoint) -> None:
        """Show what can be done with a persona, at a global point."""
        summary = self._roster.personas.get(persona_id)
        if summary is not None:
            persona_menu(self, summary, self._roster.pinned(), self._themes.theme, self._window).popup(point)
        elif self._trash_id(persona_id) is not None:
            trash_menu(self, persona_id, self._themes.theme, self._window).popup(point)

    def _trash_id(self, persona_id: PersonaId) -> TrashId | None:
        return next((trash_id for trash_id, item in self._roster.trashed if item.id == persona_id), None)
