"""Commands typed into the composer: offered as they are typed, run in place of being sent."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.chat.impersonation import Impersonation
from personadesk.ui.chat.slash_commands import (
    SlashCommand,
    offered_for,
    read_typed,
    slash_commands,
    without_escape,
)
from personadesk.ui.chat.slash_doing import SlashDoing
from personadesk.ui.chat.slash_popup import SlashPopup
from personadesk.ui.chat.swipe_keys import swipe_last

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_BREAKS = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier


class SlashLine(QObject):
    """The pane's child. Keys come here before the composer's own."""

    def __init__(self, *, pane: ChatPane, doing: SlashDoing, impersonation: Impersonation) -> None:
        super().__init__(pane)
        self._pane = pane
        self._composer = pane.composer
        self._doing = doing
        self._impersonation = impersonation
        self._commands = slash_commands()
        self._warned = ""
        self._left = False
        self.popup = SlashPopup(themes=pane.themes, composer=pane.composer)
        self.popup.chosen.connect(self._choose)
        self._composer.editor.textChanged.connect(self._follow)
        self._composer.opened.connect(self._start_afresh)
        self._composer.installEventFilter(self)
        self._composer.editor.installEventFilter(self)
        pane.doing.prepare = self.take

    def take(self, text: str) -> str | None:
        """What of a text is to be sent: all of it, or None where it was a command, or may be a slip."""
        if self._impersonation.active:
            self._composer.say(self.tr("Your next message is still being written. Wait for its end or press Stop."))
            return None
        typed = read_typed(text, self._commands)
        if typed is None:
            return without_escape(text)
        if typed.command is not None:
            self._run(typed.command, typed.rest)
            return None
        if self._warned == text:
            self._warned = ""
            return text
        self._warned = text
        said = self.tr("There is no command /%s. Send it once more to send it as text, or type /help.")
        self._composer.say(said % typed.word)
        return None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._composer:
            if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and self.popup.isVisible():
                self.popup.place()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._take_key(event)
        elif event.type() == QEvent.Type.FocusOut and watched is self._composer.editor:
            self.popup.hide()
        return False

    # -- keys

    def _take_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape and self._impersonation.active:
            self._impersonation.stop()
            return True
        if self._composer.edit_in_progress is not None:
            return False
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if self.popup.isVisible() and plain and self._take_in_popup(key):
            return True
        if key in _ENTER and not event.modifiers() & _BREAKS:
            # Also while a reply is written, when nothing can be sent.
            typed = read_typed(self._composer.editor.toPlainText(), self._commands)
            if typed is not None and typed.command is not None and not self._impersonation.active:
                self._run(typed.command, typed.rest)
                return True
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and plain and self._composer.editor.document().isEmpty():
            return swipe_last(self._pane, key, repeated=event.isAutoRepeat())
        return False

    def _take_in_popup(self, key: Qt.Key) -> bool:
        popup, current = self.popup, self.popup.current
        if key == Qt.Key.Key_Escape:
            self._left = True
            popup.hide()
            return True
        if not popup.asks or current is None:
            return False
        match key:
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                popup.step(1 if key == Qt.Key.Key_Down else -1)
            case Qt.Key.Key_Tab:
                self._complete(current)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._choose(current)
            case _:
                return False
        return True

    # -- what is typed

    def _follow(self) -> None:
        text = self._composer.editor.toPlainText()
        if not text.startswith("/") or self._composer.edit_in_progress is not None or self._impersonation.active:
            self._left = False
            self.popup.hide()
            return
        if self._left:
            return
        offered = offered_for(text, self._commands)
        if offered:
            self.popup.offer(offered, asks=True)
            return
        typed = read_typed(text, self._commands)
        known = typed.command if typed is not None else None
        self.popup.offer([known] if known is not None and known.takes else [], asks=False)

    def _choose(self, command: SlashCommand) -> None:
        """Run what needs nothing more; let the rest be typed."""
        if not self.popup.asks:
            return
        if command.needed:
            self._complete(command)
        else:
            self._run(command, "")

    def _complete(self, command: SlashCommand) -> None:
        self._composer.editor.selectAll()
        self._composer.editor.insert_text(f"/{command.word}" + (" " if command.takes else ""))

    def _run(self, command: SlashCommand, rest: str) -> None:
        ready: object = self.tr("Write behind it what it takes: %s") % command.shown
        if rest or not command.needed:
            ready = self._doing.prepare(command.word, rest)
        if not callable(ready):
            self.popup.hide()
            self._composer.say(str(ready))
            return
        self._start_afresh()
        self._composer.clear()
        self._composer.draft_changed.emit("")
        ready()

    def _start_afresh(self) -> None:
        self._warned = ""
        self._left = False
        self.popup.hide()
