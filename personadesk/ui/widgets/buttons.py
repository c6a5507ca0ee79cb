"""Buttons and chips, painted from the theme: no style sheet, the same on every platform."""

from enum import Enum

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFont, QKeyEvent, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, mix
from personadesk.ui.theme.tokens import RADIUS_CONTROL_PX, Theme

KEYPAD = Qt.KeyboardModifier.KeypadModifier


class Kind(Enum):
    PRIMARY = "primary"
    SECONDARY = "secondary"
    GHOST = "ghost"
    DANGER = "danger"
    ON_ACCENT = "on_accent"
    """White, for the hero card's gradient."""
    ON_ACCENT_SOFT = "on_accent_soft"


def accent_gradient(theme: Theme, rect: QRectF) -> QLinearGradient:
    gradient = QLinearGradient(rect.topLeft(), rect.topRight())
    gradient.setColorAt(0, theme.fill)
    gradient.setColorAt(1, theme.fill_end)
    return gradient


def focus_ring(painter: QPainter, theme: Theme, rect: QRectF, radius: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.accent_text, 2))
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)


def key_hint(painter: QPainter, theme: Theme, widget: QWidget, keys: str) -> None:
    """Draw a shortcut in a small box at the end of a wide control."""
    font = widget.font()
    font.setPointSizeF(font.pointSizeF() * 0.86)
    painter.setFont(font)
    width = painter.fontMetrics().horizontalAdvance(keys) + 12
    height = painter.fontMetrics().height() + 4
    left = 9 if widget.isRightToLeft() else widget.width() - width - 9
    box = QRectF(left, (widget.height() - height) / 2, width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.line, 1))
    painter.drawRoundedRect(box, 5, 5)
    painter.setPen(theme.faint)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, keys)


class PaintedButton(QAbstractButton):
    """What all buttons share: as large as they say, reached by Tab, pressed by Space and Enter."""

    def __init__(self, themes: ThemeSource, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setText(text)
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & ~KEYPAD:
            self.click()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: object) -> None:
        self.update()


class Button(PaintedButton):
    """A push button with an optional icon before its text. An icon alone needs `accessible`."""

    def __init__(
        self,
        themes: ThemeSource,
        text: str = "",
        *,
        kind: Kind = Kind.SECONDARY,
        icon: str = "",
        accessible: str = "",
        compact: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(themes, text, parent)
        self._kind = kind
        self._icon = icon
        self._compact = compact
        self._icon_only = False
        self.setAccessibleName(accessible or text)
        if accessible and not text:
            self.setToolTip(accessible)
        font = self.font()
        font.setWeight(QFont.Weight.Medium)
        self.setFont(font)

    def set_text(self, text: str) -> None:
        """Say something else, also to a screen reader."""
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()

    def set_icon_only(self, icon_only: bool) -> None:
        """Show the icon without its text, which becomes a tooltip."""
        if icon_only != self._icon_only:
            self._icon_only = icon_only
            self.setToolTip(self.accessibleName() if icon_only else "")
            self.updateGeometry()
            self.update()

    @property
    def _is_bare(self) -> bool:
        return self._icon_only or not self.text()

    def whole_width(self) -> int:
        """How wide it is with its text."""
        width = self.fontMetrics().horizontalAdvance(self.text()) + (20 if self._compact else 30)
        return width + (16 + 7 if self._icon else 0)

    def set_icon_name(self, name: str) -> None:
        self._icon = name
        self.updateGeometry()
        self.update()

    def set_kind(self, kind: Kind) -> None:
        self._kind = kind
        self.update()

    def sizeHint(self) -> QSize:
        height = self.fontMetrics().height() + (10 if self._compact else 18)
        return QSize(height if self._is_bare else self.whole_width(), height)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        ink = self._paint_body(painter, theme, rect)
        if self.hasFocus():
            focus_ring(painter, theme, QRectF(self.rect()), RADIUS_CONTROL_PX)
        self._paint_content(painter, ink)

    def _paint_body(self, painter: QPainter, theme: Theme, rect: QRectF) -> QColor:
        hot = self.isEnabled() and (self.underMouse() or self.isChecked())
        down = self.isDown()
        painter.setPen(Qt.PenStyle.NoPen)
        ink = theme.text
        if self._kind is Kind.PRIMARY:
            painter.setBrush(accent_gradient(theme, rect))
            ink = theme.on_accent
        elif self._kind is Kind.ON_ACCENT:
            painter.setBrush(QColor("#ffffff"))
            ink = QColor("#4a2fd0")
        elif self._kind is Kind.ON_ACCENT_SOFT:
            painter.setBrush(QColor(255, 255, 255, 70 if hot else 48))
            ink = QColor("#ffffff")
        elif self._kind is Kind.GHOST:
            painter.setBrush(theme.hover if hot else Qt.BrushStyle.NoBrush)
            ink = theme.text if hot else theme.muted
        else:
            painter.setBrush(theme.hover if hot else theme.surface)
            painter.setPen(QPen(theme.line, 1))
            if self._kind is Kind.DANGER:
                ink = theme.bad
        if not self.isEnabled():
            painter.setOpacity(0.5)
        painter.drawRoundedRect(rect, RADIUS_CONTROL_PX, RADIUS_CONTROL_PX)
        if self._kind in (Kind.PRIMARY, Kind.ON_ACCENT) and (hot or down):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 46) if down else QColor(255, 255, 255, 34))
            painter.drawRoundedRect(rect, RADIUS_CONTROL_PX, RADIUS_CONTROL_PX)
        return ink

    def _paint_content(self, painter: QPainter, ink: QColor) -> None:
        rect = self.rect()
        if self._is_bare:
            size = 18 if not self._compact else 16
            drawn = pixmap(self._icon, ink, size, self.devicePixelRatioF())
            painter.drawPixmap(QPointF((rect.width() - size) / 2, (rect.height() - size) / 2), drawn)
            return
        painter.setPen(ink)
        if not self._icon:
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self.text())
            return
        size = 16
        content = size + 7 + self.fontMetrics().horizontalAdvance(self.text())
        left = (rect.width() - content) // 2
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            icon_left, text_left = left + content - size, left
        else:
            icon_left, text_left = left, left + size + 7
        drawn = pixmap(self._icon, ink, size, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(icon_left, (rect.height() - size) / 2), drawn)
        painter.drawText(
            QRectF(text_left, 0, content - size - 7 + 2, rect.height()),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            self.text(),
        )


class Chip(PaintedButton):
    """A rounded word that can be chosen, such as a tag filter. Checkable by default."""

    def __init__(
        self,
        themes: ThemeSource,
        text: str,
        *,
        checkable: bool = True,
        icon: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(themes, text, parent)
        self._icon = icon
        self._dot: QColor | None = None
        self.setCheckable(checkable)

    def set_dot(self, colour: QColor | None) -> None:
        """Show a small coloured dot before the text: a state at a glance."""
        self._dot = colour
        self.updateGeometry()
        self.update()

    def set_text(self, text: str) -> None:
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self.text()) + 24
        width += 20 if self._icon else 0
        width += 14 if self._dot is not None else 0
        return QSize(width, metrics.height() + 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        radius = rect.height() / 2
        chosen = self.isChecked()
        painter.setPen(Qt.PenStyle.NoPen)
        rest = theme.raised if theme.dark else mix(theme.line, theme.window, 0.35)
        painter.setBrush(theme.selection if chosen else (mix(rest, theme.text, 0.06) if self.underMouse() else rest))
        painter.drawRoundedRect(rect, radius, radius)
        if self.hasFocus():
            focus_ring(painter, theme, rect, radius)
        ink = theme.selection_text if chosen else theme.muted
        left = 12.0
        if self._dot is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._dot)
            painter.drawEllipse(QRectF(self._mirrored(left, 8), rect.center().y() - 3.5, 7, 7))
            left += 14
        if self._icon:
            drawn = pixmap(self._icon, ink, 14, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(self._mirrored(left, 14), (rect.height() - 14) / 2), drawn)
            left += 20
        painter.setPen(ink)
        width = rect.width() - left - 12 + 2
        painter.drawText(
            QRectF(self._mirrored(left, width), 0, width, rect.height()), Qt.AlignmentFlag.AlignCenter, self.text()
        )

    def _mirrored(self, left: float, width: float) -> float:
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            return self.width() - left - width
        return left
