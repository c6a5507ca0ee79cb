"""The last page: what came of it, what needs attention, and the way back."""

from pathlib import Path

from PySide6.QtCore import QLocale, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.migration import Receipt, UndoPreview, UndoResult, Verdict
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import CardPanel, Label
from personadesk.ui.widgets.views import ViewFrame
from personadesk.ui.wizard.row_model import Column, Filter, RowModel, plain, short_path, what_happens
from personadesk.ui.wizard.row_table import RowTable
from personadesk.ui.wizard.steps import CountCard, PathWords, Tick
from personadesk.ui.wizard.undo_words import first_of, listed, taken_away

"""Sentences of an undo that are shown; the rest is counted."""


def report(receipt: Receipt) -> str:
    """A receipt as plain text, for a mail or an issue."""
    lines = [
        f"PersonaDesk migration {receipt.uuid}",
        f"Source: {receipt.source} ({receipt.kind.value})",
        f"Started: {receipt.started_at.isoformat(timespec='seconds')}",
        f"Finished: {receipt.finished_at.isoformat(timespec='seconds')}",
        f"Backup: {receipt.backup or 'none'}",
        f"Database backup: {receipt.database_backup or 'none'}",
        f"Personas made: {receipt.personas_made}, memories: {receipt.memories}, messages: {receipt.messages}, "
        f"files moved: {receipt.moved}",
        *(f"{verdict.value}: {receipt.count(verdict)}" for verdict in Verdict),
    ]
    attention = [row for row in receipt.rows if row.verdict is Verdict.ATTENTION]
    lines += (
        ["", "Needs attention:", *(f"  {plain(row.path)}: {what_happens(row)}" for row in attention)]
        if attention
        else []
    )
    return plain_lines(lines)


def plain_lines(lines: list[str]) -> str:
    return "\n".join(plain(line) for line in lines) + "\n"


class ResultPage(QWidget):
    """Asks for the undo's preview, then for the undo; `place_wanted` for where a file is."""

    preview_wanted = Signal()
    undo_wanted = Signal(bool)  # restore the folder too
    place_wanted = Signal(object)  # PlanRow

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._receipt: Receipt | None = None
        size = self.font().pointSizeF()
        self.title = Label(themes, bold=True, size_pt=size * 1.6, wrap=True)
        self.sentence = Label(themes, wrap=True)
        self.backup = PathWords(themes)
        self.cards = {
            "found": CountCard(themes, self.tr("found")),
            "imported": CountCard(themes, self.tr("imported")),
            "merged": CountCard(themes, self.tr("merged")),
            "skipped": CountCard(themes, self.tr("skipped")),
            "attention": CountCard(themes, self.tr("need attention"), warns=True),
        }
        self.model = RowModel(self)
        self.table = RowTable(model=self.model, themes=themes)
        self.table.setAccessibleName(self.tr("What needs attention"))
        self.table.setColumnHidden(Column.PERSONA, True)
        self.table.setColumnHidden(Column.COUNT, True)
        self.table.place_wanted.connect(self.place_wanted)
        self._frame = ViewFrame(themes, self.table)
        self._frame.setMinimumHeight(120)
        self._attention = Label(themes, bold=True, wrap=True)
        self.open_backup = Button(themes, self.tr("Open backup"), icon="folder")
        self.copy = Button(themes, self.tr("Copy report"), icon="copy")
        self.undo = Button(themes, self.tr("Undo…"), icon="undo")
        self.trouble = Label(themes, ink="warn", wrap=True)
        self._build_undo()
        self._build()

    def _build_undo(self) -> None:
        themes = self._themes
        self.panel = CardPanel(themes)
        self.preview = Label(themes, bold=True, wrap=True)
        self.kept = Label(themes, ink="muted", wrap=True)
        self.restore = Tick(themes, self.tr("Also restore the folder"))
        self._restore_words = Label(
            themes,
            self.tr("Its files get back what is in the backup; nothing else is touched."),
            ink="faint",
            wrap=True,
        )
        self.undo_now = Button(themes, self.tr("Undo now"), kind=Kind.DANGER, icon="undo")
        self.keep = Button(themes, self.tr("Keep it"))
        self.keep.clicked.connect(self._hide_undo)
        self.undo_now.clicked.connect(self._undo)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        row.addWidget(self.keep)
        row.addWidget(self.undo_now)
        layout = QVBoxLayout(self.panel)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(8)
        for widget in (self.preview, self.kept, self.restore, self._restore_words):
            layout.addWidget(widget)
        layout.addLayout(row)
        self.panel.hide()

    def _build(self) -> None:
        cards = QGridLayout()
        cards.setSpacing(10)
        for number, card in enumerate(self.cards.values()):
            cards.addWidget(card, 0, number)
            cards.setColumnStretch(number, 1)
        row = QHBoxLayout()
        row.setSpacing(10)
        for button in (self.open_backup, self.copy, self.undo):
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        for widget in (self.title, self.sentence, self.backup):
            layout.addWidget(widget)
        layout.addLayout(cards)
        layout.addWidget(self.trouble)
        layout.addWidget(self.panel)
        layout.addWidget(self._attention)
        layout.addWidget(self._frame, 1)
        layout.addLayout(row)
        layout.addStretch(0)
        self.trouble.hide()
        self.open_backup.clicked.connect(self._open_backup)
        self.copy.clicked.connect(self._copy)
        self.undo.clicked.connect(self.preview_wanted)

    def show_receipt(self, receipt: Receipt) -> None:
        """Sum up a run."""
        self._receipt = receipt
        imported = receipt.count(Verdict.IMPORT)
        merged = receipt.count(Verdict.MERGE, Verdict.UPDATE)
        attention = receipt.count(Verdict.ATTENTION)
        brought = imported + merged
        self.title.setText(self.tr("All done") if brought else self.tr("Nothing new came in"))
        came = listed(
            (receipt.memories, self.tr("1 memory"), self.tr("{count} memories")),
            (receipt.messages, self.tr("1 message"), self.tr("{count} messages")),
            (receipt.personas_made, self.tr("1 new persona"), self.tr("{count} new personas")),
            (receipt.moved, self.tr("1 file put into its folder"), self.tr("{count} files put into folders")),
        )
        self.sentence.setText(self.tr("New here: {things}.").format(things=came) if came else "")
        self.sentence.setVisible(bool(came))
        self.backup.setVisible(receipt.backup is not None)
        self.open_backup.setVisible(receipt.backup is not None)
        if receipt.backup is not None:
            self.backup.set_words(self.tr("The verified backup is {place}."), place=short_path(receipt.backup))
        self.cards["found"].set_count(len(receipt.rows) - receipt.count(Verdict.NOT_OURS))
        self.cards["imported"].set_count(imported)
        self.cards["merged"].set_count(merged)
        self.cards["skipped"].set_count(receipt.count(Verdict.HERE, Verdict.SKIP))
        self.cards["attention"].set_count(attention)
        self.model.fill(receipt.rows, {})
        self.model.show_only(Filter.ATTENTION, "")
        self._show_attention()
        self._attention.setText(
            self.tr("These could not be read. They are in the backup, as they were:")
            if attention
            else self.tr("Nothing needs your attention.")
        )

    def show_preview(self, preview: UndoPreview) -> None:
        """Say what an undo would take away, before it does."""
        self.preview.setText(taken_away(preview))
        self._frame.hide()
        self._attention.hide()
        self.kept.setText(first_of(preview.kept, self.tr("… and {count} more stay.")))
        self.kept.setVisible(bool(preview.kept))
        has_backup = self._receipt is not None and self._receipt.backup is not None
        self.restore.setVisible(has_backup)
        self._restore_words.setVisible(has_backup)
        self.undo.setEnabled(False)
        self.trouble.hide()
        self.panel.show()
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_undone(self, result: UndoResult) -> None:
        """Say that the state before is back."""
        self.panel.hide()
        self.title.setText(self.tr("Undone"))
        words = self.tr("What this import brought is gone.")
        if result.restored:
            words += " " + self.tr("{count} files got back what was in the backup.").format(
                count=QLocale().toString(result.restored)
            )
        self.sentence.setText(words)
        self._attention.setText(first_of(result.left, self.tr("… and {count} more.")))
        self._attention.setVisible(bool(result.left))
        self._frame.hide()
        self.undo.hide()
        for card in self.cards.values():
            card.hide()

    def show_trouble(self, problem: UserFacingError) -> None:
        self.panel.hide()
        self._show_attention()
        for button in (self.undo_now, self.keep):
            button.setEnabled(True)
        self.undo.setEnabled(True)
        self.trouble.setText(plain(f"{problem.sentence} {problem.next_step}".strip()))
        self.trouble.show()

    # -- inside

    def _show_attention(self) -> None:
        self._attention.show()
        self._frame.setVisible(self.model.rowCount() > 0)

    def _hide_undo(self) -> None:
        self.panel.hide()
        self._show_attention()
        self.undo.setEnabled(True)
        self.undo.setFocus(Qt.FocusReason.OtherFocusReason)

    def _undo(self) -> None:
        for button in (self.undo_now, self.keep):
            button.setEnabled(False)
        self.undo_wanted.emit(self.restore.isChecked())

    def _open_backup(self) -> None:
        if self._receipt is not None and self._receipt.backup is not None:
            show_folder(self._receipt.backup.parent)

    def _copy(self) -> None:
        if self._receipt is not None:
            QGuiApplication.clipboard().setText(report(self._receipt))
            self.copy.set_text(self.tr("Copied"))


def show_folder(folder: Path) -> None:
    """Open a folder in the desktop's own window for files."""
    QDesktopServices.openUrl(QUrl.fromEncoded(folder.absolute().as_uri().encode()))
