"""Says beside the button that lets a persona speak whose voice that is, where it is not the one it was given."""

from html import escape

from PySide6.QtCore import QEvent, QObject

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaCard
from personadesk.services.speech.services import SpeechServices
from personadesk.ui.bridge import Bridge
from personadesk.ui.library.hero import HeroCard


class VoiceNotes(QObject):
    """Looks when the pointer or the focus comes to the button. GUI thread."""

    def __init__(self, *, hero: HeroCard, bridge: Bridge, services: SpeechServices) -> None:
        super().__init__(hero)
        self._hero = hero
        self._bridge = bridge
        self._services = services
        hero.hear.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn) and self._hero.persona_id is not None:
            self._bridge.run(self._look(self._hero.persona_id), owner=self, then=self._show)
        return False

    async def _look(self, persona_id: PersonaId) -> tuple[PersonaCard, bool]:
        """Runs on the engine. The card, and whether its own voice is one that nothing was made of yet."""
        card = (await self._services.personas.get(persona_id)).card
        sample = card.voice.sample
        return card, bool(sample) and sample not in await self._services.clones.known()

    def _show(self, found: tuple[PersonaCard, bool]) -> None:
        card, kept = found
        words = self.tr("{name}'s own voice is kept as a recording. Until it is cloned, another voice speaks.")
        said = words.format(name=card.shown_name) if kept else ""
        self._hero.hear.setToolTip(f"<p>{escape(said)}</p>" if said else "")
        self._hero.hear.setAccessibleDescription(said)
