"""Words as chips, with a line to add more that completes what the library knows."""

from collections.abc import Sequence

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QListView, QSizePolicy, QWidget

from personadesk.ui.editor.bound import Bound, pass_undo_on
from personadesk.ui.editor.macro_text import popup_style
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Chip
from personadesk.ui.widgets.fields import Label, LineField
from personadesk.ui.widgets.flow import FlowLayout

LONGEST_SHOWN = 48
MOST_SHOWN = 200
"""Words that get a chip: of a stranger's thousands the rest are counted."""


class _Word(Chip):
    """A chip that goes by click, Space, Delete or Backspace."""

    def __init__(self, themes: ThemeSource, word: str) -> None:
        shown = word if len(word) <= LONGEST_SHOWN else f"{word[:LONGEST_SHOWN]}…"
        super().__init__(themes, shown, checkable=False, icon="close")
        self.word = word
        self.setAccessibleName(self.tr("Remove %s") % word)
        self.setToolTip(self.tr("Remove %s") % word)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.click()
        else:
            super().keyPressEvent(event)


class ChipField(Bound):
    """A tuple of words, each once. Enter or a comma takes what is typed."""

    def __init__(
        self, themes: ThemeSource, *, accessible: str, placeholder: str, known: Sequence[str], limit: int = 0
    ) -> None:
        super().__init__()
        self._themes = themes
        self._known = known
        self._words: tuple[str, ...] = ()
        self._read_only = False
        self.chips = QWidget()
        self._flow = FlowLayout(self.chips, spacing_px=6)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.chips.setSizePolicy(policy)
        self.field = LineField(themes, accessible=accessible, placeholder=placeholder, limit=limit)
        self.line = self.field.line
        self.column.addWidget(self.chips)
        self.column.addWidget(self.field)
        self.line.returnPressed.connect(self._take_line)
        self.line.editingFinished.connect(self._take_line)
        self.line.textEdited.connect(self._look_for_comma)
        pass_undo_on(self.line)
        self._model = QStringListModel(self)
        self.completer = QCompleter(self._model, self)
        self.popup = QListView()
        self.completer.setPopup(self.popup)
        self.completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.completer.activated.connect(self._take_completed, Qt.ConnectionType.QueuedConnection)
        self.line.setCompleter(self.completer)
        self.setFocusProxy(self.line)
        self._show()

    @property
    def target(self) -> QWidget:
        return self.line

    def put(self, value: object) -> None:
        if isinstance(value, tuple) and value != self._words:
            self._words = value
            self._show()

    def set_read_only(self, read_only: bool) -> None:
        self._read_only = read_only
        self.field.setVisible(not read_only)
        self._show()

    def set_wrong(self, sentence: str) -> None:
        super().set_wrong(sentence)
        self.field.set_wrong(bool(sentence))

    # -- inside

    def _show(self) -> None:
        held = self._held()
        while (item := self._flow.takeAt(0)) is not None:
            chip = item.widget()
            if chip is not None:
                chip.hide()
                chip.deleteLater()
        for word in self._words[:MOST_SHOWN]:
            made = _Word(self._themes, word)
            made.setEnabled(not self._read_only)
            made.clicked.connect(self._remove_sender)
            self._flow.addWidget(made)
        if len(self._words) > MOST_SHOWN:
            self._flow.addWidget(Label(self._themes, self.tr("and %s more") % (len(self._words) - MOST_SHOWN)))
        self.chips.setVisible(bool(self._words))
        self.chips.updateGeometry()
        known = {word.casefold() for word in self._words}
        self._model.setStringList([word for word in self._known if word.casefold() not in known])
        self.popup.setStyleSheet(popup_style(self._themes.theme))
        if held is not None:
            self._focus_near(held)

    def _held(self) -> int | None:
        """The place of the chip that has the focus."""
        for place in range(self._flow.count()):
            item = self._flow.itemAt(place)
            chip = item.widget() if item is not None else None
            if chip is not None and chip.hasFocus():
                return place
        return None

    def _focus_near(self, place: int) -> None:
        item = self._flow.itemAt(min(place, self._flow.count() - 1))
        chip = item.widget() if item is not None else None
        (chip or self.line).setFocus(Qt.FocusReason.OtherFocusReason)

    def _remove_sender(self) -> None:
        chip = self.sender()
        if isinstance(chip, _Word):
            self._change(tuple(word for word in self._words if word != chip.word))

    def _look_for_comma(self, text: str) -> None:
        if "," in text:
            *whole, rest = text.split(",")
            self.line.setText(rest.lstrip())
            self._add(whole)

    def _take_completed(self, _text: str) -> None:
        self._take_line()

    def _take_line(self) -> None:
        text = self.line.text()
        if text:
            self.line.clear()
            self._add([text])

    def _add(self, texts: Sequence[str]) -> None:
        known = {word.casefold() for word in self._words}
        fresh = []
        for text in texts:
            word = " ".join(text.split())
            if word and word.casefold() not in known:
                known.add(word.casefold())
                fresh.append(word)
        if fresh:
            self._change((*self._words, *fresh))

    def _change(self, words: tuple[str, ...]) -> None:
        self._words = words
        self._show()
        self.edited.emit(words)
