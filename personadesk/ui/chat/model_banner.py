"""The banner over a chat whose model is missing or damaged: what happened, and the way out."""

from pathlib import Path

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from personadesk.domain.chat import FetchProgress, ModelState, ModelStatus
from personadesk.domain.errors import UserFacingError
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.theme.source import ThemeSource, mix, progress_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

MEGABYTE = 1_000_000


def size_in_words(size_bytes: int) -> str:
    """98 MB, 1.1 GB: decimal units, as registries and disks count."""
    if size_bytes >= 1000 * MEGABYTE:
        return f"{size_bytes / (1000 * MEGABYTE):.1f} GB"
    return f"{round(size_bytes / MEGABYTE)} MB"


def progress_in_words(progress: FetchProgress) -> str:
    """What is going on, and how far it is."""
    if not progress.total_bytes:
        return progress.step
    done, total = size_in_words(progress.done_bytes), size_in_words(progress.total_bytes)
    return f"{progress.step} · {done} / {total}"


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
        self.fetch = Button(themes, kind=Kind.PRIMARY, icon="download")
        self.choose = Button(themes, self.tr("Choose a file…"))
        self.cancel = Button(themes, self.tr("Cancel"))
        self._build()
        self.fetch.clicked.connect(lambda: desk.fetch(desk.status.info.id))
        self.choose.clicked.connect(self._choose_file)
        self.cancel.clicked.connect(desk.cancel)
        desk.changed.connect(self._show_status)
        desk.progressed.connect(self._show_progress)
        desk.fetch_failed.connect(self._show_failure)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)
        self._show_progress(desk.progress)

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
        self._bar.setStyleSheet(progress_style(theme))

    def _show_status(self, status: ModelStatus) -> None:
        if self._desk.fetching:
            return
        entry = self._desk.entry
        wanted = entry is not None and status.state in (ModelState.MISSING, ModelState.DAMAGED)
        self.setVisible(wanted)
        if entry is not None and wanted:
            self.fetch.setText(self.tr("Fetch it (%s)") % size_in_words(entry.size_bytes))
            self.fetch.setAccessibleName(self.fetch.text())
            self.fetch.updateGeometry()
            self._sentence.setText(f"{status.sentence} {self.tr('Fetch it here, or choose the file if you have it.')}")

    def _show_progress(self, progress: FetchProgress | None) -> None:
        if progress is not None and self._desk.fetching_id != self._desk.status.info.id:
            return  # another model is on its way: its own row says so
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
            self._sentence.setText(progress_in_words(progress))
        else:
            self._sentence.setText(progress_in_words(progress))

    def _show_failure(self, problem: UserFacingError) -> None:
        if self._desk.usable:
            return
        self.show()
        self._sentence.setText(f"{problem.sentence} {problem.next_step}".strip())

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose the model's file"))
        dialog.setNameFilter(self.tr("Model files (*.gguf);;All files (*)"))
        dialog.fileSelected.connect(lambda name: self._desk.adopt(Path(name), self._desk.status.info.id))
        dialog.open()
