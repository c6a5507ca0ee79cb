"""An entry's keys as chips: typed with commas between them, taken away one by one, checked where they are patterns."""

import re
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from personadesk.services.lorebook.patterns import LONGEST, Pattern, slashed
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, mix
from personadesk.ui.widgets.buttons import PaintedButton, focus_ring
from personadesk.ui.widgets.fields import Label, LineField
from personadesk.ui.widgets.flow import FlowLayout
from personadesk.ui.widgets.text import draw_line
from personadesk.ui.wizard.row_model import plain

CROSS_PX = 12
LONGEST_SHOWN = 120
MOST_WIDTH_PX = 240


def _tr(text: str) -> str:
    return QCoreApplication.translate("Lorebook", text)


def pattern_problem(key: str, *, is_pattern: bool) -> str:
    """Why a key that is a pattern can't be used; "" for one that can, and for a word."""
    pattern = slashed(key) or (Pattern(key) if is_pattern else None)
    if pattern is None or pattern.valid:
        return ""
    if len(pattern.source) > LONGEST:
        return _tr("it is longer than %s characters") % LONGEST
    try:
        re.compile(pattern.source)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)
    return _tr("it asks for what can't be searched in bounded time")


def split_keys(text: str, *, is_pattern: bool = False) -> list[str]:
    """The keys in what was typed. A pattern may hold commas: what begins with a slash stays whole."""
    text = text.strip()
    if is_pattern or text.startswith("/"):
        return [text] if text else []
    return [key for key in map(str.strip, text.split(",")) if key]


class _KeyChip(PaintedButton):
    """Click or Enter edits it; its cross, Delete or Backspace takes it away."""

    removed = Signal()

    def __init__(self, themes: ThemeSource, key: str, problem: str) -> None:
        super().__init__(themes, "")
        self.key = key
        self._shown = plain(" ".join(key[:LONGEST_SHOWN].split()))
        self._wrong = bool(problem)
        self.setAccessibleName(_tr("Key: %s") % self._shown)
        words = _tr("Enter edits it, Delete removes it")
        self.setAccessibleDescription(f"{problem}. {words}" if problem else words)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(
            min(metrics.horizontalAdvance(self._shown) + 24 + CROSS_PX + 6, MOST_WIDTH_PX), metrics.height() + 10
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if self.isDown() and inside and self._cross().adjusted(-5, -8, 8, 8).contains(event.position()):
            self.setDown(False)
            self.removed.emit()
            return
        super().mouseReleaseEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        radius = rect.height() / 2
        rest = theme.raised if theme.dark else mix(theme.line, theme.window, 0.35)
        painter.setBrush(mix(rest, theme.text, 0.06) if self.underMouse() else rest)
        painter.setPen(QPen(theme.bad, 1) if self._wrong else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        if self.hasFocus():
            focus_ring(painter, theme, rect, radius)
        rtl = self.isRightToLeft()
        cross = self._cross()
        words = QRectF(cross.right() + 6, 0, rect.width() - cross.right() - 18, rect.height())
        if not rtl:
            words = QRectF(12, 0, cross.left() - 18, rect.height())
        painter.setPen(theme.bad if self._wrong else theme.text)
        draw_line(painter, words, self._shown, Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft)
        painter.drawPixmap(cross.topLeft(), pixmap("close", theme.muted, CROSS_PX, self.devicePixelRatioF()))

    def _cross(self) -> QRectF:
        left = 10 if self.isRightToLeft() else self.width() - 10 - CROSS_PX
        return QRectF(left, (self.height() - CROSS_PX) / 2, CROSS_PX, CROSS_PX)


class KeyField(QWidget):
    """`value_changed` carries the keys as a tuple. A pattern that can't be used is named below."""

    value_changed = Signal(object)

    def __init__(self, themes: ThemeSource, *, accessible: str, placeholder: str) -> None:
        super().__init__()
        self._themes = themes
        self._keys: tuple[str, ...] = ()
        self._is_pattern = False
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips, spacing_px=6)
        self.field = LineField(themes, accessible=accessible, placeholder=placeholder)
        self.problem = Label(themes, ink="bad", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._chips)
        layout.addWidget(self.field)
        layout.addWidget(self.problem)
        self.setFocusProxy(self.field)
        self.field.line.editingFinished.connect(self._add)
        self.field.line.textEdited.connect(self._add_at_comma)
        self.field.line.installEventFilter(self)
        self._show()

    @property
    def keys(self) -> tuple[str, ...]:
        return self._keys

    @property
    def chips(self) -> list[PaintedButton]:
        return [chip for chip in self._chips.findChildren(_KeyChip) if not chip.isHidden()]

    def show_value(self, keys: Sequence[str]) -> None:
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self.field.line.clear()
            self._show()

    def set_patterns(self, is_pattern: bool) -> None:
        """Say whether every key is a pattern, also without slashes."""
        if is_pattern != self._is_pattern:
            self._is_pattern = is_pattern
            self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Backspace and not self.field.line.text() and self._keys:
                self._change(self._keys[:-1])
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                # Not to a dialog's button as well.
                self._add()
                return True
        return False

    # -- inside

    def _add_at_comma(self, text: str) -> None:
        if text.endswith(",") and not text.startswith("/") and not self._is_pattern:
            self._add()

    def _add(self) -> None:
        text = self.field.line.text()
        if not text.strip(" ,"):
            return
        self.field.line.clear()
        self._change((*self._keys, *split_keys(text, is_pattern=self._is_pattern)))

    def _edit(self, key: str) -> None:
        self._add()
        self._change(tuple(other for other in self._keys if other != key))
        self.field.line.setText(key)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _remove(self, key: str) -> None:
        self._change(tuple(other for other in self._keys if other != key))
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _change(self, keys: Sequence[str]) -> None:
        changed = tuple(dict.fromkeys(keys))
        if changed != self._keys:
            self._keys = changed
            self._show()
            self.value_changed.emit(changed)

    def _show(self) -> None:
        for old in self._chips.findChildren(_KeyChip):
            self._flow.removeWidget(old)
            old.hide()
            old.deleteLater()
        problems = []
        for key in dict.fromkeys(self._keys):
            problem = pattern_problem(key, is_pattern=self._is_pattern)
            if problem:
                problems.append(_tr("This pattern can't be used: %s.") % problem)
            chip = _KeyChip(self._themes, key, problem)
            chip.setToolTip(problem)
            chip.clicked.connect(lambda _checked=False, key=key: self._edit(key))
            chip.removed.connect(lambda key=key: self._remove(key))
            self._flow.addWidget(chip)
            chip.show()
        self._chips.setVisible(bool(self._keys))
        self._chips.updateGeometry()
        self.problem.setText("\n".join(dict.fromkeys(problems)))
        self.problem.setVisible(bool(problems))
        self.field.set_wrong(bool(problems))
        self.field.line.setAccessibleDescription(self.problem.text())
