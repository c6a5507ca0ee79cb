"""Named sets of files, described in resources/weights.toml, brought here and checked."""

import asyncio
import logging
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from personadesk.domain.chat import FetchProgress
from personadesk.domain.errors import ModelError
from personadesk.providers.file_download import FileDownloads, free_bytes
from personadesk.providers.model_files import ModelFiles
from personadesk.services.models import ModelSource, PackagePart, PackageSource, UrlSource
from personadesk.services.weights_ports import WeightsInfo

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """A WantedFile."""

    file: str
    size_bytes: int
    sha256: str
    sources: tuple[ModelSource, ...]


@dataclass(frozen=True, slots=True)
class _Weights:
    info: WeightsInfo
    files: tuple[WeightsFile, ...]


class FileWeights:
    """A WeightsFetcher. `description` is weights.toml; the sets' folders are below `models_dir`, or that itself."""

    def __init__(
        self,
        *,
        description: Path,
        models_dir: Path,
        pip: Sequence[str] | None = None,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._sets = {known.info.id: known for known in _read(description, models_dir)}
        self._downloads = FileDownloads(pip=pip, free=free)
        self._fetching = {weights_id: asyncio.Lock() for weights_id in self._sets}

    def describe(self, weights_id: str) -> WeightsInfo:
        return self._sets[weights_id].info

    async def is_here(self, weights_id: str) -> bool:
        wanted = self._sets[weights_id]
        files = ModelFiles(models_dir=wanted.info.folder, installed=False)
        try:
            for file in wanted.files:
                await files.quick_look(file)
        except ModelError:
            return False
        return True

    async def fetch(self, weights_id: str, progress: Callable[[FetchProgress], None]) -> Path:
        wanted = self._sets[weights_id]
        folder = wanted.info.folder
        files = ModelFiles(models_dir=folder, installed=False)
        async with self._fetching[weights_id]:
            progress(FetchProgress("Looking at what is on this computer", 0, wanted.info.size_bytes))
            missing = [file for file in wanted.files if not await _is_whole(files, file)]
            for path, file in zip(await self._downloads.bring(missing, folder, progress), missing, strict=True):
                await asyncio.to_thread(files.remember, path, file.sha256)
        return folder


async def _is_whole(files: ModelFiles, file: WeightsFile) -> bool:
    try:
        await files.verified(file)
    except ModelError as error:
        log.info("a file is fetched: %s", type(error).__name__)
        return False
    return True


def _read(description: Path, models_dir: Path) -> list[_Weights]:
    """A mistake in the file is one in the program: KeyError, TypeError, TOMLDecodeError."""
    known = []
    for table in tomllib.loads(description.read_text(encoding="utf-8"))["weights"]:
        files = tuple(
            WeightsFile(file["file"], file["size_bytes"], file["sha256"], tuple(map(_source, file["sources"])))
            for file in table["files"]
        )
        info = WeightsInfo(
            id=table["id"],
            label=table["label"],
            by=table["by"],
            licence=table["licence"],
            size_bytes=sum(file.size_bytes for file in files),
            from_where=table["from_where"],
            folder=models_dir / table["folder"] if table["folder"] else models_dir,
        )
        known.append(_Weights(info, files))
    return known


def _source(table: dict[str, Any]) -> ModelSource:
    if "url" in table:
        return UrlSource(table["url"])
    return PackageSource(tuple(PackagePart(**part) for part in table["parts"]))
