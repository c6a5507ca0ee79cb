"""The library's title bar: search, order, and what makes new personas."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from personadesk.ui.library.card_order import SortOrder
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label, SearchField

MARGIN_PX = 28
GAP_PX = 11


class LibraryBar(QWidget):
    order_chosen = Signal(object)  # SortOrder
    select_requested = Signal()
    tags_requested = Signal()
    lorebooks_requested = Signal()
    trash_requested = Signal()

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._order = SortOrder.RECENT
        self._title = Label(themes, self.tr("Personas"), size_pt=self.font().pointSizeF() * 1.85, bold=True)
        self.search = SearchField(themes, placeholder=self.tr("Search personas"), shortcut=self.tr("Ctrl F"))
        self.search.setMinimumWidth(150)
        self.search.setMaximumWidth(270)
        self.sort = Button(themes, kind=Kind.SECONDARY, icon="sort", text=self.tr("Recent"))
        self.more = Button(themes, icon="more", accessible=self.tr("More"))
        self.import_button = Button(themes, self.tr("Import"), icon="import")
        self.new_button = Button(themes, self.tr("New persona"), kind=Kind.PRIMARY, icon="plus")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(MARGIN_PX, 22, MARGIN_PX, 14)
        layout.setSpacing(GAP_PX)
        layout.addWidget(self._title)
        layout.addStretch(1)
        layout.addWidget(self.search, 3)
        for button in (self.sort, self.more, self.import_button, self.new_button):
            layout.addWidget(button)
        self.sort.clicked.connect(self._open_sort_menu)
        self.more.clicked.connect(self._open_more)

    def show_order(self, order: SortOrder) -> None:
        self._order = order
        self.sort.setText(self._order_names()[order])
        self.sort.setAccessibleName(self.tr("Sort: %s") % self.sort.text())
        self.sort.updateGeometry()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # -- inside

    def _fit(self) -> None:
        """Where there is little room, the buttons beside the search are icons alone, and then the title goes."""
        title = self._title.sizeHint().width()
        buttons = (self.sort, self.import_button, self.new_button)
        fixed = 2 * MARGIN_PX + 5 * GAP_PX + self.search.minimumWidth() + self.more.sizeHint().width()
        whole = sum(button.whole_width() for button in buttons)
        icons = sum(button.height() for button in buttons)
        for button in buttons:
            button.set_icon_only(fixed + title + whole > self.width())
        self._title.setVisible(fixed + title + icons <= self.width())

    def _order_names(self) -> dict[SortOrder, str]:
        return {
            SortOrder.RECENT: self.tr("Recent"),
            SortOrder.NAME: self.tr("Name"),
            SortOrder.CREATED: self.tr("Newest"),
            SortOrder.MOST_TALKED: self.tr("Most talked to"),
        }

    def _open_sort_menu(self) -> None:
        menu = self._menu()
        group = QActionGroup(menu)
        for order, name in self._order_names().items():
            action = QAction(name, menu)
            action.setCheckable(True)
            action.setChecked(order is self._order)
            action.triggered.connect(lambda _checked=False, chosen=order: self.order_chosen.emit(chosen))
            group.addAction(action)
            menu.addAction(action)
        menu.popup(_below(self.sort))

    def _open_more(self) -> None:
        menu, ink = self._menu(), self._themes.theme.muted
        menu.addAction(icon("select", ink), self.tr("Select personas"), self.select_requested.emit)
        menu.addAction(icon("tag", ink), self.tr("Tags…"), self.tags_requested.emit)
        menu.addAction(icon("book", ink), self.tr("Lorebooks…"), self.lorebooks_requested.emit)
        menu.addAction(icon("trash", ink), self.tr("Trash"), self.trash_requested.emit)
        menu.popup(_below(self.more))

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(self._themes.theme))
        return menu


def _below(button: Button) -> QPoint:
    return button.mapToGlobal(QPoint(0, button.height() + 4))
