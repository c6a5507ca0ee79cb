"""Models to choose from: a list with a search, and a dialog around it."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.settings.provider_words import ModelOffer
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label, SearchField
from personadesk.ui.widgets.text import draw_line
from personadesk.ui.widgets.views import ViewFrame, paint_row_ground, set_ground

OFFER_ROLE = Qt.ItemDataRole.UserRole
CHECK_PX = 16
AnyIndex = QModelIndex | QPersistentModelIndex


class OfferModel(QAbstractListModel):
    """`chosen` is the key of the one that is marked."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._all: list[ModelOffer] = []
        self.offers: list[ModelOffer] = []
        self.chosen = ""
        self._words: list[str] = []

    def fill(self, offers: Sequence[ModelOffer], chosen: str) -> None:
        self._all = list(offers)
        self.chosen = chosen
        self._show()

    def search(self, text: str) -> None:
        """Show those that hold every word in their name, their id or where they are."""
        self._words = text.casefold().split()
        self._show()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.offers)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self.offers):
            return None
        offer = self.offers[index.row()]
        if role == OFFER_ROLE:
            return offer
        if role == Qt.ItemDataRole.AccessibleTextRole:
            chosen = self.tr("chosen") if offer.key == self.chosen else ""
            return ", ".join(word for word in (offer.name, offer.facts, chosen) if word)
        return offer.name if role == Qt.ItemDataRole.DisplayRole else None

    def _show(self) -> None:
        self.beginResetModel()
        self.offers = [
            offer
            for offer in self._all
            if all(word in f"{offer.name} {offer.key} {offer.where}".casefold() for word in self._words)
        ]
        self.endResetModel()


class _Rows(QStyledItemDelegate):
    def __init__(self, model: OfferModel, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, round(QFontMetricsF(option.font).height() * 2) + 18)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        offer = index.data(OFFER_ROLE)
        if not isinstance(offer, ModelOffer):
            return
        theme = self._themes.theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = QRectF(option.rect).adjusted(2, 1, -2, -1)
        selected = paint_row_ground(painter, theme, row, option, 8)
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        inner = row.adjusted(10, 7, -10, -7)
        if offer.key == self._model.chosen:
            left = inner.left() if rtl else inner.right() - CHECK_PX
            drawn = pixmap("check", theme.accent_text, CHECK_PX, painter.device().devicePixelRatioF())
            painter.drawPixmap(round(left), round(inner.center().y() - CHECK_PX / 2), drawn)
        inner = inner.adjusted(CHECK_PX + 8, 0, 0, 0) if rtl else inner.adjusted(0, 0, -CHECK_PX - 8, 0)
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        font = QFont(option.font)
        font.setWeight(QFont.Weight.Medium)
        painter.setFont(font)
        painter.setPen(theme.selection_text if selected else theme.text)
        half = inner.height() / 2
        draw_line(painter, QRectF(inner.left(), inner.top(), inner.width(), half), offer.name, side)
        painter.setFont(option.font)
        painter.setPen(theme.selection_text if selected else theme.muted)
        draw_line(painter, QRectF(inner.left(), inner.top() + half, inner.width(), half), offer.facts, side)
        painter.restore()


class _View(QListView):
    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Base)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def _apply_theme(self, theme: Theme) -> None:
        set_ground(self, theme)


class ModelChooser(QWidget):
    """A search over a list. `picked` comes with a click or Enter on a row."""

    picked = Signal(object)  # ModelOffer
    selected = Signal()

    def __init__(self, themes: ThemeSource, *, accessible: str) -> None:
        super().__init__()
        self.model = OfferModel(self)
        self.search = SearchField(themes, placeholder=self.tr("Search models"))
        self.view = _View(themes)
        self.view.setModel(self.model)
        self.view.setItemDelegate(_Rows(self.model, themes, self.view))
        self.view.setAccessibleName(accessible)
        self.nothing = Label(themes, self.tr("No model like that. Search for another word."), ink="muted", wrap=True)
        self.nothing.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.search)
        layout.addWidget(ViewFrame(themes, self.view), 1)
        layout.addWidget(self.nothing)
        self.search.changed.connect(self._search)
        self.search.left.connect(self.view.setFocus)
        self.search.entered.connect(self._pick_first)
        self.view.activated.connect(self._pick)
        self.view.clicked.connect(self._pick)
        self.view.selectionModel().currentChanged.connect(lambda *_: self.selected.emit())

    @property
    def current(self) -> ModelOffer | None:
        offer = self.view.currentIndex().data(OFFER_ROLE)
        return offer if isinstance(offer, ModelOffer) else None

    def fill(self, offers: Sequence[ModelOffer], chosen: str = "") -> None:
        """Show these; the chosen one is marked and in view."""
        self.model.fill(offers, chosen)
        row = next((row for row, offer in enumerate(self.model.offers) if offer.key == chosen), -1)
        if row >= 0:
            self.view.setCurrentIndex(self.model.index(row))
            self.view.scrollTo(self.model.index(row))

    def _search(self, text: str) -> None:
        self.model.search(text)
        self.nothing.setVisible(bool(text.strip()) and not self.model.offers)

    def _pick_first(self) -> None:
        if self.model.offers:
            self._pick(self.model.index(0))

    def _pick(self, index: QModelIndex) -> None:
        offer = index.data(OFFER_ROLE)
        if isinstance(offer, ModelOffer):
            self.picked.emit(offer)


class ModelPicker(FramedDialog):
    """`picked` comes once, as the dialog closes."""

    picked = Signal(object)  # ModelOffer

    def __init__(
        self, *, themes: ThemeSource, title: str, offers: Sequence[ModelOffer], chosen: str, parent: QWidget
    ) -> None:
        super().__init__(themes=themes, parent=parent, width_px=520)
        self.set_title(title)
        self.chooser = ModelChooser(themes, accessible=title)
        self.chooser.fill(offers, chosen)
        self.chooser.setMinimumHeight(240)
        self.content.addWidget(self.chooser, 1)
        self.use = Button(themes, self.tr("Choose"), kind=Kind.PRIMARY)
        cancel = Button(themes, self.tr("Cancel"))
        self.buttons.addStretch(1)
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(self.use)
        self.chooser.picked.connect(self._take)
        self.use.clicked.connect(self._take_current)
        cancel.clicked.connect(self.reject)
        self.chooser.selected.connect(self._allow)
        self._allow()
        self.chooser.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _allow(self) -> None:
        self.use.setEnabled(self.chooser.current is not None)

    def _take_current(self) -> None:
        if self.chooser.current is not None:
            self._take(self.chooser.current)

    def _take(self, offer: ModelOffer) -> None:
        self.picked.emit(offer)
        self.accept()
