"""The sidebar: search, library, the switcher, a new persona, you and the settings."""

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from personadesk.domain.ids import PersonaId
from personadesk.ui.avatar.initials import SLATE
from personadesk.ui.roster import Roster
from personadesk.ui.sidebar.switcher_model import SwitcherModel
from personadesk.ui.sidebar.switcher_view import SwitcherView
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import RADIUS_CONTROL_PX
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.buttons import Button, Kind, PaintedButton, accent_gradient, focus_ring, key_hint
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.text import draw_line

WIDTH_PX = 288
RAIL_PX = 64


class _Row(PaintedButton):
    """A wide row with an icon and a text: Search everything, Library."""

    def __init__(self, themes: ThemeSource, *, icon: str, text: str, hint: str = "", framed: bool = False) -> None:
        super().__init__(themes, text)
        self._icon = icon
        self._hint = hint
        self._framed = framed
        self.rail = False
        self.setToolTip(f"{text} ({hint})" if hint else text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(40, self.fontMetrics().height() + 21)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme.line, 1) if self._framed else Qt.PenStyle.NoPen)
        hot = self.underMouse()
        if self.isChecked():
            painter.setBrush(theme.selection)
        elif self._framed:
            painter.setBrush(theme.hover if hot else theme.surface)
        else:
            painter.setBrush(theme.hover if hot else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect, RADIUS_CONTROL_PX + 1, RADIUS_CONTROL_PX + 1)
        if self.hasFocus():
            focus_ring(painter, theme, QRectF(self.rect()), RADIUS_CONTROL_PX + 1)
        ink = theme.selection_text if self.isChecked() else (theme.faint if self._framed else theme.muted)
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        icon = pixmap(self._icon, ink, 17, self.devicePixelRatioF())
        left = (self.width() - 17) // 2 if self.rail else 12
        painter.drawPixmap(self.width() - left - 17 if rtl else left, (self.height() - 17) // 2, icon)
        if self.rail:
            return
        painter.setPen(ink)
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        area = self.rect().adjusted(8, 0, -39, 0) if rtl else self.rect().adjusted(39, 0, -8, 0)
        draw_line(painter, QRectF(area), self.text(), side)
        words = self.fontMetrics().horizontalAdvance(self.text() + self._hint)
        if self._hint and self.width() > 39 + words + 36:
            key_hint(painter, theme, self, self._hint)


class _Brand(QWidget):
    """The mark and the name."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self.rail = False
        self.setFixedHeight(44)
        themes.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        left = (self.width() - 32) / 2 if self.rail else 6
        x = self.width() - left - 32 if rtl else left
        mark = pixmap("personadesk", theme.text, 32, self.devicePixelRatioF())
        if mark.isNull():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(accent_gradient(theme, QRectF(x, 6, 32, 32)))
            painter.drawRoundedRect(QRectF(x, 6, 32, 32), 9, 9)
        painter.drawPixmap(round(x), 6, mark)
        if self.rail:
            return
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.22)
        font.setWeight(font.Weight.Bold)
        painter.setFont(font)
        painter.setPen(theme.text)
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        rect = self.rect().adjusted(0, 0, -49, 0) if rtl else self.rect().adjusted(49, 0, 0, 0)
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute | side, "PersonaDesk")


class _You(QWidget):
    """Who uses this computer, and the way to the settings."""

    settings_requested = Signal()

    def __init__(self, *, themes: ThemeSource, avatars: Avatars) -> None:
        super().__init__()
        self._themes = themes
        self._avatars = avatars
        self._name = ""
        self._rail = False
        self.gear = Button(themes, icon="settings", accessible=self.tr("Settings"), kind=Kind.GHOST)
        self.gear.clicked.connect(self.settings_requested)
        self.label = Label(themes, elide=True)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(54, 6, 6, 6)
        self._layout.addWidget(self.label, 1)
        self._layout.addWidget(self.gear)
        self.setFixedHeight(max(48, self.gear.sizeHint().height() + 12))
        self.set_rail(False)

    def set_name(self, name: str) -> None:
        self._name = name
        self.label.setText(name)
        self.update()

    def set_rail(self, rail: bool) -> None:
        self._rail = rail
        self.label.setVisible(not rail)
        self._fit_margins()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._fit_margins()

    def _fit_margins(self) -> None:
        start, end = (0, 0) if self._rail else (54, 6)
        left, right = (end, start) if self.isRightToLeft() else (start, end)
        self._layout.setContentsMargins(left, 6, right, 6)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.settings_requested.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._rail:
            return
        painter = QPainter(self)
        x = self.width() - 8 - 34 if self.isRightToLeft() else 8
        rect = QRectF(x, (self.height() - 34) / 2, 34, 34)
        self._avatars.paint(painter, rect, name=self._name, avatar="", ratio=self.devicePixelRatioF(), colours=SLATE)


class Sidebar(QWidget):
    """288 px wide, or a 64 px rail of avatars in a narrow window."""

    search_requested = Signal()
    library_requested = Signal()
    persona_opened = Signal(object)  # PersonaId
    menu_requested = Signal(object, QPoint)
    new_requested = Signal()
    settings_requested = Signal()

    def __init__(self, *, roster: Roster, themes: ThemeSource, avatars: Avatars) -> None:
        super().__init__()
        self._roster = roster
        self._themes = themes
        self.model = SwitcherModel(roster, self)
        self.view = SwitcherView(model=self.model, themes=themes, avatars=avatars)
        self._brand = _Brand(themes)
        self._search = _Row(
            themes, icon="search", text=self.tr("Search everything"), hint=self.tr("Ctrl K"), framed=True
        )
        self._library = _Row(themes, icon="grid", text=self.tr("Library"))
        self._library.setCheckable(True)
        self._new = _Row(themes, icon="plus", text=self.tr("New persona"), framed=True)
        self._you = _You(themes=themes, avatars=avatars)
        self._layout = QVBoxLayout(self)
        self._layout.setSpacing(8)
        for widget in (self._brand, self._search, self._library):
            self._layout.addWidget(widget)
        self._layout.addWidget(self.view, 1)
        self._layout.addWidget(self._new)
        self._layout.addWidget(self._you)
        self._search.clicked.connect(self.search_requested)
        self._library.clicked.connect(self.library_requested)
        self._new.clicked.connect(self.new_requested)
        self._you.settings_requested.connect(self.settings_requested)
        self.view.opened.connect(self.persona_opened)
        self.view.menu_requested.connect(self.menu_requested)
        roster.reset.connect(self._show_you)
        themes.changed.connect(self.update)
        self._rail: bool | None = None
        self.set_rail(False)

    def set_rail(self, rail: bool) -> None:
        if rail == self._rail:
            return
        self._rail = rail
        self.setFixedWidth(RAIL_PX if rail else WIDTH_PX)
        self._layout.setContentsMargins(5 if rail else 14, 11, 5 if rail else 14, 10)
        for row in (self._search, self._library, self._new):
            row.rail = rail
        self._brand.rail = rail
        self._you.set_rail(rail)
        self.view.set_rail(rail)

    def set_active(self, persona_id: PersonaId | None) -> None:
        """Mark the persona on screen; None is the library."""
        self._library.setChecked(persona_id is None)
        self.view.set_active(persona_id)

    def _show_you(self) -> None:
        self._you.set_name(self._roster.your_name)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.sidebar)
        painter.setPen(theme.line)
        edge = 0 if self.isRightToLeft() else self.width() - 1
        painter.drawLine(edge, 0, edge, self.height())
