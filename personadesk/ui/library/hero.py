"""The hero card of the active persona, ready to be talked to."""

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPaintEvent, QRadialGradient
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.text import draw_line, draw_lines, line_height, wrap_lines

AVATAR_PX = 108
LEAST_HEIGHT_PX = 158
GLOW_PX = 14


class HeroCard(QWidget):
    """Gradient, avatar with a glow, who it is, and the one thing to do next."""

    chat_requested = Signal(object)  # PersonaId
    hear_requested = Signal(object)  # PersonaId

    def __init__(self, *, themes: ThemeSource, avatars: Avatars, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._avatars = avatars
        self._summary: PersonaSummary | None = None
        self._words = ""
        self._badge = ""
        self.button = Button(themes, self.tr("Continue chat"), kind=Kind.ON_ACCENT, icon="chat")
        self.button.clicked.connect(self._ask_for_chat)
        self.hear = Button(themes, self.tr("Hear voice"), kind=Kind.ON_ACCENT_SOFT, icon="volume")
        self.hear.clicked.connect(self._ask_to_hear)
        self._heard: PersonaId | None = None
        buttons = QVBoxLayout()
        buttons.setSpacing(8)
        for button in (self.button, self.hear):
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
            buttons.addWidget(button)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(26, 24, 26, 24 + GLOW_PX)
        layout.addStretch(1)
        layout.addLayout(buttons)
        layout.setAlignment(buttons, Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._grow()
        themes.changed.connect(self.update)
        avatars.ready.connect(self.update)

    @property
    def persona_id(self) -> PersonaId | None:
        return self._summary.id if self._summary else None

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._grow()

    def _grow(self) -> None:
        """As high as a title, two lines and a row of pills need in this font."""
        title, small = self._fonts()
        words = (
            QFontMetricsF(title).height() + 7 + line_height(self.font()) * 2 + 13 + QFontMetricsF(small).height() + 9
        )
        self.setMinimumHeight(max(LEAST_HEIGHT_PX, round(words + 32)) + GLOW_PX)

    def show_persona(self, summary: PersonaSummary) -> None:
        self._summary = summary
        words = summary.tagline or " ".join(summary.description.split())
        if summary.message_count:
            self._words = f"{words} {self._counted(summary.message_count)}"
            self._badge = self.tr("Active")
            self.button.setText(self.tr("Continue chat"))
        else:
            self._words = words
            self._badge = self.tr("Say hello")
            self.button.setText(self.tr("Start chat"))
        self.button.setAccessibleName(f"{self.button.text()}: {summary.shown_name}")
        self._name_hear()
        self.setAccessibleName(summary.shown_name)
        self.setAccessibleDescription(self._words)
        self.button.updateGeometry()
        self.update()

    def show_speaking(self, persona_id: PersonaId | None) -> None:
        """Offer to stop the voice while it is the shown persona's that is heard; None for nobody's."""
        self._heard = persona_id
        self._name_hear()

    def _name_hear(self) -> None:
        speaking = self._summary is not None and self._summary.id == self._heard
        # As wide as before: the words beside it stay where they are.
        self.hear.setMinimumWidth(self.hear.width() if speaking else 0)
        self.hear.setText(self.tr("Stop") if speaking else self.tr("Hear voice"))
        self.hear.set_icon_name("stop" if speaking else "volume")
        self.hear.setAccessibleName(f"{self.hear.text()}: {self._summary.shown_name if self._summary else ''}")

    def _ask_to_hear(self) -> None:
        if self._summary is not None:
            self.hear_requested.emit(self._summary.id)

    def _counted(self, messages: int) -> str:
        return self.tr("One message so far.") if messages == 1 else self.tr("%s messages so far.") % f"{messages:,}"

    def _ask_for_chat(self) -> None:
        if self._summary is not None:
            self.chat_requested.emit(self._summary.id)

    def paintEvent(self, event: QPaintEvent) -> None:
        summary = self._summary
        if summary is None:
            return
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(0, 0, 0, -GLOW_PX)
        self._paint_glow(painter, card)
        gradient = QLinearGradient(card.topLeft(), card.bottomRight())
        gradient.setColorAt(0, theme.fill)
        gradient.setColorAt(1, theme.fill_end)
        painter.setBrush(gradient)
        painter.drawRoundedRect(card, 20, 20)
        self._paint_avatar(painter, card, summary)
        self._paint_words(painter, card, summary)

    def _paint_glow(self, painter: QPainter, card: QRectF) -> None:
        """A soft light below the card, fading out over GLOW_PX."""
        glow = QColor(self._themes.theme.accent)
        painter.setPen(Qt.PenStyle.NoPen)
        for step in range(GLOW_PX, 0, -2):
            glow.setAlpha(round(5 + 11 * (1 - step / GLOW_PX)))
            painter.setBrush(glow)
            painter.drawRoundedRect(card.adjusted(14 - step, 20, step - 14, step), 20 + step, 20 + step)

    def _paint_avatar(self, painter: QPainter, card: QRectF, summary: PersonaSummary) -> None:
        size = min(AVATAR_PX, card.height() - 36)
        rect = QRectF(26, card.center().y() - size / 2, size, size)
        if self.isRightToLeft():
            rect.moveLeft(card.right() - 26 - size)
        halo = QRadialGradient(rect.center(), size * 0.72)
        halo.setColorAt(0.6, QColor(255, 255, 255, 110))
        halo.setColorAt(1, QColor(255, 255, 255, 0))
        painter.setBrush(halo)
        painter.drawEllipse(rect.center(), size * 0.72, size * 0.72)
        painter.setBrush(QColor(255, 255, 255, 120))
        painter.drawEllipse(rect.adjusted(-4, -4, 4, 4))
        self._avatars.paint(
            painter, rect, name=summary.shown_name, avatar=summary.avatar, ratio=self.devicePixelRatioF()
        )

    def _paint_words(self, painter: QPainter, card: QRectF, summary: PersonaSummary) -> None:
        area = self._text_area(card)
        title, small = self._fonts()
        chip_height = QFontMetricsF(small).height() + 9
        name_height = QFontMetricsF(title).height()
        lines = len(wrap_lines(self._words, self.font(), area.width(), 2))
        body_height = line_height(self.font()) * lines
        blank = area.height() - name_height - body_height - chip_height - 20
        top = area.top() + max(0.0, blank / 2)
        self._paint_title(painter, QRectF(area.left(), top, area.width(), name_height), title, small)
        painter.setPen(QColor("#ffffff"))
        body = QRectF(area.left(), top + name_height + 7, area.width(), body_height)
        draw_lines(painter, body, self._words, self.font(), 2)
        painter.setFont(small)
        used = 0.0
        for trait in summary.traits:
            width = painter.fontMetrics().horizontalAdvance(trait) + 24
            if used + width > area.width():
                break
            left = area.right() - used - width if self.isRightToLeft() else area.left() + used
            self._paint_pill(painter, QRectF(left, body.bottom() + 13, width, chip_height), trait)
            used += width + 8

    def _paint_title(self, painter: QPainter, row: QRectF, title: QFont, small: QFont) -> None:
        """The name, and the badge behind it where both have room."""
        rtl = self.isRightToLeft()
        shown = self._summary.shown_name if self._summary else ""
        name_width = min(QFontMetricsF(title).horizontalAdvance(shown) + 1, row.width())
        painter.setFont(title)
        painter.setPen(QColor("#ffffff"))
        at = QRectF(row.right() - name_width if rtl else row.left(), row.top(), name_width, row.height())
        draw_line(painter, at, shown, Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft)
        metrics = QFontMetricsF(small)
        badge = QRectF(0, 0, metrics.horizontalAdvance(self._badge) + 22, metrics.height() + 9)
        if name_width + 12 + badge.width() > row.width():
            return
        badge.moveTop(row.center().y() - badge.height() / 2 + 1)
        badge.moveLeft(at.left() - 12 - badge.width() if rtl else at.right() + 12)
        painter.setFont(small)
        self._paint_pill(painter, badge, self._badge)

    def _text_area(self, card: QRectF) -> QRectF:
        """The room between avatar and button."""
        start = 26 + AVATAR_PX + 26
        if self.isRightToLeft():
            end = self.button.geometry().right() + 20
            return QRectF(end, card.top() + 20, max(card.width() - start - end, 40), card.height() - 40)
        end = self.width() - self.button.x() + 20
        return QRectF(start, card.top() + 20, max(card.width() - start - end, 40), card.height() - 40)

    def _fonts(self) -> tuple[QFont, QFont]:
        title, small = QFont(self.font()), QFont(self.font())
        title.setPointSizeF(self.font().pointSizeF() * 1.62)
        title.setWeight(QFont.Weight.Bold)
        small.setPointSizeF(self.font().pointSizeF() * 0.92)
        small.setWeight(QFont.Weight.Medium)
        return title, small

    @staticmethod
    def _paint_pill(painter: QPainter, rect: QRectF, text: str) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 255, 255, 40))
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
