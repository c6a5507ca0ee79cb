"""Anthropic's Messages protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from personadesk.domain.chat import ChatRequest, ChatTurn, FinishReason
from personadesk.providers.chat.dialect import Chunk, base64_of, told_apart
from personadesk.providers.chat.endpoint import declined, parsed_event
from personadesk.providers.chat.refusals import explain

VERSION = "2023-06-01"
_FINISHES = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
}


@dataclass(frozen=True, slots=True)
class AnthropicDialect:
    """One model at an address without its /v1."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)

    @property
    def prefills(self) -> bool:
        return False

    @property
    def headers(self) -> Mapping[str, str]:
        return {"x-api-key": self.api_key, "anthropic-version": VERSION}

    @property
    def secret(self) -> str:
        return self.api_key

    @property
    def url(self) -> str:
        return self.base_url + "/v1/messages"

    def body(self, request: ChatRequest) -> dict[str, Any]:
        system, turns = told_apart(request)
        sampling = request.sampling
        body: dict[str, Any] = {
            "model": self.model,
            "max_tokens": sampling.max_tokens,
            "messages": [{"role": turn.role.value, "content": _content(turn)} for turn in turns],
            "stream": True,
            # Newer models take this or top_p, not both; beyond 1 is refused.
            "temperature": min(sampling.temperature, 1.0),
        }
        if system:
            body["system"] = system
        stops = [text for text in sampling.stop if text.strip()]
        if stops:
            body["stop_sequences"] = stops
        return body

    def read(self, data: str) -> Chunk:
        event = parsed_event(data)
        match event.get("type"):
            case "content_block_delta":
                delta = event.get("delta")
                text = delta.get("text") if isinstance(delta, dict) else None
                return Chunk(text if isinstance(text, str) else "", alive=True)
            case "message_delta":
                delta = event.get("delta")
                return Chunk(finish=_finish(delta.get("stop_reason") if isinstance(delta, dict) else None))
            case "message_stop":
                return Chunk(ended=True)
            case "error":
                raise explain(0, data.encode("utf-8", "replace"), secret=self.api_key)
        return Chunk()

    def read_whole(self, answer: dict[str, Any]) -> Chunk:
        blocks = answer.get("content")
        texts = [block.get("text") for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
        text = "".join(text for text in texts if isinstance(text, str))
        return Chunk(text, _finish(answer.get("stop_reason")), alive=True, ended=True)


def _content(turn: ChatTurn) -> str | list[dict[str, Any]]:
    if not turn.pictures:
        return turn.text
    shown = [
        {
            "type": "image",
            "source": {"type": "base64", "media_type": picture.media_type, "data": base64_of(picture)},
        }
        for picture in turn.pictures
    ]
    return [*shown, {"type": "text", "text": turn.text}]


def _finish(reason: object) -> FinishReason | None:
    if reason == "refusal":
        raise declined()
    return _FINISHES.get(reason, FinishReason.STOP) if isinstance(reason, str) else None
