"""What the services need of servers that offer models, as Protocols. `providers/chat` implements them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from personadesk.domain.chat import ModelStatus
from personadesk.domain.ids import PersonaId
from personadesk.domain.providers import FoundServer, Provider, ProviderModel
from personadesk.services.ports import ChatModel, Publish

Key = Callable[[], Awaitable[str]]
"""Gives a provider's key when it is needed, "" where it has none."""


@dataclass(frozen=True, slots=True)
class ModelList:
    """What a server offers. `software` is what runs there, "" where it does not tell."""

    models: tuple[ProviderModel, ...]
    software: str = ""


class Connector(Protocol):
    """Knows the protocols. For the engine's loop."""

    async def models(self, provider: Provider, key: str) -> ModelList:
        """Ask for the list. Raises ModelError with what is wrong."""
        ...

    async def try_out(self, provider: Provider, model_id: str, key: str) -> None:
        """Let a model say a word. Raises ModelError with what is wrong."""
        ...

    async def find_local(self) -> Sequence[FoundServer]:
        """Ask the usual ports of this computer, and no other, who is there. Raises nothing."""
        ...

    def model(self, provider: Provider, model_id: str, key: Key, publish: Publish) -> ChatModel:
        """A model there, as one that can be talked with. Asks nothing yet."""
        ...


class RefreshableModel(ChatModel, Protocol):
    """A chat model that can be looked at without being loaded or asked."""

    async def refresh(self) -> ModelStatus:
        """Look whether it is there."""
        ...


class LineUp(Protocol):
    """Gives the models that answer as a persona, in the order in which they are asked."""

    async def line_up(self, persona_id: PersonaId) -> Sequence[ChatModel]: ...
