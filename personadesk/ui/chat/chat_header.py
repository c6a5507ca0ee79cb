"""The chat's header: who it is, which conversation, which model."""

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from personadesk.domain.chat import ModelState, ModelStatus
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.buttons import Button, Chip, Kind, PaintedButton, focus_ring
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.text import draw_line

AVATAR_PX = 40
HEIGHT_PX = 68
SHORT_BELOW_PX = 720


class _Face(QWidget):
    def __init__(self, avatars: Avatars) -> None:
        super().__init__()
        self._avatars = avatars
        self._who = ("", "")
        self.setFixedSize(AVATAR_PX, AVATAR_PX)
        avatars.ready.connect(self.update)

    def show_persona(self, name: str, avatar: str) -> None:
        self._who = (name, avatar)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        name, avatar = self._who
        painter = QPainter(self)
        self._avatars.paint(painter, QRectF(self.rect()), name=name, avatar=avatar, ratio=self.devicePixelRatioF())


class _Link(PaintedButton):
    """A quiet line of text with an arrow that opens a menu."""

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 24, self.fontMetrics().height() + 4)

    def minimumSizeHint(self) -> QSize:
        """Where there is little room the words are elided."""
        return QSize(60, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        ink = theme.text if self.underMouse() or self.hasFocus() else theme.muted
        painter.setPen(ink)
        rtl = self.isRightToLeft()
        words = self.rect().adjusted(20, 0, 0, 0) if rtl else self.rect().adjusted(0, 0, -20, 0)
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        draw_line(painter, QRectF(words), self.text(), side)
        arrow = pixmap("chevron-down", ink, 14, self.devicePixelRatioF())
        painter.drawPixmap(2 if rtl else self.width() - 17, (self.height() - 14) // 2 + 1, arrow)
        if self.hasFocus():
            focus_ring(painter, theme, QRectF(self.rect()).adjusted(-1, 0, 1, 0), 5)


class ChatHeader(QWidget):
    """`conversations_requested` and `menu_requested` carry where a menu should open (global)."""

    conversations_requested = Signal(QPoint)
    menu_requested = Signal(QPoint)
    find_requested = Signal()
    voice_requested = Signal(QPoint)
    memory_requested = Signal()
    model_requested = Signal(QPoint)

    def __init__(self, *, themes: ThemeSource, avatars: Avatars) -> None:
        super().__init__()
        self._themes = themes
        self._status: ModelStatus | None = None
        self._face = _Face(avatars)
        self.name = Label(themes, bold=True, elide=True, size_pt=self.font().pointSizeF() * 1.22)
        self.conversation = _Link(themes)
        self.conversation.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.model = Chip(themes, "", checkable=False)
        self.find_button = Button(themes, icon="search", accessible=self.tr("Find (Ctrl+F)"), kind=Kind.GHOST)
        self.voice = Button(themes, icon="volume", accessible=self.tr("Voice"), kind=Kind.GHOST)
        self.voice.setCheckable(True)
        self.voice.hide()
        panel = "sidebar" if self.isRightToLeft() else "panel-right"
        self.memory = Button(themes, icon=panel, accessible=self.tr("Memory (Ctrl+I)"), kind=Kind.GHOST)
        self.memory.setCheckable(True)
        self.more = Button(themes, icon="more", accessible=self.tr("More for this chat"), kind=Kind.GHOST)
        self._build()
        self.conversation.clicked.connect(lambda: self.conversations_requested.emit(_below(self.conversation)))
        self.model.clicked.connect(lambda: self.model_requested.emit(_below(self.model)))
        self.more.clicked.connect(lambda: self.menu_requested.emit(_below(self.more)))
        self.voice.clicked.connect(self._ask_for_voice)
        self.find_button.clicked.connect(self.find_requested)
        self.memory.clicked.connect(self.memory_requested)
        themes.changed.connect(self.update)

    def show_persona(self, name: str, avatar: str) -> None:
        self._face.show_persona(name, avatar)
        self.name.setText(name)

    def show_conversation(self, title: str) -> None:
        metrics = self.conversation.fontMetrics()
        self.conversation.setText(metrics.elidedText(title, Qt.TextElideMode.ElideRight, 260))
        self.conversation.setAccessibleName(self.tr("Conversation: %s") % title)
        self.conversation.updateGeometry()

    def show_model(self, status: ModelStatus) -> None:
        theme = self._themes.theme
        colour = {
            ModelState.READY: theme.ok,
            ModelState.RESTING: theme.ok,
            ModelState.LOADING: theme.warn,
        }.get(status.state, theme.bad)
        self._status = status
        self._fit_model()
        self.model.set_dot(colour)
        words = {
            ModelState.READY: self.tr("Ready"),
            ModelState.RESTING: self.tr("Resting: the first message wakes it"),
            ModelState.LOADING: self.tr("Waking up…"),
        }.get(status.state, status.sentence)
        self.model.setToolTip(f"{status.info.label}: {words}")
        self.model.setAccessibleDescription(words)

    def show_speaking(self, by_itself: bool) -> None:
        """Whether the persona's replies are spoken by themselves, once there are voices."""
        self.voice.setVisible(True)
        self.voice.setChecked(by_itself)
        said = self.tr("Replies are spoken as they come") if by_itself else self.tr("Replies are spoken when asked")
        self.voice.setAccessibleDescription(said)

    def _ask_for_voice(self) -> None:
        # What is chosen in the menu decides, not the click.
        self.voice.toggle()
        self.voice_requested.emit(_below(self.voice))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_model()

    def _fit_model(self) -> None:
        """Say less about the model where there is less room."""
        if self._status is None:
            return
        info = self._status.info
        short = self.width() < SHORT_BELOW_PX
        self.model.set_text(info.label if short else f"{info.label} · {info.where}")

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.window)
        painter.setPen(theme.line)
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)

    def _build(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self.name)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.conversation)
        row.addStretch(1)
        words.addLayout(row)
        words.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(22, 0, 16, 0)
        layout.setSpacing(12)
        layout.addWidget(self._face)
        layout.addLayout(words, 1)
        layout.addWidget(self.model)
        buttons = QHBoxLayout()
        buttons.setSpacing(2)
        for button in (self.voice, self.find_button, self.memory, self.more):
            buttons.addWidget(button)
        layout.addLayout(buttons)
        self.setFixedHeight(max(HEIGHT_PX, round(self.fontMetrics().height() * 2.6) + 26))


def _below(widget: QWidget) -> QPoint:
    return widget.mapToGlobal(QPoint(0, widget.height() + 4))
