"""Where a server is, and in which dialect of OpenAI's protocol it is asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from personadesk.domain.chat import ChatRequest, ChatTurn, FinishReason
from personadesk.domain.errors import ModelError
from personadesk.providers.chat.dialect import Chunk, base64_of, spoken_turns
from personadesk.providers.chat.refusals import explain

_HOSTED_STOP_LIMIT = 4
_DONE = "[DONE]"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A Dialect: a server's address up to and with /v1, its key ("" for none) and the model's name there.

    `llama_sampling`: the server knows llama.cpp's `min_p` and `repeat_penalty` and any number of stop
    texts. Hosted servers refuse unknown fields and more than four stop texts. `prefills`: it goes on
    from a last turn of the assistant's.
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    llama_sampling: bool = False
    prefills: bool = False

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}

    @property
    def secret(self) -> str:
        return self.api_key

    @property
    def url(self) -> str:
        return self.base_url + "/chat/completions"

    @property
    def origin(self) -> str:
        """The address without a trailing /v1: where llama.cpp keeps what OpenAI lacks."""
        return self.base_url.removesuffix("/v1")

    def body(self, request: ChatRequest) -> dict[str, Any]:
        """The JSON body that asks for a streamed reply."""
        sampling = request.sampling
        turns = spoken_turns(request, prefills=self.prefills)
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": turn.role.value, "content": _content(turn)} for turn in turns],
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

    def read(self, data: str) -> Chunk:
        """One streamed chunk; raises where the server reports a failure in it."""
        if data.strip() == _DONE:
            return Chunk(ended=True)
        chunk = parsed_event(data)
        if chunk.get("error"):
            raise explain(0, data.encode("utf-8", "replace"), secret=self.api_key)
        return _chunk_of(chunk, "delta")

    def read_whole(self, answer: dict[str, Any]) -> Chunk:
        if answer.get("error"):
            raise explain(0, json.dumps(answer).encode(), secret=self.api_key)
        chunk = _chunk_of(answer, "message")
        return Chunk(chunk.text, chunk.finish, alive=True, ended=True)


def _content(turn: ChatTurn) -> str | list[dict[str, Any]]:
    """A plain text where there is nothing else: not every server takes a list."""
    if not turn.pictures:
        return turn.text
    shown = [
        {"type": "image_url", "image_url": {"url": f"data:{picture.media_type};base64,{base64_of(picture)}"}}
        for picture in turn.pictures
    ]
    return [{"type": "text", "text": turn.text}, *shown]


def parsed_event(data: str) -> dict[str, Any]:
    """An event's JSON object; {} for JSON that is none. Raises ModelError for what is no JSON."""
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelError("The model's server sent something that can't be read.", "Ask again.") from error
    return parsed if isinstance(parsed, dict) else {}


def _chunk_of(answer: dict[str, Any], part: str) -> Chunk:
    choices = answer.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return Chunk()
    said = choice.get(part)
    said = said if isinstance(said, dict) else {}
    text = said.get("content")
    reason = choice.get("finish_reason")
    if reason == "content_filter":
        raise declined()
    finish = None
    if isinstance(reason, str) and reason:
        finish = FinishReason.LENGTH if reason == "length" else FinishReason.STOP
    thinks = any(isinstance(said.get(name), str) and said[name] for name in ("reasoning_content", "reasoning"))
    return Chunk(text if isinstance(text, str) else "", finish, alive=thinks or bool(text))


def declined() -> ModelError:
    """The provider's own filter took the reply away."""
    return ModelError(
        "The model's provider did not let this reply through.",
        "Say it in other words, or choose another model.",
        retryable=False,
    )
