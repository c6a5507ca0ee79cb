"""What the editor asks before something typed would be lost, and what it offers to go on with."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, QObject

from personadesk.services.editor_drafts import KeptDraft
from personadesk.ui.editor.notice_bar import NoticeBar
from personadesk.ui.editor.state import Held
from personadesk.ui.widgets.buttons import Kind

if TYPE_CHECKING:
    from personadesk.ui.editor.editor import PersonaEditor


class Guard(QObject):
    """`question` stands above the foot, `offer` under the head."""

    def __init__(self, editor: "PersonaEditor") -> None:
        super().__init__(editor)
        self._editor = editor
        self.question = NoticeBar(editor.themes)
        self.offer = NoticeBar(editor.themes)

    def may_leave(self) -> bool:
        """Whether nothing would be lost; else it asks. Asked a second time, it is taken for keep editing."""
        if self.question.isVisible():
            self.question.hide()
            return False
        if not self._editor.dirty:
            return True
        self.question.ask(
            self.tr("You have unsaved changes."),
            [
                (self.tr("Save"), Kind.PRIMARY, self._editor.save),
                (self.tr("Discard"), Kind.DANGER, self._discard),
                (self.tr("Keep editing"), Kind.SECONDARY, self._stay),
            ],
        )
        return False

    def offer_draft(self) -> None:
        """Offer what an earlier session typed and did not save."""
        draft = self._editor.work.contents.draft
        if draft is None or self._editor.work.read_only or self._held(draft) == self._editor.state.held:
            return
        # What is typed now would take the place of what was typed then.
        self._editor.set_usable(False)
        self.offer.ask(
            draft_words(draft),
            [
                (self.tr("Continue"), Kind.PRIMARY, self._continue),
                (self.tr("Discard"), Kind.SECONDARY, self._drop),
            ],
            focus=False,
        )

    def go_on(self) -> None:
        """Take up what was not saved."""
        self.offer.hide()
        self._continue()

    # -- inside

    def _discard(self) -> None:
        self._editor.keeper.discard()
        self._editor.leave()

    def _stay(self) -> None:
        """The bar is gone, and that is all."""

    def _continue(self) -> None:
        self._editor.set_usable(True)
        draft = self._editor.work.contents.draft
        if draft is not None:
            self._editor.state.lay_over(self._held(draft))

    def _held(self, draft: KeptDraft) -> Held:
        """The draft laid over what is stored."""
        state = self._editor.state
        return Held(draft.card(state.card), draft.book(state.book), draft.avatar, draft.sample)

    def _drop(self) -> None:
        self._editor.set_usable(True)
        desk, persona = self._editor.work.desk, self._editor.work.contents.persona
        desk.bridge.run(desk.editing.drop_draft(persona.id if persona is not None else None))


def draft_words(draft: KeptDraft) -> str:
    """Whose unsaved changes they are, and from when."""
    moment = QDateTime.fromSecsSinceEpoch(round(draft.saved_at.timestamp()))
    today = moment.date() == QDateTime.currentDateTime().date()
    locale, short = QLocale(), QLocale.FormatType.ShortFormat
    when = locale.toString(moment.time(), short) if today else locale.toString(moment, short)
    if draft.persona_id is None:
        words = QCoreApplication.translate("Editor", "You have a new persona that is not saved, from %2.")
    else:
        words = QCoreApplication.translate("Editor", "You have unsaved changes to %1 from %2.")
    return words.replace("%1", draft.name).replace("%2", when)
