"""What a server's refusal means, in a sentence and a next step."""

import json
import re
from typing import Any

from personadesk.domain.errors import ContextOverflow, ModelError

_QUOTE_LIMIT = 200
_OVERFLOW_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error"})
_OVERFLOW_WORDS = re.compile(
    r"context (?:length|size|window)|maximum context|too many tokens|prompt is too long", re.IGNORECASE
)
_LIMIT_COUNT = re.compile(
    r"(?:context (?:length|size|window)[^\d]{0,20}|limit[^\d]{0,20})\(?(\d+)|> (\d+) maximum", re.IGNORECASE
)
_PROMPT_COUNT = re.compile(r"(?:resulted in|request \(|requested|prompt is too long:) ?(\d+)", re.IGNORECASE)


def explain(status: int, body: bytes) -> ModelError:
    """Say what an HTTP status of 400 or more, or an error inside a stream (status 0), means."""
    error = _error_object(body)
    message = _text(error.get("message"))
    overflow = _overflow(error, message)
    if overflow is not None:
        return overflow
    if status in (401, 403):
        return ModelError(
            "The model's server did not accept the key.", "Check the key in Settings, Models.", retryable=False
        )
    if status == 404:
        return ModelError(
            f"The model's server does not know this model or address.{_quote(message)}",
            "Check the address and the model's name in Settings, Models.",
            retryable=False,
        )
    if status == 402 or _text(error.get("code")) == "insufficient_quota":
        return ModelError(
            "The account at the model's provider has no credit left.",
            "Top it up with the provider, or choose another model.",
            retryable=False,
        )
    if status == 429:
        return ModelError("The model's server asks for a pause between requests.", "Wait a minute, then ask again.")
    if status == 503 or "loading model" in message.lower():
        return ModelError("The model's server is not ready yet.", "Wait a moment, then ask again.")
    if status >= 500 or status == 0:
        return ModelError(f"The model's server failed.{_quote(message)}", "Ask again in a moment.")
    return ModelError(
        f"The model's server did not accept the request ({status}).{_quote(message)}",
        "Check the model's settings in Settings, Models.",
        retryable=False,
    )


def _overflow(error: dict[str, Any], message: str) -> ContextOverflow | None:
    kinds = {_text(error.get("code")), _text(error.get("type"))}
    if not kinds & _OVERFLOW_CODES and not _OVERFLOW_WORDS.search(message):
        return None
    return ContextOverflow(
        "The conversation is longer than the model can read at once.",
        "Ask again with a shorter message, or choose a model with a larger context.",
        prompt_tokens=_count(error.get("n_prompt_tokens")) or _first_number(_PROMPT_COUNT, message),
        context_tokens=_count(error.get("n_ctx")) or _first_number(_LIMIT_COUNT, message),
    )


def _error_object(body: bytes) -> dict[str, Any]:
    """The `error` of an OpenAI-style body: an object, a bare text, or nothing that can be read."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(parsed, dict):
        return {}
    inner = parsed.get("error", parsed)
    if isinstance(inner, str):
        return {"message": inner}
    return inner if isinstance(inner, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _first_number(pattern: re.Pattern[str], message: str) -> int:
    match = pattern.search(message)
    found = next((group for group in match.groups() if group), "") if match else ""
    return int(found) if 0 < len(found) <= 9 else 0


def _quote(message: str) -> str:
    """The server's own words, on one line and short, or nothing."""
    line = " ".join("".join(char if char.isprintable() else " " for char in message).split())
    if not line:
        return ""
    if len(line) > _QUOTE_LIMIT:
        line = line[: _QUOTE_LIMIT - 1] + "…"
    return f" It said: “{line}”"
