"""The card as the library will show it, and the first words."""

from datetime import UTC, datetime

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import CARD_DESCRIPTION_LIMIT, Origin, PersonaCard, PersonaSummary
from personadesk.services.macros import fill_macros
from personadesk.ui.editor.desk import EditorWork
from personadesk.ui.editor.preview_voice import PreviewVoice
from personadesk.ui.library.card_painter import CardPainter, CardState
from personadesk.ui.widgets.fields import Label

WIDTH_PX = 280
MARGIN_PX = 20
GREETING_SHOWN = 220
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class _Card(QWidget):
    def __init__(self, work: EditorWork) -> None:
        super().__init__()
        self._work = work
        self._painter = CardPainter(avatars=work.desk.avatars, font=self.font())
        self.portrait: QPixmap | None = None
        self.bare = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Preview of the card"))
        work.themes.changed.connect(self.update)
        work.desk.avatars.ready.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH_PX - 2 * MARGIN_PX, self._painter.pictured_height_px)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self._painter.pictured_height_px)

    def paintEvent(self, event: QPaintEvent) -> None:
        persona = self._work.contents.persona
        stored = persona.avatar if persona is not None and not self.bare else ""
        summary = summary_of(self._work.state.card, stored, self.tr("No name"))
        built_in = persona is not None and self._work.read_only
        labels = ("", self.tr("Built-in") if built_in else self.tr("Custom"))
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        parts = self._painter.parts(QRectF(self.rect()), rtl=self.isRightToLeft(), in_trash=False, labels=labels)
        self._painter.paint(painter, self._work.themes.theme, parts, summary, CardState(pictured=True), labels, ratio)
        if self.portrait is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._work.themes.theme.surface)
            painter.drawEllipse(parts.avatar.adjusted(-1, -1, 1, 1))
            painter.drawPixmap(QPointF(parts.avatar.topLeft()), self.portrait)


class Preview(QWidget):
    def __init__(self, work: EditorWork) -> None:
        super().__init__()
        self._work = work
        self.setFixedWidth(WIDTH_PX)
        self.card = _Card(work)
        self.greeting = Label(work.themes, ink="muted", wrap=True)
        self.hearing = PreviewVoice(work)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN_PX, 22, MARGIN_PX, 20)
        column.setSpacing(12)
        column.addWidget(Label(work.themes, self.tr("PREVIEW"), ink="faint", size_pt=self.font().pointSizeF() * 0.9))
        column.addWidget(self.card)
        column.addWidget(self.hearing)
        column.addWidget(self.greeting)
        column.addStretch(1)
        work.state.changed.connect(self.refresh)
        work.themes.changed.connect(self.update)
        self.refresh()

    def show_portrait(self, portrait: QPixmap | None, *, bare: bool = False) -> None:
        """A picture that is not stored yet, as round as the card's; `bare` for none where one is stored."""
        self.card.portrait = portrait
        self.card.bare = bare
        self.card.update()

    def refresh(self) -> None:
        card = self._work.state.card
        self.card.update()
        words = " ".join(next(iter(card.greetings), "")[: GREETING_SHOWN * 2].split())
        words = fill_macros(words, char=card.prompt_name, user=self._work.contents.your_name)
        cut = words if len(words) <= GREETING_SHOWN else f"{words[:GREETING_SHOWN].rstrip()}…"
        self.greeting.setText(f"“{cut}”" if cut else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._work.themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.surface)
        painter.setPen(theme.line)
        edge = self.width() - 1 if self.isRightToLeft() else 0
        painter.drawLine(edge, 0, edge, self.height())


def summary_of(card: PersonaCard, avatar: str, nameless: str) -> PersonaSummary:
    """What the library's card would show of a card that is not stored."""
    return PersonaSummary(
        id=PersonaId(0),
        name=card.name,
        shown_name=card.shown_name.strip() or nameless,
        tagline=card.tagline,
        description=card.description[:CARD_DESCRIPTION_LIMIT],
        traits=card.traits,
        tags=card.tags,
        origin=Origin.CUSTOM,
        avatar=avatar,
        favourite=False,
        pin_position=None,
        created_at=LONG_AGO,
    )
