"""The way from an editor to earlier versions, and from one of them back to editing."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import VersionId
from personadesk.services.persona_editing import Restoration
from personadesk.ui.editor.history import HistoryPanel
from personadesk.ui.editor.state import Held
from personadesk.ui.widgets.buttons import Kind

if TYPE_CHECKING:
    from personadesk.ui.editor.editor import PersonaEditor


class Past(QObject):
    """The panel takes the form's place while it is open."""

    def __init__(self, editor: "PersonaEditor") -> None:
        super().__init__(editor)
        self._editor = editor
        self.panel: HistoryPanel | None = None

    def open(self) -> None:
        if self.panel is None:
            self.panel = HistoryPanel(self._editor.work)
            self.panel.left.connect(self._leave)
            self.panel.restore_requested.connect(self.restore)
            self._editor.body.addWidget(self.panel)
        self._editor.body.setCurrentWidget(self.panel)
        self.panel.refresh()

    def restore(self, version_id: VersionId) -> None:
        """Make an old version the newest, once unsaved changes are out of the way."""
        if not self._editor.dirty:
            self._restore(version_id, offer_undo=True)
            return
        self._editor.guard.question.ask(
            self.tr("Restoring a version leaves your unsaved changes behind."),
            [
                (self.tr("Restore"), Kind.DANGER, lambda: self._restore(version_id, offer_undo=True)),
                (self.tr("Keep editing"), Kind.SECONDARY, self._leave),
            ],
        )

    # -- inside

    def _leave(self) -> None:
        self._editor.go_to(self._editor.pages.current)

    def _restore(self, version_id: VersionId, *, offer_undo: bool) -> None:
        desk, persona = self._editor.work.desk, self._editor.work.contents.persona
        if persona is not None:
            desk.bridge.run(
                desk.editing.restore(persona.id, version_id),
                owner=self,
                then=lambda restored: self._restored(restored, offer_undo=offer_undo),
                failed=self._refused,
            )

    def _restored(self, restored: Restoration, *, offer_undo: bool) -> None:
        editor, persona = self._editor, restored.persona
        editor.work.contents = replace(editor.work.contents, persona=persona)
        editor.pages.show_stored(persona)
        editor.preview.show_portrait(None)
        editor.state.begin(Held(persona.card, editor.work.contents.book))
        self.open()
        if offer_undo:
            editor.toasts.say(
                self.tr("The version is restored."),
                action=self.tr("Undo"),
                act=lambda: self._restore(restored.before, offer_undo=False),
            )
        else:
            editor.toasts.say(self.tr("It is as it was before."))

    def _refused(self, problem: UserFacingError) -> None:
        self._editor.toasts.say(f"{problem.sentence} {problem.next_step}".strip(), bad=True)
