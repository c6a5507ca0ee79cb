"""The bar above the composer while something is said: who speaks, and what can be done about it."""

from itertools import pairwise

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from personadesk.ui.speech.voices import Voices
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.buttons import Button, Chip, Kind
from personadesk.ui.widgets.fields import Label

SPEEDS = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
RADIUS_PX = 12
ICON_PX = 16


def speed_label(speed: float) -> str:
    return f"{speed:g}\u00d7"


class SpeakingBar(QWidget):
    """Shown while `voices` speak. Escape stops them."""

    left = Signal()
    """It had the focus and is gone."""

    def __init__(self, *, themes: ThemeSource, voices: Voices) -> None:
        super().__init__()
        self._themes = themes
        self._voices = voices
        self._name = ""
        self.who = Label(themes, elide=True)
        self.back = self._button("skip-back", self.tr("Previous sentence"))
        self.pause = self._button("pause", self.tr("Pause"))
        self.forward = self._button("skip-forward", self.tr("Next sentence"))
        self.speed = Chip(themes, "", checkable=False)
        self.end = self._button("close", self.tr("Stop speaking (Esc)"))
        self.setAccessibleName(self.tr("Speaking"))
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 4, 6, 4)
        row.setSpacing(2)
        row.addSpacing(6 + ICON_PX + 8)
        row.addWidget(self.who, 1)
        row.addWidget(self._transport())
        row.addSpacing(6)
        row.addWidget(self.speed)
        row.addSpacing(4)
        row.addWidget(self.end)
        self.back.clicked.connect(self._go_back)
        self.pause.clicked.connect(self._pause)
        self.forward.clicked.connect(self._go_on)
        self.speed.clicked.connect(self._offer_speeds)
        self.end.clicked.connect(voices.stop)
        voices.changed.connect(self._show_key)
        voices.altered.connect(self._show_state)
        voices.told.connect(self.who.setToolTip)
        themes.changed.connect(self.update)
        self.hide()
        self._show_state()

    def show_name(self, name: str) -> None:
        """Say who speaks; "" where that is nobody's voice yet."""
        self._name = name
        self._show_who()

    def stand_between(self, before: QWidget, after: QWidget) -> None:
        """Take a place in the order in which Tab goes."""
        stops = (before, self.back, self.pause, self.forward, self.speed, self.end, after)
        for first, second in pairwise(stops):
            QWidget.setTabOrder(first, second)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._voices.stop()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if any(button.hasFocus() for button in (self.back, self.pause, self.forward, self.speed, self.end)):
            self.left.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.line, 1))
        painter.setBrush(theme.raised if theme.dark else theme.surface)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PX, RADIUS_PX)
        drawn = pixmap("volume", theme.accent_text, ICON_PX, self.devicePixelRatioF())
        left = self.width() - 12 - ICON_PX if self.isRightToLeft() else 12
        painter.drawPixmap(left, (self.height() - ICON_PX) // 2, drawn)

    # -- inside

    def _transport(self) -> QWidget:
        """Sound goes from left to right, also where one reads the other way."""
        transport = QWidget()
        transport.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        row = QHBoxLayout(transport)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for button in (self.back, self.pause, self.forward):
            row.addWidget(button)
        return transport

    def _button(self, icon: str, name: str) -> Button:
        return Button(self._themes, icon=icon, accessible=name, kind=Kind.GHOST, compact=True)

    def _show_key(self, key: str) -> None:
        self.setVisible(bool(key))

    def _show_who(self) -> None:
        if not self._name:
            self.who.setText(self.tr("Speaking"))
        elif self._voices.player.paused:
            self.who.setText(self.tr("%s is paused") % self._name)
        elif self._voices.reading.sounds:
            self.who.setText(self.tr("%s is speaking") % self._name)
        else:
            self.who.setText(self.tr("%s is about to speak…") % self._name)

    def _show_state(self) -> None:
        self._show_who()
        paused = self._voices.player.paused
        self.pause.set_icon_name("play" if paused else "pause")
        name = self.tr("Go on") if paused else self.tr("Pause")
        self.pause.setAccessibleName(name)
        self.pause.setToolTip(name)
        self.back.setEnabled(self._voices.reading.heard > 0)
        self.speed.set_text(speed_label(self._voices.habits.speed))
        self.speed.setAccessibleName(self.tr("Speed: %s") % speed_label(self._voices.habits.speed))

    def _go_back(self) -> None:
        self._voices.reading.skip(-1)

    def _go_on(self) -> None:
        self._voices.reading.skip(1)

    def _pause(self) -> None:
        self._voices.reading.set_paused(not self._voices.player.paused)

    def _offer_speeds(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(self._themes.theme))
        for speed in SPEEDS:
            action = menu.addAction(speed_label(speed))
            action.setCheckable(True)
            action.setChecked(speed == self._voices.habits.speed)
            action.triggered.connect(lambda _checked=False, speed=speed: self._voices.change_habits(speed=speed))
        menu.popup(self.speed.mapToGlobal(QPoint(0, -menu.sizeHint().height() - 4)))
