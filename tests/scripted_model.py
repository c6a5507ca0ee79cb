"""A chat model that says what a test wrote down, for tests below the window."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from personadesk.domain.chat import (
    ChatRequest,
    FinishReason,
    ModelInfo,
    ModelState,
    ModelStatus,
    ReplyPiece,
    Sampling,
)

INFO = ModelInfo("scripted", "Scripted", "in this test", 4096, small=False, sampling=Sampling(max_tokens=200))


class Pause:
    """A place in a script where the model waits: `reached` once it does, until the test says `go`."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.go = asyncio.Event()


Step = str | Pause | FinishReason | Exception
"""Text to say, a wait, the end, or a failure. A script without an end just stops talking."""


class ScriptedModel:
    """A ChatModel. Each request takes the next script; when none is left, `default` is said again and again."""

    def __init__(self, *scripts: Sequence[Step], info: ModelInfo = INFO) -> None:
        self.info = info
        self.status = ModelStatus(info, ModelState.READY)
        self.scripts = [list(script) for script in scripts]
        self.default: Sequence[Step] = ("Indeed.", FinishReason.STOP)
        self.requests: list[ChatRequest] = []
        self.open_streams = 0
        self.closed = False

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        self.requests.append(request)
        script = self.scripts.pop(0) if self.scripts else self.default
        self.open_streams += 1
        try:
            for step in script:
                if isinstance(step, Pause):
                    step.reached.set()
                    await step.go.wait()
                elif isinstance(step, FinishReason):
                    yield ReplyPiece("", step)
                elif isinstance(step, str):
                    yield ReplyPiece(step)
                else:
                    raise step
        finally:
            self.open_streams -= 1

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // 4 + 1 for text in texts]

    async def warm_up(self) -> None:
        return None

    async def close(self) -> None:
        self.closed = True


class Refusing:
    """A ChatModel that can't even count: it raises what it was given, wherever it is asked."""

    def __init__(self, problem: Exception) -> None:
        self.info = INFO
        self.status = ModelStatus(INFO, ModelState.READY)
        self._problem = problem

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        raise self._problem
        yield ReplyPiece("")

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        raise self._problem

    async def warm_up(self) -> None:
        return None

    async def close(self) -> None:
        return None
