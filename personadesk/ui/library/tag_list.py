"""A list of tags that can be searched, with their colours and how often they occur."""

from collections.abc import Mapping

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem

from personadesk.domain.library import TagLook
from personadesk.ui.library.search_text import search_key
from personadesk.ui.library.tag_colours import tag_colour
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.text import draw_line

AnyIndex = QModelIndex | QPersistentModelIndex


class _TagRows(QStyledItemDelegate):
    """A dot, a check or a plus; the tag; how many have it."""

    def __init__(self, tags: "TagList", themes: ThemeSource) -> None:
        super().__init__(tags)
        self._tags = tags
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(80, self._tags.row_height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme = self._themes.theme
        tag, count, is_new = self._tags.row(index.row())
        rect = QRectF(option.rect)
        rtl = self._tags.isRightToLeft()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = index.row() == self._tags.currentIndex().row()
        if current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.selection)
            painter.drawRoundedRect(rect.adjusted(2, 1, -2, -1), 7, 7)
        lead = QRectF(rect.right() - 26 if rtl else rect.left() + 12, rect.center().y() - 7, 14, 14)
        self._paint_lead(painter, theme, lead, tag, is_new=is_new)
        number = f"{count:,}" if count else ""
        room = painter.fontMetrics().horizontalAdvance(number) + 20
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        words = rect.adjusted(room, 0, -34, 0) if rtl else rect.adjusted(34, 0, -room, 0)
        painter.setPen(theme.selection_text if current else theme.text)
        draw_line(painter, words, self.tr("Make “%s”") % tag if is_new else tag, side)
        painter.setPen(theme.selection_text if current else theme.muted)
        end = Qt.AlignmentFlag.AlignLeft if rtl else Qt.AlignmentFlag.AlignRight
        draw_line(painter, rect.adjusted(12, 0, -12, 0), number, end)
        painter.restore()

    def _paint_lead(self, painter: QPainter, theme: Theme, lead: QRectF, tag: str, *, is_new: bool) -> None:
        look = self._tags.look(tag)
        colour = tag_colour(theme, look.colour)
        ratio = self._tags.devicePixelRatioF()
        if is_new or self._tags.is_checked(tag):
            painter.drawPixmap(lead.topLeft(), pixmap("plus" if is_new else "check", theme.accent_text, 14, ratio))
        elif look.folder:
            painter.drawPixmap(lead.topLeft(), pixmap("folder", colour or theme.muted, 14, ratio))
        elif colour is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(lead.center(), 4, 4)


class TagList(QListView):
    """`chosen` by a click. With `can_make` a text that is no tag yet is offered as a new one."""

    chosen = Signal(str)
    current_changed = Signal(str)

    def __init__(self, themes: ThemeSource, *, can_make: bool = False, checked: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self._keys: list[tuple[str, str, int]] = []
        self._looks: Mapping[str, TagLook] = {}
        self._rows: list[tuple[str, int, bool]] = []
        self._query = ""
        self._can_make = can_make
        self._checked = checked
        self._names = QStringListModel(self)
        self.setModel(self._names)
        self.setItemDelegate(_TagRows(self, themes))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Tags"))
        self.viewport().setAutoFillBackground(False)
        self.clicked.connect(lambda index: self.chosen.emit(self.row(index.row())[0]))
        self.selectionModel().currentChanged.connect(self._tell_current)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    @property
    def row_height(self) -> int:
        return self.fontMetrics().height() + 16

    def row(self, row: int) -> tuple[str, int, bool]:
        """Tag, how many have it, and whether it would be a new one."""
        return self._rows[row] if 0 <= row < len(self._rows) else ("", 0, False)

    @property
    def current(self) -> str:
        return self.row(self.currentIndex().row())[0]

    def look(self, tag: str) -> TagLook:
        return self._looks.get(tag, TagLook())

    def is_checked(self, tag: str) -> bool:
        return tag in self._checked

    def count(self) -> int:
        return len(self._rows)

    def set_tags(self, tags: Mapping[str, int], looks: Mapping[str, TagLook]) -> None:
        self._keys = [(tag, search_key(tag), count) for tag, count in tags.items()]
        self._looks = looks
        self._show(self.current)

    def set_query(self, text: str) -> None:
        self._query = " ".join(text.split())
        self._show("")

    def move_by(self, rows: int) -> None:
        """Go up or down, and round at the ends."""
        if self._rows:
            self.setCurrentIndex(self._names.index((self.currentIndex().row() + rows) % len(self._rows)))

    def choose_current(self, tag: str) -> None:
        """Make a tag the current one, where it is listed."""
        row = next((at for at, item in enumerate(self._rows) if item[0] == tag), -1)
        if row >= 0:
            self.setCurrentIndex(self._names.index(row))

    def _show(self, wanted: str) -> None:
        words = search_key(self._query).split()
        self._rows = [(tag, count, False) for tag, key, count in self._keys if all(word in key for word in words)]
        if self._can_make and self._query and search_key(self._query) not in {key for _, key, _ in self._keys}:
            self._rows.append((self._query, 0, True))
        self._names.setStringList([tag for tag, _, _ in self._rows])
        self.setCurrentIndex(self._names.index(0))
        self.choose_current(wanted)

    def _tell_current(self) -> None:
        self.current_changed.emit(self.current)

    def _apply_theme(self, theme: Theme) -> None:
        self.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
        self.viewport().update()
