"""Providers set up over a real store: what is kept, where the key goes, and what a test says."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from personadesk.domain.errors import InvalidInput, ModelError, NotFound
from personadesk.domain.events import ChangeSet, Event
from personadesk.domain.providers import FoundServer, Provider, ProviderKind, ProviderModel
from personadesk.domain.secrets import KeptIn, SecretsError, SecretsStatus
from personadesk.services.ports import ChatModel, Publish
from personadesk.services.provider_ports import Key, ModelList
from personadesk.services.providers import ProviderService, normal_address
from personadesk.storage.database import open_database
from tests.fakes import FakeClock

DRAFT = Provider("", ProviderKind.OPENAI, "  My   server ", "api.example.com")
KEY = "key-that-stays-secret"
MODELS = (ProviderModel("m1", "Model One", 32_000), ProviderModel("m2", "Model Two", 0, sees_images=True))


class HeldSecrets:
    """A Secrets in memory."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.agreed = True

    async def status(self) -> SecretsStatus:
        return SecretsStatus(KeptIn.SESSION, keyring_works=False, agreed=self.agreed)

    async def get(self, name: str) -> str:
        return self.held.get(name, "")

    async def set(self, name: str, value: str) -> None:
        if value and not self.agreed:
            raise SecretsError("No place for keys was chosen yet.", "Choose one.")
        self.held[name] = value
        if not value:
            del self.held[name]

    async def use(self, kept_in: KeptIn, passphrase: str = "") -> SecretsStatus:
        self.agreed = True
        return await self.status()

    async def start_over(self) -> SecretsStatus:
        self.held.clear()
        return await self.status()


class ScriptedConnector:
    """A Connector that says what a test wrote down, and keeps the keys it was given."""

    def __init__(self) -> None:
        self.listing: ModelList | ModelError = ModelList(MODELS, "vllm")
        self.talking: ModelError | None = None
        self.found: list[FoundServer] = []
        self.keys: list[str] = []

    async def models(self, provider: Provider, key: str) -> ModelList:
        self.keys.append(key)
        if isinstance(self.listing, ModelError):
            raise self.listing
        return self.listing

    async def try_out(self, provider: Provider, model_id: str, key: str) -> None:
        if self.talking is not None:
            raise self.talking

    async def find_local(self) -> Sequence[FoundServer]:
        return self.found

    def model(self, provider: Provider, model_id: str, key: Key, publish: Publish) -> ChatModel:
        raise NotImplementedError


class Desk:
    def __init__(self, data_dir: Path) -> None:
        self.database = open_database(data_dir, clock=FakeClock())
        self.connector = ScriptedConnector()
        self.secrets = HeldSecrets()
        self.events: list[Event] = []
        self.service = ProviderService(
            database=self.database, connector=self.connector, secrets=self.secrets, publish=self.events.append
        )


@asynccontextmanager
async def opened(data_dir: Path) -> AsyncIterator[Desk]:
    desk = Desk(data_dir)
    try:
        yield desk
    finally:
        await asyncio.to_thread(desk.database.close)


def test_a_provider_is_kept_without_its_key(data_dir: Path) -> None:
    async def use() -> None:
        async with opened(data_dir) as desk:
            added = await desk.service.add(replace(DRAFT, models=MODELS), f" {KEY}\n")
            assert (added.name, added.address) == ("My server", "https://api.example.com/v1")
            assert desk.secrets.held == {added.secret_name: KEY}
            assert ChangeSet(settings=frozenset({"providers"})) in desk.events
        async with opened(data_dir) as again:
            assert await again.service.all() == (added,)
            again.connector.listing = ModelList(MODELS[:1])
            assert (await again.service.refresh_models(added.id)).models == MODELS[:1]

    asyncio.run(use())

    assert all(KEY.encode() not in path.read_bytes() for path in data_dir.rglob("*") if path.is_file())


def test_another_host_must_be_agreed_to_anew_and_the_key_stays(data_dir: Path) -> None:
    async def use() -> None:
        async with opened(data_dir) as desk:
            added = await desk.service.add(DRAFT, KEY)
            await desk.service.agree(added.id)
            renamed = await desk.service.edit(replace(await desk.service.get(added.id), name="Other"), None)
            assert renamed.agreed
            moved = await desk.service.edit(replace(renamed, address="https://other.example/v1"), None)
            assert not moved.agreed
            assert await desk.service.has_key(added.id)
            await desk.service.edit(moved, "")
            assert not await desk.service.has_key(added.id)

    asyncio.run(use())


def test_what_was_removed_comes_back_with_its_key(data_dir: Path) -> None:
    async def use() -> None:
        async with opened(data_dir) as desk:
            added = await desk.service.add(DRAFT, KEY)
            removed = await desk.service.remove(added.id)
            assert (await desk.service.all(), desk.secrets.held) == ((), {})
            with pytest.raises(NotFound):
                await desk.service.get(added.id)
            await desk.service.restore(removed)
            assert await desk.service.all() == (added,)
            assert desk.secrets.held == {added.secret_name: KEY}

    asyncio.run(use())


def test_a_test_says_what_is_wrong_and_stores_nothing(data_dir: Path) -> None:
    async def use() -> list[tuple[bool, str]]:
        async with opened(data_dir) as desk:
            said = []
            works = await desk.service.test(DRAFT, KEY)
            assert works.models == MODELS
            said.append((works.works, works.sentence))
            desk.connector.talking = ModelError("The account has no credit left.", "Top it up.")
            talks = await desk.service.test(DRAFT, KEY, "m1")
            assert talks.models == MODELS
            said.append((talks.works, talks.sentence))
            desk.connector.listing = ModelError("The key was not accepted.", "Check the key.")
            refused = await desk.service.test(DRAFT, KEY)
            said.append((refused.works, refused.sentence))
            desk.connector.listing = ModelList(())
            empty = await desk.service.test(DRAFT, KEY)
            said.append((empty.works, empty.sentence))
            assert await desk.service.all() == ()
            assert desk.secrets.held == {}
            return said

    assert asyncio.run(use()) == [
        (True, "It works: it offers 2 models."),
        (False, "The account has no credit left."),
        (False, "The key was not accepted."),
        (False, "The server answers, and offers no model."),
    ]


def test_found_servers_are_offered_once(data_dir: Path) -> None:
    async def use() -> None:
        async with opened(data_dir) as desk:
            found = FoundServer("Ollama", "http://127.0.0.1:11434/v1", "ollama", MODELS)
            desk.connector.found = [found]
            assert await desk.service.find_local() == (found,)
            await desk.service.add(replace(DRAFT, address=found.address), "")
            assert await desk.service.find_local() == ()

    asyncio.run(use())


@pytest.mark.parametrize("typed", ["localhost:11434", "127.0.0.1:11434", "[::1]:11434", "http://LOCALHOST:11434/v1/"])
def test_a_server_set_up_by_any_name_of_this_computer_is_not_offered_again(data_dir: Path, typed: str) -> None:
    async def use() -> None:
        async with opened(data_dir) as desk:
            here = FoundServer("Ollama", "http://127.0.0.1:11434/v1", "ollama", MODELS)
            other = FoundServer("Jan", "http://127.0.0.1:1337/v1", "", MODELS)
            desk.connector.found = [here, other]
            await desk.service.add(replace(DRAFT, address=typed), "")
            assert await desk.service.find_local() == (other,)

    asyncio.run(use())


@pytest.mark.parametrize(
    ("kind", "typed", "address"),
    [
        (ProviderKind.OPENAI, "localhost:11434", "http://localhost:11434/v1"),
        (ProviderKind.OPENAI, " https://openrouter.ai/api/v1/chat/completions ", "https://openrouter.ai/api/v1"),
        (ProviderKind.OPENAI, "192.168.1.7:8080/", "http://192.168.1.7:8080/v1"),
        (ProviderKind.OPENAI, "http://[::1]:5001", "http://[::1]:5001/v1"),
        (ProviderKind.OPENAI, "https://host.example/openai/models?x=1#y", "https://host.example/openai"),
        (ProviderKind.ANTHROPIC, "api.anthropic.com/v1/messages", "https://api.anthropic.com"),
        (ProviderKind.GEMINI, "https://gemini.example/v1beta/models", "https://gemini.example"),
    ],
)
def test_an_address_comes_out_the_same_however_it_was_typed(kind: ProviderKind, typed: str, address: str) -> None:
    assert normal_address(kind, typed) == address
    assert normal_address(kind, address) == address


@pytest.mark.parametrize(
    ("address", "key", "field"),
    [
        ("", "", "address"),
        ("ftp://x.example", "", "address"),
        ("https://", "", "address"),
        ("http://x.example:port", "", "address"),
        ("https://me:pass@x.example", "", "address"),
        ("http://x.example", KEY, "address"),
        ("https://x.example", "a key with spaces", "key"),
        ("https://x.example", "schlüssel", "key"),
    ],
)
def test_what_can_not_be_right_is_refused_beside_its_field(data_dir: Path, address: str, key: str, field: str) -> None:
    async def use() -> str:
        async with opened(data_dir) as desk:
            with pytest.raises(InvalidInput) as caught:
                await desk.service.add(replace(DRAFT, address=address), key)
            assert await desk.service.all() == ()
            return caught.value.field

    assert asyncio.run(use()) == field
