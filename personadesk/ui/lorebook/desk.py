"""What opens lorebooks from the window: the shelf, and files that were dropped."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from personadesk.ui.bridge import Bridge
from personadesk.ui.roster import Roster
from personadesk.ui.theme.source import ThemeSource

if TYPE_CHECKING:
    # Imported when they are opened.
    from personadesk.domain.ids import ConversationId, PersonaId
    from personadesk.services.lorebooks import LorebookService, OpenBook
    from personadesk.ui.chat.chat_pane import ChatPane
    from personadesk.ui.lorebook.inspector_page import LorePage
    from personadesk.ui.lorebook.shelf_dialog import ShelfDialog

ENDINGS = frozenset({".json", ".lorebook"})


class LorebookDesk(QObject):
    """Made with the window; joined to the service once the store is open."""

    def __init__(self, *, bridge: Bridge, roster: Roster, themes: ThemeSource, window: QWidget) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._roster = roster
        self._themes = themes
        self._window = window
        self.service: LorebookService | None = None
        self._shelf: ShelfDialog | None = None
        self._page: LorePage | None = None
        self._chat: ChatPane | None = None

    def attach(self, service: "LorebookService", chat: "ChatPane | None" = None) -> None:
        """Join the service; what is read is shown beside the chat."""
        self.service = service
        if chat is not None and self._page is None:
            self._add_page(service, chat)

    def open_shelf(self) -> None:
        """Show every lorebook."""
        self._show_shelf()

    def offer(self, paths: Sequence[Path], *, otherwise: Callable[[list[Path]], None]) -> None:
        """Put the lorebooks among dropped files on the shelf, and leave the others to `otherwise`."""
        if self.service is None or not any(path.suffix.lower() in ENDINGS for path in paths):
            otherwise(list(paths))
            return
        from personadesk.ui.lorebook.files import lorebooks_among

        def part(books: frozenset[Path]) -> None:
            rest = [path for path in paths if path not in books]
            if rest:
                otherwise(rest)
            self._bring_in([path for path in paths if path in books])

        self._bridge.run(lorebooks_among(paths), owner=self, then=part)

    def _add_page(self, service: "LorebookService", chat: "ChatPane") -> None:
        from personadesk.ui.lorebook.inspector_page import LorePage

        page = LorePage(bridge=self._bridge, service=service, themes=self._themes)
        page.shelf_requested.connect(self.open_shelf)
        page.entry_wanted.connect(self._show_entry)
        chat.inspector.add_page(self.tr("Lorebook"), page)
        self._page = page
        self._chat = chat
        chat.shown.connect(self._follow)

    @property
    def _conversing(self) -> "tuple[PersonaId, ConversationId] | None":
        """Whose conversation is on screen, or was last, and which."""
        chat = self._chat
        if chat is None or chat.persona_id is None or chat.conversation_id is None:
            return None
        return chat.persona_id, chat.conversation_id

    def _follow(self, _persona_id: object) -> None:
        about = self._conversing
        if self._page is not None and about is not None:
            self._page.show_chat(*about)

    def _show_entry(self, opened: "OpenBook", uid: str) -> None:
        from personadesk.ui.lorebook.shelf_actions import show_book

        if self.service is not None:
            dialog = show_book(
                self._window,
                bridge=self._bridge,
                service=self.service,
                themes=self._themes,
                opened=opened,
                chat=self._conversing,
            )
            dialog.editor.show_entry(uid)

    def _bring_in(self, paths: Sequence[Path]) -> None:
        shelf = self._show_shelf() if paths else None
        if shelf is not None:
            for path in paths:
                shelf.doing.bring_in(path)

    def _show_shelf(self) -> "ShelfDialog | None":
        if self.service is None:
            return None
        if self._shelf is None:
            from personadesk.ui.lorebook.shelf_dialog import HEIGHT_PX, ShelfDialog

            self._shelf = ShelfDialog(
                bridge=self._bridge,
                service=self.service,
                roster=self._roster,
                themes=self._themes,
                parent=self._window,
                chat=self._conversing,
            )
            self._shelf.destroyed.connect(self._forget_shelf)
            self._shelf.show_fitting(HEIGHT_PX)
        self._shelf.raise_()
        return self._shelf

    def _forget_shelf(self) -> None:
        self._shelf = None
