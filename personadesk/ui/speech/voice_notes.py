"""Says at the buttons that let a persona speak whose voice that is, where it is not the one it was given."""

from html import escape

from PySide6.QtCore import QEvent, QObject, QPoint, QRect
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaCard
from personadesk.services.speech.services import SpeechServices
from personadesk.ui.bridge import Bridge
from personadesk.ui.library.card_grid import CardGrid
from personadesk.ui.library.hero import HeroCard


class VoiceNotes(QObject):
    """Looks when the pointer rests on a card's button, or it or the focus comes to the hero's. GUI thread."""

    def __init__(self, *, hero: HeroCard, grid: CardGrid, bridge: Bridge, services: SpeechServices) -> None:
        super().__init__(hero)
        self._hero = hero
        self._grid = grid
        self._bridge = bridge
        self._services = services
        hero.hear.installEventFilter(self)
        grid.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._hero.hear:
            if event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn) and self._hero.persona_id is not None:
                self._bridge.run(self._look(self._hero.persona_id), owner=self, then=self._show_on_hero)
                if event.type() == QEvent.Type.Enter:
                    self._expect(self._hero.persona_id)
        elif isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            return self._help(event.pos())
        return False

    def _help(self, point: QPoint) -> bool:
        row, summary = self._grid.summary_at(point)
        if summary is None or self._grid.part_at(row, point) != "hear":
            QToolTip.hideText()
            return True
        self._expect(summary.id)
        self._bridge.run(
            self._look(summary.id), owner=self, then=lambda found: self._show_on_card(summary.id, point, *found)
        )
        return True

    def _expect(self, persona_id: PersonaId) -> None:
        """Where the pointer rests a click is near: the first sound comes sooner."""
        self._bridge.run(self._services.warm_up(persona_id), owner=self)

    async def _look(self, persona_id: PersonaId) -> tuple[PersonaCard, bool]:
        """Runs on the engine. The card, and whether its own voice is one that nothing was made of yet."""
        card = (await self._services.personas.get(persona_id)).card
        sample = card.voice.sample
        return card, bool(sample) and sample not in await self._services.clones.known()

    def _show_on_hero(self, found: tuple[PersonaCard, bool]) -> None:
        said = self._words(*found)
        self._hero.hear.setToolTip(_wrapped(said))
        self._hero.hear.setAccessibleDescription(said)

    def _show_on_card(self, persona_id: PersonaId, point: QPoint, card: PersonaCard, kept: bool) -> None:
        row, summary = self._grid.summary_at(point)
        # The list may have moved meanwhile.
        if summary is None or summary.id != persona_id or self._grid.part_at(row, point) != "hear":
            return
        verb = self.tr("Stop %s") if self._grid.canvas.speaking == persona_id else self.tr("Hear %s")
        said = self._words(card, kept) or verb % card.shown_name
        viewport, around = self._grid.viewport(), QRect(point, point).adjusted(-8, -8, 8, 8)
        QToolTip.showText(viewport.mapToGlobal(point), _wrapped(said), viewport, around)

    def _words(self, card: PersonaCard, kept: bool) -> str:
        words = self.tr("{name}'s own voice is kept as a recording. Until it is cloned, another voice speaks.")
        return words.format(name=card.shown_name) if kept else ""


def _wrapped(said: str) -> str:
    return f"<p>{escape(said)}</p>" if said else ""
