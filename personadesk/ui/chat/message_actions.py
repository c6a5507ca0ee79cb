"""What can be done with a message: one floating bar of real buttons, and a menu with the same."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from personadesk.domain.conversation import Message
from personadesk.ui.chat.markdown_ink import small_font
from personadesk.ui.chat.message_offers import (
    Act,
    Offer,
    Speech,
    more_offers,
    offers_for,
    speech_offers,
    swipe_label,
)
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.source import menu_style
from personadesk.ui.theme.tokens import Theme

BUTTON_PX = 26
MOST_BUTTONS = 12
ICON_PX = 15


class _Button(QToolButton):
    """A round button drawn in the theme's colours, without a style sheet."""

    def __init__(self, parent: "MessageActions") -> None:
        super().__init__(parent)
        self._bar = parent
        self.act = Act.COPY
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(QSize(BUTTON_PX, BUTTON_PX))

    def offer(self, offer: Offer, theme: Theme) -> None:
        self.act = offer.act
        self.setEnabled(offer.enabled)
        self.setAccessibleName(offer.label)
        self.setToolTip(offer.label)
        colour = theme.muted if offer.enabled else theme.line
        self.setIcon(icon(offer.icon, colour, ICON_PX))

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._bar.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.isEnabled() and (self.underMouse() or self.isDown()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.line if self.isDown() else theme.hover)
            painter.drawEllipse(area)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.accent, 2))
            painter.drawEllipse(area)
        side = ICON_PX
        at = self.rect().center() - self.rect().topLeft()
        self.icon().paint(painter, at.x() - side // 2, at.y() - side // 2, side, side)


class MessageActions(QWidget):
    """The bar that floats below a message. One for the whole transcript, moved from row to row."""

    chosen = Signal(str)  # Act
    left = Signal()
    """The user is done with the bar (Escape)."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.message: Message | None = None
        self._offers: list[Offer] = []
        self._speech = Speech()
        self._buttons = [_Button(self) for _ in range(MOST_BUTTONS)]
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(3, 2, 3, 2)
        self._layout.setSpacing(2)
        self._swipe_gap = QWidget(self)
        self._layout.addWidget(self._buttons[0])
        self._layout.addWidget(self._swipe_gap)
        for button in self._buttons[1:]:
            self._layout.addWidget(button)
        for button in self._buttons:
            button.clicked.connect(self._choose)
        self.setAccessibleName(self.tr("Message actions"))
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        message, self.message = self.message, None
        if message is not None:
            last = any(offer.act is Act.REGENERATE for offer in self._offers)
            self.offer(message, last=last, speech=self._speech)

    def offer(self, message: Message, *, last: bool, speech: Speech) -> None:
        """Show what can be done with this message."""
        offers = [*offers_for(message, last=last, speech=speech), Offer(Act.MORE, self.tr("More"), "more")]
        self._speech = speech
        if message is self.message and offers == self._offers:
            return
        self.message, self._offers = message, offers
        swipes = message.swipe_count > 1 and offers[0].act is Act.PREVIOUS
        self._swipe_gap.setVisible(swipes)
        self._swipe_gap.setFixedWidth(self._label_width() if swipes else 0)
        for at, button in enumerate(self._buttons):
            button.setVisible(at < len(offers))
            if at < len(offers):
                button.offer(offers[at], self.theme)
        self.adjustSize()
        self.update()

    def focus_first(self) -> None:
        """Give the keyboard to the first button that can be used."""
        first = next((button for button in self._buttons if not button.isHidden() and button.isEnabled()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)

    def has_keyboard(self) -> bool:
        return any(button.hasFocus() for button in self._buttons)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shown = [button for button in self._buttons if not button.isHidden() and button.isEnabled()]
        at = next((at for at, button in enumerate(shown) if button.hasFocus()), -1)
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if self.isRightToLeft():
            step = -step
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif step and at >= 0 and 0 <= at + step < len(shown):
            shown[at + step].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self.theme.raised)
        painter.setPen(QPen(self.theme.line, 1))
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        if self.message is not None and not self._swipe_gap.isHidden():
            painter.setFont(small_font(self.font()))
            painter.setPen(self.theme.muted)
            painter.drawText(self._swipe_gap.geometry(), Qt.AlignmentFlag.AlignCenter, swipe_label(self.message))

    def _label_width(self) -> int:
        return self.fontMetrics().horizontalAdvance(swipe_label(self.message) if self.message else "") + 4

    def _choose(self) -> None:
        button = self.sender()
        if isinstance(button, _Button):
            self.chosen.emit(button.act)


def actions_menu(
    message: Message, theme: Theme, *, last: bool, speech: Speech, choose: Callable[[Act], None], parent: QWidget
) -> QMenu:
    """A menu with what the bar offers. It deletes itself when it closes."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setStyleSheet(menu_style(theme))
    first = offers_for(message, last=last, speech=speech)
    delete = [offer for offer in first if offer.act is Act.DELETE]
    for group in (
        [offer for offer in first if offer.act is not Act.DELETE],
        speech_offers(message, speech),
        more_offers(message, last=last),
        delete,
    ):
        if menu.actions() and group:
            menu.addSeparator()
        for offer in group:
            action = menu.addAction(icon(offer.icon, theme.muted, ICON_PX), offer.label)
            action.setEnabled(offer.enabled)
            action.triggered.connect(lambda _checked=False, act=offer.act: choose(act))
    return menu
