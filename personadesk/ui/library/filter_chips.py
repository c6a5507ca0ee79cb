"""The chips above the cards: everyone, favourites, the most frequent tags, the trash."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from personadesk.ui.library.tag_colours import tag_colour
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Chip
from personadesk.ui.widgets.flow import FlowLayout

LONGEST_TAG = 24
CONTROL = Qt.KeyboardModifier.ControlModifier


@dataclass(frozen=True, slots=True)
class ChipWords:
    """`name` is what it filters by: a tag, or one of the card model's names."""

    name: str
    text: str
    icon: str = ""
    colour: str = ""

    @property
    def is_tag(self) -> bool:
        return bool(self.name) and not self.name.startswith("\x00")


class FilterChip(Chip):
    """With Ctrl held, a click or a key adds its filter to the others."""

    chosen = Signal(bool)  # whether to add it to the others
    menu_requested = Signal(QPoint)

    def __init__(self, themes: ThemeSource, words: ChipWords) -> None:
        super().__init__(themes, words.text, icon=words.icon)
        self.setProperty("filter", words.name)
        self._adding = False
        self.clicked.connect(self._choose)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._adding = bool(event.modifiers() & CONTROL)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._adding = bool(event.modifiers() & CONTROL)
        if self._adding and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._adding = bool(event.modifiers() & CONTROL)
        super().keyReleaseEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        self.menu_requested.emit(self.mapToGlobal(self.rect().bottomLeft()) if keyboard else event.globalPos())

    def _choose(self) -> None:
        adding, self._adding = self._adding, False
        self.chosen.emit(adding)


class FilterChips(QWidget):
    """Rows of chips. It makes new ones only where others are to be shown."""

    chosen = Signal(str, bool)  # name, whether to add it to the others
    more_requested = Signal()
    menu_requested = Signal(str, QPoint)  # tag, global point

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._words: list[ChipWords] = []
        self._chips: list[FilterChip] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._flow = FlowLayout(self)
        self.more = Chip(themes, self.tr("More…"), checkable=False)
        self.more.clicked.connect(self.more_requested)
        self.more.setParent(self)
        self.more.hide()
        themes.changed.connect(self._colour)

    def show_chips(self, words: Sequence[ChipWords], checked: frozenset[str], *, more: bool) -> None:
        before, self._words = self._words, list(words)
        named = [(item.name, item.icon) for item in before]
        if named != [(item.name, item.icon) for item in words] or more is self.more.isHidden():
            before = []
            self._make(more=more)
        for number, (chip, item) in enumerate(zip(self._chips, words, strict=True)):
            chip.setChecked(item.name in checked)
            if before and before[number] == item:
                continue
            chip.set_text(item.text)
            chip.setToolTip(item.name if item.is_tag else "")
            chip.set_dot(tag_colour(self._themes.theme, item.colour))

    def _make(self, *, more: bool) -> None:
        focused = next((chip.property("filter") for chip in self._chips if chip.hasFocus()), None)
        while self._flow.count():
            self._flow.takeAt(0)
        for chip in self._chips:
            chip.hide()
            chip.deleteLater()
        self._chips = [self._made(item) for item in self._words]
        for chip in self._chips:
            if chip.property("filter") == "\x00trash" and more:
                self._flow.addWidget(self.more)
            self._flow.addWidget(chip)
            chip.show()
            if chip.property("filter") == focused and focused is not None:
                chip.setFocus(Qt.FocusReason.OtherFocusReason)
        if more and self._flow.indexOf(self.more) < 0:
            self._flow.addWidget(self.more)
        self.more.setVisible(more)
        before: QWidget | None = None
        for at in range(self._flow.count()):
            item = self._flow.itemAt(at)
            widget = item.widget() if item is not None else None
            if before is not None and widget is not None:
                QWidget.setTabOrder(before, widget)
            before = widget

    def _made(self, words: ChipWords) -> FilterChip:
        chip = FilterChip(self._themes, words)
        chip.setParent(self)
        chip.chosen.connect(lambda adding, name=words.name: self.chosen.emit(name, adding))
        if words.is_tag:
            chip.menu_requested.connect(lambda point, name=words.name: self.menu_requested.emit(name, point))
        return chip

    def _colour(self, theme: Theme) -> None:
        for chip, item in zip(self._chips, self._words, strict=True):
            chip.set_dot(tag_colour(theme, item.colour))


def tag_text(tag: str, count: int) -> str:
    """A tag and how many have it, on a chip."""
    shown = tag if len(tag) <= LONGEST_TAG else tag[: LONGEST_TAG - 1].rstrip() + "…"
    return f"{shown} {count:,}"
