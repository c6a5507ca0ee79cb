"""Everything the library does that needs the store: joined to the page once the store is open."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QCursor

from personadesk.domain.ids import PersonaId
from personadesk.ui.bridge import Bridge
from personadesk.ui.library.card_carrier import CardCarrier, CardExport
from personadesk.ui.library.library_actions import LibraryActions
from personadesk.ui.library.library_page import LibraryPage
from personadesk.ui.library.tag_desk import TagDesk
from personadesk.ui.library.trash_actions import TrashActions
from personadesk.ui.persona_actions import PersonaActions
from personadesk.ui.widgets.toasts import ToastStack

if TYPE_CHECKING:
    from personadesk.services.library import LibraryService


class LibraryDesk(QObject):
    """GUI thread."""

    left = Signal(object)  # PersonaId that is going to the trash

    def __init__(
        self,
        *,
        bridge: Bridge,
        page: LibraryPage,
        service: "LibraryService",
        personas: PersonaActions,
        toasts: ToastStack,
    ) -> None:
        window = page.window()
        super().__init__(window)
        self._page = page
        roster, themes = page.roster, page.themes
        self.actions = LibraryActions(
            bridge=bridge, roster=roster, themes=themes, toasts=toasts, page=page, service=service, window=window
        )
        self.trash = TrashActions(
            bridge=bridge, roster=roster, toasts=toasts, page=page, service=service, window=window
        )
        self.tags = TagDesk(
            bridge=bridge,
            roster=roster,
            themes=themes,
            page=page,
            actions=self.actions,
            service=service,
            window=window,
        )
        self._carrier = CardCarrier(bridge=bridge, roster=roster, avatars=page.avatars, grid=page.grid)
        self.trash.left.connect(self.left)
        personas.select_requested.connect(self.select)
        personas.tag_requested.connect(self.choose_tag)
        toasts.keep_clear_of(page.bar)

    @property
    def card_export(self) -> CardExport | None:
        """What writes the cards that are carried out of the window; without it none can be."""
        return self._carrier.card_export

    @card_export.setter
    def card_export(self, export: CardExport | None) -> None:
        self._carrier.card_export = export

    def select(self, persona_id: PersonaId) -> None:
        """Begin selecting, with this one."""
        selection = self._page.grid.selection
        selection.set_ids(selection.held | {persona_id})

    def choose_tag(self, persona_id: PersonaId) -> None:
        """Let a tag be chosen or made for one persona, where the pointer is."""
        self.actions.choose_tag_for([persona_id], QCursor.pos())

    def close(self) -> None:
        """The window is going."""
        self._carrier.clear()
