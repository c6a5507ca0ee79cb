"""The transcript as it is used: pointed at, read by keyboard, selected, copied, acted on."""

from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from personadesk.domain.conversation import Message
from personadesk.ui.chat.attachment_words import icon_name
from personadesk.ui.chat.markdown_inline_writer import SPOILER
from personadesk.ui.chat.markdown_writer import WHOLE_CODE, WHOLE_MESSAGE
from personadesk.ui.chat.message_actions import ICON_PX, actions_menu
from personadesk.ui.chat.message_layout import MessageLayout, can_continue
from personadesk.ui.chat.message_offers import Act, Speech
from personadesk.ui.chat.message_painter import RowState
from personadesk.ui.chat.text_viewer import TextViewer
from personadesk.ui.chat.transcript_canvas import TranscriptCanvas
from personadesk.ui.chat.transcript_chrome import TranscriptChrome
from personadesk.ui.chat.transcript_keys import handle_key, take_focus
from personadesk.ui.chat.transcript_list import LINE_STEP_PX
from personadesk.ui.chat.transcript_model import TranscriptModel
from personadesk.ui.chat.transcript_pointer import Hit, Spot, TranscriptPointer, copy_text, shown_address
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.tokens import Theme

NOTCH = 120
"""What a mouse wheel reports for one notch (Qt's eighths of a degree)."""
NOTCH_LINES = 2.5
_BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class TranscriptView(TranscriptCanvas):
    """One conversation, newest at the end. Signals carry the Message as it is shown."""

    swipe_requested = Signal(object, int)
    regenerate_requested = Signal(object)
    edit_requested = Signal(object)
    delete_requested = Signal(object)
    speak_requested = Signal(object)
    speak_on_requested = Signal(object)
    save_speech_requested = Signal(object)
    retry_requested = Signal(object)
    continue_requested = Signal(object)
    file_requested = Signal(object, object)  # the Message, its Attachment
    verb_requested = Signal(object, object)  # what else can be done: the Message, an Act
    link_activated = Signal(str)
    link_hovered = Signal(str)
    """Where the link under the pointer leads, "" when there is none."""
    copied = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._hit = Hit()
        self.keyboard_used = False
        self.speech = Speech()
        self.pointer = TranscriptPointer(self)
        self.chrome = TranscriptChrome(self, theme)
        self.setAccessibleName(self.tr("Transcript"))
        self.viewport().setMouseTracking(True)
        self.chrome.bar.chosen.connect(self._act_on_bar)

    def attach(self, model: TranscriptModel) -> None:
        super().attach(model)
        model.rowsInserted.connect(lambda _parent, first, last: self.chrome.came(last - first + 1))
        model.modelReset.connect(self._start_afresh)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.chrome.set_theme(theme)

    def row_state(self, row: int, made: MessageLayout) -> RowState:
        current = self.keyboard_used and self.hasFocus() and row == self.currentIndex().row()
        return replace(
            super().row_state(row, made),
            selection=self.pointer.range_in(made.message),
            focused=current,
            hot=self._hit.key if self._hit.row == row else "",
        )

    def act(self, message: Message, act: Act) -> None:
        """Do, or ask for, one of the things that can be done with a message."""
        match act:
            case Act.PREVIOUS | Act.NEXT:
                index = message.swipe_index + (1 if act is Act.NEXT else -1)
                if 0 <= index < message.swipe_count:
                    self.swipe_requested.emit(message, index)
            case Act.COPY:
                self.copy(message.text)
            case Act.REGENERATE:
                self.regenerate_requested.emit(message)
            case Act.RETRY:
                self.retry_requested.emit(message)
            case Act.CONTINUE:
                self.continue_requested.emit(message)
            case Act.SPEAK:
                self.speak_requested.emit(message)
            case Act.SPEAK_ON:
                self.speak_on_requested.emit(message)
            case Act.SAVE_SPEECH:
                self.save_speech_requested.emit(message)
            case Act.EDIT:
                self.edit_requested.emit(message)
            case Act.DELETE:
                self.delete_requested.emit(message)
            case Act.MORE:
                self.open_menu(message)
            case _:
                self.verb_requested.emit(message, act)

    def open_menu(self, message: Message) -> None:
        """Show what can be done with a message, below its bar."""
        corner = self.chrome.bar.rect().bottomLeft()
        self._make_menu(self.transcript.row_of(message.id), message).popup(self.chrome.bar.mapToGlobal(corner))

    def set_speech(self, speech: Speech) -> None:
        """Whether replies can be heard, and which one is."""
        self.speech = speech
        self.chrome.place()

    def copy(self, text: str) -> None:
        """Put text on the clipboard and say so."""
        if text:
            copy_text(text)
            self.copied.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        precise = event.pixelDelta().y()
        turned = event.angleDelta().y()
        if precise:
            self.scroll_pixels(-precise)
        elif turned % NOTCH:
            self.scroll_pixels(round(-turned / NOTCH * NOTCH_LINES * LINE_STEP_PX))
        elif turned:
            self.motion.wheel(round(-turned / NOTCH * NOTCH_LINES * LINE_STEP_PX))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.keyboard_used = False
        hit = self.pointer.press(event.position().toPoint()) if event.button() == Qt.MouseButton.LeftButton else Hit()
        if hit.row >= 0:
            self.setCurrentIndex(self.transcript.index(hit.row))
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if event.buttons() & Qt.MouseButton.LeftButton:
            over = min(0, at.y()) + max(0, at.y() - self.viewport().height())
            if over and self.pointer.selected is not None:
                self.scroll_pixels(over)
            if self.pointer.drag(at) or over:
                self.viewport().update()
            return
        self._hover(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._click(self.pointer.release(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pointer.double_click(event.position().toPoint())
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not handle_key(self, event):
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        row = self.currentIndex().row() if by_key else self.seen.row_at(event.pos().y())
        made = self.layout_of(row)
        if made is None:
            return
        where = event.globalPos()
        if by_key:
            area = made.bubble or made.notice
            corner = area.bottomLeft().toPoint() if area is not None else QPoint()
            where = self.viewport().mapToGlobal(corner + QPoint(16, max(0, self.top_of(row))))
        menu = self._make_menu(row, made.message)
        self._add_folds(menu, made)
        menu.popup(where)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            link = self._hit.link if self._hit.spot is Spot.LINK else ""
            if link and not link.startswith("personadesk:"):
                QToolTip.showText(event.globalPos(), shown_address(link), self.viewport())
            else:
                QToolTip.hideText()
            return True
        if event.type() == QEvent.Type.Leave:
            self._hover(None)
        return super().viewportEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in _BY_KEYBOARD:
            take_focus(self)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()
        self.chrome.place()

    def _make_menu(self, row: int, message: Message) -> QMenu:
        menu = actions_menu(
            message,
            self.theme,
            last=row == self.transcript.rowCount() - 1,
            speech=self.speech,
            choose=lambda act: self.act(message, act),
            parent=self,
        )
        if message.attachments:
            menu.addSeparator()
        for file in message.attachments:
            # An ampersand would mark a key.
            action = menu.addAction(self.tr("Open {name}").format(name=file.name).replace("&", "&&"))
            action.setIcon(icon(icon_name(file), self.theme.muted, ICON_PX))
            action.triggered.connect(lambda _checked=False, file=file: self.file_requested.emit(message, file))
        return menu

    def _hover(self, at: QPoint | None) -> None:
        """The pointer is here now; None for outside. A row that is cut off above lies there, too."""
        before, self._hit = self._hit, Hit() if at is None else self.pointer.find(at)
        self.chrome.hover(self._hit.row)
        self.viewport().setCursor(self._hit.cursor)
        if self._hit.key != before.key:
            self.viewport().update()
        if self._hit.link != before.link:
            own = self._hit.link.startswith("personadesk:")
            self.link_hovered.emit("" if own or not self._hit.link else shown_address(self._hit.link))

    def _click(self, hit: Hit) -> None:
        if hit.made is None:
            return
        match hit.spot:
            case Spot.LINK:
                self._follow(hit.made, hit.link)
            case Spot.FILE:
                self.file_requested.emit(hit.made.message, hit.made.files[hit.number].file)
            case Spot.COPY_CODE:
                code = hit.made.document.code_at(hit.number)
                self.copy(code.code.text if code is not None else "")
            case Spot.RETRY:
                message = hit.made.message
                (self.continue_requested if can_continue(message) else self.retry_requested).emit(message)
            case _:
                pass

    def _follow(self, made: MessageLayout, link: str) -> None:
        """Open what a link stands for: our own links unfold, others are for whoever listens."""
        if link == WHOLE_MESSAGE:
            self._open_viewer(self.tr("The whole message"), made.message.text)
        elif link.startswith(WHOLE_CODE):
            code = made.document.code_at(int(link.removeprefix(WHOLE_CODE)))
            if code is not None:
                self._open_viewer(code.code.language or self.tr("Code"), code.code.text, monospace=True)
        elif link.startswith(SPOILER):
            made.document.reveal(int(link.removeprefix(SPOILER)))
            self.viewport().update()
        else:
            self.link_activated.emit(link)

    def _open_viewer(self, title: str, text: str, *, monospace: bool = False) -> None:
        TextViewer(self.theme, title=title, text=text, monospace=monospace, parent=self.window()).open()

    def _add_folds(self, menu: QMenu, made: MessageLayout) -> None:
        """What else the message holds that a pointer could reach: links and folded parts."""
        links = made.document.links()
        if links:
            menu.addSeparator()
        for words, link in links:
            own = link.startswith("personadesk:")
            label = words if own else self.tr("Open {address}").format(address=shown_address(link)[:60])
            # An ampersand would mark a key.
            action = menu.addAction(label.replace("&", "&&"))
            action.triggered.connect(lambda _checked=False, link=link: self._follow(made, link))

    def _act_on_bar(self, act: str) -> None:
        if self.chrome.bar.message is not None:
            self.act(self.chrome.bar.message, Act(act))

    def _start_afresh(self) -> None:
        self.pointer.clear()
        self._hit = Hit()
        self.chrome.hover(-1)
        self.chrome.jump.set_count(0)
