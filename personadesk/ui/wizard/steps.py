"""The wizard's band with its steps, and the small parts that its pages share."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QLinearGradient,
    QPainter,
    QPaintEvent,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QBoxLayout, QCheckBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import focus_ring
from personadesk.ui.widgets.fields import CardPanel, Label

MARK_PX = 14


class _Mark(QWidget):
    """A tick for a step that is done, a disc for the one at hand, a ring for those to come."""

    def __init__(self, themes: ThemeSource, height: int) -> None:
        super().__init__()
        self._themes = themes
        self.state = "later"
        self._size = max(MARK_PX, round(height * 0.78))
        self.setFixedSize(self._size, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = self._themes.theme.on_accent
        size = self._size
        top = (self.height() - size) / 2
        if self.state == "done":
            painter.drawPixmap(QPointF(0, top), pixmap("check", ink, size, self.devicePixelRatioF()))
            return
        painter.setPen(QPen(ink, 1.5))
        painter.setBrush(ink if self.state == "now" else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QRectF(2, top + 2, size - 4, size - 4))


class StepBand(QWidget):
    """The gradient at the wizard's start: its title, its steps, and a note at the foot."""

    def __init__(self, themes: ThemeSource, *, title: str, steps: Sequence[str]) -> None:
        super().__init__()
        self._themes = themes
        self._names = list(steps)
        size = self.font().pointSizeF()
        self.title = Label(themes, title, ink="on_accent", bold=True, size_pt=size * 1.35, wrap=True)
        self.note = Label(themes, ink="on_accent", wrap=True, size_pt=size * 0.95)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(26, 26, 22, 26)
        layout.setSpacing(16)
        layout.addWidget(self.title)
        layout.addSpacing(2)
        self._marks: list[_Mark] = []
        self._words: list[Label] = []
        for name in steps:
            words = Label(themes, name, ink="on_accent", wrap=True)
            mark = _Mark(themes, words.fontMetrics().lineSpacing())
            row = QHBoxLayout()
            row.setSpacing(9)
            row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(words, 1)
            layout.addLayout(row)
            self._marks.append(mark)
            self._words.append(words)
        layout.addStretch(1)
        layout.addWidget(self.note)
        themes.changed.connect(self.update)
        self.set_step(0)

    def set_step(self, step: int) -> None:
        """Mark those before as done. A step behind the last marks all of them."""
        for number, (mark, words) in enumerate(zip(self._marks, self._words, strict=True)):
            mark.state = "done" if number < step else "now" if number == step else "later"
            mark.update()
            font = QFont(words.font())
            font.setWeight(QFont.Weight.DemiBold if number == step else QFont.Weight.Normal)
            words.setFont(font)
        shown = min(step, len(self._names) - 1)
        self.setAccessibleName(
            self.tr("Step {step} of {steps}: {name}").format(
                step=shown + 1, steps=len(self._names), name=self._names[shown]
            )
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        gradient = QLinearGradient(0, 0, self.width() * 0.25, self.height())
        gradient.setColorAt(0, theme.fill)
        gradient.setColorAt(1, theme.fill_end)
        painter.fillRect(self.rect(), gradient)


class CountCard(CardPanel):
    """A number and what it counts. Low windows get it on one line."""

    def __init__(self, themes: ThemeSource, words: str, *, warns: bool = False) -> None:
        super().__init__(themes)
        self._warns = warns
        self.number = Label(themes, "0", bold=True, size_pt=self.font().pointSizeF() * 1.5)
        self.words = Label(themes, words, ink="muted", wrap=True)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.addWidget(self.number)
        self._box.addWidget(self.words, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.set_flat(False)

    def set_flat(self, flat: bool) -> None:
        """Put the number and its words on one line, or below each other."""
        direction = QBoxLayout.Direction
        self._box.setDirection(direction.LeftToRight if flat else direction.TopToBottom)
        side = Qt.AlignmentFlag.AlignVCenter if flat else Qt.AlignmentFlag.AlignTop
        self.words.setAlignment(side | Qt.AlignmentFlag.AlignLeading)
        self._box.setSpacing(8 if flat else 0)
        self._box.setContentsMargins(15, 5 if flat else 10, 15, 6 if flat else 11)

    def set_count(self, count: int, shown: str = "") -> None:
        """Show a number, in the colour of a warning where it counts what needs attention."""
        self.number.setText(shown or self.locale().toString(count))
        self.number.set_ink("warn" if self._warns and count else "text")
        self.setAccessibleName(f"{self.number.text()} {self.words.text()}")


class Tick(QCheckBox):
    """A check box in the theme."""

    def __init__(self, themes: ThemeSource, text: str) -> None:
        super().__init__(text.replace("&", "&&"))
        self._themes = themes
        self._shown = text
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._shown) + 18 + 8 + 8, max(metrics.height(), 18) + 8)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: object) -> bool:  # noqa: N802  Qt's name
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1 if self.isEnabled() else 0.5)
        rtl = self.isRightToLeft()
        left = self.width() - 4 - 17 if rtl else 4
        box = QRectF(left, (self.height() - 17) / 2, 17, 17)
        painter.setPen(QPen(theme.fill if self.isChecked() else theme.faint, 1.3))
        painter.setBrush(theme.fill if self.isChecked() else theme.surface)
        painter.drawRoundedRect(box, 5, 5)
        if self.isChecked():
            painter.drawPixmap(
                box.topLeft() + QPointF(2, 2), pixmap("check", theme.on_accent, 13, self.devicePixelRatioF())
            )
        painter.setPen(theme.text)
        words = QRectF(0 if rtl else 29, 0, self.width() - 29, self.height())
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute | side, self._shown)
        if self.hasFocus():
            focus_ring(painter, theme, QRectF(self.rect()), 7)


class PathWords(QWidget):
    """A sentence with paths in it, in the fixed font; wraps inside a path where it must."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._text = ""
        self._paths: list[tuple[int, int]] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        themes.changed.connect(self.update)

    def set_words(self, words: str, **paths: str) -> None:
        """Fill the braces of `words` with paths."""
        # A path stands in a left-to-right isolate, so that a sentence that runs the other way keeps its order.
        marks = {name: f"\N{LEFT-TO-RIGHT ISOLATE}{path}\N{POP DIRECTIONAL ISOLATE}" for name, path in paths.items()}
        self._text = words.format(**marks)
        self._paths = []
        for mark in marks.values():
            start = self._text.find(mark)
            if start >= 0:
                before = len(self._text[:start].encode("utf-16-le", "replace")) // 2
                self._paths.append((before, len(mark.encode("utf-16-le", "replace")) // 2))
        self.setAccessibleName(words.format(**paths))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(self._lay_out(width).boundingRect().height()) + 2

    def sizeHint(self) -> QSize:
        return QSize(300, self.heightForWidth(max(self.width(), 300)))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._themes.theme.muted)
        self._lay_out(self.width()).draw(painter, QPointF(0, 0))

    def _lay_out(self, width: int) -> QTextLayout:
        layout = QTextLayout(self._text, self.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(self.layoutDirection())
        layout.setTextOption(option)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        ranges = []
        for start, length in self._paths:
            look = QTextLayout.FormatRange()
            look.start, look.length = start, length
            ink = QTextCharFormat()
            ink.setFontFamilies(fixed.families())
            ink.setFontPointSize(self.font().pointSizeF() * 0.96)
            ink.setForeground(QColor(self._themes.theme.text))
            look.format = ink
            ranges.append(look)
        layout.setFormats(ranges)
        layout.beginLayout()
        top = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, top))
            top += line.height() * 1.15
        layout.endLayout()
        return layout
