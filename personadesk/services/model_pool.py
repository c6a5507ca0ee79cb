"""The models there are to be asked just now: made when they are first asked for, closed when nobody asks any more."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from personadesk.domain.chat import ChatRequest, ReplyPiece
from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.domain.events import Event, ModelChanged
from personadesk.domain.providers import ChosenModelRef, Provider
from personadesk.services.models import KnownModels, ModelEntry
from personadesk.services.ports import Publish
from personadesk.services.provider_ports import RefreshableModel
from personadesk.services.providers import find_provider

log = logging.getLogger(__name__)


class LocalModel(RefreshableModel, Protocol):
    """A chat model whose file is on this computer, or is not."""

    async def rest(self) -> None:
        """Let go of its memory; the next message loads it again."""
        ...


class NotAgreed(UserFacingError):
    """The user has not been told yet what is sent to a provider that is not on this computer."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(
            f"Nothing is sent to {provider.name} before you have agreed to it.", "Choose its model in Settings, Models."
        )
        self.provider = provider


@dataclass(eq=False, slots=True)
class Pooled:
    """A model that is there to be asked, and by how many at once it is. `local` is itself, where it is local."""

    key: str
    model: RefreshableModel
    local: LocalModel | None = None
    provider: Provider | None = None
    busy: int = 0
    retired: bool = False

    @property
    def on_this_computer(self) -> bool:
        return self.provider is None or self.provider.on_this_computer


class ModelPool:
    """Of the models on this computer one is loaded at a time, unless two are asked at once. For the engine's loop."""

    def __init__(
        self,
        *,
        catalogue: KnownModels,
        make: Callable[[ModelEntry, Publish], LocalModel],
        reach: Callable[[Provider, str, Publish], RefreshableModel] | None,
        publish: Publish,
    ) -> None:
        self.catalogue = catalogue
        self._make = make
        self._reach = reach
        self._publish = publish
        self._pool: dict[str, Pooled] = {}
        self._retired: set[Pooled] = set()

    def get(self, key: str, providers: tuple[Provider, ...]) -> Pooled:
        """The model of a key, made where it is asked for first. Raises NotFound, NotAgreed."""
        ref = ChosenModelRef.of(key)
        if not ref.provider_id:
            return self.local(self.catalogue.get(key))
        provider = find_provider(providers, ref.provider_id)
        if not provider.agreed and not provider.on_this_computer:
            raise NotAgreed(provider)
        # Other models of its list are nothing to this one.
        provider = replace(provider, models=(provider.model(ref.model_id),))
        there = self._pool.get(key)
        if there is None or there.provider != provider:
            if self._reach is None:
                raise NotFound("This model can't be reached from here.", "Choose another one in Settings, Models.")
            if there is not None:
                there.retired = True
                self._retired.add(there)
            model = self._reach(provider, ref.model_id, self._pass_on)
            there = self._pool[key] = Pooled(key, model, provider=provider)
        return there

    def local(self, entry: ModelEntry) -> Pooled:
        if entry.id not in self._pool:
            model = self._make(entry, self._pass_on)
            self._pool[entry.id] = Pooled(entry.id, model, local=model)
        return self._pool[entry.id]

    def of(self, provider_id: str) -> list[Pooled]:
        """Those of one provider."""
        return [item for item in self._pool.values() if item.provider and item.provider.id == provider_id]

    async def retire(self, pooled: Pooled) -> None:
        """Give it to nobody any more; whoever asks it just now is answered."""
        if self._pool.get(pooled.key) is pooled:
            del self._pool[pooled.key]
        pooled.retired = True
        self._retired.add(pooled)
        await self._close_if_idle(pooled)

    async def close(self) -> None:
        await asyncio.gather(*(pooled.model.close() for pooled in {*self._pool.values(), *self._retired}))

    # -- asking

    async def stream(self, pooled: Pooled, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        async with self._using(pooled):
            pieces = pooled.model.stream(request)
            try:
                async for piece in pieces:
                    yield piece
            finally:
                if isinstance(pieces, AsyncGenerator):
                    await pieces.aclose()

    async def count_tokens(self, pooled: Pooled, texts: Sequence[str]) -> list[int]:
        async with self._using(pooled):
            return await pooled.model.count_tokens(texts)

    async def warm_up(self, pooled: Pooled) -> None:
        async with self._using(pooled):
            await pooled.model.warm_up()

    # -- inside

    def _pass_on(self, event: Event) -> None:
        """Publish what models say of themselves; one that only finishes its reply is silent."""
        if not isinstance(event, ModelChanged) or event.status.info.id in self._pool:
            self._publish(event)

    @asynccontextmanager
    async def _using(self, pooled: Pooled) -> AsyncGenerator[None, None]:
        """Keep a model from being closed while it is asked; one that was retired meanwhile is closed afterwards."""
        pooled.busy += 1
        try:
            if pooled.local is not None:
                await self._let_others_rest(pooled)
            yield
        finally:
            pooled.busy -= 1
            await self._close_if_idle(pooled)

    async def _let_others_rest(self, pooled: Pooled) -> None:
        """Two models on this computer at once would need the memory of both."""
        for other in list(self._pool.values()):
            if other is not pooled and other.local is not None and not other.busy:
                await other.local.rest()

    async def _close_if_idle(self, pooled: Pooled) -> None:
        if pooled.retired and not pooled.busy and pooled in self._retired:
            self._retired.discard(pooled)
            await pooled.model.close()
