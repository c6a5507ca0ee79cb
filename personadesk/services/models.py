"""The catalogue of models this program knows, and the port that brings their files here."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from personadesk.domain.chat import FetchProgress, ModelInfo, Sampling
from personadesk.domain.errors import NotFound, PersonaDeskError

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.gguf")
_MODEL_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SAMPLING_RANGES = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "min_p": (0.0, 1.0),
    "repeat_penalty": (0.5, 2.0),
    "max_tokens": (1, 8192),
}

REPLIES_AT_ONCE = 2
"""So many replies a model on this computer writes at the same time, each with a whole context of its own."""


class CatalogueError(PersonaDeskError):
    """The catalogue's text does not follow its own format: a mistake in the program, never the user's."""


@dataclass(frozen=True, slots=True)
class PackagePart:
    """One file inside one wheel, by its path in the wheel."""

    package: str
    version: str
    path: str


@dataclass(frozen=True, slots=True)
class PackageSource:
    """Wheels whose files, joined in this order, are the model's file."""

    parts: tuple[PackagePart, ...]


@dataclass(frozen=True, slots=True)
class UrlSource:
    """An http(s) address that serves the model's file."""

    url: str


ModelSource = PackageSource | UrlSource


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model of the catalogue. `file` is a bare file name; `sources` are tried in order.

    One without a chat template was not taught to take turns.
    """

    id: str
    label: str
    where: str
    file: str
    size_bytes: int
    sha256: str
    licence: str
    context_tokens: int
    small: bool
    sampling: Sampling
    sources: tuple[ModelSource, ...]
    has_chat_template: bool = True

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(self.id, self.label, self.where, self.context_tokens, self.small, self.sampling, prefills=True)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every model described, and the id of the one a fresh installation uses."""

    models: tuple[ModelEntry, ...]
    default_id: str

    def get(self, model_id: str) -> ModelEntry:
        """Raises NotFound for an id that is not in the catalogue."""
        for entry in self.models:
            if entry.id == model_id:
                return entry
        raise NotFound("This model is not one PersonaDesk knows.", "Choose another one in Settings, Models.")

    @property
    def default(self) -> ModelEntry:
        return self.get(self.default_id)


class KnownModels(Protocol):
    """The models whose files can be on this computer: the catalogue's, and maybe more."""

    @property
    def models(self) -> tuple[ModelEntry, ...]: ...
    @property
    def default(self) -> ModelEntry: ...
    @property
    def default_id(self) -> str: ...
    def get(self, model_id: str) -> ModelEntry:
        """Raises NotFound for an id that is not here."""
        ...


class ModelFetcher(Protocol):
    """Brings a model's file to this computer. What a cancelled fetch has brought is gone on with by the next."""

    async def fetch(self, model_id: str, progress: Callable[[FetchProgress], None]) -> Path:
        """Try the model's sources in order. Raises FetchFailed with the last one's reason."""
        ...

    async def is_here(self, model_id: str) -> bool:
        """Whether a file of the right size is on this computer; its SHA-256 is checked when it is loaded."""
        ...

    async def adopt(self, model_id: str, picked: Path, progress: Callable[[FetchProgress], None]) -> Path:
        """Copy a file the user picked. Raises FetchFailed where it is not this model's file."""
        ...


def parse_catalogue(text: str) -> Catalogue:
    """Read the TOML of models.toml. Raises CatalogueError that names the model and the key."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"not TOML: {error}") from error
    models = tuple(_entry(table) for table in _list(data, "models", "catalogue"))
    ids = [entry.id for entry in models]
    if len(set(ids)) != len(ids):
        raise CatalogueError("two models share an id")
    catalogue = Catalogue(models, _string(data, "default", "catalogue"))
    if catalogue.default_id not in ids:
        raise CatalogueError(f"default: no model is called {catalogue.default_id!r}")
    return catalogue


def _entry(table: Mapping[str, Any]) -> ModelEntry:
    model_id = _matching(table, "id", "models", _MODEL_ID)
    where = f"models.{model_id}"
    sources = tuple(_source(source, where) for source in _list(table, "sources", where))
    small = table.get("small", False)
    if not isinstance(small, bool):
        raise CatalogueError(f"{where}.small is not true or false")
    return ModelEntry(
        id=model_id,
        label=_string(table, "label", where),
        where=_string(table, "where", where),
        file=_matching(table, "file", where, _FILE_NAME),
        size_bytes=_count(table, "size_bytes", where),
        sha256=_matching(table, "sha256", where, _SHA256),
        licence=_string(table, "licence", where),
        context_tokens=_count(table, "context_tokens", where),
        small=small,
        sampling=_sampling(table.get("sampling", {}), where),
        sources=sources,
    )


def _sampling(table: Mapping[str, Any], where: str) -> Sampling:
    for key, value in table.items():
        if key not in _SAMPLING_RANGES:
            raise CatalogueError(f"{where}.sampling.{key} is not known")
        low, high = _SAMPLING_RANGES[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise CatalogueError(f"{where}.sampling.{key} is not a number from {low} to {high}")
        if key == "max_tokens" and not isinstance(value, int):
            raise CatalogueError(f"{where}.sampling.max_tokens is not a whole number")
    return Sampling(**table)


def _source(table: Mapping[str, Any], where: str) -> ModelSource:
    kind = _string(table, "kind", f"{where}.sources")
    if kind == "url":
        url = _string(table, "url", f"{where}.sources")
        address = urlsplit(url)
        if address.scheme != "https" and (address.scheme, address.hostname) != ("http", "127.0.0.1"):
            raise CatalogueError(f"{where}.sources: {url!r} is not an https address")
        return UrlSource(url)
    if kind == "package":
        parts = tuple(
            PackagePart(
                package=_string(part, "package", f"{where}.parts"),
                version=_string(part, "version", f"{where}.parts"),
                path=_string(part, "path", f"{where}.parts"),
            )
            for part in _list(table, "parts", f"{where}.sources")
        )
        return PackageSource(parts)
    raise CatalogueError(f"{where}.sources: no source is of kind {kind!r}")


def _list(table: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    value = table.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise CatalogueError(f"{where}.{key} is not a list of tables")
    return value


def _string(table: Mapping[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise CatalogueError(f"{where}.{key} is not a text")
    return value


def _matching(table: Mapping[str, Any], key: str, where: str, pattern: re.Pattern[str]) -> str:
    value = _string(table, key, where)
    if not pattern.fullmatch(value):
        raise CatalogueError(f"{where}.{key}: {value!r} has not the form it needs")
    return value


def _count(table: Mapping[str, Any], key: str, where: str) -> int:
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise CatalogueError(f"{where}.{key} is not a whole number above zero")
    return value
