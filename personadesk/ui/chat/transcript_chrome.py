"""The widgets that float over a transcript: the bar below a message, and the way back to the newest one."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint

from personadesk.domain.conversation import Role
from personadesk.ui.chat.message_actions import MessageActions
from personadesk.ui.chat.message_layout import MessageLayout
from personadesk.ui.chat.transcript_jump import MARGIN_PX, JumpButton
from personadesk.ui.theme.tokens import Theme

if TYPE_CHECKING:
    from personadesk.ui.chat.transcript_view import TranscriptView

EDGE_PX = 6
JUMP_FROM_PX = 160
"""How far from the end the way back appears."""


class TranscriptChrome(QObject):
    """Keeps the floating widgets where they belong."""

    def __init__(self, view: "TranscriptView", theme: Theme) -> None:
        super().__init__(view)
        self._view = view
        self._hovered = -1
        self.bar = MessageActions(theme, view.viewport())
        self.jump = JumpButton(theme, view.viewport())
        self.jump.clicked.connect(view.scroll_to_latest)
        self.bar.left.connect(self._leave_bar)
        view.moved.connect(self.place)

    def set_theme(self, theme: Theme) -> None:
        self.bar.set_theme(theme)
        self.jump.set_theme(theme)

    def hover(self, row: int) -> None:
        """The pointer is on this row now; -1 for none."""
        if row != self._hovered:
            self._hovered = row
            self.place()

    def came(self, count: int) -> None:
        """Messages came in at the end."""
        if not self._view.at_latest:
            self.jump.set_count(self.jump.count + count)

    def place(self) -> None:
        """Move everything to where it belongs now."""
        self._place_jump()
        row = self._row()
        made = self._view.layout_of(row) if row >= 0 else None
        if made is None or made.footer is None or made.waiting:
            self._hide_bar()
            return
        self.bar.offer(made.message, last=row == self._view.transcript.rowCount() - 1, speech=self._view.speech)
        at = self._bar_position(made, self._view.top_of(row))
        if at is None:
            self._hide_bar()
            return
        self.bar.move(at)
        self.bar.show()
        self.bar.raise_()

    def focus_bar(self) -> None:
        """Give the keyboard to the bar of the current row."""
        self.place()
        if self.bar.isVisible():
            self.bar.focus_first()

    def _row(self) -> int:
        """The row whose bar is shown: the one worked on by keyboard, else the one under the pointer."""
        current = self._view.currentIndex().row()
        if self.bar.has_keyboard() and self.bar.message is not None:
            return self._view.transcript.row_of(self.bar.message.id)
        if self._hovered >= 0 and self._view.seen.placed(self._hovered) is not None:
            return self._hovered
        return current if self._view.keyboard_used and self._view.seen.placed(current) is not None else -1

    def _bar_position(self, made: MessageLayout, top: int) -> QPoint | None:
        """Below the bubble, beside the time; at the lower edge where the bubble goes on beyond it."""
        footer = made.footer
        if footer is None:
            return None
        width, height = self.bar.width(), self.bar.height()
        room = self._view.viewport().height()
        y = min(round(top + footer.center().y() - height / 2), room - height - EDGE_PX)
        if y < top or y + height < 0:
            return None
        said = round(self._view.footer_width(made.message)) + 12
        from_left = (made.message.role is Role.PERSONA) != made.mirrored
        x = round(footer.left()) + said if from_left else round(footer.right()) - said - width
        return QPoint(max(EDGE_PX, min(x, self._view.viewport().width() - width - EDGE_PX)), y)

    def _hide_bar(self) -> None:
        if self.bar.has_keyboard():
            self._view.setFocus()
        self.bar.hide()

    def _leave_bar(self) -> None:
        self._view.setFocus()
        self.place()

    def _place_jump(self) -> None:
        away = self._view.verticalScrollBar().maximum() - self._view.verticalOffset()
        if self._view.at_latest:
            self.jump.set_count(0) if self.jump.count else None
        shown = not self._view.at_latest and (away > JUMP_FROM_PX or self.jump.count > 0)
        if shown:
            area = self._view.viewport().rect()
            x = area.center().x() - self.jump.width() // 2
            self.jump.move(x, area.bottom() - self.jump.height() - MARGIN_PX + 8)
            self.jump.raise_()
        elif self.jump.hasFocus():
            self._view.setFocus()
        self.jump.setVisible(shown)
