"""Everything the library does that needs the store: joined to the page once the store is open."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, SignalInstance
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

    def __init__(
        self,
        *,
        bridge: Bridge,
        page: LibraryPage,
        service: "LibraryService",
        personas: PersonaActions,
        toasts: ToastStack,
        closing: SignalInstance,
        export: CardExport | None = None,
    ) -> None:
        """Without `export` no card can be carried out of the window."""
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
        self.carrier = CardCarrier(bridge=bridge, roster=roster, avatars=page.avatars, grid=page.grid)
        self.carrier.card_export = export
        closing.connect(self.carrier.clear)
        application = QCoreApplication.instance()
        if application is not None:
            # A signal ends the program without closing its window.
            application.aboutToQuit.connect(self.carrier.clear)
        self.trash.left.connect(personas.left)
        personas.select_requested.connect(self.select)
        personas.tag_requested.connect(self.choose_tag)
        toasts.keep_clear_of(page.bar)

    def select(self, persona_id: PersonaId) -> None:
        """Begin selecting, with this one."""
        selection = self._page.grid.selection
        selection.set_ids(selection.held | {persona_id})

    def choose_tag(self, persona_id: PersonaId) -> None:
        """Let a tag be chosen or made for one persona, where the pointer is."""
        self.actions.choose_tag_for([persona_id], QCursor.pos())
