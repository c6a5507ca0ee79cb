"""Servers that models are asked on: which there are, and which model answers whom."""

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from personadesk.domain.chat import Sampling

UNKNOWN_CONTEXT_TOKENS = 8192
"""What a model is taken to read at once where its server does not say: today's smallest common size."""


class ProviderKind(StrEnum):
    """The protocol that is spoken."""

    OPENAI = "openai"
    """/v1/chat/completions: OpenAI itself, and every server that takes after it."""
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"


@dataclass(frozen=True, slots=True)
class ProviderModel:
    """A model as its provider lists it. `context_tokens` is 0 where it does not say."""

    id: str
    name: str
    context_tokens: int = 0
    sees_images: bool = False


@dataclass(frozen=True, slots=True)
class Provider:
    """A server. Its key is in the keyring, under `secret_name`.

    `address` is normal: scheme, host and path, up to and with /v1 for the OpenAI protocol. `software`
    is what runs there, where it tells ("llamacpp", "ollama" …). `agreed` says that the user was told
    what is sent there and took it. `models` is the list as it was last had. `context_tokens` is what
    the user says a model there reads at once, 0 for what the server says.
    """

    id: str
    kind: ProviderKind
    name: str
    address: str
    software: str = ""
    agreed: bool = False
    context_tokens: int = 0
    models: tuple[ProviderModel, ...] = ()

    @property
    def secret_name(self) -> str:
        return f"provider:{self.id}"

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""

    @property
    def on_this_computer(self) -> bool:
        return is_loopback(self.host)

    @property
    def is_encrypted(self) -> bool:
        return urlsplit(self.address).scheme == "https"

    def model(self, model_id: str) -> ProviderModel:
        """The model of that id; one that is not listed is taken as its id says."""
        for model in self.models:
            if model.id == model_id:
                return model
        return ProviderModel(model_id, model_id)


@dataclass(frozen=True, slots=True)
class ChosenModelRef:
    """A model by name. `provider_id` is "" for one whose file is on this computer."""

    model_id: str
    provider_id: str = ""

    @property
    def key(self) -> str:
        """How it is written down: in settings, and beside each reply. No id of either kind has a slash first."""
        return f"{self.provider_id}/{self.model_id}" if self.provider_id else self.model_id

    @classmethod
    def of(cls, key: str) -> "ChosenModelRef":
        """Read a key. A model's id may hold slashes itself, a local one's never does."""
        provider_id, slash, model_id = key.partition("/")
        return cls(model_id, provider_id) if slash else cls(key)


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server that answered on a loopback port; one that `asks_for_key` lists nothing before it has one."""

    name: str
    address: str
    software: str
    models: tuple[ProviderModel, ...] = ()
    asks_for_key: bool = False


@dataclass(frozen=True, slots=True)
class ProviderCheck:
    """What a test of a provider showed. `models` is the list it gave, also where asking one failed."""

    works: bool
    sentence: str
    next_step: str = ""
    models: tuple[ProviderModel, ...] = ()
    software: str = ""


class Preset(StrEnum):
    """How freely a model speaks. SUITED is what suits the model best."""

    SUITED = "suited"
    STEADY = "steady"
    LIVELY = "lively"
    WILD = "wild"
    OWN = "own"


PRESETS = {
    Preset.STEADY: Sampling(temperature=0.3, top_p=0.9, min_p=0.1),
    Preset.LIVELY: Sampling(temperature=0.8, top_p=0.95, min_p=0.05),
    Preset.WILD: Sampling(temperature=1.1, top_p=0.98, min_p=0.05),
}


@dataclass(frozen=True, slots=True)
class PersonaModel:
    """Which model answers as a persona, and how. `key` "" means the default model.

    `max_tokens` 0 means as many as suit the model. `temperature`, `top_p` and `way` count with Preset.OWN
    alone. `way` is the SavedWay that the numbers are a copy of, "" for none; once it is deleted, the
    numbers stay.
    """

    key: str = ""
    preset: Preset = Preset.SUITED
    temperature: float = 0.7
    top_p: float = 0.95
    max_tokens: int = 0
    way: str = ""


@dataclass(frozen=True, slots=True)
class SavedWay:
    """A way of speaking that the user named, for any persona."""

    id: str
    name: str
    temperature: float
    top_p: float


@dataclass(frozen=True, slots=True)
class ModelLine:
    """The default model's key, and those that are asked in turn where it fails before its first word."""

    default: str
    fallbacks: tuple[str, ...] = field(default=())


def is_loopback(host: str) -> bool:
    """Whether a host's name means this computer, and nothing can stand between."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_near(host: str) -> bool:
    """Whether a host is this computer or one in its own network, by its name alone."""
    if is_loopback(host) or host.endswith((".local", ".lan", ".internal", ".home.arpa")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host
