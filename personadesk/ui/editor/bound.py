"""Fields that show a value of the card and tell when the user changes it."""

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from personadesk.ui.editor.macro_text import MacroEdit
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.fields import LineField, TextField

UNDO = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class _UndoPasser(QObject):
    """Lets the undo keys through to the form: text fields would take them for their own."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            redo = QKeySequence(event.keyCombination()) == QKeySequence("Ctrl+Shift+Z")
            if redo or any(event.matches(key) for key in UNDO):
                event.ignore()
                return True
        return False


def pass_undo_on(field: QWidget) -> None:
    """Leave undo and redo to the form that a text field stands in."""
    field.installEventFilter(_UndoPasser(field))


class Bound(QWidget):
    """`edited` carries the new value, and only for what the user does."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(6)

    @property
    def target(self) -> QWidget:
        """What takes the focus and carries the name for a screen reader."""
        return self

    @property
    def typed(self) -> bool:
        """Whether changes come letter by letter."""
        return False

    def put(self, value: object) -> None:
        """Show a value, silently."""
        raise NotImplementedError

    def set_read_only(self, read_only: bool) -> None:
        raise NotImplementedError

    def set_wrong(self, sentence: str) -> None:
        self.target.setAccessibleDescription(sentence)


class BoundLine(Bound):
    """A str on one line."""

    def __init__(self, themes: ThemeSource, *, accessible: str, placeholder: str = "") -> None:
        super().__init__()
        self.field = LineField(themes, accessible=accessible, placeholder=placeholder)
        self.column.addWidget(self.field)
        self.field.changed.connect(self._tell)
        pass_undo_on(self.line)
        self.setFocusProxy(self.line)

    @property
    def line(self) -> QLineEdit:
        return self.field.line

    @property
    def target(self) -> QWidget:
        return self.line

    @property
    def typed(self) -> bool:
        return True

    def put(self, value: object) -> None:
        if self.line.text() != value:
            self.field.blockSignals(True)
            self.line.setText(str(value))
            self.field.blockSignals(False)

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)

    def set_wrong(self, sentence: str) -> None:
        super().set_wrong(sentence)
        self.field.set_wrong(bool(sentence))

    def _tell(self, text: str) -> None:
        self.edited.emit(text)


class BoundText(Bound):
    """A str of many lines, with macros completed."""

    def __init__(self, themes: ThemeSource, *, accessible: str, placeholder: str = "", lines: int = 4) -> None:
        super().__init__()
        self.text = MacroEdit(themes)
        self.field = TextField(themes, accessible=accessible, placeholder=placeholder, lines=lines, text=self.text)
        self.text.setUndoRedoEnabled(False)
        self.column.addWidget(self.field)
        self.field.changed.connect(self._tell)
        pass_undo_on(self.text)
        self.setFocusProxy(self.text)

    @property
    def target(self) -> QWidget:
        return self.text

    @property
    def typed(self) -> bool:
        return True

    @property
    def value(self) -> str:
        return self.text.toPlainText()

    def put(self, value: object) -> None:
        if self.value != value:
            place = self.text.textCursor().position()
            self.field.blockSignals(True)
            self.text.set_text(str(value))
            self.field.blockSignals(False)
            cursor = self.text.textCursor()
            cursor.setPosition(min(place, max(self.text.document().characterCount() - 1, 0)))
            self.text.setTextCursor(cursor)

    def insert(self, words: str) -> None:
        """Insert at the cursor, as typing would."""
        self.text.insert_text(words)
        self.text.setFocus()

    def set_read_only(self, read_only: bool) -> None:
        self.text.setReadOnly(read_only)

    def set_wrong(self, sentence: str) -> None:
        super().set_wrong(sentence)
        self.field.set_wrong(bool(sentence))

    def _tell(self) -> None:
        self.edited.emit(self.value)


class BoundLines(BoundText):
    """A tuple of texts, one a line; empty lines count for nothing."""

    def put(self, value: object) -> None:
        if isinstance(value, tuple) and self._parsed() != value:
            super().put("\n".join(value))

    def _parsed(self) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.value.splitlines() if line.strip())

    def _tell(self) -> None:
        self.edited.emit(self._parsed())
