"""The servers a user has set up: added, tried, listed, changed, removed. Keys go to the keyring alone."""

import logging
import secrets as randomness
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit, urlunsplit

from personadesk.domain.errors import InvalidInput, ModelError, NotFound
from personadesk.domain.events import ChangeSet
from personadesk.domain.providers import (
    FoundServer,
    Provider,
    ProviderCheck,
    ProviderKind,
    ProviderModel,
    is_loopback,
    is_near,
)
from personadesk.services.ports import Database, JsonValue, Publish, Store
from personadesk.services.provider_ports import Connector
from personadesk.services.secret_ports import Secrets

log = logging.getLogger(__name__)

PROVIDERS_SETTING = "providers"
NAME_LIMIT = 60
KEY_LIMIT = 4096
LEAST_CONTEXT_TOKENS = 512
MOST_CONTEXT_TOKENS = 10_000_000
LISTED_LIMIT = 2000
"""Models of one provider that are kept: the longest list known has some hundreds."""

_ENDINGS = ("/chat/completions", "/completions", "/models", "/messages", "/responses")


@dataclass(frozen=True, slots=True)
class RemovedProvider:
    """What was removed, for as long as it may be brought back."""

    provider: Provider
    key: str = field(repr=False)


class ProviderService:
    """For the engine's loop. `forget` is called with the id of a provider that is not as it was."""

    def __init__(
        self,
        *,
        database: Database,
        connector: Connector,
        secrets: Secrets,
        publish: Publish,
        forget: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._database = database
        self._connector = connector
        self._secrets = secrets
        self._publish = publish
        self._forget = forget

    async def all(self) -> tuple[Provider, ...]:
        """In the order in which they were added."""
        return await self._database.read(stored_providers)

    async def add(self, draft: Provider, key: str) -> Provider:
        """Keep a new one; its id is made here. Raises InvalidInput, SecretsError."""
        provider = _checked(replace(draft, id=randomness.token_hex(4)), has_key=bool(key.strip()))
        if key.strip():
            await self._secrets.set(provider.secret_name, _sound_key(key))
        await self._change(lambda providers: (*providers, provider))
        return provider

    async def edit(self, provider: Provider, key: str | None) -> Provider:
        """Keep it as it is now. `key` None leaves the key as it is, "" takes it away.

        Another address has to be agreed to anew. Raises InvalidInput, NotFound, SecretsError.
        """
        before = await self.get(provider.id)
        has_key = bool(key.strip() if key is not None else await self._secrets.get(before.secret_name))
        provider = _checked(provider, has_key=has_key)
        if provider.host != before.host:
            provider = replace(provider, agreed=False)
        if key is not None:
            await self._secrets.set(provider.secret_name, _sound_key(key))
        await self._change(
            lambda providers: tuple(provider if item.id == provider.id else item for item in providers), provider.id
        )
        return provider

    async def remove(self, provider_id: str) -> RemovedProvider:
        """Take it out with its key; what is given back can be restored. Raises NotFound, SecretsError."""
        provider = await self.get(provider_id)
        key = await self._secrets.get(provider.secret_name)
        await self._change(lambda providers: tuple(item for item in providers if item.id != provider_id), provider_id)
        if key:
            await self._secrets.set(provider.secret_name, "")
        return RemovedProvider(provider, key)

    async def restore(self, removed: RemovedProvider) -> None:
        """Bring it back with its key."""
        provider = removed.provider
        if removed.key:
            await self._secrets.set(provider.secret_name, removed.key)
        await self._change(
            lambda providers: (*(item for item in providers if item.id != provider.id), provider), provider.id
        )

    async def get(self, provider_id: str) -> Provider:
        """Raises NotFound."""
        return find_provider(await self.all(), provider_id)

    async def agree(self, provider_id: str) -> None:
        """Note that the user was told what is sent there, and took it. Raises NotFound."""
        await self.get(provider_id)
        await self._change(
            lambda providers: tuple(
                replace(item, agreed=True) if item.id == provider_id else item for item in providers
            )
        )

    async def test(self, draft: Provider, key: str | None, model_id: str = "") -> ProviderCheck:
        """See whether it answers, takes the key and lists models; with `model_id`, also whether that one talks.

        `key` None means the one that is kept. Nothing is stored. Raises InvalidInput for an address that is none.
        """
        if key is None:
            key = await self._secrets.get(draft.secret_name)
        provider = _checked(draft, has_key=bool(key.strip()))
        key = _sound_key(key)
        models: tuple[ProviderModel, ...] = ()
        software = ""
        try:
            listed = await self._connector.models(provider, key)
            models, software = listed.models[:LISTED_LIMIT], listed.software
        except ModelError as problem:
            if not model_id:
                return ProviderCheck(works=False, sentence=problem.sentence, next_step=problem.next_step)
        if model_id:
            try:
                await self._connector.try_out(replace(provider, models=models, software=software), model_id, key)
            except ModelError as problem:
                return ProviderCheck(False, problem.sentence, problem.next_step, models, software)
            return ProviderCheck(True, f"{model_id} answered.", "", models, software)
        if not models:
            return ProviderCheck(
                False,
                "The server answers, and offers no model.",
                "Load or download a model there, or type the model's name below and test again.",
                software=software,
            )
        count = f"{len(models):,} models" if len(models) > 1 else "one model"
        return ProviderCheck(True, f"It works: it offers {count}.", "", models, software)

    async def refresh_models(self, provider_id: str) -> Provider:
        """List its models anew and keep the list. Raises ModelError, NotFound."""
        provider = await self.get(provider_id)
        listed = await self._connector.models(provider, await self._secrets.get(provider.secret_name))
        fresh = replace(
            provider,
            models=listed.models[:LISTED_LIMIT] or provider.models,
            software=listed.software or provider.software,
        )
        if fresh != provider:
            await self._change(
                lambda providers: tuple(fresh if item.id == fresh.id else item for item in providers), fresh.id
            )
        return fresh

    async def has_key(self, provider_id: str) -> bool:
        """Whether a key is kept. Raises NotFound, SecretsError."""
        return bool(await self._secrets.get((await self.get(provider_id)).secret_name))

    async def find_local(self) -> tuple[FoundServer, ...]:
        """Servers on this computer that are not set up yet."""
        known = {_place(item.address) for item in await self.all()}
        return tuple(found for found in await self._connector.find_local() if _place(found.address) not in known)

    async def _change(
        self, change: Callable[[tuple[Provider, ...]], tuple[Provider, ...]], provider_id: str = ""
    ) -> None:
        def work(store: Store) -> None:
            providers = change(stored_providers(store))
            store.settings.set(PROVIDERS_SETTING, [_to_json(item) for item in providers])

        await self._database.write(work)
        if provider_id and self._forget is not None:
            await self._forget(provider_id)
        self._publish(ChangeSet(settings=frozenset({PROVIDERS_SETTING})))


def find_provider(providers: Sequence[Provider], provider_id: str) -> Provider:
    """Raises NotFound."""
    for provider in providers:
        if provider.id == provider_id:
            return provider
    raise NotFound("This provider is not set up any more.", "Choose another model in Settings, Models.")


def stored_providers(store: Store) -> tuple[Provider, ...]:
    """What the settings hold; what can't be read is left out."""
    return read_providers(store.settings.get(PROVIDERS_SETTING))


def read_providers(kept: JsonValue) -> tuple[Provider, ...]:
    """The same of the setting's value."""
    if not isinstance(kept, list):
        return ()
    found = (_from_json(item) for item in kept)
    return tuple(provider for provider in found if provider is not None)


def normal_address(kind: ProviderKind, text: str) -> str:
    """What a user typed as an address, whole and always the same. Raises InvalidInput(field="address")."""
    typed = "".join(text.split())
    if not typed:
        raise InvalidInput("address", "There is no address yet.", "Type the server's address.")
    if "://" not in typed:
        host = urlsplit(f"//{typed}").hostname or ""
        typed = f"{'http' if is_near(host) else 'https'}://{typed}"
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError as problem:
        raise InvalidInput("address", "This is not an address.", "It looks like https://api.example.com.") from problem
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput("address", "This is not an address.", "It begins with http:// or https://.")
    if parts.username or parts.password:
        raise InvalidInput("address", "A key does not belong into the address.", "Put it into the field for the key.")
    path = parts.path.rstrip("/")
    for ending in _ENDINGS:
        path = path.removesuffix(ending)
    versions = {ProviderKind.ANTHROPIC: "/v1", ProviderKind.GEMINI: "/v1beta"}
    path = path.removesuffix(versions[kind]) if kind in versions else path or "/v1"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return urlunsplit((parts.scheme, f"{host}:{port}" if port else host, path, "", ""))


def _place(address: str) -> str:
    """An address by which the same server is told again: all names of this computer are one."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    return f"{'localhost' if is_loopback(host) else host}:{parts.port}{parts.path}"


def _checked(provider: Provider, *, has_key: bool) -> Provider:
    """With its name and address in order. Raises InvalidInput that names the field."""
    address = normal_address(provider.kind, provider.address)
    name = " ".join(provider.name.split())[:NAME_LIMIT] or urlsplit(address).hostname or ""
    checked = replace(provider, name=name, address=address)
    if provider.context_tokens and not LEAST_CONTEXT_TOKENS <= provider.context_tokens <= MOST_CONTEXT_TOKENS:
        raise InvalidInput(
            "context",
            f"A model reads at least {LEAST_CONTEXT_TOKENS:,} and at most {MOST_CONTEXT_TOKENS:,} tokens at once.",
            "Leave the field empty where you don't know it.",
        )
    if has_key and not checked.is_encrypted and not is_near(checked.host):
        raise InvalidInput(
            "address",
            "The key would travel unencrypted to another network.",
            "Use an address that begins with https://, or leave the key empty.",
        )
    return checked


def _sound_key(key: str) -> str:
    """A key as it was pasted, without the space around it. Raises InvalidInput(field="key")."""
    key = key.strip()
    if len(key) > KEY_LIMIT or not key.isascii() or not key.isprintable() or " " in key:
        raise InvalidInput("key", "This is not a key: it has characters no key has.", "Copy the key again.")
    return key


def _to_json(provider: Provider) -> JsonValue:
    models: list[JsonValue] = [
        {"id": model.id, "name": model.name, "context": model.context_tokens, "images": model.sees_images}
        for model in provider.models
    ]
    return {
        "id": provider.id,
        "kind": provider.kind.value,
        "name": provider.name,
        "address": provider.address,
        "software": provider.software,
        "agreed": provider.agreed,
        "context": provider.context_tokens,
        "models": models,
    }


def _from_json(value: JsonValue) -> Provider | None:
    if not isinstance(value, dict):
        return None
    models = value.get("models")
    try:
        return Provider(
            id=str(value["id"]),
            kind=ProviderKind(str(value["kind"])),
            name=str(value["name"]),
            address=str(value["address"]),
            software=str(value.get("software", "")),
            agreed=value.get("agreed") is True,
            context_tokens=context if isinstance(context := value.get("context"), int) else 0,
            models=tuple(_model(item) for item in models if isinstance(item, dict)) if isinstance(models, list) else (),
        )
    except (KeyError, ValueError):
        log.warning("a provider in the settings can't be read")
        return None


def _model(value: dict[str, JsonValue]) -> ProviderModel:
    context = value.get("context")
    return ProviderModel(
        id=str(value["id"]),
        name=str(value.get("name") or value["id"]),
        context_tokens=context if isinstance(context, int) else 0,
        sees_images=value.get("images") is True,
    )
