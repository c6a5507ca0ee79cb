"""Opens editors, and says what came of them."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import Persona
from personadesk.services.editor_drafts import KeptDraft
from personadesk.services.persona_editing import EditorContents
from personadesk.ui.avatar.intake import Offer
from personadesk.ui.editor.clone_leftovers import CloneLeftovers
from personadesk.ui.editor.desk import EditorDesk
from personadesk.ui.editor.editor import PersonaEditor
from personadesk.ui.editor.guard import draft_words
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.widgets.toasts import ToastStack


class Editors(QObject):
    """GUI thread. One editor at a time: it covers the window."""

    made = Signal(object)  # Persona that is new
    delete_requested = Signal(object)  # PersonaId
    copy_requested = Signal(object, object)  # PersonaId, SectionKey to go on in
    models_requested = Signal()
    shelf_requested = Signal()

    def __init__(self, *, desk: EditorDesk, toasts: ToastStack, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._toasts = toasts
        self._window = window
        self._leftovers = CloneLeftovers(bridge=desk.bridge, toasts=toasts, window=window)

    def open(
        self,
        persona_id: PersonaId | None,
        *,
        section: SectionKey = SectionKey.BASICS,
        go_on: bool = False,
        picture: Offer | None = None,
    ) -> None:
        """Read a persona, None for a new one, and open its editor; `go_on` takes up what was not saved.

        A `picture` is offered to be cropped for it.
        """
        if any(editor.isVisible() for editor in self._window.findChildren(PersonaEditor)):
            return
        self._desk.bridge.run(
            self._desk.editing.load(persona_id),
            owner=self,
            then=lambda contents: self._open(contents, section, go_on=go_on, picture=picture),
        )

    def offer_drafts(self) -> None:
        """Say what an earlier session typed and did not save."""
        self._desk.bridge.run(self._desk.editing.drafts(), owner=self, then=self._offer)

    def stop(self) -> None:
        """Keep what is typed: the window is going."""
        for editor in self._window.findChildren(PersonaEditor):
            editor.keeper.keep()
            editor.keeper.stop()
            editor.meter.stop()

    # -- inside

    def _open(
        self, contents: EditorContents, section: SectionKey, *, go_on: bool, picture: Offer | None = None
    ) -> None:
        if any(editor.isVisible() for editor in self._window.findChildren(PersonaEditor)):
            return
        editor = PersonaEditor(desk=self._desk, contents=contents, parent=self._window)
        self._leftovers.begin()
        editor.finished.connect(self._leftovers.end)
        persona = contents.persona
        editor.models_requested.connect(self.models_requested)
        editor.shelf_requested.connect(self.shelf_requested)
        if persona is None:
            editor.stored.connect(self.made)
        else:
            editor.delete_requested.connect(lambda: self._delete(editor, persona))
            editor.mine_requested.connect(lambda chosen: self._copy(editor, persona, chosen))
        editor.show_section(section)
        editor.show_fitting()
        if go_on:
            editor.guard.go_on()
        if picture is not None:
            editor.pages.take_picture(picture)

    def _delete(self, editor: PersonaEditor, persona: Persona) -> None:
        editor.keeper.discard()
        editor.leave()
        self.delete_requested.emit(persona.id)

    def _copy(self, editor: PersonaEditor, persona: Persona, section: SectionKey) -> None:
        editor.leave()
        self.copy_requested.emit(persona.id, section)

    def _offer(self, drafts: tuple[KeptDraft, ...]) -> None:
        if drafts:
            newest = drafts[0]
            self._toasts.say(
                draft_words(newest),
                action=self.tr("Continue"),
                act=lambda: self.open(newest.persona_id, go_on=True),
            )
