"""Toasts: a short word about what has just happened, often with Undo."""

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

SHOWN_MS = 8000
SHOWN_BRIEFLY_MS = 4000
"""For a word that asks nothing and tells of no trouble."""

MOST_SHOWN = 3
WIDTH_PX = 420


class Toast(QWidget):
    """One message. It waits while the pointer or the focus is on it."""

    def __init__(
        self, themes: ThemeSource, text: str, *, action: str, act: Callable[[], None] | None, bad: bool, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._bad = bad
        self._act = act
        self.setAccessibleName(text)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(*((10, 10, 44, 10) if self.isRightToLeft() else (44, 10, 10, 10)))
        layout.setSpacing(8)
        label = Label(themes, text, wrap=True)
        # Changed, not replaced: a new policy would forget that the label's height follows from its width.
        policy = label.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
        label.setSizePolicy(policy)
        layout.addWidget(label, 1)
        self.action_button: Button | None = None
        if act is not None:
            self.action_button = Button(themes, action, kind=Kind.SECONDARY, compact=True)
            self.action_button.clicked.connect(self._activate)
            layout.addWidget(self.action_button)
        dismiss = Button(themes, icon="close", accessible=self.tr("Dismiss"), kind=Kind.GHOST, compact=True)
        dismiss.clicked.connect(self.close)
        layout.addWidget(dismiss)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_BRIEFLY_MS if act is None and not bad else SHOWN_MS)
        self._timer.timeout.connect(self._expire)
        self._timer.start()

    def _activate(self) -> None:
        act, self._act = self._act, None
        self.close()
        if act is not None:
            act()

    def _expire(self) -> None:
        busy = self.underMouse() or (self.action_button is not None and self.action_button.hasFocus())
        if busy:
            self._timer.start()
        else:
            self.close()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(3, 2, -3, -4)
        shade = QColor(theme.shadow)
        painter.setPen(Qt.PenStyle.NoPen)
        for spread, alpha in ((3, 14), (2, 22), (1, 32)):
            shade.setAlpha(alpha)
            painter.setBrush(shade)
            painter.drawRoundedRect(rect.adjusted(-spread, -spread + 1, spread, spread + 1), 13, 13)
        painter.setBrush(theme.raised)
        painter.setPen(QPen(theme.line, 1))
        painter.drawRoundedRect(rect, 12, 12)
        ink = theme.bad if self._bad else theme.ok
        name = "warning" if self._bad else "check"
        x = self.width() - 34 if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else 16
        painter.drawPixmap(x, (self.height() - 20) // 2, pixmap(name, ink, 18, self.devicePixelRatioF()))


class ToastStack(QWidget):
    """The toasts of a window, above its bottom edge, newest last."""

    def __init__(self, themes: ThemeSource, window: QWidget) -> None:
        super().__init__(window)
        self._themes = themes
        self._window = window
        self._clear_of: list[QWidget] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        window.installEventFilter(self)
        self.hide()

    def keep_clear_of(self, widget: QWidget) -> None:
        """Stand above this widget while it is on screen."""
        self._clear_of.append(widget)
        widget.installEventFilter(self)

    def say(self, text: str, *, action: str = "", act: Callable[[], None] | None = None, bad: bool = False) -> Toast:
        """Show a toast; with `act`, a button named `action` calls it once."""
        toast = Toast(self._themes, text, action=action, act=act, bad=bad, parent=self)
        toast.destroyed.connect(self._settle, Qt.ConnectionType.QueuedConnection)
        self._layout.addWidget(toast)
        # A layout counts what is shown: else the first toast would be measured as nothing.
        toast.show()
        while self._layout.count() > MOST_SHOWN:
            item = self._layout.takeAt(0)
            oldest = item.widget() if item is not None else None
            if oldest is not None:
                oldest.close()
        self.show()
        self.raise_()
        self._settle()
        spoken = QAccessibleAnnouncementEvent(self, text)
        if bad:
            spoken.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(spoken)
        return toast

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide):
            self._settle()
        return False

    def _settle(self) -> None:
        if not shiboken6.isValid(self._window):
            # A dialog that goes while it is open hides once more on its way.
            return
        if self._layout.count() == 0:
            self.hide()
            return
        width = min(WIDTH_PX, self._window.width() - 32)
        self.setFixedWidth(width)
        height = (
            self._layout.totalHeightForWidth(width) if self._layout.hasHeightForWidth() else self.sizeHint().height()
        )
        bottom, centre = self._window.height() - 20, self._window.width() // 2
        for other in self._clear_of:
            if other.isVisible():
                place = other.mapTo(self._window, QPoint(0, 0))
                bottom, centre = place.y() - 8, place.x() + other.width() // 2
        left = min(max(centre - width // 2, 16), self._window.width() - width - 16)
        self.setGeometry(left, max(bottom - height, 8), width, height)
