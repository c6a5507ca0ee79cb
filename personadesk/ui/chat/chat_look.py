"""How a chat looks: the persona's face, the model's state, the theme."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from personadesk.domain.chat import ModelState, ModelStatus
from personadesk.ui.chat.chat_header import ChatHeader
from personadesk.ui.chat.open_chat import OpenChat
from personadesk.ui.chat.transcript_view import TranscriptView
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.widgets.avatars import Avatars

AVATAR_PX = 36


class ChatLook(QObject):
    """The pane's child."""

    def __init__(
        self,
        *,
        pane: QWidget,
        current: OpenChat,
        header: ChatHeader,
        view: TranscriptView,
        avatars: Avatars,
        desk: ModelDesk,
        themes: ThemeSource,
    ) -> None:
        super().__init__(pane)
        self._pane = pane
        self._current = current
        self._header = header
        self._view = view
        self._avatars = avatars
        self._desk = desk
        self._themes = themes
        desk.changed.connect(self._show_model)
        avatars.ready.connect(self.show_face)
        themes.changed.connect(self._apply_theme)
        view.verticalScrollBar().setStyleSheet(scroll_bar_style(themes.theme))
        self._show_model(desk.status)

    def show_face(self, ready: str | None = None) -> None:
        """Show the persona's face; with `ready`, the avatar that was just decoded, only if it is theirs."""
        summary = self._current.summary
        if summary is None or ready not in (None, summary.avatar):
            return
        face = self._avatars.portrait(
            name=summary.shown_name, avatar=summary.avatar, size_px=AVATAR_PX, ratio=self._pane.devicePixelRatioF()
        )
        self._view.set_persona(summary.shown_name, face)

    def _show_model(self, status: ModelStatus) -> None:
        self._header.show_model(status)
        if status.state is ModelState.LOADING:
            self._view.set_reply_step(self.tr("Waking the model…"))
        else:
            self._view.set_reply_step("")

    def _apply_theme(self, _theme: object) -> None:
        self._view.set_theme(self._themes.theme)
        self._view.verticalScrollBar().setStyleSheet(scroll_bar_style(self._themes.theme))
        self._header.show_model(self._desk.status)
