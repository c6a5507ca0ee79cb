"""Google's Gemini protocol. The key travels in a header, never in the address."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from personadesk.domain.chat import ChatRequest, ChatRole, ChatTurn, FinishReason
from personadesk.providers.chat.dialect import Chunk, base64_of, told_apart
from personadesk.providers.chat.endpoint import declined, parsed_event
from personadesk.providers.chat.refusals import explain

_STOP_LIMIT = 5
_DECLINED = frozenset({"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"})


@dataclass(frozen=True, slots=True)
class GeminiDialect:
    """One model at an address without its /v1beta."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)

    @property
    def prefills(self) -> bool:
        return False

    @property
    def headers(self) -> Mapping[str, str]:
        return {"x-goog-api-key": self.api_key}

    @property
    def secret(self) -> str:
        return self.api_key

    @property
    def url(self) -> str:
        model = quote(self.model.removeprefix("models/"), safe="")
        return f"{self.base_url}/v1beta/models/{model}:streamGenerateContent?alt=sse"

    def body(self, request: ChatRequest) -> dict[str, Any]:
        system, turns = told_apart(request)
        sampling = request.sampling
        config: dict[str, Any] = {
            "temperature": sampling.temperature,
            "topP": sampling.top_p,
            "maxOutputTokens": sampling.max_tokens,
        }
        if sampling.stop:
            config["stopSequences"] = list(sampling.stop[:_STOP_LIMIT])
        if sampling.seed is not None:
            config["seed"] = sampling.seed
        body: dict[str, Any] = {
            "contents": [
                {"role": "model" if turn.role is ChatRole.ASSISTANT else "user", "parts": _parts(turn)}
                for turn in turns
            ],
            "generationConfig": config,
        }
        if system:
            body["systemInstruction"] = {"parts": [{"text": system}]}
        return body

    def read(self, data: str) -> Chunk:
        event = parsed_event(data)
        if event.get("error"):
            raise explain(0, data.encode("utf-8", "replace"), secret=self.api_key)
        feedback = event.get("promptFeedback")
        if isinstance(feedback, dict) and feedback.get("blockReason"):
            raise declined()
        candidates = event.get("candidates")
        candidate = candidates[0] if isinstance(candidates, list) and candidates else None
        if not isinstance(candidate, dict):
            return Chunk()
        content = candidate.get("content")
        parts = content.get("parts") if isinstance(content, dict) else None
        said = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
        text = "".join(
            str(part["text"]) for part in said if isinstance(part.get("text"), str) and not part.get("thought")
        )
        return Chunk(text, _finish(candidate.get("finishReason")), alive=bool(said))

    def read_whole(self, answer: dict[str, Any]) -> Chunk:
        chunk = self.read(json.dumps(answer))
        return Chunk(chunk.text, chunk.finish, alive=True, ended=True)


def _parts(turn: ChatTurn) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = [
        {"inlineData": {"mimeType": picture.media_type, "data": base64_of(picture)}} for picture in turn.pictures
    ]
    return [*shown, {"text": turn.text}]


def _finish(reason: object) -> FinishReason | None:
    if reason in _DECLINED:
        raise declined()
    if reason == "MAX_TOKENS":
        return FinishReason.LENGTH
    return FinishReason.STOP if isinstance(reason, str) and reason else None
