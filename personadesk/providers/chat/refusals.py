"""What a server's refusal means, in a sentence and a next step."""

import json
import re
from collections.abc import Mapping, Set
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from personadesk.domain.errors import ContextOverflow, ModelCrashed, ModelError

_QUOTE_LIMIT = 200
_LONGEST_WAIT_S = 7 * 86_400
_OVERFLOW_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error", "request_too_large"})
_OVERFLOW_WORDS = re.compile(
    r"context (?:length|size|window)|maximum context|too many tokens|prompt is too long|input token count",
    re.IGNORECASE,
)
_LIMIT_COUNT = re.compile(
    r"(?:context (?:length|size|window)[^\d]{0,20}|limit[^\d]{0,20}|number of tokens allowed[^\d]{0,4})\(?(\d+)"
    r"|> (\d+) maximum",
    re.IGNORECASE,
)
_PROMPT_COUNT = re.compile(
    r"(?:resulted in|request \(|requested|prompt is too long:|input token count) ?\(?(\d+)", re.IGNORECASE
)
_QUOTA_CODES = frozenset({"insufficient_quota", "billing_error", "billing_hard_limit_reached"})
_QUOTA_WORDS = re.compile(r"credit balance|insufficient (?:credit|quota|balance|funds)|out of credit", re.IGNORECASE)
_KEY_WORDS = re.compile(r"api.?key (?:not valid|expired|not found|is invalid)|invalid.{0,10}api.?key", re.IGNORECASE)
_REFUSED_WORDS = re.compile(
    r"unsupported|not support|deprecated|unrecognized|unknown|unexpected|extra inputs|not permitted|cannot both",
    re.IGNORECASE,
)
_NAMED = re.compile(r"['`\"]([a-z_]{3,40})['`\"]")
_PAUSE_CODES = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
"""What a server that is only busy, or was restarted just now, answers."""


class Busy(ModelError):
    """The server may answer when it is asked again; `wait_s` is how long it asks to wait, None if unsaid."""

    def __init__(self, sentence: str, next_step: str, *, wait_s: float | None = None) -> None:
        super().__init__(sentence, next_step)
        self.wait_s = wait_s


class BrokenOff(Busy, ModelCrashed):
    """The connection broke before the first word of an answer."""

    def __init__(self) -> None:
        super().__init__("The connection to the model broke.", "Ask again.")


class RefusedParameter(ModelError):
    """The server does not know one field of the request, or not for this model."""

    def __init__(self, sentence: str, next_step: str, *, parameter: str) -> None:
        super().__init__(sentence, next_step, retryable=False)
        self.parameter = parameter


class KeyRefused(ModelError):
    """The server wants a key, or another one. `by_program`: it answered as one that programs talk with, no web site."""

    def __init__(self, sentence: str, next_step: str, *, by_program: bool) -> None:
        super().__init__(sentence, next_step, retryable=False)
        self.by_program = by_program


def explain(
    status: int,
    body: bytes,
    *,
    headers: Mapping[str, str] | None = None,
    secret: str = "",
    now: datetime | None = None,
    fields: Set[str] = frozenset(),
) -> ModelError:
    """Say what an HTTP status of 300 or more, or an error inside a stream (status 0), means.

    What is quoted of the server's words never holds `secret`. `fields` are those of the request that
    can be left out.
    """
    error = _error_object(body)
    message = _text(error.get("message"))
    if secret:
        message = message.replace(secret, "…")
    code = _text(error.get("code")) or _text(error.get("type")) or _text(error.get("status"))
    overflow = _overflow(status, error, message)
    if overflow is not None:
        return overflow
    account = _about_the_account(status, code, message, by_program=body.lstrip().startswith((b"{", b"[")))
    if account is not None:
        return account
    refused = _refused_parameter(status, error, message, fields)
    if refused:
        return RefusedParameter(
            f"The model's server does not take “{refused}” for this model.{_quote(message)}",
            "Choose another model.",
            parameter=refused,
        )
    if status == 404 or code in ("model_not_found", "not_found_error", "NOT_FOUND"):
        return ModelError(
            f"The model's server does not know this model or address.{_quote(message)}",
            "Check the address and the model's name in Settings, Models.",
            retryable=False,
        )
    return _busy(status, code, message, _asked_wait_s(headers or {}, error, now)) or _plain(status, body, message)


def _plain(status: int, body: bytes, message: str) -> ModelError:
    if status >= 500 or status == 0:
        return ModelError(f"The model's server failed.{_quote(message)}", "Ask again in a moment.")
    if 300 <= status < 400:
        return ModelError(
            f"The model's server sends elsewhere ({status}).",
            "Check the address in Settings, Models: http or https, and its end.",
            retryable=False,
        )
    if is_web_page(body):
        return web_page()
    return ModelError(
        f"The model's server did not accept the request ({status}).{_quote(message)}",
        "Check the model's settings in Settings, Models.",
        retryable=False,
    )


def web_page() -> ModelError:
    """The address shows a page to people."""
    return ModelError(
        "What answers at this address is a web page, not a chat model.",
        "Check the address in Settings, Models.",
        retryable=False,
    )


def is_web_page(body: bytes) -> bool:
    return body.lstrip()[:15].lower().startswith((b"<!doctype", b"<html"))


def _about_the_account(status: int, code: str, message: str, *, by_program: bool) -> ModelError | None:
    if status == 402 or code in _QUOTA_CODES or _QUOTA_WORDS.search(message):
        return ModelError(
            "The account at the model's provider has no credit left.",
            "Top it up with the provider, or choose another model.",
            retryable=False,
        )
    if status == 401 or code in ("authentication_error", "invalid_api_key") or _KEY_WORDS.search(message):
        return KeyRefused(
            "The model's server did not accept the key.", "Check the key in Settings, Models.", by_program=by_program
        )
    if status == 403 or code in ("permission_error", "PERMISSION_DENIED"):
        return KeyRefused(
            f"The model's server does not let this key use the model.{_quote(message)}",
            "Check with the provider what the key may do, or choose another model.",
            by_program=by_program,
        )
    return None


def _busy(status: int, code: str, message: str, wait_s: float | None) -> ModelError | None:
    if status == 429 or code in ("rate_limit_error", "rate_limit_exceeded", "RESOURCE_EXHAUSTED"):
        pause = f" of {_duration(wait_s)}" if wait_s else ""
        return Busy(
            f"The model's server asks for a pause{pause} between requests.",
            f"Ask again in {_duration(wait_s)}." if wait_s else "Wait a minute, then ask again.",
            wait_s=wait_s,
        )
    if status == 408:
        return Busy("The model's server waited too long for the request.", "Ask again.", wait_s=wait_s)
    if status in (503, 529) or code in ("overloaded_error", "UNAVAILABLE") or "loading model" in message.lower():
        return Busy(
            "The model's server is not ready yet, or has too much to do.",
            "Wait a moment, then ask again.",
            wait_s=wait_s,
        )
    if status in _PAUSE_CODES:
        return Busy(f"The model's server failed.{_quote(message)}", "Ask again in a moment.", wait_s=wait_s)
    return None


def _overflow(status: int, error: dict[str, Any], message: str) -> ContextOverflow | None:
    kinds = {_text(error.get("code")), _text(error.get("type"))}
    if status != 413 and not kinds & _OVERFLOW_CODES and not _OVERFLOW_WORDS.search(message):
        return None
    context_tokens = _count(error.get("n_ctx")) or _first_number(_LIMIT_COUNT, message)
    next_step = "Ask again with a shorter message, or choose a model with a larger context."
    if not context_tokens:
        next_step = (
            "Type how much it reads into “Context, in tokens” at its provider in Settings, Models, or ask again with a"
            " shorter message."
        )
    return ContextOverflow(
        "The conversation is longer than the model can read at once.",
        next_step,
        prompt_tokens=_count(error.get("n_prompt_tokens")) or _first_number(_PROMPT_COUNT, message),
        context_tokens=context_tokens,
    )


def _refused_parameter(status: int, error: dict[str, Any], message: str, fields: Set[str]) -> str:
    """The one of the request's fields that the server does not take, or "".

    What a server names in its words may as well be the model, or a field of somebody else's.
    """
    if status not in (400, 422):
        return ""
    named: list[str] = []
    detail = error.get("detail")
    first = detail[0] if isinstance(detail, list) and detail else None
    if isinstance(first, dict) and isinstance(first.get("loc"), list) and first["loc"]:
        named.append(_text(first["loc"][-1]))
    if _REFUSED_WORDS.search(f"{message} {_text(error.get('code'))}"):
        named.append(_text(error.get("param")))
    if _REFUSED_WORDS.search(message):
        # "`temperature` and `top_p` cannot both be specified": the second can go.
        named += reversed(_NAMED.findall(message))
    return next((name for name in named if name in fields), "")


def _asked_wait_s(headers: Mapping[str, str], error: dict[str, Any], now: datetime | None) -> float | None:
    """Seconds until the server wants to be asked again: Retry-After as a number or a date, or Gemini's own field."""
    raw = headers.get("retry-after-ms", "")
    if raw.isdecimal():
        return min(int(raw[:12]) / 1000, _LONGEST_WAIT_S)
    raw = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", raw):
        return min(float(raw), _LONGEST_WAIT_S)
    if raw:
        try:
            moment = parsedate_to_datetime(raw)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            return min(max((moment - (now or datetime.now(UTC))).total_seconds(), 0.0), _LONGEST_WAIT_S)
    details = error.get("details")
    for detail in details if isinstance(details, list) else ():
        delay = _text(detail.get("retryDelay")) if isinstance(detail, dict) else ""
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?s", delay):
            return min(float(delay[:-1]), _LONGEST_WAIT_S)
    return None


def _duration(seconds: float | None) -> str:
    whole = max(round(seconds or 0), 1)
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if whole >= size:
            count = -(-whole // size)
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "a moment"


def _error_object(body: bytes) -> dict[str, Any]:
    """The `error` of a body: an object, a bare text, one in a list, or nothing that can be read."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if isinstance(parsed, list) and parsed:
        parsed = parsed[0]
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
    return f" It said: “{line}”{'' if line[-1] in '.!?…' else '.'}"
