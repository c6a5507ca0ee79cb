"""Text fields with a painted, rounded frame, and labels that never guess at rich text."""

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import RADIUS_CONTROL_PX, Theme
from personadesk.ui.widgets.buttons import key_hint
from personadesk.ui.widgets.text import draw_line


class Label(QLabel):
    """A plain-text label in one of the theme's inks; elides at the end where `elide` is set."""

    def __init__(
        self,
        themes: ThemeSource,
        text: str = "",
        *,
        ink: str = "text",
        size_pt: float = 0.0,
        bold: bool = False,
        wrap: bool = False,
        elide: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._themes = themes
        self._ink = ink
        self._elide = elide
        self.setTextFormat(Qt.TextFormat.PlainText)
        # Inside a view's viewport a label would take the view's own ink.
        self.setForegroundRole(QPalette.ColorRole.WindowText)
        self.setWordWrap(wrap)
        font = self.font()
        if size_pt:
            font.setPointSizeF(size_pt)
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)
        if elide:
            self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._apply)
        self._apply(themes.theme)

    def set_ink(self, ink: str) -> None:
        self._ink = ink
        self._apply(self._themes.theme)

    def _apply(self, theme: Theme) -> None:
        colours = QPalette(self.palette())
        colours.setColor(QPalette.ColorRole.WindowText, getattr(theme, self._ink))
        self.setPalette(colours)

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(0, hint.height()) if self._elide else hint

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._elide:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        draw_line(painter, QRectF(self.rect()), self.text(), side)


class _Frame(QWidget):
    """The rounded frame around a field; turns accent while the field has the focus."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._focused = False
        self._wrong = False
        self.radius = float(RADIUS_CONTROL_PX)
        themes.changed.connect(self.update)

    def set_wrong(self, wrong: bool) -> None:
        self._wrong = wrong
        self.update()

    def watch(self, field: QWidget) -> None:
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._focused = event.type() == QEvent.Type.FocusIn
            self.update()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.surface)
        line = theme.bad if self._wrong else (theme.accent if self._focused else theme.line)
        painter.setPen(QPen(line, 1.5 if self._focused or self._wrong else 1))
        rect = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        painter.drawRoundedRect(rect, self.radius, self.radius)


def _bare_palette(field: QWidget, theme: Theme) -> QPalette:
    """The theme's inks on no ground of one's own: the frame around the field paints it."""
    colours = QPalette(field.palette())
    colours.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
    colours.setColor(QPalette.ColorRole.Text, theme.text)
    colours.setColor(QPalette.ColorRole.PlaceholderText, theme.faint)
    return colours


class _BareLine(QLineEdit):
    """A line edit without a frame or a background of its own, in the theme's inks."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setFrame(False)
        themes.changed.connect(self._apply)
        self._apply(themes.theme)

    def _apply(self, theme: Theme) -> None:
        self.setPalette(_bare_palette(self, theme))


class LineField(_Frame):
    """A single-line field."""

    changed = Signal(str)

    def __init__(self, themes: ThemeSource, *, accessible: str, placeholder: str = "", limit: int = 0) -> None:
        super().__init__(themes)
        self.line = _BareLine(themes)
        self.line.setAccessibleName(accessible)
        self.line.setPlaceholderText(placeholder)
        if limit:
            self.line.setMaxLength(limit)
        self.line.textChanged.connect(self.changed)
        self.watch(self.line)
        self.setFocusProxy(self.line)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 0, 10, 0)
        layout.addWidget(self.line)
        self.setMinimumHeight(self.fontMetrics().height() + 20)


class SearchField(_Frame):
    """A search field with a glass, a shortcut shown while it is empty, and a way to clear it."""

    changed = Signal(str)
    entered = Signal()
    left = Signal()  # Escape in an empty field, or the arrow down

    def __init__(self, themes: ThemeSource, *, placeholder: str, shortcut: str = "") -> None:
        super().__init__(themes)
        self._shortcut = shortcut
        self.line = _BareLine(themes)
        self.line.setPlaceholderText(placeholder)
        self.line.setAccessibleName(placeholder)
        self.line.textChanged.connect(self.changed)
        self.line.textChanged.connect(self.update)
        self.line.returnPressed.connect(self.entered)
        self.watch(self.line)
        self.setFocusProxy(self.line)
        layout = QHBoxLayout(self)
        layout.addWidget(self.line)
        self.setFixedHeight(self.fontMetrics().height() + 20)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        layout = self.layout()
        if layout is not None:
            start, end = 34, 12 + (self._hint_width() if self._has_room_for_hint() else 0)
            left, right = (end, start) if self.isRightToLeft() else (start, end)
            layout.setContentsMargins(left, 0, right, 0)

    def _hint_width(self) -> int:
        return self.fontMetrics().horizontalAdvance(self._shortcut) + 12 if self._shortcut else 0

    def _has_room_for_hint(self) -> bool:
        words = self.fontMetrics().horizontalAdvance(self.line.placeholderText())
        return self.width() > 34 + words + self._hint_width() + 24

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                if self.line.text():
                    self.line.clear()
                else:
                    self.left.emit()
                return True
            if event.key() == Qt.Key.Key_Down:
                self.left.emit()
                return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme = self._themes.theme
        painter = QPainter(self)
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        x = self.width() - 28 if rtl else 11
        painter.drawPixmap(x, (self.height() - 16) // 2, pixmap("search", theme.faint, 16, self.devicePixelRatioF()))
        if self._shortcut and not self.line.text() and not self.line.hasFocus() and self._has_room_for_hint():
            key_hint(painter, theme, self, self._shortcut)


LONG_WORD = 4000
"""From here Qt's search for a place to wrap takes longer than a key stroke may: it then wraps anywhere."""


class PlainText(QPlainTextEdit):
    """A multi-line plain-text edit without frame, in the theme's inks. Tab moves on.

    Texts come in through `set_text` and `insert_text`, which know how to wrap what has no spaces.
    """

    focus_changed = Signal(bool)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        themes.changed.connect(self._apply)
        self._apply(themes.theme)

    def set_text(self, text: str) -> None:
        """Show another text."""
        self._wrap_anywhere(_has_long_word(text))
        self.setPlainText(text)

    def insert_text(self, text: str) -> None:
        """Insert at the cursor, as typing would."""
        self._wrap_anywhere(_has_long_word(text) or _has_long_word(self.toPlainText()))
        self.insertPlainText(text)

    def insertFromMimeData(self, source: QMimeData) -> None:
        self.insert_text(source.text())

    def _wrap_anywhere(self, anywhere: bool) -> None:
        mode = QTextOption.WrapMode
        self.setWordWrapMode(mode.WrapAnywhere if anywhere else mode.WrapAtWordBoundaryOrAnywhere)

    def _apply(self, theme: Theme) -> None:
        self.setPalette(_bare_palette(self, theme))
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit(False)


def _has_long_word(text: str) -> bool:
    return len(text) > LONG_WORD and max(map(len, text.split()), default=0) > LONG_WORD


class TextField(_Frame):
    """A multi-line field of `lines` visible lines."""

    changed = Signal()

    def __init__(
        self,
        themes: ThemeSource,
        *,
        accessible: str,
        placeholder: str = "",
        lines: int = 4,
        text: PlainText | None = None,
    ) -> None:
        super().__init__(themes)
        self.text = text or PlainText(themes)
        self.text.setAccessibleName(accessible)
        self.text.setPlaceholderText(placeholder)
        self.text.textChanged.connect(self.changed)
        self.watch(self.text)
        self.setFocusProxy(self.text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 4, 6)
        layout.addWidget(self.text)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * lines + 24)


class CardPanel(QWidget):
    """A surface with rounded corners and a line around it, for a group of settings."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        themes.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.surface)
        painter.setPen(QPen(theme.line, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 14, 14)
