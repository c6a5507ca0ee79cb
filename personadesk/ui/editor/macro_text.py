"""A text field that completes macros from `{{` on."""

import re

from PySide6.QtCore import QModelIndex, QObject, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel, QTextCursor
from PySide6.QtWidgets import QCompleter, QListView, QWidget

from personadesk.services.macros import MACROS
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.fields import PlainText

MACRO_ROLE = Qt.ItemDataRole.UserRole + 1
LONGEST_LINE = 20_000
"""Beyond it nothing is completed: every key stroke would copy the line."""
POPUP_WIDTH_PX = 520

_BEGUN = re.compile(r"\{\{[^{}\n]{0,30}$")
_LEFT_TO_POPUP = (
    Qt.Key.Key_Enter,
    Qt.Key.Key_Return,
    Qt.Key.Key_Escape,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab,
)


def popup_style(theme: Theme) -> str:
    """The style sheet of a completer's list."""
    return (
        f"QListView {{ background: {theme.raised.name()}; color: {theme.text.name()};"
        f" border: 1px solid {theme.line.name()}; padding: 4px; outline: none; }}"
        "QListView::item { padding: 5px 8px; border-radius: 6px; }"
        f"QListView::item:selected {{ background: {theme.selection.name()}; color: {theme.selection_text.name()}; }}"
        + scroll_bar_style(theme)
    )


class MacroEdit(PlainText):
    """Enter or Tab takes the macro that is marked in the list, Escape leaves it."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes)
        self.macros: MacroCompleter | None = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shown = self.macros is not None and self.macros.shown
        if shown and event.key() in _LEFT_TO_POPUP:
            event.ignore()
            return
        super().keyPressEvent(event)
        if not self.isReadOnly() and (shown or event.text()):
            self._complete()

    def _complete(self) -> None:
        begun = self._begun()
        if begun and self.macros is None:
            self.macros = MacroCompleter(self)
            self.macros.taken.connect(self._take)
        if self.macros is not None:
            place = self.cursorRect()
            place.setWidth(min(POPUP_WIDTH_PX, max(self.width(), 240)))
            self.macros.offer(begun, place, self._themes.theme)

    def _begun(self) -> str:
        cursor = self.textCursor()
        block = cursor.block()
        if block.length() > LONGEST_LINE:
            return ""
        found = _BEGUN.search(block.text()[: cursor.positionInBlock()])
        return found[0] if found else ""

    def _take(self, macro: str) -> None:
        cursor = self.textCursor()
        begun = len(self._begun())
        rest = cursor.block().text()[cursor.positionInBlock() :]
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.MoveAnchor, begun)
        length = begun + (2 if rest.startswith("}}") else 0)
        cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, length)
        cursor.insertText(macro)
        self.setTextCursor(cursor)


class MacroCompleter(QObject):
    """The list of macros under a text field. `taken` carries the one that was chosen."""

    taken = Signal(str)

    def __init__(self, field: QWidget) -> None:
        super().__init__(field)
        model = QStandardItemModel(self)
        for macro in MACROS:
            item = QStandardItem(f"{macro.text}   {macro.description}")
            item.setData(macro.text, MACRO_ROLE)
            model.appendRow(item)
        self.popup = QListView()
        self.popup.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._completer = QCompleter(model, self)
        self._completer.setPopup(self.popup)
        self._completer.setWidget(field)
        self._completer.setCompletionRole(MACRO_ROLE)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.popup.setAccessibleName(self.tr("Macros"))
        self._completer.activated[QModelIndex].connect(self._tell)  # type: ignore[index]

    @property
    def shown(self) -> bool:
        return self.popup.isVisible()

    def offer(self, begun: str, place: QRect, theme: Theme) -> None:
        """Show the macros that begin so, under `place`; none where nothing is begun."""
        self._completer.setCompletionPrefix(begun)
        if not begun or self._completer.completionCount() == 0:
            self.popup.hide()
            return
        self.popup.setStyleSheet(popup_style(theme))
        self.popup.setCurrentIndex(self._completer.completionModel().index(0, 0))
        self._completer.complete(place)

    def _tell(self, index: QModelIndex) -> None:
        self.taken.emit(str(index.data(MACRO_ROLE)))
