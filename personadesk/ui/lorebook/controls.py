"""Fields of one value each: `show_value` shows one without a signal, `value_changed` tells of the user's."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QLocale, QObject, Qt, Signal
from PySide6.QtGui import QIntValidator, QKeyEvent, QPalette
from PySide6.QtWidgets import QSizePolicy

from personadesk.ui.theme.source import ThemeSource, mix
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.fields import LineField, TextField
from personadesk.ui.wizard.pick_button import Choice, PickButton
from personadesk.ui.wizard.steps import Tick

LARGEST = 1_000_000


class TextLine(LineField):
    value_changed = Signal(object)  # str

    def __init__(self, themes: ThemeSource, *, accessible: str, placeholder: str = "", limit: int = 0) -> None:
        super().__init__(themes, accessible=accessible, placeholder=placeholder, limit=limit)
        self.line.textEdited.connect(self._tell)

    def show_value(self, value: str) -> None:
        if value != self.line.text():
            self.line.setText(value)
            self.line.setCursorPosition(0)

    def _tell(self, text: str) -> None:
        self.value_changed.emit(text)


class TextArea(TextField):
    value_changed = Signal(object)  # str

    def __init__(self, themes: ThemeSource, *, accessible: str, placeholder: str = "", lines: int = 4) -> None:
        super().__init__(themes, accessible=accessible, placeholder=placeholder, lines=lines)
        self._showing = False
        self.changed.connect(self._tell)

    def show_value(self, value: str) -> None:
        if value != self.text.toPlainText():
            self._showing = True
            self.text.set_text(value)
            self._showing = False

    def _tell(self) -> None:
        if not self._showing:
            self.value_changed.emit(self.text.toPlainText())


class NumberField(LineField):
    """A whole number; up and down step it. Emptied it is None, which `placeholder` says in words."""

    value_changed = Signal(object)  # int | None
    entered = Signal()

    def __init__(
        self,
        themes: ThemeSource,
        *,
        accessible: str,
        placeholder: str = "",
        least: int = 0,
        most: int = LARGEST,
        otherwise: int | None = None,
    ) -> None:
        super().__init__(themes, accessible=accessible, placeholder=placeholder)
        self._least, self._most, self._otherwise = least, most, otherwise
        self.line.setValidator(QIntValidator(least, most, self))
        self.line.textEdited.connect(self._tell)
        self.line.returnPressed.connect(self.entered)
        self.line.installEventFilter(self)
        themes.changed.connect(self._dim)
        self._dim(themes.theme)

    @property
    def value(self) -> int | None:
        number, sound = QLocale().toInt(self.line.text())
        if not sound:
            return self._otherwise
        return min(max(number, self._least), self._most)

    def show_value(self, value: int | None) -> None:
        shown = "" if value is None else str(value)
        if shown != self.line.text() and not (self.line.hasFocus() and value == self.value):
            self.line.setText(shown)

    def eventFilter(self, watched: QObject, event: object) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
            if step:
                before = self.value
                after = min(max((0 if before is None else before) + step, self._least), self._most)
                self.line.setText(str(after))
                self._tell()
                return True
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def _tell(self) -> None:
        self.value_changed.emit(self.value)

    def _dim(self, theme: Theme) -> None:
        """Show that a field that can't be used can't be used."""
        colours = QPalette(self.line.palette())
        colours.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text, mix(theme.faint, theme.surface, 0.3))
        self.line.setPalette(colours)


class ChoiceField(PickButton):
    """One of a few values, by their names."""

    value_changed = Signal(object)

    def __init__(self, themes: ThemeSource, *, accessible: str, names: Mapping[Any, str]) -> None:
        super().__init__(themes, accessible=accessible)
        self._names = names
        self.choices = [Choice(name, value) for value, name in names.items()]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(self.fontMetrics().height() + 20)
        self.picked.connect(self._take)

    def show_value(self, value: object) -> None:
        self.show_choice(self._names[value])

    def _take(self, value: object) -> None:
        self.show_value(value)
        self.value_changed.emit(value)


class Switch(Tick):
    value_changed = Signal(object)  # bool

    def __init__(self, themes: ThemeSource, text: str) -> None:
        super().__init__(themes, text)
        self.clicked.connect(self._tell)

    def show_value(self, value: bool) -> None:
        self.setChecked(value)

    def _tell(self) -> None:
        self.value_changed.emit(self.isChecked())


Control = TextLine | TextArea | NumberField | ChoiceField | Switch
