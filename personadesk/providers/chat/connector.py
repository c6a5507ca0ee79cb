"""Joins the program to the servers its user has set up: lists, tests, and models to talk with."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from personadesk.domain.chat import ChatRequest, ChatRole, ChatTurn, ModelInfo, Sampling
from personadesk.domain.errors import ModelError
from personadesk.domain.providers import (
    UNKNOWN_CONTEXT_TOKENS,
    ChosenModelRef,
    FoundServer,
    Provider,
    ProviderKind,
    is_near,
)
from personadesk.providers.chat.anthropic import AnthropicDialect
from personadesk.providers.chat.deadlines import DEFAULT_DEADLINES, DEFAULT_PATIENCE, IMPATIENT, Deadlines, Patience
from personadesk.providers.chat.dialect import Dialect, ThoughtOnly
from personadesk.providers.chat.endpoint import Endpoint
from personadesk.providers.chat.gemini import GeminiDialect
from personadesk.providers.chat.refusals import KeyRefused
from personadesk.providers.chat.server_model import ServerModel, open_wire
from personadesk.services.ports import Publish
from personadesk.services.provider_ports import Key, ModelList

if TYPE_CHECKING:
    from personadesk.providers.chat.wire import Wire

log = logging.getLogger(__name__)

LOCAL_PORTS = {
    11434: "Ollama",
    1234: "LM Studio",
    8080: "",
    8000: "",
    5001: "KoboldCpp",
    5000: "",
    1337: "Jan",
}
"""Where model servers usually are, and which one it is where that port is one program's own.

llama.cpp, vLLM and text-generation-webui share theirs with many others: they are named by what they answer alone.
"""

_NAMES = {
    "ollama": "Ollama",
    "lmstudio": "LM Studio",
    "llamacpp": "llama.cpp",
    "vllm": "vLLM",
    "koboldcpp": "KoboldCpp",
}
_LOOKING = Deadlines(connect_s=1.0, first_s=2.0, idle_s=2.0, total_s=3.0, answer_s=2.0)
_TRYING = Deadlines(connect_s=10.0, first_s=90.0, idle_s=30.0, total_s=120.0)
"""A local server may have to load the model first."""

_SAMPLING = Sampling(temperature=0.7, top_p=0.95, min_p=0.05, repeat_penalty=1.05, max_tokens=600)
_SMALL = re.compile(r"(?<![\d.])(?:0\.\d+b|1b|\d{2,3}m)(?![a-z0-9])", re.IGNORECASE)
_GREETING = ChatRequest((ChatTurn(ChatRole.USER, "Say OK."),), Sampling(temperature=0.0, max_tokens=32))


class HttpConnector:
    """A Connector. For the engine's loop."""

    def __init__(
        self,
        *,
        ports: Mapping[int, str] = LOCAL_PORTS,
        deadlines: Deadlines = DEFAULT_DEADLINES,
        patience: Patience = DEFAULT_PATIENCE,
    ) -> None:
        self._ports = ports
        self._deadlines = deadlines
        self._patience = patience

    async def models(self, provider: Provider, key: str) -> ModelList:
        return await self._listed(provider, key, self._deadlines)

    async def try_out(self, provider: Provider, model_id: str, key: str) -> None:
        deadlines = replace(_TRYING, first_s=min(_TRYING.first_s, self._deadlines.first_s))
        async with _wire(dialect_of(provider, model_id, key), deadlines, IMPATIENT) as wire:
            try:
                async with aclosing(wire.stream(_GREETING)) as pieces:
                    async for piece in pieces:
                        if piece.text:
                            return
            except ThoughtOnly:
                return

    async def find_local(self) -> Sequence[FoundServer]:
        found = await asyncio.gather(*(self._look(port, name) for port, name in self._ports.items()))
        return [server for server in found if server is not None]

    def model(self, provider: Provider, model_id: str, key: Key, publish: Publish) -> ServerModel:
        async def dialect() -> Dialect:
            return dialect_of(provider, model_id, await key())

        return ServerModel(
            info=info_of(provider, model_id),
            dialect=dialect,
            publish=publish,
            deadlines=self._deadlines,
            patience=self._patience,
        )

    async def _look(self, port: int, name: str) -> FoundServer | None:
        name = name or f"A server at 127.0.0.1:{port}"
        there = Provider("", ProviderKind.OPENAI, name, f"http://127.0.0.1:{port}/v1")
        try:
            listed = await self._listed(there, "", _LOOKING)
        except KeyRefused as refused:
            # Web sites and devices refuse strangers on the same ports.
            return FoundServer(name, there.address, "", asks_for_key=True) if refused.by_program else None
        except ModelError:
            return None
        return FoundServer(_NAMES.get(listed.software, name), there.address, listed.software, listed.models)

    async def _listed(self, provider: Provider, key: str, deadlines: Deadlines) -> ModelList:
        async with _wire(dialect_of(provider, "", key), deadlines, IMPATIENT) as wire:
            from personadesk.providers.chat.model_lists import listed_models

            return await listed_models(wire, provider)


def dialect_of(provider: Provider, model_id: str, key: str) -> Dialect:
    """How a provider's model is spoken with."""
    if provider.kind is ProviderKind.ANTHROPIC:
        return AnthropicDialect(provider.address, model_id, key)
    if provider.kind is ProviderKind.GEMINI:
        return GeminiDialect(provider.address, model_id, key)
    return Endpoint(
        base_url=provider.address,
        model=model_id,
        api_key=key,
        llama_sampling=is_near(provider.host),
        prefills=provider.software == "llamacpp",
    )


def info_of(provider: Provider, model_id: str) -> ModelInfo:
    """What is known of a provider's model before it is asked."""
    model = provider.model(model_id)
    return ModelInfo(
        id=ChosenModelRef(model_id, provider.id).key,
        label=model.name,
        where=f"{provider.name}, on this computer" if provider.on_this_computer else provider.name,
        context_tokens=provider.context_tokens or model.context_tokens or UNKNOWN_CONTEXT_TOKENS,
        small=provider.on_this_computer and _SMALL.search(model_id) is not None,
        sampling=_SAMPLING,
        prefills=provider.software == "llamacpp",
        sees_images=model.sees_images,
    )


@asynccontextmanager
async def _wire(dialect: Dialect, deadlines: Deadlines, patience: Patience) -> AsyncIterator["Wire"]:
    wire = await asyncio.to_thread(open_wire, dialect, deadlines, patience)
    try:
        yield wire
    finally:
        await wire.close()
