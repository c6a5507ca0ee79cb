"""The page while it runs: the stage, how far it is, how fast, how long still."""

import time

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from personadesk.domain.migration import Progress, Stage
from personadesk.ui.theme.source import ThemeSource, progress_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.fields import CardPanel, Label
from personadesk.ui.wizard.row_model import plain

SETTLE_S = 0.5
"""A rate measured over less than this says nothing."""
ORDER = (Stage.LOOK, Stage.BACK_UP, Stage.CHECK_BACKUP, Stage.IMPORT, Stage.VERIFY, Stage.REORGANIZE)


class RunPage(QWidget):
    """Shows Progress as it comes."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        size = self.font().pointSizeF()
        self.title = Label(themes, bold=True, size_pt=size * 1.6, wrap=True)
        self.sentence = Label(themes, ink="muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.counts = Label(themes, bold=True)
        self.pace = Label(themes, ink="muted", wrap=True)
        self.path = Label(themes, ink="faint", elide=True)
        panel = CardPanel(themes)
        inner = QVBoxLayout(panel)
        inner.setContentsMargins(22, 22, 22, 20)
        inner.setSpacing(10)
        inner.addWidget(self.counts)
        inner.addWidget(self.bar)
        inner.addWidget(self.pace)
        inner.addWidget(self.path)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.title)
        layout.addWidget(self.sentence)
        layout.addSpacing(10)
        layout.addWidget(panel)
        layout.addStretch(1)
        self._stage: Stage | None = None
        self._since = 0.0
        self._done_at_start = 0
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def begin(self) -> None:
        self._stage = None
        self.show_progress(Progress(Stage.BACK_UP, 0, 0))

    def show_progress(self, progress: Progress) -> None:
        """Show where it is."""
        if progress.stage is not self._stage:
            self._stage = progress.stage
            self._since, self._done_at_start = time.monotonic(), progress.done
            title, sentence = self._words(progress.stage)
            self.title.setText(title)
            self.sentence.setText(sentence)
            self.bar.setAccessibleName(title)
        self.bar.setRange(0, 1000 if progress.total else 0)
        locale = QLocale()
        if progress.total:
            self.bar.setValue(round(1000 * min(progress.done / progress.total, 1.0)))
            self.counts.setText(
                self.tr("{done} of {total} files").format(
                    done=locale.toString(progress.done), total=locale.toString(progress.total)
                )
            )
        else:
            self.counts.setText(
                self.tr("{done} files").format(done=locale.toString(progress.done))
                if progress.done
                else self.tr("Starting…")
            )
        self.pace.setText(self._pace(progress))
        self.path.setText(plain(progress.path))

    def show_stopping(self) -> None:
        self.title.setText(self.tr("Stopping…"))
        self.sentence.setText(self.tr("What was begun is taken back. Nothing will be left behind."))
        self.pace.setText("")

    def _pace(self, progress: Progress) -> str:
        seconds = time.monotonic() - self._since
        moved = progress.done - self._done_at_start
        if seconds < SETTLE_S or moved <= 0:
            return " "
        rate = moved / seconds
        words = self.tr("{rate} files a second").format(rate=QLocale().toString(max(round(rate), 1)))
        if progress.total:
            words += " · " + self._left_in_words((progress.total - progress.done) / rate)
        return words

    def _left_in_words(self, seconds: float) -> str:
        if seconds < 1:
            return self.tr("done in a moment")
        if seconds < 90:
            return self.tr("about {seconds} s left in this step").format(seconds=QLocale().toString(round(seconds)))
        return self.tr("about {minutes} min left in this step").format(minutes=QLocale().toString(round(seconds / 60)))

    def _words(self, stage: Stage) -> tuple[str, str]:
        stays = self.tr("The originals stay where they are.")
        return {
            Stage.LOOK: (self.tr("Looking again"), self.tr("Has anything changed since the check?")),
            Stage.BACK_UP: (self.tr("Backing up"), self.tr("Every file goes into one archive first.") + " " + stays),
            Stage.CHECK_BACKUP: (
                self.tr("Checking the backup"),
                self.tr("It is read back and compared, byte for byte. Without a good backup nothing is imported."),
            ),
            Stage.IMPORT: (self.tr("Importing"), self.tr("All of it comes in, or none of it.") + " " + stays),
            Stage.VERIFY: (self.tr("Checking what came in"), self.tr("What was stored is compared with the files.")),
            Stage.REORGANIZE: (
                self.tr("Putting the files into folders"),
                self.tr("Each is copied and compared before the first one goes."),
            ),
            Stage.UNDO: (self.tr("Undoing"), ""),
        }[stage]

    def _apply_theme(self, theme: Theme) -> None:
        self.bar.setStyleSheet(progress_style(theme))
