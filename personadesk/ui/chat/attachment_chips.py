"""The files that wait in the composer: a chip each, with what it takes and a button that takes it out."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from personadesk.domain.conversation import Attachment
from personadesk.ui.chat.attachment_words import icon_name, size_words
from personadesk.ui.chat.picture_thumbs import PictureThumbs
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.widgets.buttons import Button, Kind, PaintedButton, focus_ring
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.flow import FlowLayout
from personadesk.ui.widgets.text import draw_line

CHIP_EMS = 15
SMALL_SHARE = 0.88
MOST_SHARE = 0.3
"""Of the window's height; what is more scrolls."""
RADIUS_PX = 9
GAP_PX = 8


class AttachmentChip(PaintedButton):
    """Pressed it shows the file; Delete and its own button take it out."""

    removed = Signal(object)  # Attachment

    def __init__(self, themes: ThemeSource, file: Attachment, thumbs: PictureThumbs, parent: QWidget) -> None:
        super().__init__(themes, "", parent)
        self.file = file
        self._thumbs = thumbs
        self.setAccessibleName(self.tr("%1, %2").replace("%2", size_words(file)).replace("%1", file.name))
        self.setAccessibleDescription(self.tr("Opens a preview. Delete takes it out of the message."))
        self.remove = Button(
            themes,
            icon="close",
            accessible=self.tr("Take out %s") % file.name,
            kind=Kind.GHOST,
            compact=True,
            parent=self,
        )
        # A tooltip may be taken for rich text, and a file's name is a stranger's.
        self.remove.setToolTip(self.tr("Take it out of the message"))
        self.remove.clicked.connect(self._remove)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 4, 4)
        row.addStretch(1)
        row.addWidget(self.remove)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * CHIP_EMS * 2, metrics.height() * 2 + 12)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._remove()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.line)
        painter.setBrush(theme.hover if self.underMouse() else theme.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PX, RADIUS_PX)
        side = self.height() - 12
        face = self._mirrored(QRectF(6, 6, side, side))
        self._paint_face(painter, face)
        words = self._mirrored(QRectF(side + 14, 4, self.width() - side - 20 - self.remove.width(), self.height() - 8))
        end = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        painter.setPen(theme.text)
        half = words.height() / 2
        draw_line(painter, QRectF(words.left(), words.top(), words.width(), half), self.file.name, end)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * SMALL_SHARE)
        painter.setFont(font)
        painter.setPen(theme.muted)
        draw_line(painter, QRectF(words.left(), words.top() + half, words.width(), half), size_words(self.file), end)
        if self.hasFocus():
            focus_ring(painter, theme, QRectF(self.rect()), RADIUS_PX)

    def _paint_face(self, painter: QPainter, face: QRectF) -> None:
        theme, ratio = self._themes.theme, self.devicePixelRatioF()
        path = QPainterPath()
        path.addRoundedRect(face, 6, 6)
        painter.fillPath(path, theme.selection)
        picture = self._thumbs.picture(self.file, face.size().toSize() * 2, ratio) if self.file.is_picture else None
        if picture is None:
            sign = pixmap(icon_name(self.file), theme.selection_text, 18, ratio)
            painter.drawPixmap(face.center() - QRectF(0, 0, 18, 18).center(), sign)
            return
        painter.save()
        painter.setClipPath(path)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(face, picture, _middle(picture))
        painter.restore()

    def _mirrored(self, area: QRectF) -> QRectF:
        if self.isRightToLeft():
            area.moveLeft(self.width() - area.right())
        return area

    def _remove(self) -> None:
        self.removed.emit(self.file)


class AttachmentStrip(QWidget):
    """Everything about files above the composer's field: chips, reading, what is wrong, what to know."""

    opened = Signal(object)  # Attachment: show it
    removed = Signal(object)  # Attachment: take it out

    def __init__(self, themes: ThemeSource, thumbs: PictureThumbs) -> None:
        super().__init__()
        self._themes = themes
        self._thumbs = thumbs
        self.chips: list[AttachmentChip] = []
        self._holder = QWidget()
        self._flow = FlowLayout(self._holder, spacing_px=GAP_PX)
        self._inner = QWidget()
        self._stack = QVBoxLayout(self._inner)
        self._area = QScrollArea()
        self._area.setWidget(self._inner)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.viewport().setAutoFillBackground(False)
        self._inner.setAutoFillBackground(False)
        self._holder.setAccessibleName(self.tr("Attached files"))
        self.hint = Label(themes, self.tr("Drop the files to attach them to your message."), ink="accent_text")
        self.reading = Label(themes, ink="muted", elide=True)
        self.cancel = Button(themes, self.tr("Cancel"), accessible=self.tr("Stop reading files"), compact=True)
        self.problem = Label(themes, ink="bad", wrap=True)
        self.dismiss = Button(
            themes, icon="close", accessible=self.tr("Hide what was wrong"), kind=Kind.GHOST, compact=True
        )
        self.warning = Label(themes, ink="warn", wrap=True)
        self._build()
        self.dismiss.clicked.connect(lambda: self.say_problem(""))
        thumbs.ready.connect(self._repaint)
        themes.changed.connect(self._dress)
        self._dress()

    def show_files(self, files: Sequence[Attachment]) -> None:
        """Show these files; chips of files that stay keep the focus they have."""
        wanted = {file.id: file for file in files}
        at = next((at for at, chip in enumerate(self.chips) if _holds_focus(chip)), -1)
        lost = at >= 0 and self.chips[at].file.id not in wanted
        for chip in [chip for chip in self.chips if chip.file.id not in wanted]:
            self.chips.remove(chip)
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        here = {chip.file.id for chip in self.chips}
        for file in files:
            if file.id not in here:
                self._add(file)
        if lost and self.chips:
            self.chips[min(at, len(self.chips) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)
        self._holder.setVisible(bool(self.chips))
        self.fit()

    def order_behind(self, widget: QWidget) -> None:
        """Let Tab go on from a widget to what is here."""
        chips = [part for chip in self.chips for part in (chip, chip.remove)]
        for part in (self.cancel, self.dismiss, *chips):
            QWidget.setTabOrder(widget, part)
            widget = part

    def say_reading(self, words: str) -> None:
        """What is being read; "" for nothing."""
        self.reading.setText(words)
        self.reading.setVisible(bool(words))
        self.cancel.setVisible(bool(words))

    def say_problem(self, words: str) -> None:
        """What could not be attached, and why; "" for nothing."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        self.dismiss.setVisible(bool(words))
        self.fit()
        if words:
            self._area.ensureWidgetVisible(self.problem, 0, 0)

    def say_warning(self, words: str) -> None:
        """What becomes of these files with this model; "" for nothing to say."""
        self.warning.setText(words)
        self.warning.setVisible(bool(words))
        self.fit()

    def fit(self) -> None:
        """As high as what is in it, up to a share of the window."""
        shown = any(not part.isHidden() for part in (self._holder, self.problem, self.warning))
        self._area.setVisible(shown)
        if shown:
            self._stack.invalidate()
            width = max(self._area.viewport().width(), 1)
            whole = max(self._stack.totalHeightForWidth(width), self._stack.totalMinimumSize().height())
            self._inner.setMinimumHeight(whole)
            self._area.setFixedHeight(min(whole, round(self.window().height() * MOST_SHARE)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.fit()

    def _build(self) -> None:
        reading = QHBoxLayout()
        reading.addWidget(self.reading, 1)
        reading.addWidget(self.cancel)
        problem = QHBoxLayout()
        problem.addWidget(self.problem, 1)
        problem.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignTop)
        inner = self._stack
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(6)
        inner.addLayout(problem)
        inner.addWidget(self._holder)
        inner.addWidget(self.warning)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 2)
        layout.setSpacing(6)
        layout.addWidget(self.hint)
        layout.addWidget(self._area)
        layout.addLayout(reading)
        self.hint.hide()
        self._holder.hide()
        self.say_reading("")
        self.say_problem("")
        self.say_warning("")

    def _add(self, file: Attachment) -> None:
        chip = AttachmentChip(self._themes, file, self._thumbs, self._holder)
        chip.clicked.connect(self._open)
        chip.removed.connect(self.removed)
        chip.installEventFilter(self)
        self._flow.addWidget(chip)
        self.chips.append(chip)
        chip.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, AttachmentChip):
            self._area.ensureWidgetVisible(watched, 0, 4)
        return False

    def _open(self) -> None:
        chip = self.sender()
        if isinstance(chip, AttachmentChip):
            self.opened.emit(chip.file)

    def _dress(self) -> None:
        self._area.verticalScrollBar().setStyleSheet(scroll_bar_style(self._themes.theme))

    def _repaint(self, sha256: str) -> None:
        for chip in self.chips:
            if chip.file.sha256 == sha256:
                chip.update()


def _holds_focus(chip: AttachmentChip) -> bool:
    return chip.hasFocus() or chip.remove.hasFocus()


def _middle(picture: QPixmap) -> QRectF:
    """The largest square in the middle, in the picture's own pixels."""
    side = min(picture.width(), picture.height())
    return QRectF((picture.width() - side) / 2, (picture.height() - side) / 2, side, side)
