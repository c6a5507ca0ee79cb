"""The entries of a book: the search, the table, how many there are, and the way back from deleting some."""

from PySide6.QtCore import QLocale, QPoint, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.lorebook import Lorebook, LoreEntry
from personadesk.ui.lorebook.entry_model import EntryModel
from personadesk.ui.lorebook.entry_table import EntryTable
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label, SearchField
from personadesk.ui.widgets.views import ViewFrame


class EntryPane(QWidget):
    """Shows a book's entries. What is to be done to them it only asks for."""

    duplicate_wanted = Signal()
    file_chosen = Signal(str)

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._on = 0
        self._removed = 0
        self.search = SearchField(themes, placeholder=self.tr("Search keys and texts"))
        self.add_button = Button(themes, self.tr("Add entry"), icon="plus")
        self.import_button = Button(themes, icon="import", accessible=self.tr("Add the entries of a file…"))
        self.model = EntryModel(self)
        self.table = EntryTable(model=self.model, themes=themes)
        self.frame = ViewFrame(themes, self.table)
        self.count = Label(themes, ink="faint", elide=True, size_pt=self.font().pointSizeF() * 0.92)
        self.undo_button = Button(themes, self.tr("Undo"), icon="undo", compact=True)
        self.problem = Label(themes, ink="bad", wrap=True)
        self.problem.hide()
        self.empty = Label(themes, ink="muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.search, 100)
        top.addWidget(self.add_button)
        top.addWidget(self.import_button)
        top.addStretch(1)
        foot = QHBoxLayout()
        foot.addWidget(self.count, 1)
        foot.addWidget(self.undo_button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        rows.addLayout(top)
        rows.addWidget(self.frame, 1)
        rows.addWidget(self.empty, 1)
        rows.addLayout(foot)
        rows.addWidget(self.problem)
        self.import_button.clicked.connect(self._choose_file)
        self.search.changed.connect(self._search)
        self.search.left.connect(self.table.setFocus)
        self.search.entered.connect(self.table.setFocus)
        self.table.menu_wanted.connect(self._open_menu)

    def show_book(self, book: Lorebook, removed: int = 0) -> None:
        """Show a book's entries; `removed` of them are just gone and can be brought back."""
        self._removed = removed
        self.problem.hide()
        self._on = sum(entry.enabled for entry in book.entries)
        self.model.fill(book.entries)
        self._show_count()

    def show_entry(self, entry: LoreEntry, on: int) -> None:
        """Show one entry's new values; `on` entries of the book are enabled."""
        self._removed = 0
        self._on = on
        self.model.replace(entry)
        self._show_count()

    def show_problem(self, problem: UserFacingError) -> None:
        """Say why a file's entries could not be added."""
        self.problem.setText(f"{problem.sentence} {problem.next_step}".strip())
        self.problem.show()

    def _choose_file(self) -> None:
        picker = QFileDialog(self, self.tr("Add the entries of a lorebook"))
        picker.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        picker.setFileMode(QFileDialog.FileMode.ExistingFile)
        picker.setNameFilters([self.tr("Lorebooks (*.json)"), self.tr("All files (*)")])
        picker.fileSelected.connect(self.file_chosen)
        picker.open()

    def _search(self, query: str) -> None:
        self.model.search(query)
        self._show_count()

    def _show_count(self) -> None:
        locale = QLocale()
        total, shown = self.model.total, self.model.rowCount()
        count = locale.toString(total)
        words = self.tr("{on} of {count} entries on · about {tokens} tokens").format(
            on=locale.toString(self._on), count=count, tokens=locale.toString(self.model.tokens)
        )
        if self.search.line.text().strip():
            words = self.tr("{shown} of {count} entries found").format(shown=locale.toString(shown), count=count)
        if self._removed:
            one = self.tr("1 entry deleted.")
            many = self.tr("%s entries deleted.") % locale.toString(self._removed)
            words = one if self._removed == 1 else many
        self.count.setText(words if total or self._removed else "")
        self.undo_button.setVisible(bool(self._removed))
        self.frame.setVisible(shown > 0)
        self.empty.setVisible(shown == 0)
        self.search.setVisible(total > 0)
        self.empty.setText(
            self.tr("No entry holds these words. Try fewer of them.")
            if total
            else self.tr(
                "A lorebook tells the persona something only when the talk comes to it. "
                "Add an entry, give it a key such as a name, and write what is to be known."
            )
        )

    def _open_menu(self, point: QPoint) -> None:
        theme, table = self._themes.theme, self.table
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(theme))
        for name, words, keys, act in (
            ("check", self.tr("Switch on or off"), "Space", table.toggle_wanted.emit),
            ("duplicate", self.tr("Duplicate"), "Ctrl+D", self.duplicate_wanted.emit),
            ("chevron-up", self.tr("Move up"), "Alt+Up", lambda: table.step_wanted.emit(-1)),
            ("chevron-down", self.tr("Move down"), "Alt+Down", lambda: table.step_wanted.emit(1)),
            ("trash", self.tr("Delete"), "Del", table.remove_wanted.emit),
        ):
            action = menu.addAction(icon(name, theme.muted, 16), f"{words}\t{keys}")
            action.triggered.connect(lambda _checked=False, act=act: act())
        menu.popup(point)
