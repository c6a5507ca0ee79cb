"""One persona card: where its parts are, and how they look."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap

from personadesk.domain.persona import Origin, PersonaSummary
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import mix
from personadesk.ui.theme.tokens import RADIUS_CARD_PX, RADIUS_CONTROL_PX, Theme
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.buttons import accent_gradient, focus_ring
from personadesk.ui.widgets.text import draw_line, draw_lines, line_height

PADDING_PX = 18
AVATAR_PX = 56
MARK_PX = 22
DOT_PX = 8


@dataclass(frozen=True, slots=True)
class CardParts:
    """Rectangles of a card's parts in view coordinates, mirrored for right-to-left."""

    card: QRectF
    avatar: QRectF
    title: QRectF
    badge: QRectF
    star: QRectF
    text: QRectF
    chips: QRectF
    chat: QRectF
    hear: QRectF
    menu: QRectF

    def part_at(self, point: QPointF) -> str:
        """Which part is there: "chat", "hear", "menu", "star" or else "card"."""
        named = {"chat": self.chat, "hear": self.hear, "menu": self.menu, "star": self.star}
        return next((name for name, rect in named.items() if rect.contains(point)), "card")


@dataclass(frozen=True, slots=True)
class CardState:
    """How a card looks besides its content. `hot` names the part under the pointer, "" for none.

    `marked` shows a mark that says whether it is selected; `dots` are the colours of its tags. `pictured` is one
    that is only looked at: it has nothing that could be pressed.
    """

    selected: bool = False
    marked: bool = False
    focused: bool = False
    hovered: bool = False
    hot: str = ""
    in_trash: bool = False
    speaking: bool = False
    pictured: bool = False
    dots: tuple[QColor, ...] = ()


class CardPainter:
    """Paints cards for one font and theme. GUI thread."""

    def __init__(self, *, avatars: Avatars, font: QFont) -> None:
        self._avatars = avatars
        self.set_font(font)

    def set_font(self, font: QFont) -> None:
        self._buttons: dict[tuple[str, str, float, float, float], QPixmap] = {}
        self._body = QFont(font)
        self._title = QFont(font)
        self._title.setPointSizeF(font.pointSizeF() * 1.28)
        self._title.setWeight(QFont.Weight.DemiBold)
        self._small = QFont(font)
        self._small.setPointSizeF(font.pointSizeF() * 0.9)
        self._strong = QFont(font)
        self._strong.setWeight(QFont.Weight.Medium)
        self._line = line_height(self._body)
        self._small_height = QFontMetricsF(self._small).height()
        self._chip_height = self._small_height + 9
        self._button_height = QFontMetricsF(self._strong).height() + 16

    @property
    def height_px(self) -> int:
        chips_and_buttons = self._chip_height + 14 + self._button_height
        return round(PADDING_PX * 2 + AVATAR_PX + 14 + self._line * 2 + 12 + chips_and_buttons)

    @property
    def pictured_height_px(self) -> int:
        """Of a card without its buttons."""
        return round(self.height_px - 14 - self._button_height)

    def parts(self, card: QRectF, *, rtl: bool, in_trash: bool, labels: tuple[str, str]) -> CardParts:
        """Lay a card out. `labels` are the texts of the main button and of the badge."""
        inner = card.adjusted(PADDING_PX, PADDING_PX, -PADDING_PX, -PADDING_PX)
        top = inner.top()
        star = 0.0 if in_trash else 28.0
        left = inner.left() + AVATAR_PX + 13
        title_height = QFontMetricsF(self._title).height()
        block = title_height + 3 + self._small_height + 5
        title_top = top + (AVATAR_PX - block) / 2
        badge = QFontMetricsF(self._small).horizontalAdvance(labels[1]) + 18
        text_top = top + AVATAR_PX + 14
        chips_top = text_top + self._line * 2 + 12
        chat = QFontMetricsF(self._strong).horizontalAdvance(labels[0]) + 30
        buttons_top = inner.bottom() - self._button_height
        hear = 0.0 if in_trash else max(34.0, self._button_height)
        parts = CardParts(
            card=card,
            avatar=QRectF(inner.left(), top, AVATAR_PX, AVATAR_PX),
            title=QRectF(left, title_top, inner.right() - left - star - 4, title_height),
            badge=QRectF(left, title_top + title_height + 3, badge, self._small_height + 5),
            star=QRectF(inner.right() - star + 4, top + 12, star, star),
            text=QRectF(inner.left(), text_top, inner.width(), self._line * 2),
            chips=QRectF(inner.left(), chips_top, inner.width(), self._chip_height),
            chat=QRectF(inner.left(), buttons_top, chat, self._button_height),
            hear=QRectF(inner.left() + chat + 8, buttons_top, hear, self._button_height),
            menu=QRectF(inner.right() - 34, buttons_top, 34, self._button_height),
        )
        return _mirror(parts) if rtl else parts

    def paint(
        self,
        painter: QPainter,
        theme: Theme,
        parts: CardParts,
        summary: PersonaSummary,
        state: CardState,
        labels: tuple[str, str],
        ratio: float,
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_surface(painter, theme, parts.card, state)
        self._avatars.paint(painter, parts.avatar, name=summary.shown_name, avatar=summary.avatar, ratio=ratio)
        self._paint_head(painter, theme, parts, summary, state, labels[1], ratio)
        self._paint_text(painter, theme, parts.text, summary)
        self._paint_chips(painter, theme, parts, summary)
        if not state.pictured:
            self._paint_buttons(painter, theme, parts, state, labels[0], ratio)
        if state.marked:
            self._paint_mark(painter, theme, parts, state, ratio)

    def _paint_mark(self, painter: QPainter, theme: Theme, parts: CardParts, state: CardState, ratio: float) -> None:
        """A circle in the corner, with a check where the card is selected."""
        mirrored = parts.avatar.left() > parts.card.center().x()
        x = parts.card.right() - MARK_PX - 8 if mirrored else parts.card.left() + 8
        mark = QRectF(x, parts.card.top() + 8, MARK_PX, MARK_PX)
        painter.setPen(QPen(theme.surface if state.selected else theme.faint, 1.5))
        painter.setBrush(theme.fill if state.selected else theme.surface)
        painter.drawEllipse(mark.adjusted(0.75, 0.75, -0.75, -0.75))
        if state.selected:
            check = pixmap("check", theme.on_accent, 14, ratio)
            painter.drawPixmap(QPointF(mark.center().x() - 7, mark.center().y() - 7), check)

    def _paint_surface(self, painter: QPainter, theme: Theme, card: QRectF, state: CardState) -> None:
        if state.hovered:
            shade = QColor(theme.shadow)
            painter.setPen(Qt.PenStyle.NoPen)
            for spread, alpha in ((8, 7), (5, 10), (2, 14)):
                shade.setAlpha(alpha)
                painter.setBrush(shade)
                painter.drawRoundedRect(
                    card.adjusted(-spread, -spread + 4, spread, spread + 4),
                    RADIUS_CARD_PX + spread,
                    RADIUS_CARD_PX + spread,
                )
        painter.setBrush(mix(theme.surface, theme.accent, 0.1) if state.selected else theme.surface)
        painter.setPen(
            QPen(theme.accent if state.hovered or state.selected else theme.line, 2 if state.selected else 1)
        )
        edge = 1.0 if state.selected else 0.5
        painter.drawRoundedRect(card.adjusted(edge, edge, -edge, -edge), RADIUS_CARD_PX, RADIUS_CARD_PX)
        if state.focused:
            focus_ring(painter, theme, card, RADIUS_CARD_PX)

    def _paint_head(
        self,
        painter: QPainter,
        theme: Theme,
        parts: CardParts,
        summary: PersonaSummary,
        state: CardState,
        badge: str,
        ratio: float,
    ) -> None:
        painter.setFont(self._title)
        painter.setPen(theme.text)
        draw_line(painter, parts.title, summary.shown_name, _leading(parts))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_pill(theme))
        painter.drawRoundedRect(parts.badge, parts.badge.height() / 2, parts.badge.height() / 2)
        painter.setFont(self._small)
        painter.setPen(theme.muted)
        painter.drawText(parts.badge, Qt.AlignmentFlag.AlignCenter, badge)
        self._paint_dots(painter, parts, state.dots)
        if state.in_trash or state.pictured:
            return
        if state.hot == "star":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.hover)
            painter.drawRoundedRect(parts.star, 8, 8)
        ink = theme.warn if summary.favourite else (theme.text if state.hot == "star" else theme.faint)
        icon = pixmap("star-filled" if summary.favourite else "star", ink, 17, ratio)
        painter.drawPixmap(QPointF(parts.star.center().x() - 8.5, parts.star.center().y() - 8.5), icon)

    def _paint_dots(self, painter: QPainter, parts: CardParts, dots: tuple[QColor, ...]) -> None:
        """The colours of the tags, behind the badge where there is room."""
        mirrored = parts.avatar.left() > parts.card.center().x()
        x = parts.badge.left() - 10 - DOT_PX if mirrored else parts.badge.right() + 10
        painter.setPen(Qt.PenStyle.NoPen)
        for colour in dots:
            dot = QRectF(x, parts.badge.center().y() - DOT_PX / 2, DOT_PX, DOT_PX)
            if dot.left() < parts.title.left() or dot.right() > parts.title.right():
                return
            painter.setBrush(colour)
            painter.drawEllipse(dot)
            x += -(DOT_PX + 5) if mirrored else DOT_PX + 5

    def _paint_text(self, painter: QPainter, theme: Theme, rect: QRectF, summary: PersonaSummary) -> None:
        painter.setPen(theme.muted)
        draw_lines(painter, rect, summary.tagline or summary.description, self._body, 2)

    def _paint_chips(self, painter: QPainter, theme: Theme, parts: CardParts, summary: PersonaSummary) -> None:
        painter.setFont(self._small)
        metrics = QFontMetricsF(self._small)
        rtl = parts.avatar.left() > parts.card.center().x()
        used = 0.0
        for trait in summary.traits:
            width = min(metrics.horizontalAdvance(trait) + 22, parts.chips.width())
            if used + width > parts.chips.width():
                break
            left = parts.chips.right() - used - width if rtl else parts.chips.left() + used
            chip = QRectF(left, parts.chips.top(), width, parts.chips.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_pill(theme))
            painter.drawRoundedRect(chip, chip.height() / 2, chip.height() / 2)
            painter.setPen(theme.muted)
            painter.drawText(
                chip, Qt.AlignmentFlag.AlignCenter, metrics.elidedText(trait, Qt.TextElideMode.ElideRight, width - 16)
            )
            used += width + 7

    def _paint_buttons(
        self, painter: QPainter, theme: Theme, parts: CardParts, state: CardState, label: str, ratio: float
    ) -> None:
        painter.drawPixmap(parts.chat.topLeft().toPoint(), self._main_button(theme, parts.chat.size(), label, ratio))
        if state.hot == "chat":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(255, 255, 255, 34))
            painter.drawRoundedRect(parts.chat, RADIUS_CONTROL_PX, RADIUS_CONTROL_PX)
        if not state.in_trash:
            self._paint_hear(painter, theme, parts.hear, state, ratio)
        if state.hot == "menu":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.hover)
            painter.drawRoundedRect(parts.menu, RADIUS_CONTROL_PX, RADIUS_CONTROL_PX)
        ink = theme.text if state.hot == "menu" else theme.muted
        painter.drawPixmap(
            QPointF(parts.menu.center().x() - 9, parts.menu.center().y() - 9), pixmap("more", ink, 18, ratio)
        )

    def _paint_hear(self, painter: QPainter, theme: Theme, rect: QRectF, state: CardState, ratio: float) -> None:
        """The button that plays the voice, or stops it."""
        painter.setPen(QPen(theme.accent if state.speaking else theme.line, 1))
        painter.setBrush(theme.hover if state.hot == "hear" else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CONTROL_PX, RADIUS_CONTROL_PX)
        ink = theme.accent_text if state.speaking else theme.text if state.hot == "hear" else theme.muted
        icon = pixmap("stop" if state.speaking else "play", ink, 16, ratio)
        painter.drawPixmap(QPointF(rect.center().x() - 8, rect.center().y() - 8), icon)

    def _main_button(self, theme: Theme, size: QSizeF, label: str, ratio: float) -> QPixmap:
        """The button of every card, painted once: its gradient costs more than all the rest of a card."""
        key = (theme.name, label, size.width(), size.height(), ratio)
        if key not in self._buttons:
            drawn = QPixmap((size * ratio).toSize())
            drawn.setDevicePixelRatio(ratio)
            drawn.fill(Qt.GlobalColor.transparent)
            painter = QPainter(drawn)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            rect = QRectF(QPointF(0, 0), size)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(accent_gradient(theme, rect))
            painter.drawRoundedRect(rect, RADIUS_CONTROL_PX, RADIUS_CONTROL_PX)
            painter.setFont(self._strong)
            painter.setPen(theme.on_accent)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, label)
            painter.end()
            self._buttons[key] = drawn
        return self._buttons[key]


def badge_text(summary: PersonaSummary, built_in: str, custom: str) -> str:
    return built_in if summary.origin is Origin.BUILT_IN else custom


def _pill(theme: Theme) -> QColor:
    return mix(theme.surface, theme.text, 0.075) if theme.dark else mix(theme.line, theme.surface, 0.45)


def _leading(parts: CardParts) -> Qt.AlignmentFlag:
    mirrored = parts.avatar.left() > parts.card.center().x()
    return Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft


def _mirror(parts: CardParts) -> CardParts:
    axis = parts.card.left() + parts.card.right()

    def flip(rect: QRectF) -> QRectF:
        return QRectF(axis - rect.right(), rect.top(), rect.width(), rect.height())

    return CardParts(
        parts.card,
        flip(parts.avatar),
        flip(parts.title),
        flip(parts.badge),
        flip(parts.star),
        flip(parts.text),
        flip(parts.chips),
        flip(parts.chat),
        flip(parts.hear),
        flip(parts.menu),
    )
