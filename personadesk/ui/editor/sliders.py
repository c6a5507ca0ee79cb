"""A slider with its name before it and its value behind it."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.fields import Label

STEPS = 100


class _Slider(QSlider):
    def wheelEvent(self, event: QWheelEvent) -> None:
        """A wheel scrolls the page; it never changes a value in passing."""
        event.ignore()


class NamedSlider(QWidget):
    """A float in hundredths, from `low` to `high`, shown as it is or in `percent`.

    `moved` comes for what the user does.
    """

    moved = Signal(float)

    def __init__(
        self, themes: ThemeSource, name: str, low: float, high: float, unit: str = "", *, percent: bool = False
    ) -> None:
        super().__init__()
        self._themes = themes
        self._unit = unit
        self._percent = percent
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(round(low * STEPS), round(high * STEPS))
        self.slider.setSingleStep(1)
        self.slider.setPageStep(10)
        self.slider.setAccessibleName(name)
        self.shown = Label(themes)
        self.shown.setMinimumWidth(self.fontMetrics().horizontalAdvance("0.00x") + 8)
        self.shown.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        self.name = Label(themes, name, ink="muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(12)
        row.addWidget(self.name)
        row.addWidget(self.slider, 1)
        row.addWidget(self.shown)
        self.slider.valueChanged.connect(self._tell)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def put(self, value: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(value * STEPS))
        self.slider.blockSignals(False)
        self._show(value)

    def _tell(self, step: int) -> None:
        self._show(step / STEPS)
        self.moved.emit(step / STEPS)

    def _show(self, value: float) -> None:
        self.shown.setText(f"{value:.0%}" if self._percent else f"{value:.2f}{self._unit}")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._apply_theme(self._themes.theme)

    def _apply_theme(self, theme: Theme) -> None:
        # A style sheet's sub-page stays on the left, whatever the direction.
        before, after = (theme.line, theme.accent) if self.isRightToLeft() else (theme.accent, theme.line)
        self.slider.setStyleSheet(
            f"QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {theme.line.name()}; }}"
            f"QSlider::sub-page:horizontal {{ border-radius: 2px; background: {before.name()}; }}"
            f"QSlider::add-page:horizontal {{ border-radius: 2px; background: {after.name()}; }}"
            f"QSlider::handle:horizontal {{ width: 14px; margin: -5px 0; border-radius: 7px;"
            f" background: {theme.accent.name()}; border: 1px solid {theme.accent.name()}; }}"
            f"QSlider::handle:horizontal:focus {{ border: 2px solid {theme.text.name()}; }}"
            f"QSlider::handle:horizontal:disabled {{ background: {theme.faint.name()}; border: none; }}"
        )
