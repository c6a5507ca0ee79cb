"""The switcher list: one row a persona, with what was said last, when, and a mark for what is new."""

from datetime import datetime

from PySide6.QtCore import (
    QDateTime,
    QItemSelectionModel,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QLinearGradient,
    QPainter,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.ui.sidebar.switcher_model import SwitcherModel
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.buttons import focus_ring
from personadesk.ui.widgets.preview import preview
from personadesk.ui.widgets.text import draw_line
from personadesk.ui.widgets.viewport import give_viewport

AVATAR_PX = 40
AnyIndex = QModelIndex | QPersistentModelIndex


def short_time(moment: datetime, now: datetime, just_now: str) -> str:
    """A time as a switcher shows it: now, 14:02, Tue, 2 Nov, 2 Nov 2024. Both are aware."""
    local, today = moment.astimezone(), now.astimezone()
    age_s = (today - local).total_seconds()
    locale = QLocale()
    when = QDateTime.fromSecsSinceEpoch(int(moment.timestamp()))
    if age_s < 60:
        return just_now
    if local.date() == today.date():
        return locale.toString(when.time(), QLocale.FormatType.ShortFormat)
    if 0 <= (today.date() - local.date()).days < 7:
        return locale.toString(when, "ddd")
    return locale.toString(when, "d MMM" if local.year == today.year else "d MMM yyyy")


class SwitcherDelegate(QStyledItemDelegate):
    """Only paints. `active` is the persona on screen, `rail` shows avatars alone."""

    def __init__(self, *, model: SwitcherModel, themes: ThemeSource, avatars: Avatars) -> None:
        super().__init__()
        self._model = model
        self._themes = themes
        self._avatars = avatars
        self.active: PersonaId | None = None
        self.rail = False

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        metrics = QFontMetricsF(option.font)
        if self._model.heading(index.row()):
            return QSize(0, 14 if self.rail else round(metrics.height()) + 18)
        return QSize(0, max(round(metrics.height() * 2) + 22, AVATAR_PX + 16))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        # Its enums take 6 ms to make: not before the first picture, which has no rows.
        from PySide6.QtWidgets import QStyle

        theme = self._themes.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        state = option.state
        font = option.font
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        heading = self._model.heading(index.row())
        if heading:
            self._paint_heading(painter, theme, rect, heading, font, rtl=rtl)
            return
        summary = self._model.summary(index.row())
        if summary is None:
            return
        row = rect.adjusted(0, 1, 0, -1)
        self._paint_ground(painter, theme, row, summary, hot=bool(state & QStyle.StateFlag.State_MouseOver), rtl=rtl)
        if state & QStyle.StateFlag.State_HasFocus:
            focus_ring(painter, theme, row, 11)
        left = (row.width() - AVATAR_PX) / 2 if self.rail else 9.0
        avatar = QRectF(_mirror(row, left, AVATAR_PX, rtl), row.center().y() - AVATAR_PX / 2, AVATAR_PX, AVATAR_PX)
        ratio = painter.device().devicePixelRatioF()
        self._avatars.paint(painter, avatar, name=summary.shown_name, avatar=summary.avatar, ratio=ratio)
        self._paint_mark(painter, theme, avatar, summary)
        if not self.rail:
            self._paint_words(painter, theme, row, summary, font, rtl=rtl, ratio=ratio)

    def _paint_heading(
        self, painter: QPainter, theme: Theme, rect: QRectF, title: str, font: QFont, *, rtl: bool
    ) -> None:
        if self.rail:
            painter.setPen(QPen(theme.line, 1))
            painter.drawLine(
                QPointF(rect.left() + 12, rect.center().y()), QPointF(rect.right() - 12, rect.center().y())
            )
            return
        small = QFont(font)
        small.setPointSizeF(font.pointSizeF() * 0.92)
        small.setWeight(QFont.Weight.DemiBold)
        painter.setFont(small)
        painter.setPen(theme.faint)
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        flags = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignAbsolute | side
        painter.drawText(rect.adjusted(9, 0, -9, -5), flags, title)

    def _paint_ground(
        self, painter: QPainter, theme: Theme, row: QRectF, summary: PersonaSummary, *, hot: bool, rtl: bool
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        if summary.id == self.active:
            gradient = QLinearGradient(
                row.topRight() if rtl else row.topLeft(), row.topLeft() if rtl else row.topRight()
            )
            start, end = theme.selection, QColor(theme.accent_end)
            end.setAlpha(30 if theme.dark else 36)
            gradient.setColorAt(0, start)
            gradient.setColorAt(1, end)
            painter.setBrush(gradient)
            painter.drawRoundedRect(row, 11, 11)
            painter.setBrush(theme.accent)
            painter.drawRoundedRect(QRectF(_mirror(row, 0, 3, rtl), row.top() + 9, 3, row.height() - 18), 1.5, 1.5)
        elif hot:
            painter.setBrush(theme.hover)
            painter.drawRoundedRect(row, 11, 11)

    def _paint_mark(self, painter: QPainter, theme: Theme, avatar: QRectF, summary: PersonaSummary) -> None:
        """A dot for a reply that came while away, three dots for one being written."""
        replying = self._model.is_replying(summary.id)
        if not replying and not summary.unread:
            return
        ground = theme.sidebar
        painter.setPen(QPen(ground, 2.5))
        if replying:
            box = QRectF(avatar.right() - 19, avatar.bottom() - 13, 23, 15)
            painter.setBrush(theme.accent)
            painter.drawRoundedRect(box, 7.5, 7.5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.on_accent)
            for step in (-5, 0, 5):
                painter.drawEllipse(box.center() + QPointF(step, 0), 1.5, 1.5)
        else:
            painter.setBrush(theme.accent)
            painter.drawEllipse(QRectF(avatar.right() - 11, avatar.top() - 2, 13, 13))

    def _paint_words(
        self,
        painter: QPainter,
        theme: Theme,
        row: QRectF,
        summary: PersonaSummary,
        font: QFont,
        *,
        rtl: bool,
        ratio: float,
    ) -> None:
        strong, small = QFont(font), QFont(font)
        strong.setWeight(QFont.Weight.DemiBold)
        small.setPointSizeF(font.pointSizeF() * 0.9)
        height = QFontMetricsF(font).height()
        left = 9.0 + AVATAR_PX + 11
        width = row.width() - left - 10
        when = ""
        if summary.last_message_at is not None:
            when = short_time(summary.last_message_at, datetime.now().astimezone(), self.tr("now"))
        when_width = QFontMetricsF(small).horizontalAdvance(when) + (8 if when else 0)
        pin_width = 16 if summary.pin_position is not None else 0
        top = row.center().y() - height - 1.5
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        name_width = width - when_width - pin_width
        painter.setFont(strong)
        painter.setPen(theme.text)
        name = summary.shown_name
        draw_line(painter, QRectF(_mirror(row, left, name_width, rtl), top, name_width, height), name, side)
        if pin_width:
            used = min(QFontMetricsF(strong).horizontalAdvance(name), name_width)
            icon = pixmap("pin-filled", theme.faint, 12, ratio)
            painter.drawPixmap(QPointF(_mirror(row, left + used + 5, 12, rtl), top + (height - 12) / 2 + 1), icon)
        painter.setFont(small)
        painter.setPen(theme.faint)
        trailing = Qt.AlignmentFlag.AlignLeft if rtl else Qt.AlignmentFlag.AlignRight
        painter.drawText(
            QRectF(_mirror(row, left + width - when_width, when_width, rtl), top, when_width, height),
            flags | trailing,
            when,
        )
        self._paint_last(
            painter,
            theme,
            QRectF(_mirror(row, left, width, rtl), top + height + 2, width, height),
            summary,
            font,
            rtl=rtl,
        )

    def _paint_last(
        self, painter: QPainter, theme: Theme, rect: QRectF, summary: PersonaSummary, font: QFont, *, rtl: bool
    ) -> None:
        replying = self._model.is_replying(summary.id)
        said = preview(summary.last_text) or summary.tagline or summary.description
        words = self.tr("writing…") if replying else said
        words = " ".join(words[:160].split())
        if summary.unread and not replying:
            font = QFont(font)
            font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(theme.accent_text if replying else (theme.text if summary.unread else theme.muted))
        draw_line(painter, rect, words, Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft)


class SwitcherView(QListView):
    """A click or Enter opens; the menu key asks for the persona's menu."""

    opened = Signal(object)  # PersonaId
    menu_requested = Signal(object, QPoint)

    def __init__(self, *, model: SwitcherModel, themes: ThemeSource, avatars: Avatars) -> None:
        super().__init__()
        give_viewport(self)
        self._rows = model
        self._themes = themes
        self._delegate = SwitcherDelegate(model=model, themes=themes, avatars=avatars)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Switch persona"))
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self._place: PersonaId | None = None
        self.clicked.connect(self._open)
        model.modelAboutToBeReset.connect(self._remember_place)
        model.modelReset.connect(self._return_to_place)
        avatars.ready.connect(self.viewport().update)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def set_active(self, persona_id: PersonaId | None) -> None:
        self._delegate.active = persona_id
        row = self._rows.row_of(persona_id) if persona_id is not None else -1
        if row >= 0:
            index = self._rows.index(row)
            self.setCurrentIndex(index)
            if self.visualRect(index).bottom() + self.verticalOffset() < self.viewport().height():
                self.scrollToTop()  # it is in sight from there too, and so is its heading
        self.viewport().update()

    def scrollTo(self, index: AnyIndex, hint: QListView.ScrollHint = QListView.ScrollHint.EnsureVisible) -> None:
        """Bring the heading above a section's first row into view along with it."""
        if index.row() > 0 and self._rows.heading(index.row() - 1):
            super().scrollTo(self._rows.index(index.row() - 1), hint)
        super().scrollTo(index, hint)

    def set_rail(self, rail: bool) -> None:
        self._delegate.rail = rail
        hidden, needed = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(hidden if rail else needed)
        self.doItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if keyboard else self.indexAt(event.pos())
        summary = self._rows.summary(index.row())
        if summary is not None:
            where = self.visualRect(index).center() if keyboard else event.pos()
            self.menu_requested.emit(summary.id, self.viewport().mapToGlobal(where))

    def _open(self, index: AnyIndex) -> None:
        summary = self._rows.summary(index.row())
        if summary is not None:
            self.opened.emit(summary.id)

    def _remember_place(self) -> None:
        summary = self._rows.summary(self.currentIndex().row())
        self._place = summary.id if summary else self._delegate.active

    def _return_to_place(self) -> None:
        row = self._rows.row_of(self._place) if self._place is not None else -1
        if row >= 0:
            self.selectionModel().setCurrentIndex(
                self._rows.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    def _apply_theme(self, theme: Theme) -> None:
        colours = QPalette(self.palette())
        colours.setColor(QPalette.ColorRole.Base, theme.sidebar)
        self.setPalette(colours)
        self.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))


def _mirror(row: QRectF, left: float, width: float, rtl: bool) -> float:
    return row.right() - left - width if rtl else row.left() + left
