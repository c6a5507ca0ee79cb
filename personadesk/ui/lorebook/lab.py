"""Where books are tried: the service, and whose conversation there is to try them on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject

from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.domain.lorebook import Lorebook
from personadesk.services.lorebook import Activation
from personadesk.services.lorebooks import LorebookService, LoreScene
from personadesk.ui.bridge import Bridge


@dataclass(frozen=True)
class LoreLab:
    """`persona_id` is None where there is no conversation to try a book on."""

    bridge: Bridge
    service: LorebookService
    persona_id: PersonaId | None = None
    conversation_id: ConversationId | None = None

    def read_scene(
        self, *, owner: QObject, then: Callable[[LoreScene], None], failed: Callable[[UserFacingError], None]
    ) -> None:
        if self.persona_id is not None:
            reading = self.service.scene(self.persona_id, self.conversation_id)
            self.bridge.run(reading, owner=owner, then=then, failed=failed)

    def test(
        self,
        books: Sequence[Lorebook],
        text: str,
        scene: LoreScene | None,
        *,
        owner: QObject,
        then: Callable[[Activation], None],
        failed: Callable[[UserFacingError], None],
    ) -> None:
        self.bridge.run(self.service.test(tuple(books), text, scene), owner=owner, then=then, failed=failed)
