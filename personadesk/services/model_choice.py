"""Which models answer: the default, each persona's own, and those that step in where one fails."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from personadesk.domain.chat import ChatRequest, ModelInfo, ModelStatus, ReplyPiece
from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.domain.events import ChangeSet, Event, ModelChanged
from personadesk.domain.ids import PersonaId
from personadesk.domain.providers import ChosenModelRef, ModelLine, PersonaModel, Provider
from personadesk.services.model_settings import (
    CHOSEN_SETTING,
    FALLBACKS_SETTING,
    persona_setting,
    sampling_of,
    store_fallbacks,
    store_persona_model,
    stored_fallbacks,
    stored_persona_model,
)
from personadesk.services.models import KnownModels, ModelEntry
from personadesk.services.ports import ChatModel, Database, Publish, Store
from personadesk.services.provider_ports import RefreshableModel
from personadesk.services.providers import find_provider, stored_providers

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
class _Pooled:
    """A model that is there to be asked, and by how many at once it is."""

    key: str
    model: RefreshableModel
    provider: Provider | None = None
    busy: int = 0
    retired: bool = False


class ChosenModel:
    """A ChatModel that passes everything on to the default model, and a LineUp for personas.

    A reply that is being written when a choice changes is finished by the model that began it. Of the
    models on this computer one is loaded at a time, unless two are asked at once. Belongs to the
    engine's event loop.
    """

    def __init__(
        self,
        *,
        catalogue: KnownModels,
        make: Callable[[ModelEntry, Publish], LocalModel],
        database: Database,
        publish: Publish,
        reach: Callable[[Provider, str, Publish], RefreshableModel] | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._make = make
        self._reach = reach
        self._database = database
        self._publish = publish
        self._pool: dict[str, _Pooled] = {}
        self._retired: set[_Pooled] = set()
        self._chosen = self._local(catalogue.default)

    # -- the default model, as a ChatModel

    @property
    def key(self) -> str:
        return self._chosen.key

    @property
    def entry(self) -> ModelEntry:
        """The default model's, where its file is on this computer; else the one that ships."""
        return self._catalogue.default if self._chosen.provider else self._catalogue.get(self._chosen.key)

    @property
    def info(self) -> ModelInfo:
        return self._chosen.model.info

    @property
    def status(self) -> ModelStatus:
        return self._chosen.model.status

    async def refresh(self) -> ModelStatus:
        return await self._chosen.model.refresh()

    def stream(self, request: ChatRequest) -> AsyncIterator[ReplyPiece]:
        return self.stream_by(self._chosen, request)

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """By the model that is chosen now; a later choice does not close it before it has counted."""
        return await self.count_by(self._chosen, texts)

    async def warm_up(self) -> None:
        await self.warm_up_by(self._chosen)

    async def close(self) -> None:
        await asyncio.gather(*(pooled.model.close() for pooled in {*self._pool.values(), *self._retired}))

    # -- choosing

    async def recall(self) -> None:
        """Take up the choice made before; a model that is not known any more leaves the default in place."""
        chosen, providers = await self._database.read(
            lambda store: (store.settings.get(CHOSEN_SETTING), stored_providers(store))
        )
        if isinstance(chosen, str) and chosen != self.key:
            try:
                await self._use(self._pooled(chosen, providers))
            except (NotFound, NotAgreed):
                log.info("the model chosen before can't be used any more")

    async def choose(self, key: str) -> ModelStatus:
        """Make another model the default. Raises NotFound for one that is not known, NotAgreed."""
        pooled = self._pooled(key, await self._providers())
        await self._database.write(lambda store: store.settings.set(CHOSEN_SETTING, key))
        if pooled is not self._chosen:
            await self._use(pooled)
        self._publish(ChangeSet(settings=frozenset({CHOSEN_SETTING})))
        return self.status

    async def line(self) -> ModelLine:
        """The default model and those that step in."""
        return ModelLine(self.key, await self._database.read(stored_fallbacks))

    async def set_fallbacks(self, keys: Sequence[str]) -> None:
        """Name the models that step in, in order. Raises NotFound, NotAgreed."""
        self._check(keys, await self._providers())
        await self._database.write(lambda store: store_fallbacks(store, keys))
        self._publish(ChangeSet(settings=frozenset({FALLBACKS_SETTING})))

    async def of_persona(self, persona_id: PersonaId) -> PersonaModel:
        return await self._database.read(lambda store: stored_persona_model(store, persona_id))

    async def set_of_persona(self, persona_id: PersonaId, choice: PersonaModel) -> None:
        """Let a persona answer with a model of its own, or in its own way. Raises NotFound, NotAgreed, InvalidInput."""
        self._check([choice.key] if choice.key else [], await self._providers())
        await self._database.write(lambda store: store_persona_model(store, persona_id, choice))
        self._publish(ChangeSet(settings=frozenset({persona_setting(persona_id)})))

    async def forget(self, provider_id: str) -> None:
        """Take up what has changed about a provider: the next message is sent as it is set up then."""
        providers = await self._providers()
        for pooled in [item for item in self._pool.values() if item.provider and item.provider.id == provider_id]:
            self._pool.pop(pooled.key)
            if pooled is self._chosen:
                try:
                    fresh = self._pooled(pooled.key, providers)
                except (NotFound, NotAgreed):
                    fresh = self._local(self._catalogue.default)
                await self._use(fresh)
            else:
                await self._retire(pooled)

    # -- answering as a persona

    async def line_up(self, persona_id: PersonaId) -> Sequence[ChatModel]:
        """The persona's model or the default, then those that step in. Raises NotAgreed, where that leaves none."""

        def work(store: Store) -> tuple[PersonaModel, tuple[str, ...], tuple[Provider, ...]]:
            return stored_persona_model(store, persona_id), stored_fallbacks(store), stored_providers(store)

        choice, fallbacks, providers = await self._database.read(work)
        found: list[_Pooled] = []
        problem: UserFacingError | None = None
        for key in dict.fromkeys((choice.key or self.key, *fallbacks)):
            try:
                found.append(self._pooled(key, providers))
            except NotAgreed as error:
                problem = problem or error
            except NotFound:
                log.info("a model that was to answer is not known any more")
        if not found and problem is not None:
            raise problem
        return [_Turn(self, pooled, choice) for pooled in found or [self._chosen]]

    async def status_for(self, persona_id: PersonaId) -> ModelStatus:
        """How it stands with the model that answers first as this persona. Raises NotAgreed."""
        first = (await self.line_up(persona_id))[0]
        pooled = self._pool.get(first.info.id, self._chosen)
        return await pooled.model.refresh()

    async def warm_up_for(self, persona_id: PersonaId) -> None:
        await (await self.line_up(persona_id))[0].warm_up()

    # -- for _Turn

    async def stream_by(self, pooled: _Pooled, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        async with self._using(pooled):
            pieces = pooled.model.stream(request)
            try:
                async for piece in pieces:
                    yield piece
            finally:
                if isinstance(pieces, AsyncGenerator):
                    await pieces.aclose()

    async def count_by(self, pooled: _Pooled, texts: Sequence[str]) -> list[int]:
        async with self._using(pooled):
            return await pooled.model.count_tokens(texts)

    async def warm_up_by(self, pooled: _Pooled) -> None:
        async with self._using(pooled):
            await pooled.model.warm_up()

    # -- inside

    async def _providers(self) -> tuple[Provider, ...]:
        return await self._database.read(stored_providers)

    def _check(self, keys: Sequence[str], providers: tuple[Provider, ...]) -> None:
        for key in keys:
            self._pooled(key, providers)

    def _pooled(self, key: str, providers: tuple[Provider, ...]) -> _Pooled:
        """The model of a key, made where it is asked for first. Raises NotFound, NotAgreed."""
        ref = ChosenModelRef.of(key)
        if not ref.provider_id:
            return self._local(self._catalogue.get(key))
        provider = find_provider(providers, ref.provider_id)
        if not provider.agreed and not provider.on_this_computer:
            raise NotAgreed(provider)
        there = self._pool.get(key)
        if there is None or there.provider != provider:
            if self._reach is None:
                raise NotFound("This model can't be reached from here.", "Choose another one in Settings, Models.")
            made = _Pooled(key, self._reach(provider, ref.model_id, self._pass_on), provider)
            if there is not None:
                there.retired = True
                self._retired.add(there)
                if there is self._chosen:
                    self._chosen = made
            there = self._pool[key] = made
        return there

    def _local(self, entry: ModelEntry) -> _Pooled:
        if entry.id not in self._pool:
            self._pool[entry.id] = _Pooled(entry.id, self._make(entry, self._pass_on))
        return self._pool[entry.id]

    def _pass_on(self, event: Event) -> None:
        """Publish what models say of themselves; one that only finishes its reply is silent."""
        if not isinstance(event, ModelChanged) or event.status.info.id in self._pool:
            self._publish(event)

    async def _use(self, pooled: _Pooled) -> None:
        before, self._chosen = self._chosen, pooled
        self._pool.pop(before.key, None)
        self._pool[pooled.key] = pooled
        await self._retire(before)
        self._publish(ModelChanged(pooled.model.status))
        await pooled.model.refresh()

    async def _retire(self, pooled: _Pooled) -> None:
        pooled.retired = True
        self._retired.add(pooled)
        await self._close_if_idle(pooled)

    @asynccontextmanager
    async def _using(self, pooled: _Pooled) -> AsyncGenerator[None, None]:
        """Keep a model from being closed while it is asked; one that was retired meanwhile is closed afterwards."""
        pooled.busy += 1
        try:
            await self._make_room_for(pooled)
            yield
        finally:
            pooled.busy -= 1
            await self._close_if_idle(pooled)

    async def _make_room_for(self, pooled: _Pooled) -> None:
        """Let the other models on this computer rest: two at once would need the memory of both."""
        if pooled.provider is not None:
            return
        for other in list(self._pool.values()):
            if other is not pooled and other.provider is None and not other.busy:
                rest = getattr(other.model, "rest", None)
                if rest is not None:
                    await rest()

    async def _close_if_idle(self, pooled: _Pooled) -> None:
        if pooled.retired and not pooled.busy and pooled in self._retired:
            self._retired.discard(pooled)
            await pooled.model.close()


class _Turn:
    """A ChatModel: one model of the pool, asked in the way chosen for a persona."""

    def __init__(self, owner: ChosenModel, pooled: _Pooled, choice: PersonaModel) -> None:
        self._owner = owner
        self._pooled = pooled
        info = pooled.model.info
        self._info = replace(info, sampling=sampling_of(choice, info.sampling))

    @property
    def info(self) -> ModelInfo:
        return self._info

    @property
    def status(self) -> ModelStatus:
        return self._pooled.model.status

    def stream(self, request: ChatRequest) -> AsyncIterator[ReplyPiece]:
        return self._owner.stream_by(self._pooled, request)

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return await self._owner.count_by(self._pooled, texts)

    async def warm_up(self) -> None:
        await self._owner.warm_up_by(self._pooled)

    async def close(self) -> None:
        """Nothing: it is its owner's."""
