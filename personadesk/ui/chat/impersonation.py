"""Lets the model write the user's next message into the composer, where it waits to be read and sent."""

from concurrent.futures import Future

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QWidget

from personadesk.domain.conversation import MESSAGE_LIMIT
from personadesk.domain.errors import UserFacingError
from personadesk.services.impersonating import Impersonating
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label


class Impersonation(QObject):
    """The pane's child. What was in the composer comes back with one Undo.

    Until the suggestion has ended it stays the draft, too: whoever leaves the conversation finds it again.
    """

    def __init__(self, *, bridge: Bridge, pane: ChatPane, service: Impersonating) -> None:
        super().__init__(pane)
        self._bridge = bridge
        self._pane = pane
        self._composer = pane.composer
        self._service = service
        self._work: Future[None] | None = None
        self._shown: str | None = None
        self._command = ""
        self.bar = QWidget()
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(0, 0, 0, 2)
        self.bar.setAccessibleName(self.tr("Writing your next message"))
        row.addWidget(
            Label(pane.themes, self.tr("Writing your next message… It is not sent."), ink="accent_text", wrap=True), 1
        )
        self.stop_button = Button(pane.themes, self.tr("Stop"), icon="stop", compact=True)
        row.addWidget(self.stop_button)
        self.bar.hide()
        self._composer.above.addWidget(self.bar)
        self.stop_button.clicked.connect(self.stop)
        self._composer.opened.connect(self._drop)
        pane.conversations.impersonate_requested.connect(self.begin)

    @property
    def active(self) -> bool:
        return self._work is not None

    def begin(self, words: str = "") -> None:
        """Write what the user could say next; from `words`, or from what stands in the composer."""
        conversation = self._pane.current.conversation
        if conversation is None or self.active or self._composer.edit_in_progress is not None:
            return
        hindrance = self._pane.doing.hindrance()
        if hindrance:
            self._composer.say(hindrance)
            return
        draft = words or self._composer.editor.toPlainText()
        self._composer.flush_draft()
        self._command = f"/impersonate {words}" if words else ""
        if words:
            self._composer.draft_changed.emit(self._command)
        self._shown = None
        self._composer.editor.setReadOnly(True)
        self.bar.show()
        self._composer.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self._work = self._bridge.stream(
            self._service.write(conversation.persona_id, conversation.id, draft),
            owner=self,
            each=self._show,
            then=lambda _none: self._end(),
            failed=self._fail,
        )

    def stop(self) -> None:
        """End it with what has come."""
        if self._work is not None:
            self._work.cancel()
            self._end()

    def _show(self, text: str) -> None:
        """Put the text so far in place of what was there, as one step to undo."""
        if self._work is None or text == self._shown:
            return
        text = text[:MESSAGE_LIMIT]
        editor = self._composer.editor
        editor.blockSignals(True)  # it is no draft before it has ended
        cursor = QTextCursor(editor.document())
        if self._shown is None:
            cursor.beginEditBlock()
        else:
            cursor.joinPreviousEditBlock()
        grown = self._shown is not None and text.startswith(self._shown)
        if grown:
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(text[len(self._shown or "") :])
        else:
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.insertText(text)
        cursor.endEditBlock()
        editor.blockSignals(False)
        self._shown = text
        editor.moveCursor(QTextCursor.MoveOperation.End)

    def _fail(self, problem: UserFacingError) -> None:
        if self._work is not None:
            self._end()
            self._composer.say(f"{problem.sentence} {problem.next_step}".strip())

    def _end(self) -> None:
        self._work = None
        self.bar.hide()
        self._composer.editor.setReadOnly(False)
        self._composer.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._shown is not None:
            self._composer.editor.textChanged.emit()
        elif self._command:
            self._composer.put_back(self._command)

    def _drop(self) -> None:
        """Another conversation is shown: what comes from now on is not for it."""
        if self._work is not None:
            self._work.cancel()
            self._work = None
            self.bar.hide()
            self._composer.editor.setReadOnly(False)
