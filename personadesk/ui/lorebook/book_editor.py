"""The editor of one book: its entries in a table, and beside it the fields, a test, the book's own settings."""

from collections.abc import Collection, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from personadesk.domain.lorebook import Lorebook, LoreEntry
from personadesk.ui.lorebook import book_edits
from personadesk.ui.lorebook.book_settings import BookSettings
from personadesk.ui.lorebook.bulk_panel import BulkPanel
from personadesk.ui.lorebook.entry_model import Column
from personadesk.ui.lorebook.entry_pane import EntryPane
from personadesk.ui.lorebook.entry_panel import EntryPanel
from personadesk.ui.lorebook.files import read_entries
from personadesk.ui.lorebook.lab import LoreLab
from personadesk.ui.lorebook.trial_box import TrialBox
from personadesk.ui.lorebook.two_parts import TwoParts
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Chip
from personadesk.ui.widgets.fields import Label

HEIGHT_PX = 680
ENTRY, TRIAL, SETTINGS = range(3)


class BookEditor(QWidget):
    """`changed` comes after every edit of the user's; edits of one field carry the same text, others "".

    `set_book` shows another value, or another book, without a signal. With `begins_small` it is for a page that
    scrolls: as high as it needs to be, and only a word and a button while it has no entry.
    """

    changed = Signal(str)

    def __init__(self, *, themes: ThemeSource, lab: LoreLab, begins_small: bool = False) -> None:
        super().__init__()
        self._lab = lab
        self._begins_small = begins_small
        self._book = Lorebook()
        self._others: tuple[Lorebook, ...] = ()
        self._removed: Lorebook | None = None
        self.entries = EntryPane(themes)
        self.table = self.entries.table
        self.model = self.entries.model
        self.panel = EntryPanel(themes)
        self.bulk = BulkPanel(themes)
        self.trial = TrialBox(themes=themes, lab=lab)
        self.settings = BookSettings(themes)
        self.hint = Label(themes, ink="muted", wrap=True)
        self.tabs = [Chip(themes, self.tr("Entry")), Chip(themes, self.tr("Test")), Chip(themes, self.tr("Book"))]
        self.fields = QStackedWidget()
        self.pages = QStackedWidget()
        beside = QWidget()
        self.parts = TwoParts(self.entries, beside)
        self._build(beside)
        self._connect()
        self.set_book(Lorebook())

    def book(self) -> Lorebook:
        """The book as it stands."""
        return self._book

    def set_book(self, book: Lorebook) -> None:
        """Show a book; of the one on screen the selection stays."""
        self._book = book
        self._removed = None
        self._follow()

    def set_other_books(self, books: Sequence[Lorebook]) -> None:
        """Books that a test tries beside this one."""
        self._others = tuple(books)
        self.trial.set_books((self._book, *self._others))

    def show_page(self, page: int) -> None:
        """ENTRY, TRIAL or SETTINGS."""
        self.tabs[page].setChecked(True)
        self.pages.setCurrentIndex(page)

    def show_entry(self, uid: str) -> None:
        """Go to an entry, also where a search hides it."""
        if self.model.row_of(uid) < 0:
            self.entries.search.line.clear()
        self.table.select([uid], uid)
        self.show_page(ENTRY)

    # -- doing

    def add(self) -> None:
        """Add an empty entry and go to its keys."""
        self.entries.search.line.clear()
        book, entry = book_edits.with_new(self._book)
        self._change(book)
        self.show_entry(entry.uid)
        self.panel.focus_keys()

    def add_from(self, name: str) -> None:
        """Add the entries of a file."""
        reading = read_entries(Path(name))
        self._lab.bridge.run(reading, owner=self, then=self._add_all, failed=self.entries.show_problem)

    def duplicate(self) -> None:
        book, made = book_edits.with_copies(self._book, frozenset(self.table.selected_uids()))
        self._change(book)
        if made:
            self.table.select(made)

    def remove(self) -> None:
        """Take the selected entries out; a button brings them back until the next change."""
        uids = self.table.selected_uids()
        row = min(self.model.rows_of(uids), default=0)
        before = self._book
        self._change(book_edits.without(before, frozenset(uids)), removed=before)
        entry = self.model.entry(min(row, self.model.rowCount() - 1))
        if entry is not None:
            self.table.select([entry.uid], entry.uid)

    def undo_removal(self) -> None:
        """Bring back what was removed last."""
        before, now = self._removed, {entry.uid for entry in self._book.entries}
        if before is not None:
            self._change(before)
            self.table.select([entry.uid for entry in before.entries if entry.uid not in now])
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def toggle(self, uid: str = "") -> None:
        """Switch one entry, or the selected ones: all on, unless all are."""
        uids = frozenset([uid] if uid else self.table.selected_uids())
        on = all(entry.enabled for entry in self._book.entries if entry.uid in uids)
        self._change(book_edits.with_fields(self._book, uids, enabled=not on))

    # -- building

    def _build(self, beside: QWidget) -> None:
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        for shown in (self.hint, self.panel, self.bulk):
            self.fields.addWidget(shown)
        for page in (self.fields, self.trial, self.settings):
            self.pages.addWidget(page)
        chips = QHBoxLayout()
        chips.setSpacing(8)
        group = QButtonGroup(self)
        for number, chip in enumerate(self.tabs):
            group.addButton(chip, number)
            chips.addWidget(chip)
        chips.addStretch(1)
        self.tabs[ENTRY].setChecked(True)
        group.idClicked.connect(self.show_page)
        side = QVBoxLayout(beside)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(10)
        side.addLayout(chips)
        side.addWidget(self.pages, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.parts)

    def _connect(self) -> None:
        self.entries.add_button.clicked.connect(self.add)
        self.entries.undo_button.clicked.connect(self.undo_removal)
        self.entries.file_chosen.connect(self.add_from)
        self.entries.duplicate_wanted.connect(self.duplicate)
        table = self.table
        table.selection_changed.connect(self._show_fields)
        table.opened.connect(self._go_to_fields)
        table.toggle_wanted.connect(self.toggle)
        table.remove_wanted.connect(self.remove)
        table.step_wanted.connect(self._step)
        self.model.move_wanted.connect(self._move)
        self.model.toggle_wanted.connect(self.toggle)
        self.panel.edited.connect(self._take_entry)
        self.settings.edited.connect(self._take_settings)
        self.bulk.set_wanted.connect(self._set_many)
        self.bulk.duplicate_wanted.connect(self.duplicate)
        self.bulk.remove_wanted.connect(self.remove)
        self.trial.entry_wanted.connect(self._show_called)
        for keys, act in ((QKeySequence.StandardKey.New, self.add), (QKeySequence("Ctrl+D"), self.duplicate)):
            QShortcut(keys, self, act, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)

    # -- inside

    def _change(self, book: Lorebook, *, removed: Lorebook | None = None) -> None:
        """Take up what the user did to more than one entry, or to their order."""
        if book == self._book:
            return
        self._book = book
        self._removed = removed
        self._follow()
        self.changed.emit("")

    def _add_all(self, other: Lorebook) -> None:
        book, made = book_edits.with_all_of(self._book, other)
        if not self._book.entries and not self._book.name:
            book = book_edits.with_settings(book, other)
        self._change(book)
        self.table.select(made)

    def _take_entry(self, entry: LoreEntry, field: str) -> None:
        self._book = book_edits.with_entry(self._book, entry)
        self._removed = None
        self.entries.show_entry(entry, sum(other.enabled for other in self._book.entries))
        self.trial.set_books((self._book, *self._others))
        self.changed.emit(f"{entry.uid}/{field}")

    def _take_settings(self, book: Lorebook, field: str) -> None:
        # The form has the book as it was shown: its entries may be others by now.
        self._book = book_edits.with_settings(self._book, book)
        if self._removed is not None:
            self._removed = None
            self.entries.show_book(self._book)
        self.trial.set_books((self._book, *self._others))
        self.changed.emit(f"book/{field}")

    def _set_many(self, fields: dict[str, object]) -> None:
        self._change(book_edits.with_fields(self._book, frozenset(self.table.selected_uids()), **fields))

    def _move(self, uids: Collection[str], before: str | None) -> None:
        self._change(book_edits.moved(self._book, uids, before))
        self.table.select(uids)

    def _step(self, step: int) -> None:
        if not self.model.in_prompt_order:
            self.table.header.setSortIndicator(int(Column.ORDER), Qt.SortOrder.AscendingOrder)
        uids = self.table.selected_uids()
        current = self.table.current
        self._change(book_edits.moved_by(self._book, frozenset(uids), step))
        self.table.select(uids, current.uid if current else "")

    def _show_called(self, book_key: str, uid: str) -> None:
        if book_key == self._book.key:
            self.show_entry(uid)

    def _go_to_fields(self) -> None:
        self.show_page(ENTRY)
        if self.fields.currentWidget() is self.panel:
            self.panel.focus_keys()

    def _follow(self) -> None:
        removed = len(self._removed.entries) - len(self._book.entries) if self._removed is not None else 0
        self.entries.show_book(self._book, removed)
        self.settings.show_book(self._book)
        choose = self.tr("Choose an entry to see all of it. Choose several to change them together.")
        self.hint.setText(choose if self._book.entries else "")
        small = self._begins_small and not self._book.entries and self._removed is None
        if self._begins_small:
            upright = QSizePolicy.Policy.Maximum if small else QSizePolicy.Policy.Preferred
            self.setSizePolicy(QSizePolicy.Policy.Preferred, upright)
            self.setMinimumHeight(0 if small else HEIGHT_PX)
            self.parts.show_second(not small)
        self._show_fields()
        self.trial.set_books((self._book, *self._others))

    def _show_fields(self) -> None:
        uids = self.table.selected_uids()
        entry = next((item for item in self._book.entries if uids and item.uid == uids[0]), None)
        if len(uids) > 1:
            self.bulk.show_count(len(uids))
            self.fields.setCurrentWidget(self.bulk)
        elif entry is not None:
            self.panel.show_entry(entry)
            self.fields.setCurrentWidget(self.panel)
        else:
            self.fields.setCurrentWidget(self.hint)
