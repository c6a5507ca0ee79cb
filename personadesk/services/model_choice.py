"""Which of the models answers: one at a time, chosen by the user, remembered in the store."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from personadesk.domain.chat import ChatRequest, ModelInfo, ModelStatus, ReplyPiece
from personadesk.domain.errors import NotFound
from personadesk.domain.events import Event, ModelChanged
from personadesk.services.models import Catalogue, ModelEntry
from personadesk.services.ports import ChatModel, Database, Publish, Store

log = logging.getLogger(__name__)

CHOSEN_SETTING = "model.chosen"


class LocalModel(ChatModel, Protocol):
    """A chat model whose file is on this computer, or is not."""

    async def refresh(self) -> ModelStatus:
        """Look whether the file is there, without reading it."""
        ...


class ChosenModel:
    """The ChatModel the rest of the program talks to: it passes everything on to the chosen one.

    A reply that is being written when the choice changes is finished by the model that began it.
    Belongs to the engine's event loop.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        make: Callable[[ModelEntry, Publish], LocalModel],
        database: Database,
        publish: Publish,
    ) -> None:
        self._catalogue = catalogue
        self._make = make
        self._database = database
        self._publish = publish
        self._entry = catalogue.default
        self._model = make(catalogue.default, self._pass_on)
        self._busy: dict[LocalModel, int] = {}
        self._retired: set[LocalModel] = set()

    @property
    def entry(self) -> ModelEntry:
        return self._entry

    @property
    def info(self) -> ModelInfo:
        return self._model.info

    @property
    def status(self) -> ModelStatus:
        return self._model.status

    async def recall(self) -> None:
        """Take up the choice made before; a model that is not known any more leaves the default in place."""

        def work(store: Store) -> object:
            return store.settings.get(CHOSEN_SETTING)

        chosen = await self._database.read(work)
        if isinstance(chosen, str) and chosen != self._entry.id:
            try:
                await self._use(self._catalogue.get(chosen))
            except NotFound:
                log.info("the model chosen before is not known any more")

    async def choose(self, model_id: str) -> ModelStatus:
        """Let another model answer from now on. Raises NotFound for one that is not in the catalogue."""
        entry = self._catalogue.get(model_id)
        await self._database.write(lambda store: store.settings.set(CHOSEN_SETTING, model_id))
        if entry.id != self._entry.id:
            await self._use(entry)
        return self.status

    async def refresh(self) -> ModelStatus:
        return await self._model.refresh()

    def stream(self, request: ChatRequest) -> AsyncIterator[ReplyPiece]:
        return self._stream(self._model, request)

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """By the model that is chosen now; a later choice does not close it before it has counted."""
        model = self._model
        async with self._using(model):
            return await model.count_tokens(texts)

    async def warm_up(self) -> None:
        model = self._model
        async with self._using(model):
            await model.warm_up()

    async def close(self) -> None:
        await asyncio.gather(self._model.close(), *(model.close() for model in self._retired))

    def _pass_on(self, event: Event) -> None:
        """Publish what the chosen model says of itself; one that only finishes its reply is silent."""
        if not isinstance(event, ModelChanged) or event.status.info.id == self._entry.id:
            self._publish(event)

    async def _use(self, entry: ModelEntry) -> None:
        before, self._model, self._entry = self._model, self._make(entry, self._pass_on), entry
        self._retired.add(before)
        await self._close_if_idle(before)
        self._publish(ModelChanged(self._model.status))
        await self._model.refresh()

    async def _stream(self, model: LocalModel, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        async with self._using(model):
            pieces = model.stream(request)
            try:
                async for piece in pieces:
                    yield piece
            finally:
                if isinstance(pieces, AsyncGenerator):
                    await pieces.aclose()

    @asynccontextmanager
    async def _using(self, model: LocalModel) -> AsyncGenerator[None, None]:
        """Keep a model from being closed while it is asked; one that was retired meanwhile is closed afterwards."""
        self._busy[model] = self._busy.get(model, 0) + 1
        try:
            yield
        finally:
            self._busy[model] -= 1
            await self._close_if_idle(model)

    async def _close_if_idle(self, model: LocalModel) -> None:
        if model in self._retired and not self._busy.get(model):
            self._retired.discard(model)
            self._busy.pop(model, None)
            await model.close()
