"""Everything in the trash: personas, conversations and messages, with their age and the way back."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from personadesk.domain.ids import PersonaId
from personadesk.services.library_ports import TrashEntry
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.library.trash_words import deleted_words
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.text import draw_line

AnyIndex = QModelIndex | QPersistentModelIndex

ICONS = {"persona": "user", "conversation": "chat", "message": "edit"}
LEAST_LIST_PX = 240


class TrashModel(QAbstractListModel):
    """`names` tells whose a conversation or a message is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._entries: Sequence[TrashEntry] = ()
        self._names: Mapping[PersonaId, str] = {}

    def show(self, entries: Sequence[TrashEntry], names: Mapping[PersonaId, str]) -> None:
        self.beginResetModel()
        self._entries, self._names = entries, names
        self.endResetModel()

    def entry(self, row: int) -> TrashEntry | None:
        return self._entries[row] if 0 <= row < len(self._entries) else None

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entry(index.row())
        if entry is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return entry.label or self.tr("Without a title")
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return self.facts(entry)
        return None

    def facts(self, entry: TrashEntry) -> str:
        """What it is, whose, and since when it has been here."""
        name = self._names.get(entry.persona_id, "")
        if entry.kind == "persona":
            kind = self.tr("Persona")
        elif entry.kind == "conversation":
            kind = self.tr("Conversation with %s") % name if name else self.tr("Conversation")
        else:
            kind = self.tr("Message of a chat with %s") % name if name else self.tr("Message")
        return f"{kind} · {deleted_words(entry.deleted_at)}"


class _TrashRows(QStyledItemDelegate):
    def __init__(self, model: TrashModel, view: QListView, themes: ThemeSource) -> None:
        super().__init__(view)
        self._model = model
        self._view = view
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(80, self._view.fontMetrics().height() * 2 + 20)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        entry = self._model.entry(index.row())
        if entry is None:
            return
        theme = self._themes.theme
        rect = QRectF(option.rect)
        rtl = self._view.isRightToLeft()
        chosen = self._view.selectionModel().isSelected(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or index.row() == self._view.currentIndex().row():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.selection if chosen else theme.hover)
            painter.drawRoundedRect(rect.adjusted(2, 1, -2, -1), 8, 8)
        ink = theme.selection_text if chosen else theme.muted
        x = rect.right() - 30 if rtl else rect.left() + 14
        icon = pixmap(ICONS.get(entry.kind, "trash"), ink, 17, self._view.devicePixelRatioF())
        painter.drawPixmap(round(x), round(rect.center().y() - 8), icon)
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        words = rect.adjusted(14, 0, -44, 0) if rtl else rect.adjusted(44, 0, -14, 0)
        height = painter.fontMetrics().height()
        top = rect.center().y() - height
        painter.setPen(theme.selection_text if chosen else theme.text)
        title = " ".join(str(self._model.data(index)).split())
        draw_line(painter, QRectF(words.left(), top, words.width(), height), title, side)
        painter.setPen(ink)
        draw_line(painter, QRectF(words.left(), top + height, words.width(), height), self._model.facts(entry), side)
        painter.restore()


class TrashDialog(FramedDialog):
    """Says what is wanted; whoever opened it asks the service and shows the entries anew."""

    restore_requested = Signal(object)  # list[TrashId]
    purge_requested = Signal(object)  # list[TrashId]
    empty_requested = Signal()

    def __init__(self, *, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=600)
        self.set_title(self.tr("Trash"))
        self.model = TrashModel(self)
        self.list = QListView()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(self.tr("In the trash"))
        self.list.setMinimumHeight(LEAST_LIST_PX)
        self.list.viewport().setAutoFillBackground(False)
        self.list.setModel(self.model)
        self.list.setItemDelegate(_TrashRows(self.model, self.list, themes))
        self.list.verticalScrollBar().setStyleSheet(scroll_bar_style(themes.theme))
        self.none = Label(themes, self.tr("The trash is empty."), ink="muted", wrap=True)
        self.restore = Button(themes, self.tr("Restore"), icon="restore")
        self.purge = Button(themes, self.tr("Delete for good…"), icon="trash", kind=Kind.DANGER)
        self.empty = Button(themes, self.tr("Empty trash…"), kind=Kind.GHOST)
        self.done_button = Button(themes, self.tr("Done"), kind=Kind.PRIMARY)
        self.content.addWidget(self.list, 1)
        self.content.addWidget(self.none)
        for button in (self.restore, self.purge, self.empty):
            self.buttons.addWidget(button)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.done_button)
        self.restore.clicked.connect(lambda: self.restore_requested.emit(self._chosen()))
        self.purge.clicked.connect(lambda: self.purge_requested.emit(self._chosen()))
        self.empty.clicked.connect(self.empty_requested)
        self.done_button.clicked.connect(self.accept)
        self.list.selectionModel().selectionChanged.connect(self._show_chosen)
        self.show_entries((), {})

    def show_entries(self, entries: Sequence[TrashEntry], names: Mapping[PersonaId, str]) -> None:
        """Show these, newest first."""
        self.model.show(entries, names)
        self.note.setText(f"{len(entries):,}" if entries else "")
        self.list.setVisible(bool(entries))
        self.none.setVisible(not entries)
        self.empty.setEnabled(bool(entries))
        if entries:
            self.list.setCurrentIndex(self.model.index(0))
        self._show_chosen()

    def _chosen(self) -> list[object]:
        entries = (self.model.entry(index.row()) for index in self.list.selectionModel().selectedIndexes())
        return [entry.id for entry in entries if entry is not None]

    def _show_chosen(self) -> None:
        for button in (self.restore, self.purge):
            button.setEnabled(self.list.selectionModel().hasSelection())
