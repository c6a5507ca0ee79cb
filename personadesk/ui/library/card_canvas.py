"""Cards as they stand in the grid: what they say, and pixmaps of those that rest."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPixmap

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.ui.library.card_cache import CardCache
from personadesk.ui.library.card_painter import AVATAR_PX, CardPainter, CardParts, CardState, badge_text
from personadesk.ui.library.tag_colours import dots_of
from personadesk.ui.library.trash_words import deleted_words
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.avatars import Avatars

if TYPE_CHECKING:
    from personadesk.domain.library import TagLook


class CardCanvas:
    """GUI thread. `looks` tells how tags look now, `speaking` whose voice is heard."""

    speaking: PersonaId | None = None

    def __init__(self, *, avatars: Avatars, font: QFont, looks: "Callable[[], Mapping[str, TagLook]]") -> None:
        self._avatars = avatars
        self._looks = looks
        self._painter = CardPainter(avatars=avatars, font=font)
        self._cache = CardCache()

    @property
    def height_px(self) -> int:
        return self._painter.height_px

    def set_font(self, font: QFont) -> None:
        self._painter.set_font(font)
        self._cache.clear()

    def forget(self) -> None:
        """Paint everything anew."""
        self._cache.clear()

    def parts(self, summary: PersonaSummary, rect: QRectF, *, rtl: bool, in_trash: bool) -> CardParts:
        return self._painter.parts(rect, rtl=rtl, in_trash=in_trash, labels=_labels(summary, in_trash=in_trash))

    def state(self, theme: Theme, summary: PersonaSummary, **marks: bool | str) -> CardState:
        """A card's state: `marks` are what is not told by its content."""
        speaking = summary.id == self.speaking
        return CardState(dots=dots_of(theme, summary.tags, self._looks()), speaking=speaking, **marks)  # type: ignore[arg-type]

    def paint(
        self,
        painter: QPainter,
        theme: Theme,
        rect: QRectF,
        summary: PersonaSummary,
        state: CardState,
        *,
        rtl: bool,
        ratio: float,
    ) -> None:
        """Paint a card; one that is neither hovered nor focused comes out of the cache the next time."""
        resting = not state.hovered and not state.focused and not state.speaking
        # Between two device pixels a pixmap would be blurred.
        if not resting or ratio != round(ratio) or not self._is_settled(summary, ratio):
            self._paint(painter, theme, rect, summary, state, rtl=rtl, ratio=ratio)
            return
        dots = tuple(dot.rgba() for dot in state.dots)
        marks = (state.selected, state.marked, state.in_trash)
        look = (theme.name, rect.size().toTuple(), ratio, rtl, dots, marks, _labels(summary, in_trash=state.in_trash))
        pixmap = self._cache.find(summary.id, look, summary)
        if pixmap is None:
            pixmap = QPixmap(QSize(round(rect.width()), round(rect.height())) * ratio)
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            inner = QPainter(pixmap)
            inner.setLayoutDirection(painter.layoutDirection())
            here = QRectF(0, 0, rect.width(), rect.height())
            self._paint(inner, theme, here, summary, state, rtl=rtl, ratio=ratio)
            inner.end()
            self._cache.keep(summary.id, look, summary, pixmap)
        painter.drawPixmap(rect.topLeft(), pixmap)

    def _paint(
        self,
        painter: QPainter,
        theme: Theme,
        rect: QRectF,
        summary: PersonaSummary,
        state: CardState,
        *,
        rtl: bool,
        ratio: float,
    ) -> None:
        parts = self.parts(summary, rect, rtl=rtl, in_trash=state.in_trash)
        labels = _labels(summary, in_trash=state.in_trash)
        self._painter.paint(painter, theme, parts, summary, state, labels, ratio)

    def _is_settled(self, summary: PersonaSummary, ratio: float) -> bool:
        """Whether the picture is there, where there is one."""
        return not summary.avatar or self._avatars.picture(summary.avatar, AVATAR_PX, ratio) is not None


def _labels(summary: PersonaSummary, *, in_trash: bool) -> tuple[str, str]:
    """What the main button and the badge say."""
    if in_trash and summary.deleted_at is not None:
        return _tr("Restore"), deleted_words(summary.deleted_at)
    return _tr("Chat"), badge_text(summary, _tr("Built-in"), _tr("Custom"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("CardCanvas", text)
