"""The hero card of the active persona, ready to be talked to."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPaintEvent, QRadialGradient
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.text import draw_lines, line_height

AVATAR_PX = 108


class HeroCard(QWidget):
    """Gradient, avatar with a glow, who it is, and the one thing to do next."""

    chat_requested = Signal(object)  # PersonaId

    def __init__(self, *, themes: ThemeSource, avatars: Avatars, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._avatars = avatars
        self._summary: PersonaSummary | None = None
        self._words = ""
        self._badge = ""
        self.button = Button(themes, self.tr("Continue chat"), kind=Kind.ON_ACCENT, icon="chat")
        self.button.clicked.connect(self._ask_for_chat)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(26, 24, 26, 30)
        layout.addStretch(1)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(166)
        themes.changed.connect(self.update)
        avatars.ready.connect(lambda _avatar: self.update())

    @property
    def persona_id(self) -> PersonaId | None:
        return self._summary.id if self._summary else None

    def show_persona(self, summary: PersonaSummary) -> None:
        self._summary = summary
        words = summary.tagline or " ".join(summary.description.split())
        if summary.message_count:
            counted = self.tr("%n message(s) together.", "", summary.message_count)
            self._words = f"{words} {counted}"
            self._badge = self.tr("Active")
            self.button.setText(self.tr("Continue chat"))
        else:
            self._words = words
            self._badge = self.tr("Say hello")
            self.button.setText(self.tr("Start chat"))
        self.button.setAccessibleName(f"{self.button.text()}: {summary.shown_name}")
        self.setAccessibleName(summary.shown_name)
        self.setAccessibleDescription(self._words)
        self.button.updateGeometry()
        self.update()

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
        card = QRectF(self.rect()).adjusted(0, 0, 0, -8)
        glow = QColor(theme.accent)
        painter.setPen(Qt.PenStyle.NoPen)
        for spread, alpha in ((6, 10), (4, 16), (2, 24)):
            glow.setAlpha(alpha)
            painter.setBrush(glow)
            painter.drawRoundedRect(card.adjusted(spread, spread, -spread, spread + 2), 20, 20)
        gradient = QLinearGradient(card.topLeft(), card.bottomRight())
        gradient.setColorAt(0, QColor("#6a48ff"))
        gradient.setColorAt(0.65, QColor("#4a7dfb"))
        gradient.setColorAt(1, QColor("#3f86f7"))
        painter.setBrush(gradient)
        painter.drawRoundedRect(card, 20, 20)
        self._paint_avatar(painter, card, summary)
        self._paint_words(painter, card, summary)

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
            painter,
            rect,
            persona_id=summary.id,
            name=summary.shown_name,
            avatar=summary.avatar,
            ratio=self.devicePixelRatioF(),
        )

    def _paint_words(self, painter: QPainter, card: QRectF, summary: PersonaSummary) -> None:
        left = 26 + AVATAR_PX + 26
        right = self.width() - self.button.x() + 20 if not self.isRightToLeft() else self.button.geometry().right() + 20
        area = QRectF(left, card.top() + 22, max(card.width() - left - right, 40), card.height() - 44)
        if self.isRightToLeft():
            area.moveLeft(right)
        title = QFont(self.font())
        title.setPointSizeF(self.font().pointSizeF() * 1.62)
        title.setWeight(QFont.Weight.Bold)
        small = QFont(self.font())
        small.setPointSizeF(self.font().pointSizeF() * 0.92)
        small.setWeight(QFont.Weight.Medium)
        painter.setFont(small)
        badge_width = painter.fontMetrics().horizontalAdvance(self._badge) + 22
        chip_height = painter.fontMetrics().height() + 9
        painter.setFont(title)
        metrics = painter.fontMetrics()
        name = metrics.elidedText(summary.shown_name, Qt.TextElideMode.ElideRight, int(area.width() - badge_width - 12))
        name_width = metrics.horizontalAdvance(name)
        name_height = metrics.height()
        body_height = line_height(self.font()) * 2
        top = area.top() + max(0.0, (area.height() - name_height - body_height - chip_height - 18) / 2)
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        absolute = Qt.AlignmentFlag.AlignAbsolute | side
        painter.setPen(QColor("#ffffff"))
        painter.drawText(
            QRectF(area.left(), top, area.width(), name_height), absolute | Qt.AlignmentFlag.AlignVCenter, name
        )
        badge = QRectF(
            area.left() + name_width + 12, top + (name_height - chip_height) / 2 + 1, badge_width, chip_height
        )
        if self.isRightToLeft():
            badge.moveLeft(area.right() - name_width - 12 - badge_width)
        painter.setFont(small)
        self._paint_pill(painter, badge, self._badge)
        painter.setPen(QColor(255, 255, 255, 235))
        body = QRectF(area.left(), top + name_height + 6, area.width(), body_height)
        draw_lines(painter, body, self._words, self.font(), 2)
        painter.setFont(small)
        x = 0.0
        for trait in summary.traits:
            width = painter.fontMetrics().horizontalAdvance(trait) + 24
            if x + width > area.width():
                break
            left_edge = area.right() - x - width if self.isRightToLeft() else area.left() + x
            self._paint_pill(painter, QRectF(left_edge, body.bottom() + 12, width, chip_height), trait)
            x += width + 8

    @staticmethod
    def _paint_pill(painter: QPainter, rect: QRectF, text: str) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 255, 255, 52))
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
