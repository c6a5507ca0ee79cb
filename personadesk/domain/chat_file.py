"""A conversation on its way out of the program, and what it can be written as."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from personadesk.domain.conversation import Role


class ChatFormat(StrEnum):
    SILLYTAVERN = "sillytavern"
    JSON = "json"
    MARKDOWN = "markdown"
    TEXT = "text"
    HTML = "html"


CHAT_ENDINGS = {
    ChatFormat.SILLYTAVERN: ".jsonl",
    ChatFormat.JSON: ".json",
    ChatFormat.MARKDOWN: ".md",
    ChatFormat.TEXT: ".txt",
    ChatFormat.HTML: ".html",
}


@dataclass(frozen=True, slots=True)
class WrittenMessage:
    """`swipes` holds at least one text, the `shown`-th of them is the one on screen. `sent_at` is aware UTC.

    `models` wrote the swipes, one each; empty where no model wrote any.
    """

    role: Role
    swipes: tuple[str, ...]
    shown: int
    sent_at: datetime
    models: tuple[str, ...] = ()
    starred: bool = False
    pinned: bool = False
    note: str = ""
    files: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.swipes[self.shown]

    @property
    def model(self) -> str:
        """The one that wrote what is on screen."""
        return self.models[self.shown] if self.models else ""


@dataclass(frozen=True, slots=True)
class WrittenChat:
    """`persona` and `user` are the names that stand before what they said."""

    title: str
    persona: str
    user: str
    started_at: datetime
    messages: tuple[WrittenMessage, ...]

    def speaker(self, message: WrittenMessage) -> str:
        return self.user if message.role is Role.USER else self.persona
