"""A client for a server that speaks OpenAI's /v1/chat/completions and, where it is llama.cpp's, counts tokens.

Imports httpx (120 ms): reach it only through a lazy import, off the GUI thread.
"""

from collections.abc import Sequence

from personadesk.domain.errors import ModelCrashed, ModelError
from personadesk.providers.chat.deadlines import AT_HOME, Deadlines
from personadesk.providers.chat.endpoint import Endpoint
from personadesk.providers.chat.refusals import Busy
from personadesk.providers.chat.unreachable import Unreachable
from personadesk.providers.chat.wire import Wire


class CompletionsClient(Wire):
    """One server. Belongs to the event loop that first uses it."""

    def __init__(self, endpoint: Endpoint, deadlines: Deadlines) -> None:
        super().__init__(endpoint, deadlines, AT_HOME)
        self._endpoint = endpoint

    async def tokenize(self, texts: Sequence[str]) -> list[int] | None:
        """Count tokens as llama.cpp's server does; None where the server has no such endpoint."""
        counts = []
        for text in texts:
            try:
                answer = await self.post(self._endpoint.origin + "/tokenize", {"content": text})
            except (Unreachable, Busy) as error:
                raise ModelCrashed("The model can't be reached.", "Ask again.") from error
            except ModelError:
                return None
            tokens = answer.get("tokens") if isinstance(answer, dict) else None
            if not isinstance(tokens, list):
                return None
            counts.append(len(tokens))
        return counts
