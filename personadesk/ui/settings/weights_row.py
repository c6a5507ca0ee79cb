"""Weights that can be fetched: what comes from where, a button, its progress and a way to stop it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from personadesk.domain.chat import FetchProgress
from personadesk.domain.errors import UserFacingError
from personadesk.ui.chat.model_banner import progress_in_words, size_in_words
from personadesk.ui.theme.source import ThemeSource, progress_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.weights_desk import WeightsDesk
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label


class WeightsRow(QWidget):
    """`name` is what people call it, for "Fetch %s (92 MB)"."""

    def __init__(self, *, weights_id: str, name: str, desk: WeightsDesk, themes: ThemeSource) -> None:
        super().__init__()
        self._id = weights_id
        self._desk = desk
        info = desk.describe(weights_id)
        size = size_in_words(info.size_bytes)
        told = self.tr("{label} by {by} ({licence}), {size}, fetched {from_where}, and checked by SHA-256.")
        self.facts = Label(
            themes,
            told.format(label=info.label, by=info.by, licence=info.licence, size=size, from_where=info.from_where),
            ink="faint",
            wrap=True,
        )
        self.fetch = Button(themes, self.tr("Fetch {name} ({size})").format(name=name, size=size), icon="download")
        self.cancel = Button(themes, self.tr("Cancel"), accessible=self.tr("Stop fetching %s") % name, compact=True)
        self.told = Label(themes, ink="muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName(self.tr("Fetching %s") % name)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.fetch)
        row.addWidget(self.told, 1)
        row.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.facts)
        layout.addLayout(row)
        layout.addWidget(self.bar)
        self.fetch.clicked.connect(self._fetch)
        self.cancel.clicked.connect(self._cancel)
        desk.progressed.connect(self._show_progress)
        desk.fetch_failed.connect(self._show_failure)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)
        self._show_running(running=desk.is_fetching(weights_id))

    def _fetch(self) -> None:
        self._desk.fetch(self._id)
        self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _cancel(self) -> None:
        self._desk.cancel(self._id)
        self.fetch.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_running(self, *, running: bool) -> None:
        self.fetch.setVisible(not running)
        if self.cancel.hasFocus() and not running:
            self.fetch.setFocus(Qt.FocusReason.OtherFocusReason)
        self.cancel.setVisible(running)
        self.bar.setVisible(running)
        self.bar.setRange(0, 0)
        self.told.setText(self.tr("Starting…") if running else "")

    def _show_progress(self, weights_id: str, progress: FetchProgress | None) -> None:
        if weights_id != self._id:
            return
        if progress is None or self.fetch.isVisibleTo(self):
            self._show_running(running=progress is not None)
        if progress is not None and progress.total_bytes:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * progress.done_bytes / progress.total_bytes))
            self.told.setText(progress_in_words(progress))

    def _show_failure(self, weights_id: str, problem: UserFacingError) -> None:
        if weights_id == self._id:
            self.told.setText(f"{problem.sentence} {problem.next_step}".strip())

    def _apply_theme(self, theme: Theme) -> None:
        self.bar.setStyleSheet(progress_style(theme))
