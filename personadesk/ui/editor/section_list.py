"""The way through the editor: a list of sections, or a button with a menu where there is no room for one."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QVBoxLayout, QWidget

from personadesk.ui.editor.places import SectionKey, section_title
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.buttons import Button, PaintedButton, focus_ring
from personadesk.ui.widgets.text import draw_line

DOT_PX = 7
LEAST_WIDTH_PX = 156


class _Entry(PaintedButton):
    """A row of the list; a dot says that something in the section is wrong."""

    def __init__(self, themes: ThemeSource, key: SectionKey) -> None:
        super().__init__(themes, section_title(key))
        self.key = key
        self.wrong = False
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(max(metrics.horizontalAdvance(self.text()) + 44, LEAST_WIDTH_PX), metrics.height() + 20)

    def set_wrong(self, wrong: bool) -> None:
        self.wrong = wrong
        self.setAccessibleDescription(self.tr("Something here needs a look.") if wrong else "")
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.selection if self.isChecked() else theme.hover)
            painter.drawRoundedRect(rect, 9, 9)
        if self.hasFocus():
            focus_ring(painter, theme, rect, 9)
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        painter.setPen(theme.selection_text if self.isChecked() else theme.muted)
        draw_line(painter, rect.adjusted(16, 0, -16, 0), self.text(), side)
        if self.wrong:
            x = rect.left() + 8 if self.isRightToLeft() else rect.right() - 8 - DOT_PX
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.bad)
            painter.drawEllipse(QRectF(x, rect.center().y() - DOT_PX / 2, DOT_PX, DOT_PX))


class SectionList(QWidget):
    """`chosen` carries a SectionKey that the user picked."""

    chosen = Signal(object)

    def __init__(self, themes: ThemeSource, keys: Sequence[SectionKey]) -> None:
        super().__init__()
        self._themes = themes
        self._current = keys[0]
        self.entries: dict[SectionKey, _Entry] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(15, 18, 15, 15)
        column.setSpacing(4)
        for key in keys:
            entry = _Entry(themes, key)
            entry.clicked.connect(self._choose_sender)
            self.entries[key] = entry
            column.addWidget(entry)
        column.addStretch(1)
        self.combo = Button(themes, icon="chevron-down")
        self.combo.clicked.connect(self._open_menu)
        themes.changed.connect(self.update)

    @property
    def holds_focus(self) -> bool:
        return any(entry.hasFocus() for entry in self.entries.values())

    def show_current(self, key: SectionKey) -> None:
        self._current = key
        for other, entry in self.entries.items():
            entry.setChecked(other is key)
        self._show_combo()

    def show_problems(self, keys: Collection[SectionKey]) -> None:
        for key, entry in self.entries.items():
            entry.set_wrong(key in keys)
        self._show_combo()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._themes.theme.line)
        edge = 0 if self.isRightToLeft() else self.width() - 1
        painter.drawLine(edge, 0, edge, self.height())

    # -- inside

    def _choose_sender(self) -> None:
        entry = self.sender()
        if isinstance(entry, _Entry):
            self.chosen.emit(entry.key)

    def _show_combo(self) -> None:
        wrong = any(entry.wrong for entry in self.entries.values())
        self.combo.setText(section_title(self._current) + (" •" if wrong else ""))
        self.combo.setAccessibleName(self.tr("Section: %s") % section_title(self._current))
        self.combo.updateGeometry()
        self.combo.update()

    def _open_menu(self) -> None:
        menu = QMenu(self.combo)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(self._themes.theme))
        for key, entry in self.entries.items():
            action = QAction(section_title(key) + (" •" if entry.wrong else ""), menu)
            action.setCheckable(True)
            action.setChecked(key is self._current)
            action.setData(key)
            menu.addAction(action)
        menu.triggered.connect(self._choose_action)
        menu.popup(self.combo.mapToGlobal(self.combo.rect().bottomLeft()))

    def _choose_action(self, action: QAction) -> None:
        self.chosen.emit(SectionKey(action.data()))
