"""Where the inspector stands: beside the chat, in its place, or away."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from personadesk.domain.ids import PersonaId
from personadesk.ui.chat.chat_header import ChatHeader
from personadesk.ui.chat.composer import Composer
from personadesk.ui.dialogs.frame import BODY_POINTS
from personadesk.ui.memory.inspector import Inspector

INSPECTOR_PX = 300
INSPECTOR_FROM_PX = 820
"""A pane at least this wide has room for the inspector beside the chat."""

ANY_WIDTH_PX = 16_777_215  # QWIDGETSIZE_MAX
LEAST_CHAT_PX = 300
"""Where less would be left of the chat, the inspector takes its place."""


class InspectorPlace(QObject):
    """The pane's child. `talk` is what the inspector stands beside."""

    def __init__(
        self, *, pane: QWidget, talk: QWidget, inspector: Inspector, header: ChatHeader, composer: Composer
    ) -> None:
        super().__init__(pane)
        self._pane = pane
        self._talk = talk
        self._inspector = inspector
        self._header = header
        self._composer = composer
        self._wanted: bool | None = None
        header.memory_requested.connect(self.toggle)

    def look_for(self, persona_id: PersonaId, words: str) -> None:
        """Show a persona's memories that hold these words, beside its chat."""
        self._wanted = True
        self.place()
        self._inspector.look_for(persona_id, words)

    def show_page(self, page: QWidget) -> None:
        """Show one of the inspector's pages and go there."""
        self._wanted = True
        self.place()
        self._inspector.pages.show_widget(page)
        page.setFocus(Qt.FocusReason.OtherFocusReason)

    def toggle(self) -> None:
        """Show or hide what the persona knows; remembered while the program runs."""
        self._wanted = not self._inspector.isVisible()
        self.place()
        if self._wanted:
            self._inspector.focus_first()
        else:
            self._composer.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def place(self) -> None:
        """Beside the chat where there is room for both; alone where there is not and it was asked for."""
        pane = self._pane
        larger = max(pane.font().pointSizeF() / BODY_POINTS, 1.0)
        width = round(INSPECTOR_PX * larger)
        room = pane.width()
        roomy = room >= INSPECTOR_FROM_PX * larger
        shown = roomy if self._wanted is None else self._wanted
        alone = shown and room - width < LEAST_CHAT_PX * larger
        self._inspector.setMinimumWidth(0 if alone else width)
        self._inspector.setMaximumWidth(ANY_WIDTH_PX if alone else width)
        self._inspector.setVisible(shown)
        self._talk.setVisible(not alone)
        self._header.memory.setChecked(shown)
        if pane.width() != room:
            # Showing a part can settle a resize that was under way: what was reckoned above is old then.
            self.place()

    def make_way(self) -> None:
        """Where the inspector hides the chat, give the chat its place again."""
        if not self._talk.isVisible():
            self._wanted = False
            self.place()
