"""Which models answer: the default, each persona's own, and those that step in where one fails."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

from personadesk.domain.chat import ChatRequest, ModelInfo, ModelStatus, ReplyPiece
from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.domain.events import ChangeSet, ModelChanged
from personadesk.domain.ids import PersonaId
from personadesk.domain.providers import ChosenModelRef, ModelLine, PersonaModel, Provider
from personadesk.services.model_pool import LocalModel, ModelPool, NotAgreed, Pooled
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
from personadesk.services.ports import Database, Publish, Store
from personadesk.services.provider_ports import RefreshableModel
from personadesk.services.providers import stored_providers

log = logging.getLogger(__name__)


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
        self._pool = ModelPool(catalogue=catalogue, make=make, reach=reach, publish=publish)
        self._database = database
        self._publish = publish
        self._chosen = self._pool.local(catalogue.default)

    # -- the default model, as a ChatModel

    @property
    def key(self) -> str:
        return self._chosen.key

    @property
    def entry(self) -> ModelEntry:
        """The default model's, where its file is on this computer; else the one that ships."""
        catalogue = self._pool.catalogue
        return catalogue.default if self._chosen.provider else catalogue.get(self._chosen.key)

    @property
    def info(self) -> ModelInfo:
        return self._chosen.model.info

    @property
    def status(self) -> ModelStatus:
        return self._chosen.model.status

    async def refresh(self) -> ModelStatus:
        return await self._chosen.model.refresh()

    def stream(self, request: ChatRequest) -> AsyncIterator[ReplyPiece]:
        return self._pool.stream(self._chosen, request)

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """By the model that is chosen now; a later choice does not close it before it has counted."""
        return await self._pool.count_tokens(self._chosen, texts)

    async def warm_up(self) -> None:
        await self._pool.warm_up(self._chosen)

    async def close(self) -> None:
        await self._pool.close()

    # -- choosing

    async def recall(self) -> None:
        """Take up the choice made before; a model that is not known any more leaves the default in place."""
        chosen, providers = await self._database.read(
            lambda store: (store.settings.get(CHOSEN_SETTING), stored_providers(store))
        )
        if isinstance(chosen, str) and chosen != self.key:
            try:
                await self._use(self._pool.get(chosen, providers))
            except (NotFound, NotAgreed):
                log.info("the model chosen before can't be used any more")

    async def choose(self, key: str) -> ModelStatus:
        """Make another model the default. Raises NotFound for one that is not known, NotAgreed."""
        pooled = self._pool.get(key, await self._providers())
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
        await self._check(keys)
        await self._database.write(lambda store: store_fallbacks(store, keys))
        self._publish(ChangeSet(settings=frozenset({FALLBACKS_SETTING})))

    async def of_persona(self, persona_id: PersonaId) -> PersonaModel:
        return await self._database.read(lambda store: stored_persona_model(store, persona_id))

    async def set_of_persona(self, persona_id: PersonaId, choice: PersonaModel) -> None:
        """Let a persona answer with a model of its own, or in its own way. Raises NotFound, NotAgreed, InvalidInput."""
        await self._check([choice.key] if choice.key else [])
        await self._database.write(lambda store: store_persona_model(store, persona_id, choice))
        self._publish(ChangeSet(settings=frozenset({persona_setting(persona_id)})))

    async def forget(self, provider_id: str) -> None:
        """Take up what has changed about a provider: the next message is sent as it is set up then."""
        providers = await self._providers()
        known = self._pool.of(provider_id)
        if not known:
            # It may be one that came back, with the model chosen before.
            await self.recall()
        for pooled in known:
            await self._pool.retire(pooled)
            if pooled is self._chosen:
                try:
                    fresh = self._pool.get(pooled.key, providers)
                except (NotFound, NotAgreed):
                    fresh = self._pool.local(self._pool.catalogue.default)
                await self._use(fresh)

    # -- answering as a persona

    async def line_up(self, persona_id: PersonaId) -> "Sequence[Turn]":
        """The persona's model or the default, then those that step in.

        A persona that was given a model on this computer is never handed to another one elsewhere. Raises
        NotAgreed, or NotFound for a model that is not set up any more, where that leaves none.
        """

        def work(store: Store) -> tuple[PersonaModel, tuple[str, ...], tuple[Provider, ...]]:
            return stored_persona_model(store, persona_id), stored_fallbacks(store), stored_providers(store)

        choice, fallbacks, providers = await self._database.read(work)
        stays = bool(choice.key) and _is_near(choice.key, providers)
        found: list[Pooled] = []
        problem: UserFacingError | None = None
        for key in dict.fromkeys((choice.key or self.key, *fallbacks)):
            try:
                pooled = self._pool.get(key, providers)
            except (NotFound, NotAgreed) as error:
                problem = problem or error
            else:
                if pooled.on_this_computer or not stays:
                    found.append(pooled)
        if not found and problem is not None and (isinstance(problem, NotAgreed) or not self._chosen.on_this_computer):
            raise problem
        return [Turn(self._pool, pooled, choice) for pooled in found or [self._chosen]]

    async def status_for(self, persona_id: PersonaId) -> ModelStatus:
        """How it stands with the model that answers first as this persona. Raises NotAgreed."""
        return await (await self.line_up(persona_id))[0].refresh()

    async def warm_up_for(self, persona_id: PersonaId) -> None:
        await (await self.line_up(persona_id))[0].warm_up()

    # -- inside

    async def _providers(self) -> tuple[Provider, ...]:
        return await self._database.read(stored_providers)

    async def _check(self, keys: Sequence[str]) -> None:
        providers = await self._providers()
        for key in keys:
            self._pool.get(key, providers)

    async def _use(self, pooled: Pooled) -> None:
        before, self._chosen = self._chosen, pooled
        await self._pool.retire(before)
        self._publish(ModelChanged(pooled.model.status))
        await pooled.model.refresh()


def _is_near(key: str, providers: tuple[Provider, ...]) -> bool:
    """Whether a model is, or was, one on this computer."""
    ref = ChosenModelRef.of(key)
    return not ref.provider_id or any(item.id == ref.provider_id and item.on_this_computer for item in providers)


class Turn:
    """A ChatModel: one model of the pool, asked in the way chosen for a persona."""

    def __init__(self, pool: ModelPool, pooled: Pooled, choice: PersonaModel) -> None:
        self._pool = pool
        self._pooled = pooled
        info = pooled.model.info
        self._info = replace(info, sampling=sampling_of(choice, info.sampling))

    @property
    def info(self) -> ModelInfo:
        return self._info

    @property
    def status(self) -> ModelStatus:
        return self._pooled.model.status

    async def refresh(self) -> ModelStatus:
        """Look whether it is there."""
        return await self._pooled.model.refresh()

    def stream(self, request: ChatRequest) -> AsyncIterator[ReplyPiece]:
        return self._pool.stream(self._pooled, request)

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return await self._pool.count_tokens(self._pooled, texts)

    async def warm_up(self) -> None:
        await self._pool.warm_up(self._pooled)

    async def close(self) -> None:
        """Nothing: it is the pool's."""
