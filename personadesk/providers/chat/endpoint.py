"""Where a server is, and in which dialect of OpenAI's protocol it is asked."""

import ipaddress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from personadesk.domain.chat import ChatRequest

_HOSTED_STOP_LIMIT = 4


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server's address up to and with /v1, its key ("" for none) and the model's name there.

    `llama_sampling`: the server knows llama.cpp's `min_p` and `repeat_penalty` and any number of stop
    texts. Hosted servers refuse unknown fields and more than four stop texts.
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    llama_sampling: bool = False

    @property
    def origin(self) -> str:
        """The address without a trailing /v1: where llama.cpp keeps what OpenAI lacks."""
        return self.base_url.removesuffix("/v1")

    @property
    def is_encrypted(self) -> bool:
        return urlsplit(self.base_url).scheme == "https"

    @property
    def is_loopback(self) -> bool:
        """On this computer, so that no proxy may stand between."""
        host = urlsplit(self.base_url).hostname or ""
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def body(self, request: ChatRequest) -> dict[str, Any]:
        """The JSON body that asks for a streamed reply."""
        sampling = request.sampling
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": turn.role.value, "content": turn.text} for turn in request.turns],
            "stream": True,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
        }
        stop = sampling.stop if self.llama_sampling else sampling.stop[:_HOSTED_STOP_LIMIT]
        if stop:
            body["stop"] = list(stop)
        if sampling.seed is not None:
            body["seed"] = sampling.seed
        if self.llama_sampling:
            body["min_p"] = sampling.min_p
            body["repeat_penalty"] = sampling.repeat_penalty
            body["cache_prompt"] = True
        return body
