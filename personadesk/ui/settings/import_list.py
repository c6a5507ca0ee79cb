"""Earlier imports: what each brought, where its backup is, and the way back."""

from html import escape

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.migration import Run, UndoPreview, UndoResult
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label
from personadesk.ui.wizard.migration_desk import MigrationDesk
from personadesk.ui.wizard.result_page import show_folder
from personadesk.ui.wizard.row_model import plain, short_path
from personadesk.ui.wizard.steps import Tick
from personadesk.ui.wizard.undo_words import first_of, taken_away

MOST_RUNS = 20
"""Sentences of an undo that are shown; the rest is counted."""


class ImportRow(QWidget):
    """One import, and beneath it what its undo would do."""

    undo_wanted = Signal()
    confirmed = Signal(bool)  # restore the folder too
    kept = Signal()

    def __init__(self, run: Run, themes: ThemeSource) -> None:
        super().__init__()
        self.run = run
        self._themes = themes
        when = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(run.started_at.timestamp())), "d MMM yyyy HH:mm")
        place = short_path(run.source)
        self.words = Label(themes, f"{when} · {self._counted()}", elide=True)
        self.words.setToolTip(self.words.text())
        self.place = Label(themes, place, ink="faint", elide=True)
        self.place.setToolTip(f"<p>{escape(place)}</p>")
        self.undone = Label(themes, self.tr("undone"), ink="muted")
        self.open_backup = Button(
            themes,
            self.tr("Open backup"),
            icon="folder",
            accessible=self.tr("Open the backup of %s") % when,
            compact=True,
        )
        self.undo = Button(
            themes, self.tr("Undo…"), icon="undo", accessible=self.tr("Undo the import of %s") % when, compact=True
        )
        self._build_panel()
        self._build()
        self.open_backup.clicked.connect(self._open_backup)
        self.undo.clicked.connect(self.undo_wanted)

    def ask(self, preview: UndoPreview) -> None:
        """Say what an undo takes away and what it leaves."""
        self.preview.setText(taken_away(preview))
        self.stays.setText(first_of(preview.kept, self.tr("… and {count} more stay.")))
        self.stays.setVisible(bool(preview.kept))
        self.restore.setChecked(False)
        self.undo.setEnabled(False)
        self.panel.show()
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def fold(self) -> None:
        """Put the question away."""
        self.panel.hide()
        self.undo.setEnabled(True)

    def _build_panel(self) -> None:
        themes = self._themes
        self.panel = QWidget()
        self.preview = Label(themes, wrap=True)
        self.stays = Label(themes, ink="muted", wrap=True)
        self.restore = Tick(themes, self.tr("Also restore the folder"))
        self.restore.setToolTip(self.tr("Its files get back what is in the backup; nothing else is touched."))
        self.restore.setVisible(self.run.backup is not None)
        self.keep = Button(themes, self.tr("Keep"), compact=True)
        self.undo_now = Button(themes, self.tr("Undo now"), kind=Kind.DANGER, icon="undo", compact=True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.restore)
        buttons.addStretch(1)
        buttons.addWidget(self.keep)
        buttons.addWidget(self.undo_now)
        layout = QVBoxLayout(self.panel)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.setSpacing(6)
        layout.addWidget(self.preview)
        layout.addWidget(self.stays)
        layout.addLayout(buttons)
        self.panel.hide()
        self.keep.clicked.connect(self.kept)
        self.undo_now.clicked.connect(lambda: self.confirmed.emit(self.restore.isChecked()))

    def _build(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.words)
        words.addWidget(self.place)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addLayout(words, 1)
        for widget in (self.open_backup, self.undo, self.undone):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(row)
        layout.addWidget(self.panel)
        here = self.run.undone_at is None
        self.open_backup.setVisible(self.run.backup is not None)
        self.undo.setVisible(here)
        self.undone.setVisible(not here)

    def _counted(self) -> str:
        locale = QLocale()
        words = self.tr("{count} imported").format(count=locale.toString(self.run.imported))
        if self.run.attention == 1:
            words += ", " + self.tr("1 needs attention")
        elif self.run.attention:
            words += ", " + self.tr("{count} need attention").format(count=locale.toString(self.run.attention))
        return words

    def _open_backup(self) -> None:
        if self.run.backup is not None:
            show_folder(self.run.backup.parent)


class ImportList(QWidget):
    """Reads the runs when it is made and after each undo; hidden while there are none."""

    def __init__(self, themes: ThemeSource, desk: MigrationDesk) -> None:
        super().__init__()
        self._themes = themes
        self._desk = desk
        self._asked: ImportRow | None = None
        self.rows: list[ImportRow] = []
        self.told = Label(themes, wrap=True)
        self.told.hide()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 8, 0, 0)
        self._layout.setSpacing(10)
        self._layout.addWidget(Label(themes, self.tr("Earlier imports"), bold=True))
        self._layout.addWidget(self.told)
        self.hide()
        self.read()

    def read(self) -> None:
        """List what the store has now."""
        self._desk.runs(owner=self, then=self._list, failed=self._tell_trouble)

    # -- inside

    def _list(self, runs: list[Run]) -> None:
        for row in self.rows:
            row.hide()
            row.deleteLater()
        self.rows = [ImportRow(run, self._themes) for run in runs[:MOST_RUNS]]
        self._asked = None
        for row in self.rows:
            row.undo_wanted.connect(lambda row=row: self._ask(row))
            row.kept.connect(lambda row=row: self._keep(row))
            row.confirmed.connect(lambda restore, row=row: self._undo(row, restore))
            self._layout.addWidget(row)
        self.setEnabled(True)
        self.setVisible(bool(self.rows) or bool(self.told.text()))

    def _ask(self, row: ImportRow) -> None:
        self._fold()
        self._asked = row
        self.told.hide()
        row.undo.setEnabled(False)
        self._desk.preview_undo(
            row.run.id,
            owner=row,
            then=lambda preview: row.ask(preview) if self._asked is row else None,
            failed=self._tell_trouble,
        )

    def _keep(self, row: ImportRow) -> None:
        self._fold()
        row.undo.setFocus(Qt.FocusReason.OtherFocusReason)

    def _undo(self, row: ImportRow, restore_folder: bool) -> None:
        self.setEnabled(False)
        self._desk.undo(
            row.run.id,
            restore_folder=restore_folder,
            owner=self,
            then=self._tell_undone,
            failed=self._tell_trouble,
        )

    def _tell_undone(self, result: UndoResult) -> None:
        words = self.tr("Undone. What this import brought is gone.")
        if result.preview.kept:
            words = self.tr("Undone, but for what was changed or used since.")
        if result.restored == 1:
            words += " " + self.tr("1 file got back what was in the backup.")
        elif result.restored:
            words += " " + self.tr("{count} files got back what was in the backup.").format(
                count=QLocale().toString(result.restored)
            )
        left = first_of(result.left, self.tr("… and {count} more."))
        self._tell(f"{words}\n{left}".strip(), "ok")
        self.read()

    def _tell_trouble(self, problem: UserFacingError) -> None:
        self._fold()
        self.setEnabled(True)
        self._tell(plain(f"{problem.sentence} {problem.next_step}".strip()), "warn")

    def _tell(self, words: str, ink: str) -> None:
        self.told.set_ink(ink)
        self.told.setText(words)
        self.told.show()
        self.show()

    def _fold(self) -> None:
        if self._asked is not None:
            self._asked.fold()
            self._asked = None
