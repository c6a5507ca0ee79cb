"""The composer: grows to eight lines, Enter sends, drafts are kept, and nothing pasted is lost."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QMimeData, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QImage, QKeyEvent, QPainter, QPaintEvent, QPen, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.conversation import MESSAGE_LIMIT, Edit
from personadesk.ui.chat.composer_notice import ComposerNotice
from personadesk.ui.chat.context_meter import ContextMeter
from personadesk.ui.theme.source import ThemeSource, mix
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label, PlainText

MOST_LINES = 8
DRAFT_DELAY_MS = 500
"""A draft is saved so long after the last key,"""

LONGEST_DRAFT_DELAY_MS = 1_000
"""and so often while the keys never pause."""


def joined(text: str, newer: str) -> str:
    """Two texts for one field, the older first."""
    return f"{text}\n\n{newer}" if text and newer.strip() else text or newer


def local_files(source: QMimeData) -> list[Path]:
    """The files on this computer that are carried."""
    return [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]


class _Editor(PlainText):
    """Enter sends, Shift+Enter breaks, Up in an empty field edits the last message."""

    sent = Signal()
    edit_last_requested = Signal()
    cancelled = Signal()
    too_long = Signal(str)  # the text that was pasted or dropped
    files_given = Signal(object)  # list[Path]: files that were pasted or dropped
    picture_given = Signal(object)  # QImage

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        breaks = event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier)
        if enter and not breaks:
            self.sent.emit()
        elif event.key() == Qt.Key.Key_Up and not self.toPlainText() and not event.modifiers():
            self.edit_last_requested.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()):
            # The pane around takes files, wherever on it they are dropped.
            event.ignore()
        else:
            super().dragEnterEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasImage() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text()
        files = local_files(source)
        if files:
            self.files_given.emit(files)
        elif not text and source.hasImage():
            # A spreadsheet's cells come as a picture, too: their text is what is meant.
            self.picture_given.emit(QImage(source.imageData()))
        elif not text:
            return
        elif len(text) > self.room:
            self.too_long.emit(text)
        else:
            self.insert_text(text)

    def insert_fitting(self, text: str) -> None:
        """Insert as much of a text as there is room for."""
        self.insert_text(text[: self.room])
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def room(self) -> int:
        """Characters that still fit: what is selected makes way."""
        taken = len(self.toPlainText()) - len(self.textCursor().selectedText())
        return max(MESSAGE_LIMIT - taken, 0)


class Composer(QWidget):
    """Signals are facts; the pane decides. `typed` comes with the first key after a pause."""

    send_requested = Signal(str)
    edit_requested = Signal(object)  # Edit: what is to be saved
    stop_requested = Signal()
    edit_last_requested = Signal()
    draft_changed = Signal(str)
    edit_changed = Signal(object)  # Edit: how far it has come
    edit_left = Signal(object)  # Edit: it is given up
    typed = Signal()
    opened = Signal()  # another conversation's draft is shown
    text_to_attach = Signal(str)  # a pasted text that is too long for a message
    editing_changed = Signal(bool)

    def __init__(self, *, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._editing: Edit | None = None
        self._kept_draft = ""
        self.replying = False
        self._has_files = False
        self._reading = False
        self.editor = _Editor(themes)
        self.editor.setAccessibleName(self.tr("Message"))
        self.editor.document().setDocumentMargin(2)
        self._notices = ComposerNotice(themes)
        self.notice = self._notices.label
        self.insert_part = self._notices.insert_part
        self.attach_text = self._notices.attach_text
        self.mode = Label(themes, ink="accent_text", elide=True)
        self.leave_edit = Button(
            themes, icon="close", accessible=self.tr("Stop editing"), kind=Kind.GHOST, compact=True
        )
        self.counter = Label(themes, ink="faint", size_pt=self.font().pointSizeF() * 0.92)
        self.meter = ContextMeter(themes)
        self.action = Button(themes, self.tr("Send"), kind=Kind.PRIMARY, icon="send")
        self.above = QVBoxLayout()
        self.foot = QHBoxLayout()
        self._build()
        self._draft_timer = QTimer(self)
        self._draft_timer.setSingleShot(True)
        self._draft_timer.setInterval(DRAFT_DELAY_MS)
        self._draft_timer.timeout.connect(self._save_draft)
        self._unsaved = QElapsedTimer()
        self._connect()
        self._fit()

    def open(self, draft: str, name: str) -> None:
        """Show another conversation's draft; the one before must be flushed while it is still open."""
        self._set_editing(None)
        self._set_text(draft)
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self.editor.setPlaceholderText(self.tr("Message %s…") % name)
        self._notices.clear()
        self.set_context(0, 0)
        self.opened.emit()

    @property
    def edit_in_progress(self) -> Edit | None:
        """The edit with its text so far; None while a new message is written."""
        return None if self._editing is None else replace(self._editing, text=self.editor.toPlainText())

    def flush_draft(self) -> None:
        """Save the draft, or how far an edit has come, now if it is waiting to be saved."""
        if self._draft_timer.isActive():
            self._draft_timer.stop()
            self._save_draft()

    def clear(self) -> None:
        """Empty the field after its text was committed."""
        self._set_text("")
        self._notices.clear()

    def put_back(self, text: str) -> None:
        """Return a text that could not be sent, before what was typed since."""
        if self._editing is not None:
            self._kept_draft = joined(text, self._kept_draft)
            self.draft_changed.emit(self._kept_draft)
            return
        self._set_text(joined(text, self.editor.toPlainText()))
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self.draft_changed.emit(self.editor.toPlainText())

    def set_replying(self, replying: bool) -> None:
        self.replying = replying
        self.action.set_text(self.tr("Stop") if replying else self.tr("Send"))
        if replying:
            self.action.setAccessibleName(self.tr("Stop the reply"))
        self.action.set_icon_name("stop" if replying else "send")
        self.action.set_kind(Kind.SECONDARY if replying else Kind.PRIMARY)
        self._allow()

    def set_context(self, used: int, limit: int, *, estimated: bool = False) -> None:
        """Show how many of the context's tokens a prompt takes; 0 of 0 for nothing known."""
        known = limit > 0
        self.counter.setVisible(known)
        self.meter.set_share(0.0)
        if known:
            words = self.tr("about %1 / %2 tokens") if estimated else self.tr("%1 / %2 tokens")
            self.counter.setText(words.replace("%1", f"{used:,}").replace("%2", f"{limit:,}"))
            self.meter.set_share(used / limit)

    def set_files(self, *, waiting: bool, reading: bool) -> None:
        """Whether files go with the next message, and whether some are still being read."""
        self._has_files, self._reading = waiting, reading
        self._allow()

    def begin_edit(self, edit: Edit) -> None:
        """Edit a message in place of writing a new one; the draft comes back afterwards."""
        if self._editing is None:
            self.flush_draft()
            self._kept_draft = self.editor.toPlainText()
        self._set_editing(edit)
        self._set_text(edit.text)
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def end_edit(self) -> None:
        """Leave the edit, and bring the draft back that stood here before it."""
        self._set_editing(None)
        self._set_text(self._kept_draft)
        self._kept_draft = ""

    def say(self, sentence: str) -> None:
        """Show a sentence above the field until the next key."""
        self._notices.say(sentence)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.surface)
        focused = self.editor.hasFocus()
        painter.setPen(QPen(mix(theme.accent, theme.line, 0.35) if focused else theme.line, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 16, 16)

    # -- inside

    def _build(self) -> None:
        mode_row = QHBoxLayout()
        mode_row.addWidget(self.mode, 1)
        mode_row.addWidget(self.leave_edit)
        foot = self.foot
        foot.setSpacing(10)
        foot.addStretch(1)
        foot.addWidget(self.counter)
        foot.addWidget(self.meter)
        foot.addSpacing(4)
        foot.addWidget(self.action)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 12, 10)
        layout.setSpacing(6)
        layout.addWidget(self._notices)
        layout.addLayout(mode_row)
        layout.addLayout(self.above)
        layout.addWidget(self.editor)
        layout.addLayout(foot)
        self._notices.clear()
        self._set_editing(None)
        self.set_context(0, 0)

    def _connect(self) -> None:
        self.editor.sent.connect(self._act)
        self.editor.edit_last_requested.connect(self.edit_last_requested)
        self.editor.cancelled.connect(self._cancel)
        self.editor.too_long.connect(self._refuse_paste)
        self.editor.textChanged.connect(self._text_changed)
        self.editor.focus_changed.connect(lambda _focused: self.update())
        self.editor.document().documentLayout().documentSizeChanged.connect(lambda _size: self._fit())
        self.action.clicked.connect(self._press)
        self._notices.insert_wanted.connect(self.editor.insert_fitting)
        self._notices.attach_wanted.connect(self.text_to_attach)
        self.leave_edit.clicked.connect(self._cancel)
        self._themes.changed.connect(self.update)

    def _press(self) -> None:
        if self.replying and self._editing is None:
            self.stop_requested.emit()
        else:
            self._act()

    def _act(self) -> None:
        text = self.editor.toPlainText()
        if not text.strip() and (self._editing is not None or not self._has_files):
            return
        edit = self.edit_in_progress
        if edit is not None:
            self.edit_requested.emit(edit)
        elif self._reading:
            self.say(self.tr("A file is still being read. Send the message when it is there."))
        elif not self.replying:
            self.send_requested.emit(text)

    def _cancel(self) -> None:
        edit = self.edit_in_progress
        if edit is not None:
            self.end_edit()
            self.edit_left.emit(edit)
        elif self.replying:
            self.stop_requested.emit()

    def _set_editing(self, edit: Edit | None) -> None:
        if (edit is None) != (self._editing is None):
            self.editing_changed.emit(edit is not None)
        self._editing = edit
        self.mode.setText(self.tr("Editing a message. Escape leaves it as it was."))
        self.mode.setVisible(edit is not None)
        self.leave_edit.setVisible(edit is not None)
        if edit is not None:
            self.action.set_text(self.tr("Save"))
            self.action.set_icon_name("check")
            self.action.set_kind(Kind.PRIMARY)
        else:
            self.set_replying(self.replying)

    def _set_text(self, text: str) -> None:
        self.editor.blockSignals(True)
        self.editor.set_text(text)
        self.editor.blockSignals(False)
        self._draft_timer.stop()
        self._allow()
        self._fit()

    def _text_changed(self) -> None:
        self._notices.clear()
        self._allow()
        if not self._draft_timer.isActive():
            if self._editing is None:
                self.typed.emit()
            self._unsaved.start()
        elif self._unsaved.hasExpired(LONGEST_DRAFT_DELAY_MS):
            self._save_draft()
            self._unsaved.start()
        self._draft_timer.start()

    def _save_draft(self) -> None:
        edit = self.edit_in_progress
        if edit is None:
            self.draft_changed.emit(self.editor.toPlainText())
        else:
            self.edit_changed.emit(edit)

    def _allow(self) -> None:
        stopping = self.replying and self._editing is None
        files = self._has_files and self._editing is None
        self.action.setEnabled(stopping or files or not self.editor.document().isEmpty())

    def _refuse_paste(self, text: str) -> None:
        self._notices.refuse(text, attachable=self._editing is None)

    def _fit(self) -> None:
        """As high as its text, between one line and eight."""
        line = self.editor.fontMetrics().lineSpacing()
        # A plain-text layout measures its height in lines.
        lines = min(max(round(self.editor.document().size().height()), 1), MOST_LINES)
        self.editor.setFixedHeight(line * lines + 8)
        self.editor.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if lines == MOST_LINES else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
