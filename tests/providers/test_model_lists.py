"""What servers of each kind say of their models, and looking for servers on this computer."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from personadesk.domain.errors import ModelError
from personadesk.domain.providers import FoundServer, Provider, ProviderKind, ProviderModel
from personadesk.providers.chat.connector import LOCAL_PORTS, HttpConnector, info_of
from personadesk.providers.chat.deadlines import Deadlines
from personadesk.services.provider_ports import ModelList
from tests.providers.byte_server import ByteServer, answer

OPENAI, ANTHROPIC, GEMINI = ProviderKind
KEY = "key-that-stays-secret"
QUICK = Deadlines(connect_s=2, answer_s=5)


class Pages:
    """A server that answers each path with its JSON, and 404 for the rest."""

    def __init__(self, pages: dict[str, Any]) -> None:
        self.asked: list[tuple[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say()

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._say(asked)

            def _say(self, asked: Any = None) -> None:
                outer.asked.append((self.path, str(self.headers)))
                found = pages.get(self.path)
                if callable(found):
                    found = found(asked)
                body = json.dumps(found).encode()
                self.send_response(200 if found is not None else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="pages")

    def __enter__(self) -> "Pages":
        self._thread.start()
        return self

    def __exit__(self, *_why: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def listed(pages: dict[str, Any], kind: ProviderKind = OPENAI) -> tuple[ModelList, Pages]:
    with Pages(pages) as server:
        address = f"http://127.0.0.1:{server.port}" + ("/v1" if kind is OPENAI else "")
        provider = Provider("p", kind, "Here", address)
        return asyncio.run(HttpConnector(deadlines=QUICK).models(provider, KEY)), server


def test_openrouter_tells_context_and_eyes() -> None:
    models = [
        {"id": "b/seer", "name": "Seer", "context_length": 131_072, "architecture": {"input_modalities": ["image"]}},
        {"id": "a/talker", "name": "Talker", "context_length": 8192},
        {"id": "a/talker", "name": "Talker", "context_length": 8192},
        {"no": "id"},
        "nonsense",
    ]

    found, _ = listed({"/v1/models": {"data": models}})

    assert found.models == (
        ProviderModel("b/seer", "Seer", 131_072, True),
        ProviderModel("a/talker", "Talker", 8192),
    )


def test_vllm_and_a_bare_list_are_read() -> None:
    vllm, _ = listed({"/v1/models": {"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 4096}]}})
    bare, _ = listed({"/v1/models": [{"id": "m"}]})

    assert vllm == ModelList((ProviderModel("m", "m", 4096),), "vllm")
    assert bare.models == (ProviderModel("m", "m"),)


def test_llama_cpp_tells_the_context_it_was_started_with() -> None:
    found, _ = listed(
        {
            "/v1/models": {"data": [{"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx_train": 32_768}}]},
            "/props": {"default_generation_settings": {"n_ctx": 2048}},
        }
    )

    assert found == ModelList((ProviderModel("m", "m", 2048),), "llamacpp")


def test_ollama_reads_no_more_than_it_was_told_to() -> None:
    def show(asked: dict[str, str]) -> dict[str, Any]:
        own = {"model_info": {"llama.context_length": 131_072}}
        return own | (
            {"parameters": "stop x\nnum_ctx 16384"}
            if asked["model"] == "told"
            else {"capabilities": ["completion", "vision"]}
        )

    found, _ = listed(
        {
            "/v1/models": {"data": [{"id": name, "owned_by": "library"} for name in ("told", "untold")]},
            "/api/show": show,
        }
    )

    assert found.software == "ollama"
    assert found.models == (ProviderModel("told", "told", 16_384), ProviderModel("untold", "untold", 4096, True))


def test_models_that_can_not_chat_are_not_listed_wherever_they_run() -> None:
    able = {"llama3.2:3b": ["completion", "tools"], "my-numbers": ["embedding"]}

    def show(asked: dict[str, str]) -> dict[str, Any]:
        return {"capabilities": able[asked["model"]]} if asked["model"] in able else {}

    names = ["all-minilm:latest", "llama3.2:3b", "my-numbers", "nomic-embed-text:latest", "old:7b"]
    ollama, _ = listed(
        {"/v1/models": {"data": [{"id": name, "owned_by": "library"} for name in names]}, "/api/show": show}
    )
    others = ["BAAI/bge-m3", "gte-large", "intfloat/e5-base", "jina-reranker", "whisper-1", "my-tts", "alan-watts-7b"]
    unknown, _ = listed({"/v1/models": {"data": [{"id": name} for name in others]}})

    assert [model.id for model in ollama.models] == ["llama3.2:3b", "old:7b"]
    assert [model.id for model in unknown.models] == ["alan-watts-7b"]


def test_lm_studio_and_koboldcpp_tell_elsewhere() -> None:
    studio, _ = listed(
        {
            "/v1/models": {"data": [{"id": name, "owned_by": "organization_owner"} for name in ("chat", "numbers")]},
            "/api/v0/models": {
                "data": [
                    {"id": "chat", "type": "vlm", "max_context_length": 32_768, "loaded_context_length": 4096},
                    {"id": "numbers", "type": "embeddings"},
                ]
            },
        }
    )
    kobold, _ = listed(
        {
            "/v1/models": {"data": [{"id": "koboldcpp/m", "owned_by": "koboldcpp"}]},
            "/api/extra/true_max_context_length": {"value": 6144},
        }
    )

    assert studio.models == (ProviderModel("chat", "chat", 4096, True),)
    assert kobold.models == (ProviderModel("koboldcpp/m", "koboldcpp/m", 6144),)


def test_a_server_that_does_not_tell_is_listed_all_the_same() -> None:
    found, _ = listed({"/v1/models": {"data": [{"id": "m", "owned_by": "koboldcpp"}]}})

    assert found.models == (ProviderModel("m", "m"),)
    near = Provider("p", OPENAI, "Here", "http://127.0.0.1:1/v1", models=found.models)
    assert info_of(near, "m").context_tokens == 8192
    assert info_of(near, "tiny-0.5b-chat").small
    assert not info_of(near, "big-70b").small


def test_anthropics_and_geminis_lists_are_read_to_their_end() -> None:
    claude, asked = listed(
        {
            "/v1/models?limit=1000": {
                "data": [{"id": "claude-b", "display_name": "Claude B"}],
                "has_more": True,
                "last_id": "claude-b",
            },
            "/v1/models?limit=1000&after_id=claude-b": {"data": [{"id": "claude-a"}], "has_more": False},
        },
        ANTHROPIC,
    )
    gemini, _ = listed(
        {
            "/v1beta/models?pageSize=1000": {
                "models": [
                    {
                        "name": "models/gemini-x",
                        "displayName": "Gemini X",
                        "inputTokenLimit": 1_048_576,
                        "supportedGenerationMethods": ["generateContent"],
                    },
                    {"name": "models/embedding-001", "supportedGenerationMethods": ["embedContent"]},
                ],
            }
        },
        GEMINI,
    )

    assert [model.name for model in claude.models] == ["Claude B", "claude-a"]
    assert {model.context_tokens for model in claude.models} == {200_000}
    assert gemini.models == (ProviderModel("gemini-x", "Gemini X", 1_048_576, True),)
    assert all(KEY not in path for path, _ in asked.asked)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (answer({"models": "none"}), ""),
        (answer(b"<html>", 200, "text/html"), "a web page"),
        (answer(["x"] * 3), ""),
        (answer("just a text"), "lists no models"),
        (answer({}, 401), "did not accept the key"),
        (answer(b'{"data": [' + b" " * 17_000_000 + b"]}"), "far too large"),
    ],
)
def test_an_odd_list_is_empty_or_told(script: list[bytes], words: str) -> None:
    async def ask(server: ByteServer) -> ModelList:
        return await HttpConnector(deadlines=QUICK).models(Provider("p", OPENAI, "Here", f"{server.address}/v1"), "")

    with ByteServer(script) as server:
        if words:
            with pytest.raises(ModelError, match=words) as caught:
                asyncio.run(ask(server))
            assert caught.value.next_step
        else:
            assert asyncio.run(ask(server)).models == ()


@pytest.fixture
def ollama() -> Iterator[Pages]:
    pages = {"/v1/models": {"data": [{"id": "llama", "owned_by": "library"}]}, "/api/show": {"parameters": ""}}
    with Pages(pages) as server:
        yield server


def test_servers_on_this_computer_are_found_on_their_ports_alone(ollama: Pages) -> None:
    with Pages({"/": "a web site of somebody's"}) as other, ByteServer(answer(b"SSH-2.0")) as strange:
        connector = HttpConnector(
            ports={ollama.port: "Something", other.port: "Other", strange.port: "Strange", 9: "Nobody"}
        )
        found = asyncio.run(connector.find_local())

    models = (ProviderModel("llama", "llama", 4096),)
    assert found == [FoundServer("Ollama", f"http://127.0.0.1:{ollama.port}/v1", "ollama", models)]
    assert all("Authorization" not in headers for _, headers in [*ollama.asked, *other.asked])


def test_a_server_here_that_asks_for_a_key_is_found_and_a_web_site_that_refuses_is_not() -> None:
    refused = {"error": {"message": "Invalid API Key", "type": "authentication_error", "code": 401}}
    site = answer(b"<html>Log in</html>", 403, "text/html")
    with ByteServer(answer(refused, 401)) as locked, ByteServer(site) as page, ByteServer(answer(b"", 403)) as device:
        ports = {locked.port: "LM Studio", page.port: "Other", device.port: "Device"}
        found = asyncio.run(HttpConnector(ports=ports).find_local())

    assert found == [FoundServer("LM Studio", f"http://127.0.0.1:{locked.port}/v1", "", asks_for_key=True)]


def test_a_server_is_named_by_what_it_answers_and_not_by_a_port_that_many_share() -> None:
    unknown, llama = ({"/v1/models": {"data": [{"id": "m", "owned_by": owner}]}} for owner in ("me", "llamacpp"))
    with Pages(unknown) as first, Pages(llama) as second:
        connector = HttpConnector(ports={first.port: LOCAL_PORTS[8080], second.port: LOCAL_PORTS[8080]})
        found = asyncio.run(connector.find_local())

    assert [(server.name, server.software) for server in found] == [
        (f"A server at 127.0.0.1:{first.port}", ""),
        ("llama.cpp", "llamacpp"),
    ]
