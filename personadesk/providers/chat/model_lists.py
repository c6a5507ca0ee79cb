"""What models a server offers, and how much each reads at once, as far as it tells.

Imports httpx: reach it only through a lazy import, off the GUI thread.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from personadesk.domain.errors import ModelError
from personadesk.domain.providers import Provider, ProviderKind, ProviderModel
from personadesk.providers.chat.wire import Wire
from personadesk.services.provider_ports import ModelList

log = logging.getLogger(__name__)

PAGES_LIMIT = 10
SHOWN_LIMIT = 24
"""Models that Ollama is asked about one by one."""

OLLAMA_CONTEXT_TOKENS = 4096
"""What Ollama reads unless it is told otherwise; what is longer it cuts without a word."""

_SOFTWARE = {
    "llamacpp": "llamacpp",
    "library": "ollama",
    "vllm": "vllm",
    "koboldcpp": "koboldcpp",
    "organization_owner": "lmstudio",
}
_NO_CHAT = re.compile(
    r"embed|whisper|(?:^|-)tts(?:-|$)|dall-e|moderation|rerank|transcribe|realtime|(?:^|-)image|sora|-audio|"
    r"babbage|davinci|(?:^|-)aqa$|imagen|veo",
    re.IGNORECASE,
)
_OTHER_WORK = re.compile(
    r"embed|rerank|whisper|minilm|(?:^|[^a-z])tts(?![a-z])|(?:^|[^a-z0-9])(?:bge|e5|gte)-", re.IGNORECASE
)
"""Names of models that turn text into numbers, sort it, hear or speak, wherever they run."""

_KNOWN_CONTEXT = (
    ("gpt-5", 400_000),
    ("gpt-4.1", 1_047_576),
    ("gpt-4o", 128_000),
    ("gpt-4-turbo", 128_000),
    ("gpt-4", 8_192),
    ("gpt-3.5-turbo", 16_385),
    ("chatgpt-4o", 128_000),
    ("o1", 200_000),
    ("o3", 200_000),
    ("o4", 200_000),
    ("claude-", 200_000),
)
"""What those publish of themselves whose lists don't say; the first that a name begins with counts."""

_SEEING = ("gpt-4o", "gpt-4.1", "gpt-4-turbo", "gpt-5", "chatgpt-4o", "o1", "o3", "o4")
"""Those of OpenAI's that see pictures, which its list does not say."""

_OPENAI_HOST = "api.openai.com"


async def listed_models(wire: Wire, provider: Provider) -> ModelList:
    """Ask for the list. Raises ModelError."""
    if provider.kind is ProviderKind.ANTHROPIC:
        return ModelList(_in_order([model async for model in _anthropic(wire)]))
    if provider.kind is ProviderKind.GEMINI:
        return ModelList(_in_order([model async for model in _gemini(wire)]))
    return await _openai(wire, provider)


async def _anthropic(wire: Wire) -> Any:
    after = ""
    for _ in range(PAGES_LIMIT):
        answer = _object(await wire.get("/v1/models?limit=1000" + (f"&after_id={quote(after)}" if after else "")))
        for item in _items(answer, "data"):
            name = item.get("display_name")
            context = _number(item.get("max_input_tokens")) or _known_context(item["id"])
            yield ProviderModel(item["id"], name if isinstance(name, str) else item["id"], context, sees_images=True)
        after = str(answer.get("last_id") or "")
        if answer.get("has_more") is not True or not after:
            return


async def _gemini(wire: Wire) -> Any:
    token = ""
    for _ in range(PAGES_LIMIT):
        answer = _object(
            await wire.get("/v1beta/models?pageSize=1000" + (f"&pageToken={quote(token)}" if token else ""))
        )
        for item in _items(answer, "models", id_name="name"):
            methods = item.get("supportedGenerationMethods")
            model_id = item["name"].removeprefix("models/")
            if not isinstance(methods, list) or "generateContent" not in methods or _NO_CHAT.search(model_id):
                continue
            name = item.get("displayName")
            yield ProviderModel(
                model_id, name if isinstance(name, str) else model_id, _number(item.get("inputTokenLimit")), True
            )
        token = str(answer.get("nextPageToken") or "")
        if not token:
            return


async def _openai(wire: Wire, provider: Provider) -> ModelList:
    answer = await wire.get("/models")
    # Some give the bare list.
    items = list(_items({"data": answer} if isinstance(answer, list) else _object(answer), "data"))
    software = next((found for item in items if (found := _SOFTWARE.get(str(item.get("owned_by"))))), "")
    models = [_model_of(item, hosted=provider.host == _OPENAI_HOST) for item in items]
    unfit = (_OTHER_WORK,) if provider.on_this_computer else (_OTHER_WORK, _NO_CHAT)
    models = [model for model in models if not any(names.search(model.id) for names in unfit)]
    try:
        models = await _measured(wire, provider, software, models)
    except ModelError:
        log.info("a server does not tell how much its models read")
    return ModelList(_in_order(models), software)


def _model_of(item: dict[str, Any], *, hosted: bool) -> ProviderModel:
    meta = item.get("meta")
    architecture = item.get("architecture")
    sees = architecture.get("input_modalities") if isinstance(architecture, dict) else None
    name = item.get("name")
    context = (
        _number(item.get("context_length"))
        or _number(item.get("max_model_len"))
        or _number(item.get("context_window"))
        or (_number(meta.get("n_ctx")) or _number(meta.get("n_ctx_train")) if isinstance(meta, dict) else 0)
        or (_known_context(item["id"]) if hosted else 0)
    )
    return ProviderModel(
        item["id"],
        name if isinstance(name, str) and name else item["id"],
        context,
        (isinstance(sees, list) and "image" in sees) or (hosted and item["id"].startswith(_SEEING)),
    )


async def _measured(wire: Wire, provider: Provider, software: str, models: list[ProviderModel]) -> list[ProviderModel]:
    """With what a server says about sizes elsewhere than in the list. Raises ModelError."""
    origin = provider.address.removesuffix("/v1")
    if software == "llamacpp":
        props = _object(await wire.get_at(origin + "/props"))
        settings = props.get("default_generation_settings")
        context = _number(settings.get("n_ctx")) if isinstance(settings, dict) else 0
        return [replace(model, context_tokens=context or model.context_tokens) for model in models]
    if software == "koboldcpp":
        context = _number(_object(await wire.get_at(origin + "/api/extra/true_max_context_length")).get("value"))
        return [replace(model, context_tokens=context or model.context_tokens) for model in models]
    if software == "lmstudio":
        sizes = {
            item["id"]: (_number(item.get("loaded_context_length")) or _number(item.get("max_context_length")), item)
            for item in _items(_object(await wire.get_at(origin + "/api/v0/models")), "data")
        }
        return [
            replace(model, context_tokens=sizes[model.id][0], sees_images=sizes[model.id][1].get("type") == "vlm")
            if model.id in sizes
            else model
            for model in models
            if model.id not in sizes or sizes[model.id][1].get("type") != "embeddings"
        ]
    if software == "ollama":
        shown = [await _shown_by_ollama(wire, origin, model) for model in models[:SHOWN_LIMIT]]
        return [*(model for model in shown if model is not None), *models[SHOWN_LIMIT:]]
    return models


async def _shown_by_ollama(wire: Wire, origin: str, model: ProviderModel) -> ProviderModel | None:
    """With its context and whether it sees; None for a model that Ollama says can't chat."""
    answer = _object(await wire.post(origin + "/api/show", {"model": model.id}))
    facts = answer.get("model_info")
    facts = facts if isinstance(facts, dict) else {}
    trained = next((_number(value) for key, value in facts.items() if key.endswith(".context_length")), 0)
    asked = re.search(r"^\s*num_ctx\s+(\d{3,8})\s*$", str(answer.get("parameters") or ""), re.MULTILINE)
    context = int(asked[1]) if asked else min(trained or OLLAMA_CONTEXT_TOKENS, OLLAMA_CONTEXT_TOKENS)
    abilities = answer.get("capabilities")
    told = abilities if isinstance(abilities, list) else []
    if told and "completion" not in told:
        return None
    return replace(model, context_tokens=context, sees_images="vision" in told)


def _known_context(model_id: str) -> int:
    return next((size for start, size in _KNOWN_CONTEXT if model_id.startswith(start)), 0)


def _items(answer: dict[str, Any], name: str, id_name: str = "id") -> Iterator[dict[str, Any]]:
    """The objects of a list that have an id."""
    found = answer.get(name)
    for item in found if isinstance(found, list) else ():
        if isinstance(item, dict) and isinstance(item.get(id_name), str) and item[id_name]:
            yield item


def _object(answer: object) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise ModelError(
            "What answers at this address lists no models.", "Check the address in Settings, Models.", retryable=False
        )
    return answer


def _in_order(models: list[ProviderModel]) -> tuple[ProviderModel, ...]:
    unlike = {model.id: model for model in models}
    return tuple(sorted(unlike.values(), key=lambda model: model.name.casefold()))


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 < value < 1e9 else 0
