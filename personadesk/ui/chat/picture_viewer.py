"""A window for a picture: whole, or pixel by pixel."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button

HEIGHT_PX = 620
LEAST_PX = 120


class PictureCanvas(QWidget):
    """Paints a picture in its middle. `fits`: as large as there is room, but no larger than it is."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._picture = QPixmap()
        self.fits = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.set_fits(fits=True)

    def show_picture(self, image: QImage) -> None:
        self._picture = QPixmap.fromImage(image)
        self.set_fits(fits=self.fits)

    def set_fits(self, *, fits: bool) -> None:
        self.fits = fits
        size = QSize(LEAST_PX, LEAST_PX) if fits else self._picture.size() / self.devicePixelRatioF()
        self.setMinimumSize(size)
        self.update()

    def shown_area(self) -> QRectF:
        """Where the picture lies."""
        size = self._picture.size().toSizeF() / self.devicePixelRatioF()
        if self.fits and (size.width() > self.width() or size.height() > self.height()):
            size.scale(self.size().toSizeF(), Qt.AspectRatioMode.KeepAspectRatio)
        area = QRectF(0, 0, size.width(), size.height())
        area.moveCenter(QRectF(self.rect()).center())
        return area

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if not self._picture.isNull():
            painter.drawPixmap(self.shown_area(), self._picture, QRectF(self._picture.rect()))


class PictureViewer(FramedDialog):
    """Opened with `show_fitting()`; `show_picture` once it is decoded."""

    def __init__(self, *, themes: ThemeSource, name: str, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=820)
        self.set_title(name)
        self.canvas = PictureCanvas(themes)
        self.canvas.setAccessibleName(name)
        self.content.setContentsMargins(16, 4, 16, 16)
        self.content.addWidget(self.canvas, 1)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.area.setAccessibleName(name)
        self.zoom = Button(themes, self.tr("Actual size"))
        self.zoom.clicked.connect(self._zoom)
        self.save = Button(themes, self.tr("Save a copy…"))
        self.open_outside = Button(themes, self.tr("Open with the system"))
        self.close_button = Button(themes, self.tr("Close"))
        self.close_button.clicked.connect(self.reject)
        for button in (self.zoom, self.save, self.open_outside):
            self.buttons.addWidget(button)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.close_button)

    def show_picture(self, image: QImage) -> None:
        """Show it; a null image says that it can't be."""
        if image.isNull():
            self.note.setText(self.tr("This picture can't be shown."))
            self.zoom.setEnabled(False)
            return
        self.note.setText(
            self.tr("%1 × %2 px").replace("%1", str(image.width())).replace("%2", str(image.height()))  # noqa: RUF001
        )
        self.canvas.show_picture(image)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            if self.canvas.fits == (event.key() == Qt.Key.Key_Plus):
                self._zoom()
        else:
            super().keyPressEvent(event)

    def _zoom(self) -> None:
        fits = not self.canvas.fits
        self.canvas.set_fits(fits=fits)
        self.zoom.set_text(self.tr("Actual size") if fits else self.tr("Fit to the window"))

    def _apply_theme(self, theme: Theme) -> None:
        super()._apply_theme(theme)
        self.area.horizontalScrollBar().setStyleSheet(scroll_bar_style(theme))
