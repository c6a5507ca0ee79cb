"""The models that can answer: which is in use, which are here, and fetching another."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from personadesk.domain.chat import FetchProgress
from personadesk.domain.errors import UserFacingError
from personadesk.services.models import ModelEntry
from personadesk.ui.chat.model_banner import progress_in_words, size_in_words
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.theme.source import ThemeSource, progress_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label


class ModelRow(QWidget):
    """One model of the catalogue."""

    def __init__(self, *, entry: ModelEntry, desk: ModelDesk, themes: ThemeSource) -> None:
        super().__init__()
        self._entry = entry
        self._desk = desk
        self._themes = themes
        size = size_in_words(entry.size_bytes)
        self.state = Label(themes, ink="ok")
        self.use = Button(themes, self.tr("Use"), accessible=self.tr("Use %s") % entry.label, compact=True)
        self.fetch = Button(
            themes,
            self.tr("Fetch (%s)") % size,
            icon="download",
            accessible=self.tr("Fetch %s") % entry.label,
            compact=True,
        )
        self.cancel = Button(themes, self.tr("Cancel"), compact=True)
        self.trouble = Label(themes, ink="muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName(self.tr("Fetching %s") % entry.label)
        self._build(f"{size} · {entry.licence} · SHA-256 {entry.sha256[:12]}…")
        self.use.clicked.connect(lambda: desk.choose(entry.id))
        self.fetch.clicked.connect(self._fetch)
        self.cancel.clicked.connect(desk.cancel)
        desk.changed.connect(self._show)
        desk.seen.connect(self._show)
        desk.progressed.connect(self._show_progress)
        desk.fetch_failed.connect(self._show_failure)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)
        self._show()

    def _build(self, facts: str) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Label(self._themes, f"{self._entry.label} · {self._entry.where}", elide=True))
        words.addWidget(Label(self._themes, facts, ink="faint", elide=True))
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addLayout(words, 1)
        for widget in (self.state, self.use, self.fetch, self.cancel):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(row)
        layout.addWidget(self.bar)
        layout.addWidget(self.trouble)
        self.bar.hide()
        self.trouble.hide()

    def _fetch(self) -> None:
        self.trouble.hide()
        self._desk.fetch(self._entry.id)

    def _show(self, _status: object = None) -> None:
        """Offer what can be done with this model as things stand."""
        chosen = self._desk.default_key == self._entry.id
        here = self._entry.id in self._desk.here
        mine = self._desk.fetching_id == self._entry.id
        self.state.setText(self.tr("In use"))
        self.state.setVisible(chosen and not mine)
        self.use.setVisible(here and not chosen)
        self.fetch.setVisible(not here and not chosen and not mine)
        self.fetch.setEnabled(not self._desk.fetching)
        self.cancel.setVisible(mine and not chosen)

    def _show_progress(self, progress: FetchProgress | None) -> None:
        self._show()
        mine = self._desk.fetching_id == self._entry.id and self._desk.default_key != self._entry.id
        running = progress is not None and mine
        self.bar.setVisible(running)
        if progress is None or not mine:
            self.cancel.hide()
            self.trouble.hide()
            self.fetch.setEnabled(progress is None)
            return
        self.bar.setRange(0, 1000 if progress.total_bytes else 0)
        if progress.total_bytes:
            self.bar.setValue(round(1000 * progress.done_bytes / progress.total_bytes))
        self.trouble.setText(progress_in_words(progress))
        self.trouble.show()

    def _show_failure(self, problem: UserFacingError) -> None:
        if self._entry.id not in self._desk.here and self._desk.default_key != self._entry.id:
            self.trouble.setText(f"{problem.sentence} {problem.next_step}".strip())
            self.trouble.show()

    def _apply_theme(self, theme: Theme) -> None:
        self.bar.setStyleSheet(progress_style(theme))
