"""Choosing a day of a conversation to go to."""

from collections.abc import Mapping
from datetime import date

from PySide6.QtCore import QDate, QLocale, Qt, Signal
from PySide6.QtGui import QFont, QPalette, QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QTableView, QToolButton, QWidget

from personadesk.ui.chat.conversation_words import messages_words
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind

HEIGHT_PX = 440
ARROW_PX = 18


class JumpDialog(FramedDialog):
    """`chosen` carries a local date between the first day and the last one."""

    chosen = Signal(object)  # date

    def __init__(self, *, themes: ThemeSource, first: date, last: date, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=420)
        self.set_title(self.tr("Go to a date"))
        self.calendar = QCalendarWidget()
        self.calendar.setAccessibleName(self.tr("Day"))
        self.calendar.setDateRange(_shown(first), _shown(last))
        self.calendar.setFirstDayOfWeek(QLocale().firstDayOfWeek())
        self.calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.calendar.setGridVisible(False)
        self.calendar.setSelectedDate(self.calendar.maximumDate())
        self._spoken: Mapping[date, int] | None = None
        self.content.addWidget(self.calendar, 1)
        self.first_button = Button(themes, self.tr("The beginning"))
        self.first_button.clicked.connect(lambda: self._go(self.calendar.minimumDate()))
        cancel = Button(themes, self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.go = Button(themes, self.tr("Go there"), kind=Kind.PRIMARY)
        self.go.clicked.connect(lambda: self._go(self.calendar.selectedDate()))
        self.buttons.addWidget(self.first_button)
        self.buttons.addStretch(1)
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(self.go)
        self.calendar.activated.connect(self._go)
        self.calendar.currentPageChanged.connect(self._dim)
        themes.changed.connect(self._dress)
        self._dress(themes.theme)
        days = self.calendar.findChild(QTableView)
        if days is not None:
            days.setFocus()

    def show_spoken(self, days: Mapping[date, int]) -> None:
        """Mark the days on which something was said; the values count messages."""
        self._spoken = days
        if days:
            # What came in from elsewhere may be older than its conversation.
            self.calendar.setMinimumDate(min(self.calendar.minimumDate(), _shown(min(days))))
        self._dim()

    def _go(self, day: QDate) -> None:
        self.accept()
        self.chosen.emit(date(day.year(), day.month(), day.day()))

    def _dim(self, _year: int = 0, _month: int = 0) -> None:
        """Let the days of this page look as what they are: with messages, without, or out of reach."""
        page = QDate(self.calendar.yearShown(), self.calendar.monthShown(), 1)
        # The weeks around it show days of the months beside it.
        for day in range(-7, page.daysInMonth() + 14):
            date_of = page.addDays(day)
            self.calendar.setDateTextFormat(date_of, self._look_of(date_of))

    def _look_of(self, day: QDate) -> QTextCharFormat:
        look = QTextCharFormat()
        if not self.calendar.minimumDate() <= day <= self.calendar.maximumDate():
            look.setForeground(self.themes.theme.faint)
        elif self._spoken is not None:
            count = self._spoken.get(date(day.year(), day.month(), day.day()), 0)
            here = day.month() == self.calendar.monthShown()
            without = self.themes.theme.muted if here else self.themes.theme.faint
            look.setForeground(self.themes.theme.accent_text if count else without)
            if count:
                look.setFontWeight(QFont.Weight.Bold)
                look.setFontUnderline(True)
                look.setToolTip(messages_words(count))
        return look

    def _dress(self, theme: Theme) -> None:
        colours = QPalette(self.calendar.palette())
        for role, colour in (
            (QPalette.ColorRole.Base, theme.surface),
            (QPalette.ColorRole.AlternateBase, theme.surface),
            (QPalette.ColorRole.Window, theme.surface),
            (QPalette.ColorRole.Text, theme.text),
            (QPalette.ColorRole.Highlight, theme.selection),
            (QPalette.ColorRole.HighlightedText, theme.selection_text),
        ):
            colours.setColor(role, colour)
        colours.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text, theme.faint)
        self.calendar.setPalette(colours)
        for child in self.calendar.findChildren(QTableView):
            child.setPalette(colours)
        header = QTextCharFormat()
        header.setForeground(theme.muted)
        header.setBackground(theme.surface)
        self.calendar.setHeaderTextFormat(header)
        plain = QTextCharFormat()
        plain.setForeground(theme.text)
        for day in range(1, 8):
            # Else the ends of the week are red.
            self.calendar.setWeekdayTextFormat(Qt.DayOfWeek(day), plain)
        self._dim()
        self.calendar.setStyleSheet(
            f"#qt_calendar_navigationbar {{ background: {theme.surface.name()}; }}"
            f"QToolButton {{ color: {theme.text.name()}; background: transparent; border: 1px solid transparent;"
            " border-radius: 6px; padding: 4px 8px; }"
            f"QToolButton:hover {{ background: {theme.hover.name()}; }}"
            f"QToolButton:focus {{ border-color: {theme.accent_text.name()}; }}" + menu_style(theme)
        )
        back, on = ("right", "left") if self.isRightToLeft() else ("left", "right")
        for name, words, side in (
            ("qt_calendar_prevmonth", self.tr("Previous month"), back),
            ("qt_calendar_nextmonth", self.tr("Next month"), on),
        ):
            button = self.calendar.findChild(QToolButton, name)
            if button is not None:
                button.setAccessibleName(words)
                button.setToolTip(words)
                button.setIcon(icon(f"chevron-{side}", theme.text, ARROW_PX))


def _shown(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
