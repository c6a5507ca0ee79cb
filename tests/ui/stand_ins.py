"""Stand-ins for the outside world: a chat model that says what a test tells it, and a fetcher of model files."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from personadesk.domain.chat import (
    ChatRequest,
    FetchProgress,
    FinishReason,
    ModelInfo,
    ModelState,
    ModelStatus,
    ReplyPiece,
)
from personadesk.domain.errors import PersonaDeskError
from personadesk.domain.events import ModelChanged
from personadesk.domain.ids import PersonaId
from personadesk.domain.providers import ModelLine, PersonaModel
from personadesk.services.ports import Publish

INFO = ModelInfo("smollm2-135m-instruct", "Basic", "on this computer", context_tokens=4096, small=True)


class ScriptedStream:
    """One reply. The test feeds it from its own thread."""

    def __init__(self, request: ChatRequest) -> None:
        self.request = request
        self.closed = False
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[ReplyPiece | PersonaDeskError] = asyncio.Queue()

    def feed(self, text: str) -> None:
        self._put(ReplyPiece(text))

    def end(self) -> None:
        self._put(ReplyPiece("", FinishReason.STOP))

    def fail(self, problem: PersonaDeskError) -> None:
        self._put(problem)

    async def pieces(self) -> AsyncIterator[ReplyPiece]:
        try:
            while True:
                piece = await self._pieces.get()
                if isinstance(piece, PersonaDeskError):
                    raise piece
                yield piece
                if piece.finish is not None:
                    return
        finally:
            self.closed = True

    def _put(self, piece: ReplyPiece | PersonaDeskError) -> None:
        self._loop.call_soon_threadsafe(self._pieces.put_nowait, piece)


class ScriptedModel:
    """A ChatModel. With `answer` set every reply is that text at once; else each waits for its ScriptedStream."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self.info = INFO
        self.status = ModelStatus(INFO, ModelState.READY)
        self.streams: list[ScriptedStream] = []
        self.answer = ""
        self.chosen: list[str] = []
        self.choices: dict[PersonaId, PersonaModel] = {}

    def become(self, state: ModelState, sentence: str = "", next_step: str = "") -> None:
        self.status = ModelStatus(INFO, state, sentence, next_step)
        self._publish(ModelChanged(self.status))

    async def stream(self, request: ChatRequest) -> AsyncIterator[ReplyPiece]:
        stream = ScriptedStream(request)
        if self.answer:
            stream.feed(self.answer)
            stream.end()
        self.streams.append(stream)
        async for piece in stream.pieces():
            yield piece

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // 4 + 1 for text in texts]

    async def refresh(self) -> ModelStatus:
        return self.status

    async def warm_up(self) -> None:
        return None

    async def choose(self, model_id: str) -> ModelStatus:
        self.chosen.append(model_id)
        return self.status

    async def line(self) -> ModelLine:
        return ModelLine(self.info.id)

    async def set_fallbacks(self, keys: Sequence[str]) -> None:
        return None

    async def of_persona(self, persona_id: PersonaId) -> PersonaModel:
        return self.choices.get(persona_id, PersonaModel())

    async def set_of_persona(self, persona_id: PersonaId, choice: PersonaModel) -> None:
        self.choices[persona_id] = choice

    async def status_for(self, persona_id: PersonaId) -> ModelStatus:
        return self.status

    async def warm_up_for(self, persona_id: PersonaId) -> None:
        return None

    async def close(self) -> None:
        return None


class ScriptedFetcher:
    """A ModelFetcher. A fetch goes on until the test ends it."""

    def __init__(self) -> None:
        self.report: Callable[[FetchProgress], None] | None = None
        self.adopted: list[Path] = []
        self.cancelled = False
        self.here = {INFO.id}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Future[Path] | None = None

    async def fetch(self, model_id: str, progress: Callable[[FetchProgress], None]) -> Path:
        self._loop = asyncio.get_running_loop()
        self._ending = self._loop.create_future()
        self.report = progress
        try:
            return await self._ending
        except asyncio.CancelledError:
            self.cancelled = True
            raise

    async def is_here(self, model_id: str) -> bool:
        return model_id in self.here

    async def adopt(self, model_id: str, picked: Path, progress: Callable[[FetchProgress], None]) -> Path:
        self.adopted.append(picked)
        return picked

    def succeed(self) -> None:
        assert self._loop is not None
        assert self._ending is not None
        self._loop.call_soon_threadsafe(self._ending.set_result, Path("model.gguf"))

    def fail(self, problem: PersonaDeskError) -> None:
        assert self._loop is not None
        assert self._ending is not None
        self._loop.call_soon_threadsafe(self._ending.set_exception, problem)
