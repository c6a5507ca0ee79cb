"""A real llama.cpp server as a provider: listed, tried, talked with by two at once, and gone on with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from personadesk.domain.chat import ChatRequest, ChatRole, ChatTurn, FinishReason, Sampling
from personadesk.domain.errors import ContextOverflow, ModelError
from personadesk.domain.providers import Provider, ProviderKind
from personadesk.providers.chat.connector import HttpConnector
from personadesk.providers.chat.embedded.model import EmbeddedChatModel
from personadesk.providers.chat.embedded.runtime import RuntimeProcess, start_runtime
from personadesk.providers.chat.server_model import ServerModel
from personadesk.providers.model_files import ModelFiles
from personadesk.providers.own_models import OwnModelFiles
from personadesk.services.model_shelf import ModelShelf, own_entry
from personadesk.services.models import parse_catalogue
from tests.services.test_model_choice import catalogue

ROOT = Path(__file__).parents[2]
ENTRY = parse_catalogue((ROOT / "resources" / "models.toml").read_text("utf-8")).default
CONTEXT_TOKENS = 512

pytestmark = pytest.mark.embedded_model


@asynccontextmanager
async def serving(models_dir: Path) -> AsyncIterator[tuple[RuntimeProcess, Provider]]:
    path = await ModelFiles(models_dir=models_dir).verified(ENTRY)
    runtime = await start_runtime(path, context_tokens=CONTEXT_TOKENS, threads=1, handshake_s=120)
    try:
        yield runtime, Provider("p", ProviderKind.OPENAI, "llama.cpp", runtime.base_url)
    finally:
        await runtime.end()


@asynccontextmanager
async def talking(provider: Provider, model_id: str, key: str) -> AsyncIterator[ServerModel]:
    async def kept() -> str:
        return key

    model = HttpConnector().model(provider, model_id, kept, lambda _event: None)
    try:
        yield model
    finally:
        await model.close()


async def said(model: ServerModel, *turns: ChatTurn, tokens: int = 12, continues: bool = False) -> tuple[str, object]:
    request = ChatRequest(turns, Sampling(temperature=0.0, max_tokens=tokens), continues)
    text, finish = "", None
    async with aclosing(model.stream(request)) as pieces:
        async for piece in pieces:
            text, finish = text + piece.text, piece.finish or finish
    return text, finish


def test_a_real_server_is_set_up_and_talked_with(tmp_path: Path) -> None:
    async def use() -> None:
        async with serving(tmp_path) as (runtime, provider):
            connector = HttpConnector()
            listed = await connector.models(provider, runtime.api_key)
            assert listed.software == "llamacpp"
            assert [model.context_tokens for model in listed.models] == [CONTEXT_TOKENS]
            known = replace(provider, models=listed.models, software=listed.software)
            model_id = listed.models[0].id
            await connector.try_out(known, model_id, runtime.api_key)
            with pytest.raises(ModelError, match="did not accept the key"):
                await connector.try_out(known, model_id, "another")

            async with talking(known, model_id, runtime.api_key) as model:
                hello = ChatTurn(ChatRole.USER, "Count: one, two, three,")
                first, second = await asyncio.gather(said(model, hello), said(model, hello))
                assert first == second
                assert first[0].strip()

                begun = ChatTurn(ChatRole.ASSISTANT, "The capital of France is")
                more, _ = await said(model, ChatTurn(ChatRole.USER, "Capital of France?"), begun, continues=True)
                assert more.startswith(" Paris"), "the beginning was its own, so the rest fits letter by letter"

                _, finish = await said(model, hello, tokens=2)
                assert finish is FinishReason.LENGTH
                with pytest.raises(ContextOverflow) as caught:
                    await said(model, ChatTurn(ChatRole.USER, "word " * 2000))
                assert caught.value.context_tokens == CONTEXT_TOKENS

    asyncio.run(use())


def test_a_file_of_ones_own_answers_like_any_other(tmp_path: Path) -> None:
    async def use() -> str:
        shelf = ModelShelf(catalogue())
        files = ModelFiles(models_dir=tmp_path / "models")
        ships = await ModelFiles(models_dir=tmp_path).verified(ENTRY)
        taken = await OwnModelFiles(shelf=shelf, files=files).take_in(ships, lambda _progress: None)
        model = EmbeddedChatModel(entry=own_entry(taken), files=files, publish=lambda _event: None, threads=1)
        try:
            request = ChatRequest((ChatTurn(ChatRole.USER, "Say hello."),), Sampling(temperature=0.0, max_tokens=8))
            async with aclosing(model.stream(request)) as pieces:
                return "".join([piece.text async for piece in pieces])
        finally:
            await model.close()

    assert asyncio.run(use()).strip()
