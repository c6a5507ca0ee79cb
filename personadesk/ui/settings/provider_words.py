"""What is said of providers and models: names, sizes, and plainly what goes where."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale

from personadesk.domain.providers import ChosenModelRef, FoundServer, Provider, ProviderKind
from personadesk.services.models import ModelEntry


@dataclass(frozen=True, slots=True)
class ServerPreset:
    """A well-known kind of server, and where one usually is. `needs_key` is for people, not for the program."""

    id: str
    name: str
    kind: ProviderKind
    address: str
    needs_key: bool = False


PRESETS = (
    ServerPreset("openai", "OpenAI", ProviderKind.OPENAI, "https://api.openai.com/v1", True),
    ServerPreset("anthropic", "Anthropic", ProviderKind.ANTHROPIC, "https://api.anthropic.com", True),
    ServerPreset("gemini", "Google Gemini", ProviderKind.GEMINI, "https://generativelanguage.googleapis.com", True),
    ServerPreset("openrouter", "OpenRouter", ProviderKind.OPENAI, "https://openrouter.ai/api/v1", True),
    ServerPreset("ollama", "Ollama", ProviderKind.OPENAI, "http://127.0.0.1:11434/v1"),
    ServerPreset("lmstudio", "LM Studio", ProviderKind.OPENAI, "http://127.0.0.1:1234/v1"),
    ServerPreset("llamacpp", "llama.cpp", ProviderKind.OPENAI, "http://127.0.0.1:8080/v1"),
    ServerPreset("vllm", "vLLM", ProviderKind.OPENAI, "http://127.0.0.1:8000/v1"),
    ServerPreset("koboldcpp", "KoboldCpp", ProviderKind.OPENAI, "http://127.0.0.1:5001/v1"),
    ServerPreset("other", "", ProviderKind.OPENAI, ""),
)


def preset_name(preset: ServerPreset) -> str:
    return preset.name or _tr("Another server (OpenAI-compatible)")


@dataclass(frozen=True, slots=True)
class ModelOffer:
    """A model that can be chosen: its key, its name, and where it is."""

    key: str
    name: str
    where: str
    context_tokens: int = 0
    sees_images: bool = False

    @property
    def facts(self) -> str:
        return " · ".join(
            word
            for word in (
                self.where,
                context_words(self.context_tokens),
                _tr("sees pictures") if self.sees_images else "",
            )
            if word
        )


def context_words(tokens: int) -> str:
    """How much a model reads at once; "" where that is not known."""
    return _tr("%s tokens") % QLocale().toString(tokens) if tokens else ""


def count_words(count: int) -> str:
    """How many models there are."""
    if not count:
        return _tr("no model listed yet")
    return _tr("one model") if count == 1 else _tr("%s models") % QLocale().toString(count)


def found_words(server: FoundServer) -> str:
    """Where a server on this computer is, and what it offers."""
    offers = _tr("it asks for a key") if server.asks_for_key else count_words(len(server.models))
    return f"{server.address.partition('://')[2]} · {offers}"


def local_offer(entry: ModelEntry) -> ModelOffer:
    return ModelOffer(entry.id, entry.label, entry.where, entry.context_tokens)


def provider_offers(provider: Provider) -> list[ModelOffer]:
    return [
        ModelOffer(
            ChosenModelRef(model.id, provider.id).key,
            model.name,
            provider.name,
            model.context_tokens,
            model.sees_images,
        )
        for model in provider.models
    ]


def place_words(provider: Provider) -> str:
    """Where a provider is, for people."""
    if provider.on_this_computer:
        return _tr("on this computer, %s") % provider.address.partition("://")[2]
    return provider.host


def sending_words(provider: Provider) -> str:
    """What leaves this computer, and where to."""
    if provider.on_this_computer:
        return _tr("It runs on this computer: nothing leaves it.")
    sent = _tr(
        "What you write to a persona that answers with it, the conversation so far, the persona's card and what it "
        "remembers of you are sent to {host}. What is done with them there is told by its provider's own terms."
    ).replace("{host}", provider.host)
    if not provider.is_encrypted:
        sent += " " + _tr("The address is not encrypted (http): others in your network can read along.")
    return sent


def _tr(text: str) -> str:
    return QCoreApplication.translate("Providers", text)
