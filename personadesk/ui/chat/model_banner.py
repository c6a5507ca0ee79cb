"""The banner over a chat whose model is missing or damaged: what happened, and the way out."""

from pathlib import Path

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from personadesk.domain.chat import FetchProgress, ModelState, ModelStatus
from personadesk.domain.errors import UserFacingError
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.theme.source import ThemeSource, mix
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

MEGABYTE = 1_000_000


class ModelBanner(QWidget):
    """Shown while there is something to do about the model; hidden otherwise."""

    settled = Signal()

    def __init__(self, *, desk: ModelDesk, themes: ThemeSource) -> None:
        super().__init__()
        self._desk = desk
        self._themes = themes
        self._sentence = Label(themes, wrap=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self._bar.setAccessibleName(self.tr("Fetching the model"))
        size = round(desk.entry.size_bytes / MEGABYTE)
        self.fetch = Button(themes, self.tr("Fetch it (%s MB)") % size, kind=Kind.PRIMARY, icon="download")
        self.choose = Button(themes, self.tr("Choose a file…"))
        self.cancel = Button(themes, self.tr("Cancel"))
        self._build()
        self.fetch.clicked.connect(desk.fetch)
        self.choose.clicked.connect(self._choose_file)
        self.cancel.clicked.connect(desk.cancel)
        desk.changed.connect(self._show_status)
        desk.progressed.connect(self._show_progress)
        desk.fetch_failed.connect(self._show_failure)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)
        self._show_status(desk.status)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(mix(theme.surface, theme.warn, 0.10))
        painter.setPen(QPen(mix(theme.line, theme.warn, 0.5), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.choose)
        row.addWidget(self.fetch)
        row.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 12, 12)
        layout.setSpacing(10)
        layout.addWidget(self._sentence)
        layout.addWidget(self._bar)
        layout.addLayout(row)
        self._bar.hide()
        self.cancel.hide()

    def _apply_theme(self, theme: Theme) -> None:
        self._bar.setStyleSheet(
            f"QProgressBar {{ background: {theme.line.name()}; border: none; border-radius: 3px; }}"
            f"QProgressBar::chunk {{ background: {theme.accent.name()}; border-radius: 3px; }}"
        )

    def _show_status(self, status: ModelStatus) -> None:
        if self._desk.fetching:
            return
        wanted = status.state in (ModelState.MISSING, ModelState.DAMAGED)
        self.setVisible(wanted)
        if wanted:
            self._sentence.setText(f"{status.sentence} {self.tr('Fetch it here, or choose the file if you have it.')}")

    def _show_progress(self, progress: FetchProgress | None) -> None:
        running = progress is not None
        self._bar.setVisible(running)
        self.cancel.setVisible(running)
        self.fetch.setVisible(not running)
        self.choose.setVisible(not running)
        if progress is None:
            self._show_status(self._desk.status)
            return
        self.show()
        self._bar.setRange(0, 1000 if progress.total_bytes else 0)
        if progress.total_bytes:
            self._bar.setValue(round(1000 * progress.done_bytes / progress.total_bytes))
            counted = self.tr("%1 of %2 MB").replace("%1", str(progress.done_bytes // MEGABYTE))
            counted = counted.replace("%2", str(progress.total_bytes // MEGABYTE))
            self._sentence.setText(f"{progress.step} {counted}")
        else:
            self._sentence.setText(progress.step)

    def _show_failure(self, problem: UserFacingError) -> None:
        self.show()
        self._sentence.setText(f"{problem.sentence} {problem.next_step}".strip())

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose the model's file"))
        dialog.setNameFilter(self.tr("Model files (*.gguf);;All files (*)"))
        dialog.fileSelected.connect(lambda name: self._desk.adopt(Path(name)))
        dialog.open()
