"""The dialog that takes a round piece out of a picture."""

from math import log

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QVBoxLayout, QWidget

from personadesk.domain.avatar import Crop
from personadesk.ui.avatar.crop_frame import CropFrame
from personadesk.ui.avatar.crop_view import KEY_ZOOM, CropView
from personadesk.ui.avatar.preview import Preview
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

HEIGHT_PX = 560
SMALL_SIDES_PX = (96, 44, 28)
GAP_PX = 14
SLIDER_STEPS = 1000
SOFT_BELOW_PX = 96
"""A piece smaller than this is enlarged where the avatar is shown largest."""


class _Smalls(QWidget):
    """The piece as it will be seen, in each size."""

    def __init__(self, *, preview: Preview, frame: CropFrame) -> None:
        super().__init__()
        self._preview = preview
        self._frame = frame
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("How it will look, in three sizes"))

    def sizeHint(self) -> QSize:
        return QSize(SMALL_SIDES_PX[0], sum(SMALL_SIDES_PX) + GAP_PX * (len(SMALL_SIDES_PX) - 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        crop = self._frame.crop()
        source = QRectF(crop.x, crop.y, crop.side, crop.side)
        top = 0.0
        for side in SMALL_SIDES_PX:
            circle = QRectF((self.width() - side) / 2, top, side, side)
            path = QPainterPath()
            path.addEllipse(circle)
            painter.save()
            painter.setClipPath(path)
            self._preview.draw(painter, circle, source, self.devicePixelRatioF())
            painter.restore()
            top += side + GAP_PX


class CropDialog(FramedDialog):
    """`taken` carries the Crop when the user takes it; Escape leaves."""

    taken = Signal(object)

    def __init__(self, *, themes: ThemeSource, preview: Preview, crop: Crop | None, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=620)
        self.set_title(self.tr("Crop the picture"))
        self._frame = CropFrame(preview.width, preview.height, crop)
        self.view = CropView(themes=themes, preview=preview, frame=self._frame)
        self._smalls = _Smalls(preview=preview, frame=self._frame)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, SLIDER_STEPS)
        self.slider.setPageStep(SLIDER_STEPS // 10)
        self.slider.setSingleStep(SLIDER_STEPS // 50)
        self.slider.setAccessibleName(self.tr("Zoom"))
        self.slider.setEnabled(self._frame.most_zoom > 1)
        self.smaller = Button(themes, icon="minus", kind=Kind.GHOST, compact=True, accessible=self.tr("Zoom out"))
        self.larger = Button(themes, icon="plus", kind=Kind.GHOST, compact=True, accessible=self.tr("Zoom in"))
        self.whole = Button(themes, self.tr("Reset"), kind=Kind.GHOST, compact=True)
        self._hint = Label(themes, ink="muted", wrap=True)
        self._build()
        self.slider.valueChanged.connect(self._slid)
        self.view.moved.connect(self._show)
        self.smaller.clicked.connect(self._zoom_out)
        self.larger.clicked.connect(self._zoom_in)
        self.whole.clicked.connect(self.view.reset)
        self._style_slider(themes.theme)
        themes.changed.connect(self._style_slider)
        self._show()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def accept(self) -> None:
        self.taken.emit(self._frame.crop())
        super().accept()

    # -- inside

    def _build(self) -> None:
        side = QVBoxLayout()
        side.addWidget(self._smalls)
        side.addStretch(1)
        across = QHBoxLayout()
        across.setSpacing(22)
        across.addWidget(self.view, 1)
        across.addLayout(side)
        zoom = QHBoxLayout()
        zoom.setSpacing(8)
        for part in (self.smaller, self.slider, self.larger, self.whole):
            zoom.addWidget(part, 1 if part is self.slider else 0)
        self.content.addLayout(across, 1)
        self.content.addSpacing(6)
        self.content.addLayout(zoom)
        self.content.addWidget(self._hint)
        cancel = Button(self.themes, self.tr("Cancel"))
        take = Button(self.themes, self.tr("Use picture"), kind=Kind.PRIMARY)
        cancel.clicked.connect(self.reject)
        take.clicked.connect(self.accept)
        self.buttons.addStretch(1)
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(take)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom_in()
        elif key == Qt.Key.Key_Minus:
            self._zoom_out()
        elif key == Qt.Key.Key_0:
            self.view.reset()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accept()
        else:
            super().keyPressEvent(event)

    def _zoom_in(self) -> None:
        self.view.zoom_by(KEY_ZOOM)

    def _zoom_out(self) -> None:
        self.view.zoom_by(1 / KEY_ZOOM)

    def _slid(self, value: int) -> None:
        self.view.zoom_to(self._frame.most_zoom ** (value / SLIDER_STEPS))

    def _show(self) -> None:
        if self._frame.most_zoom > 1:
            # The slider says what the picture does, without moving it in turn.
            self.slider.blockSignals(True)
            self.slider.setValue(round(log(self._frame.zoom) / log(self._frame.most_zoom) * SLIDER_STEPS))
            self.slider.blockSignals(False)
        side = self._frame.crop().side
        if side < SOFT_BELOW_PX:
            words = self.tr("This piece is only %1 pixels wide: it will look soft.").replace("%1", str(side))
        else:
            words = self.tr("Drag to move it, scroll to zoom. Arrow keys move it by a pixel, with Shift by ten.")
        self._hint.setText(words)
        self._hint.set_ink("warn" if side < SOFT_BELOW_PX else "muted")
        self._smalls.update()

    def _style_slider(self, theme: Theme) -> None:
        # Qt's sub-page is what lies left of the handle, whatever the direction.
        done = "add-page" if self.isRightToLeft() else "sub-page"
        self.slider.setStyleSheet(
            f"QSlider::groove:horizontal {{ background: {theme.line.name()}; height: 4px; border-radius: 2px; }}"
            f"QSlider::{done}:horizontal {{ background: {theme.accent.name()}; border-radius: 2px; }}"
            f"QSlider::handle:horizontal {{ background: {theme.accent.name()}; width: 16px; margin: -6px 0;"
            " border-radius: 8px; }"
            f"QSlider::handle:horizontal:focus {{ border: 2px solid {theme.accent_text.name()}; }}"
        )
